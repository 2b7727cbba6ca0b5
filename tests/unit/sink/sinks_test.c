/* SPDX-License-Identifier: Apache-2.0 */
/* Every sink keeps the promises of sink.h: this suite asks each row of the table. */
#include <syslog.h>

#include "tests/unit/sink/util.h"

void syslog(int priority, const char *format, ...)
{
    (void)priority, (void)format;
}

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

static void each_opens_writes_reopens_and_closes(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    for (size_t i = 0; sk_sinks[i]; i++) {
        const struct sk_sink_ops *s = sk_sinks[i];
        struct sk_conf conf = {.file_name = path, .file_keep_alive = true};
        struct sk_sink_options opt = {.conf = &conf};
        void *self = calloc(1, s->size);

        assert_int_equal(s->open(self, &opt, NULL), 0);
        assert_int_equal(put(s, self, "# a line of the sink's conformance suite"), 0);
        assert_int_equal(put(s, self, ""), 0);
        assert_int_equal(s->reopen(self), 0);
        s->close(self);
        free(self);
    }
    unlink(path);
}

static void each_can_be_closed_right_after_it_was_opened(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    for (size_t i = 0; sk_sinks[i]; i++) {
        struct sk_conf conf = {.file_name = path};
        struct sk_sink_options opt = {.conf = &conf, .unbuffered = true};
        void *self = calloc(1, sk_sinks[i]->size);

        assert_int_equal(sk_sinks[i]->open(self, &opt, NULL), 0);
        sk_sinks[i]->close(self);
        free(self);
    }
    unlink(path);
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
