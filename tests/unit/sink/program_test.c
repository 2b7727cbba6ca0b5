/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/util.h"

static char path[64], command[256], option[320];

/* A sink whose program is `fmt` with the path of a file for its output. */
static void *program(const char *fmt, const char *keep_alive, const char *timeout)
{
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(command, sizeof(command), fmt, path, path, path);
    snprintf(option, sizeof(option), "program_output.program=%s", command);
    return opened_with(&sk_sink_program, CONF(option, keep_alive, timeout), false, NULL);
}

#define LASTING "program_output.keep_alive=true"
#define FRESH   "program_output.keep_alive=false"
#define SLOW    "program_output.timeout=30000"
#define QUICK   "program_output.timeout=100"

static int give(void *self, const char *text, uint64_t id)
{
    return put_id(&sk_sink_program, self, text, id);
}

static void end(void *self)
{
    closed_with(&sk_sink_program, self);
    unlink(path);
}

static void a_program_that_never_reads_is_a_timeout_and_keeps_lines_whole(void **state)
{
    void *self =
        program("cat /dev/null; while [ ! -e %s ]; do sleep 0.05; done; cat >>%s", LASTING, QUICK);
    char text[30000];
    uint64_t id = 1;
    size_t lines = 0;
    int err;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    while (!(err = give(self, text, id)))
        id++;
    assert_int_equal(err, -ETIMEDOUT);
    assert_string_equal(sk_sink_program.why(self), "the program does not read");
    assert_int_equal(give(self, text, id), -ETIMEDOUT);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); /* now it reads */
    for (int i = 0; i < 100 && err; i++)
        err = give(self, text, id);
    assert_int_equal(err, 0);
    assert_int_equal(give(self, "last", id + 1), 0);
    sk_sink_program.close(self);
    free(self);
    for (const char *p = content(path); *p; p = strchr(p, '\n') + 1) {
        assert_int_equal(strcspn(p, "\n"), *p == 'l' ? 4 : sizeof(text) - 1);
        lines++;
    }
    assert_int_equal(lines, id + 1);
    unlink(path);
}

static void one_that_ends_at_once_is_not_started_again_and_again(void **state)
{
    void *self = program("echo x >>%s; exit 1", LASTING, QUICK);
    int err = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        err = give(self, "a", 1);
        usleep(4000);
    }
    assert_true(err == -EAGAIN || err == -EPIPE || err == 0);
    assert_non_null(strstr(sk_sink_program.why(self), "the program"));
    assert_in_range(strlen(content(path)), 2, 8); /* at most four starts in 200 ms */
    assert_true(log_has("ended with status 1"));
    end(self);
}

static void lines_left_unread_go_to_the_successor(void **state)
{
    void *self =
        program("read a; echo $a >>%s; read b; echo $b >>%s; [ $b != 2 ] || exit 0; cat >>%s",
                LASTING, SLOW);
    int err = 0;

    (void)state;
    for (uint64_t id = 1; id <= 6; id++) {
        char text[8];

        snprintf(text, sizeof(text), "%d", (int)id);
        do {
            err = give(self, text, id);
            usleep(err ? 10000 : 0);
        } while (err == -EPIPE || err == -EAGAIN);
        assert_int_equal(err, 0);
    }
    UNTIL(log_has("ended with status 0")); /* the first one */
    do {
        err = give(self, "7", 7);
        usleep(err ? 10000 : 0);
    } while (err == -EPIPE || err == -EAGAIN);
    closed_with(&sk_sink_program, self);
    assert_string_equal(content(path), "1\n2\n3\n4\n5\n6\n7\n");
    unlink(path);
}

static void a_successor_does_not_wait_for_the_next_alert(void **state)
{
    void *self = program("read a; echo $a >>%s; [ $a != 1 ] || exit 0; cat >>%s", LASTING, SLOW);

    (void)state;
    assert_int_equal(give(self, "1", 1), 0);
    for (uint64_t id = 2; id < 4; id++) {
        char text[8];

        snprintf(text, sizeof(text), "%d", (int)id);
        while (give(self, text, id))
            usleep(10000);
    }
    for (int i = 0; i < 1000 && strcmp(content(path), "1\n2\n3\n") != 0; i++) {
        sk_sink_program.tend(self);
        usleep(10000);
    }
    closed_with(&sk_sink_program, self);
    assert_string_equal(content(path), "1\n2\n3\n");
    unlink(path);
}

static void the_end_is_not_kept_waiting(void **state)
{
    static atomic_bool over = true;

    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        struct sk_conf *conf = CONF("program_output.program=sleep 1000", lasting ? LASTING : FRESH);
        struct sk_sink_options opt = {.conf = conf, .over = &over};
        void *self = calloc(1, sk_sink_program.size);
        uint64_t began = sk_boottime_ns();
        int err;

        assert_int_equal(sk_sink_program.open(self, &opt, NULL), 0);
        do
            err = give(self, "a line that is long enough to fill a pipe some day", 1);
        while (!err);
        assert_int_equal(err, -EINTR);
        closed_with(&sk_sink_program, self);
        assert_true(sk_boottime_ns() - began < 5000000000);
        sk_conf_free(conf);
    }
}

static void alerts_that_were_never_read_are_counted_at_the_end(void **state)
{
    void *self = program("sleep 1000; cat >%s", LASTING, SLOW);

    (void)state;
    assert_int_equal(give(self, "a", 1), 0);
    assert_int_equal(give(self, "b", 2), 0);
    end(self);
    assert_true(log_has("ended without reading the last 2 alerts\n"));
}

static void reopening_ends_the_program_and_starts_another(void **state)
{
    void *self = program("echo start >>%s; cat >>%s", LASTING, SLOW);

    (void)state;
    assert_int_equal(give(self, "a", 1), 0);
    assert_int_equal(sk_sink_program.reopen(self), 0);
    UNTIL(!strcmp(content(path), "start\na\nstart\n"));
    assert_int_equal(give(self, "b", 2), 0);
    closed_with(&sk_sink_program, self);
    assert_string_equal(content(path), "start\na\nstart\nb\n");
    unlink(path);
}

static void each_alert_has_its_own_run_without_keep_alive(void **state)
{
    void *self = program("echo start >>%s; cat >>%s", FRESH, SLOW);

    (void)state;
    assert_int_equal(give(self, "a", 1), 0);
    assert_int_equal(give(self, "b", 2), 0);
    assert_string_equal(content(path), "start\na\nstart\nb\n");
    assert_string_equal(log_text, "");
    assert_int_equal(sk_sink_program.reopen(self), 0);
    end(self);
}

static void a_run_that_reads_nothing_or_fails_is_delivered_all_the_same(void **state)
{
    void *self = program("exit 5; cat %s", FRESH, SLOW);

    (void)state;
    assert_int_equal(give(self, "a", 1), 0);
    assert_true(log_has("ended with status 5\n"));
    end(self);
}

static void a_program_that_is_not_there_is_a_temporary_error(void **state)
{
    void *self = program("/no/such/program %s", FRESH, SLOW);

    (void)state;
    assert_int_equal(give(self, "a", 1), -ENOEXEC);
    assert_string_equal(sk_sink_program.why(self), "the shell cannot run the program");
    end(self);
}

static void a_run_that_takes_too_long_is_ended(void **state)
{
    void *self = program("cat >%s; sleep 1000", FRESH, "program_output.timeout=500");

    (void)state;
    assert_int_equal(give(self, "a", 1), 0); /* it took the alert */
    assert_true(log_has("did not end within 500 ms: it was ended"));
    end(self);
    self = program("sleep 1000; cat >%s", FRESH, QUICK);
    assert_int_equal(give(self, "a", 1), -ETIMEDOUT);
    end(self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_program_that_never_reads_is_a_timeout_and_keeps_lines_whole),
        T(one_that_ends_at_once_is_not_started_again_and_again),
        T(lines_left_unread_go_to_the_successor),
        T(a_successor_does_not_wait_for_the_next_alert),
        T(the_end_is_not_kept_waiting),
        T(alerts_that_were_never_read_are_counted_at_the_end),
        T(reopening_ends_the_program_and_starts_another),
        T(each_alert_has_its_own_run_without_keep_alive),
        T(a_run_that_reads_nothing_or_fails_is_delivered_all_the_same),
        T(a_program_that_is_not_there_is_a_temporary_error),
        T(a_run_that_takes_too_long_is_ended),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
