/* SPDX-License-Identifier: Apache-2.0 */
/* Every sink keeps the promises of sink.h: this suite asks each row of the table. */
#include <sys/un.h>

#include "tests/unit/sink/util.h"
/* After util.h: it asserts. */
#include "tests/unit/sink/module.h"
#include "tests/unit/sink/server.h"

static void names_are_there_once_and_functions_are_complete(void **state)
{
    size_t n = 0;

    (void)state;
    for (; sk_sinks[n]; n++) {
        const struct sk_sink_ops *s = sk_sinks[n];

        assert_non_null(s->name);
        assert_true(s->size > 0);
        assert_true(s->enabled && s->open && s->write && s->reopen && s->close);
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(sk_sinks[i]->name, s->name);
    }
    assert_true(n >= 3);
}

static struct server server;
static int log_fd = -1;

/* Every output has a place to write to. */
static struct sk_conf *conf_of_all(void)
{
    static const char *const answers[] = {OK_200, NULL};
    static char file[100], url[80], log[160];
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    fake.version = SAKER_VERSION;
    server_start(&server, answers);
    log_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", temp_path());
    assert_int_equal(bind(log_fd, (struct sockaddr *)&a, sizeof(a)), 0);
    snprintf(log, sizeof(log), "syslog_output.address=unix://%s", a.sun_path);
    snprintf(file, sizeof(file), "file_output.filename=%s", temp_path());
    snprintf(url, sizeof(url), "http_output.url=http://127.0.0.1:%u/", server.port);
    return CONF(file, url, log, "file_output.keep_alive=true", "program_output.keep_alive=true",
                "program_output.program=cat >/dev/null");
}

static void done(struct sk_conf *conf)
{
    unlink(conf->file_name);
    unlink(conf->syslog_address + strlen("unix://"));
    sk_conf_free(conf);
    server_stop(&server);
    close(log_fd);
}

static void each_opens_writes_reopens_and_closes(void **state)
{
    struct sk_conf *conf = conf_of_all();
    struct sk_sink_options opt = {.conf = conf};

    (void)state;
    for (size_t i = 0; sk_sinks[i]; i++) {
        const struct sk_sink_ops *s = sk_sinks[i];
        void *self = calloc(1, s->size);

        assert_int_equal(s->open(self, &opt, NULL), 0);
        assert_int_equal(put(s, self, "# a line of the sink's conformance suite"), 0);
        assert_int_equal(put(s, self, ""), 0);
        assert_int_equal(s->reopen(self), 0);
        s->close(self);
        free(self);
    }
    done(conf);
}

static void each_can_be_closed_right_after_it_was_opened(void **state)
{
    struct sk_conf *conf = conf_of_all();
    struct sk_sink_options opt = {.conf = conf, .unbuffered = true};

    (void)state;
    for (size_t i = 0; sk_sinks[i]; i++) {
        void *self = calloc(1, sk_sinks[i]->size);

        assert_int_equal(sk_sinks[i]->open(self, &opt, NULL), 0);
        sk_sinks[i]->close(self);
        free(self);
    }
    done(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(names_are_there_once_and_functions_are_complete),
        T(each_opens_writes_reopens_and_closes),
        T(each_can_be_closed_right_after_it_was_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
