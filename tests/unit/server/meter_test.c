/* SPDX-License-Identifier: Apache-2.0 */
#include "server/meter.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "tests/unit/server/util.h"

static char file[96], alerts[96], dir[] = "/tmp/saker-meter-XXXXXX", log_text[4096];
static atomic_int every_ms, answer, rounds;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_log(void *self, enum sk_level level, const char *text)
{
    (void)self;
    (void)level;
    pthread_mutex_lock(&log_lock);
    snprintf(log_text + strlen(log_text), sizeof(log_text) - strlen(log_text), "%s\n", text);
    pthread_mutex_unlock(&log_lock);
}

static bool logged(const char *what)
{
    bool is;

    pthread_mutex_lock(&log_lock);
    is = strstr(log_text, what);
    pthread_mutex_unlock(&log_lock);
    return is;
}

static int collect(void *self, struct sk_metrics *out, struct sk_meter_target *to)
{
    const int err = atomic_load(&answer);

    atomic_fetch_add(&rounds, 1);
    if (err)
        return err;
    sk_metric_u64(out, SK_METRIC_EVENTS, 5);
    *to = (struct sk_meter_target){.now_ns = 1, .rule = self, .file = file};
    return 0;
}

static void done(void *self)
{
    (void)self;
}

static uint64_t interval(void *self)
{
    (void)self;
    return (uint64_t)atomic_load(&every_ms);
}

static struct sk_meter *started(struct sk_outputs *outputs)
{
    const struct sk_meter_options opt = {.outputs = outputs,
                                         .hostname = "h",
                                         .self = outputs,
                                         .collect = collect,
                                         .done = done,
                                         .interval_ms = interval};
    struct sk_meter *m = NULL;

    log_text[0] = '\0';
    atomic_store(&rounds, 0);
    sk_log_to(on_log, NULL);
    assert_int_equal(sk_meter_start(&opt, &m), 0);
    return m;
}

static char *content(const char *path)
{
    char *text = NULL;
    size_t n;

    return sk_read_file(path, 1u << 20, &text, &n) ? strdup("") : text;
}

static int lines(const char *path)
{
    sk_auto(mem) char *text = content(path);
    int n = 0;

    for (const char *p = text; *p; p++)
        n += *p == '\n';
    return n;
}

#define UNTIL(what)                           \
    do {                                      \
        for (int i_ = 0; !(what); i_++) {     \
            if (i_ == 5000)                   \
                fail_msg("%s: never", #what); \
            usleep(2000);                     \
        }                                     \
    } while (0)

static void without_facts_it_asks_again_and_the_end_is_not_held_up(void **state)
{
    struct sk_meter *m;

    (void)state;
    atomic_store(&every_ms, 60000);
    atomic_store(&answer, -ETIMEDOUT);
    m = started(NULL);
    UNTIL(atomic_load(&rounds) >= 2);
    sk_meter_stop(m);
    assert_int_equal(lines(file), 0);
    atomic_store(&answer, 0);
}

static void a_file_that_cannot_be_written_is_told_once_and_tried_again(void **state)
{
    struct sk_meter *m;
    char gone[96];

    (void)state;
    snprintf(file, sizeof(file), "%s/gone/m", dir);
    atomic_store(&every_ms, 5);
    m = started(NULL);
    UNTIL(atomic_load(&rounds) >= 5);
    assert_true(logged("cannot be written: No such file or directory; it is tried again"));
    snprintf(gone, sizeof(gone), "%s/gone", dir);
    assert_int_equal(mkdir(gone, 0700), 0);
    UNTIL(logged("is written again"));
    sk_meter_stop(m);
    assert_null(strstr(strstr(log_text, "cannot be written") + 1, "cannot be written"));
    assert_true(lines(file) > 0);
    unlink(file);
    rmdir(gone);
}

static void the_first_is_taken_at_once_and_the_rest_at_the_interval(void **state)
{
    struct sk_meter *m;

    (void)state;
    snprintf(file, sizeof(file), "%s/m", dir);
    atomic_store(&every_ms, 60000);
    m = started(NULL);
    UNTIL(lines(file) == 1);
    atomic_store(&every_ms, 5);
    sk_meter_wake(m);
    UNTIL(lines(file) >= 4);
    sk_meter_stop(m);
    sk_auto(mem) char *text = content(file);
    assert_true(!strncmp(text, "{\"output_fields\":{\"falco.num_evts\":5},\"sample\":0}\n", 50));
    assert_non_null(strstr(text, "\n{\"output_fields\":{\"falco.num_evts\":5},\"sample\":3}\n"));
    unlink(file);
}

static void nobody_who_wants_them_gets_none(void **state)
{
    struct sk_meter *m;

    (void)state;
    snprintf(file, sizeof(file), "%s/m", dir);
    atomic_store(&every_ms, 0);
    m = started(NULL);
    usleep(20000);
    sk_meter_stop(m);
    assert_int_equal(atomic_load(&rounds), 0);
}

static void a_short_run_has_one_all_the_same(void **state)
{
    struct sk_meter *m;

    (void)state;
    snprintf(file, sizeof(file), "%s/m", dir);
    atomic_store(&every_ms, 60000);
    m = started(NULL);
    sk_meter_stop(m);
    assert_int_equal(lines(file), 1);
    unlink(file);
}

static void the_alert_is_that_of_falco(void **state)
{
    const struct sk_conf conf = {.file_name = alerts, .file_keep_alive = true};
    const struct sk_sink_options opt = {.conf = &conf, .unbuffered = true, .form = SK_FORM_JSON};
    struct sk_outputs *o = NULL;
    struct sk_meter *m;

    (void)state;
    snprintf(alerts, sizeof(alerts), "%s/a", dir);
    file[0] = '\0';
    atomic_store(&every_ms, 60000);
    assert_int_equal(sk_outputs_new(0, 2000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &sk_sink_file, &opt, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    m = started(o);
    UNTIL(lines(alerts) == 1);
    sk_meter_stop(m);
    sk_outputs_free(o);
    sk_auto(mem) char *text = content(alerts);
    assert_string_equal(
        text, "{\"hostname\":\"h\",\"output\":\"Falco metrics snapshot\",\"output_fields\":{"
              "\"falco.num_evts\":5},\"priority\":\"Informational\",\"rule\":\"Falco "
              "internal: metrics snapshot\",\"source\":\"internal\",\"time\":\"1970-01-01T00:"
              "00:00.000000001Z\"}\n");
    unlink(alerts);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(without_facts_it_asks_again_and_the_end_is_not_held_up),
        T(a_file_that_cannot_be_written_is_told_once_and_tried_again),
        T(the_first_is_taken_at_once_and_the_rest_at_the_interval),
        T(nobody_who_wants_them_gets_none),
        T(a_short_run_has_one_all_the_same),
        T(the_alert_is_that_of_falco),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
