/* SPDX-License-Identifier: Apache-2.0 */
/* The loop around the events: a source that fails, wake-ups, ticks. */
#include "engine/engine.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "tests/unit/engine/util.h"

static struct broken {
    int open, apply, poll;
    int fd; /* 0: none */
    unsigned polls, closed, refills, silenced, settling, waiting;
    uint64_t drops;
} broken;

static int broken_open(void *self, const struct sk_source_options *opt, struct sk_diag *dg)
{
    (void)self, (void)opt;
    return broken.open ? sk_err(dg, broken.open, NULL, "no source today") : 0;
}

static int broken_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                        struct sk_diag *dg)
{
    (void)self, (void)st;
    if (cap->scope == SK_SCOPE_NONE) {
        broken.silenced++;
        return 0;
    }
    assert_int_equal(cap->scope, SK_SCOPE_PID);
    assert_int_equal(cap->scope_pid, 12);
    assert_int_equal(cap->snap_bytes, 99);
    return broken.apply ? sk_err(dg, broken.apply, NULL, "no scope today") : 0;
}

static int broken_fd(void *self)
{
    (void)self;
    return broken.fd ? broken.fd : -1;
}

static int broken_poll(void *self, unsigned max, sk_event_fn *fn, void *fn_self)
{
    (void)self, (void)max, (void)fn, (void)fn_self;
    broken.polls++;
    usleep(1000);
    broken.settling += broken.silenced != 0;
    if (broken.settling > 2 && !broken.waiting)
        return SK_MIN(broken.poll, 0);
    if (broken.silenced && broken.waiting) {
        broken.waiting--;
        return 1;
    }
    return broken.poll;
}

static void broken_stats(void *self, struct sk_source_stats *out)
{
    (void)self;
    broken.drops += 5;
    *out = (struct sk_source_stats){.seen = 10 * broken.drops,
                                    .drops[SK_CLASS_EXEC][SK_DROP_RING_FULL] = broken.drops};
}

static int broken_refill(void *self, struct sk_state *st)
{
    (void)self, (void)st;
    broken.refills++;
    return -EIO;
}

static void broken_close(void *self)
{
    (void)self;
    broken.closed++;
}

static const struct sk_source_ops broken_source = {
    .name = "broken",
    .caps = SK_SOURCE_LIVE | SK_SOURCE_SCOPES,
    .size = 4,
    .open = broken_open,
    .apply = broken_apply,
    .fd = broken_fd,
    .poll = broken_poll,
    .stats = broken_stats,
    .refill = broken_refill,
    .close = broken_close,
};

static int on_wake(void *self, unsigned answer)
{
    uint64_t n;

    return read(*(int *)self, &n, sizeof(n)) == sizeof(n) ? (int)answer : 0;
}

static unsigned wake_reopen_and_stop(void *self)
{
    return (unsigned)on_wake(self, SK_WAKE_REOPEN | SK_WAKE_STOP);
}

static int make(struct fix *f, const char *conf_text, int *wake)
{
    struct sk_engine_options opt = {.hostname = "h", .host_root = "", .source = &broken_source};
    const struct sk_conf to = {.file_name = f->path, .file_keep_alive = true};
    const struct sk_sink_options sink = {.conf = &to, .unbuffered = true};

    conf(f, conf_text);
    assert_int_equal(gen(f, RULE("A", "evt.type=openat")), 0);
    assert_int_equal(sk_outputs_new(0, 2000, &f->outputs), 0);
    assert_int_equal(sk_outputs_add(f->outputs, &sk_sink_file, &sink, f->dg), 0);
    assert_int_equal(sk_outputs_start(f->outputs), 0);
    opt.gen = f->gen;
    opt.conf = f->conf;
    opt.outputs = f->outputs;
    opt.wake_fd = *wake;
    opt.wake = wake_reopen_and_stop;
    opt.wake_self = wake;
    return sk_engine_new(&opt, &f->engine, f->dg);
}

#define SCOPE "engine: {scope: {pid: 12}}\nfalco_libs: {snaplen: 99}\n"

static void a_source_that_does_not_open_is_closed_and_told(void **state)
{
    struct fix *f = *state;
    int wake = -1;

    broken = (struct broken){.open = -EPERM};
    assert_int_equal(make(f, SCOPE, &wake), -EPERM);
    assert_null(f->engine);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_ERROR), "no source today\n");
}

static void a_scope_that_is_refused_closes_the_source(void **state)
{
    struct fix *f = *state;
    int wake = -1;

    broken = (struct broken){.apply = -ENOENT};
    assert_int_equal(make(f, SCOPE, &wake), -ENOENT);
    assert_int_equal(broken.closed, 1);
}

static void a_source_that_fails_while_running_ends_the_run(void **state)
{
    struct fix *f = *state;
    int wake = -1;

    broken = (struct broken){.poll = -EIO};
    assert_int_equal(make(f, SCOPE, &wake), 0);
    assert_int_equal(sk_engine_run(f->engine, f->dg), -EIO);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_ERROR),
                        "the event source 'broken' ended: Input/output error\n");
}

static void being_woken_ends_the_run(void **state)
{
    struct fix *f = *state;
    int wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    broken = (struct broken){0};
    assert_int_equal(make(f, SCOPE, &wake), 0);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    close(wake);
}

static void who_took_all_sleeps_although_more_comes_at_once(void **state)
{
    const struct itimerspec soon = {.it_value = {.tv_nsec = 200000000}};
    struct fix *f = *state;
    int wake = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int readable = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    broken = (struct broken){.poll = 1, .fd = readable};
    assert_int_equal(make(f, SCOPE, &wake), 0);
    assert_int_equal(timerfd_settime(wake, 0, &soon, NULL), 0);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    assert_true(broken.polls - broken.settling < 5);
    close(wake);
    close(readable);
}

static void what_waits_at_the_end_is_received_and_nothing_new_is_seen(void **state)
{
    struct fix *f = *state;
    int wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    broken = (struct broken){.waiting = 3};
    assert_int_equal(make(f, SCOPE, &wake), 0);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    assert_int_equal(broken.silenced, 1);
    assert_int_equal(broken.waiting, 0);
    close(wake);
}

static void lost_events_are_alerted_refilled_and_may_end_the_run(void **state)
{
    struct fix *f = *state;
    int wake = -1;
    struct sk_engine_stats st;

    broken = (struct broken){0};
    assert_int_equal(
        make(f, SCOPE "syscall_event_drops: {threshold: 0, actions: [log, alert, exit]}\n", &wake),
        0);
    assert_int_equal(sk_engine_run(f->engine, f->dg), -ECANCELED);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_ERROR), "Drop manager internal error\n");
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.refills, 1);
    assert_int_equal(broken.refills, 1);
    assert_int_equal(st.drops_detected, 1);
    assert_int_equal(st.drop_actions, 1);
    assert_non_null(strstr(
        alerts(f),
        "Debug Falco internal: syscall event drop. 5 system calls dropped in last second. "
        "(drops_by_cgroup=\"\" drops_by_class=\"execve 5\" drops_by_reason=\"ring_full 5\" ebpf_enabled=\"1\" n_drops=\"5\""));
    assert_non_null(strstr(log_text, "2 Exiting.\n"));
    assert_non_null(strstr(log_text, "4 cannot read the processes again after lost events"));
}

static void without_a_source_only_time_ends_the_run(void **state)
{
    struct fix *f = *state;
    struct sk_engine_options opt = {
        .hostname = "h", .host_root = "", .wake_fd = -1, .max_ns = 1000000000ull};

    conf(f, "");
    assert_int_equal(gen(f, RULE("A", "evt.type=openat")), 0);
    assert_int_equal(sk_outputs_new(0, 2000, &f->outputs), 0);
    opt.gen = f->gen;
    opt.conf = f->conf;
    opt.outputs = f->outputs;
    assert_int_equal(sk_engine_new(&opt, &f->engine, f->dg), 0);
    assert_null(sk_engine_source(f->engine));
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_source_that_does_not_open_is_closed_and_told),
        T(a_scope_that_is_refused_closes_the_source),
        T(a_source_that_fails_while_running_ends_the_run),
        T(being_woken_ends_the_run),
        T(who_took_all_sleeps_although_more_comes_at_once),
        T(what_waits_at_the_end_is_received_and_nothing_new_is_seen),
        T(lost_events_are_alerted_refilled_and_may_end_the_run),
        T(without_a_source_only_time_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
