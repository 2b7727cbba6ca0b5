/* SPDX-License-Identifier: Apache-2.0 */
/* conformance_test.c - what every source promises (source.h), asked of each in turn.
 *
 * A fixture makes a source open and lets a known number of `openat` events happen.  The live one
 * traces a single child of its own; without the privileges it skips.  What a recording holds is
 * written before it is opened, so it has cases of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/source.h"
#include "source/synth.h"
#include "tests/unit/test.h"

#include "tests/unit/source/scap/make.h"

struct fixture {
    const struct sk_source_ops *ops;
    void *self;
    struct sk_capture cap;
    void (*make)(struct fixture *f, unsigned n);
    pid_t child;
    int to_child[2], from_child[2];
};

/* --- events of the synth source --- */

static void make_synth(struct fixture *f, unsigned n)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 16);
    static struct sk_event_writer w;

    for (unsigned i = 0; i < n; i++) {
        sk_buf_reset(&b);
        sk_event_write_begin(&w, &b);
        sk_event_write_int(&w, 3, 8);
        assert_int_equal(sk_event_write_end(&w, OPENAT_X, sk_now_ns(), 1), 0);
        int rc = sk_synth_push(f->self, b.p, b.n);
        assert_true(rc == 0 || rc == 1 || rc == -ENOBUFS);
    }
}

/* --- events of a child --- */

static void child_main(int in, int out)
{
    unsigned n;

    while (read(in, &n, sizeof(n)) == sizeof(n)) {
        for (unsigned i = 0; i < n; i++)
            syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY);
        if (write(out, &n, sizeof(n)) != sizeof(n))
            break;
    }
    _exit(0);
}

static void make_child(struct fixture *f, unsigned n)
{
    assert_int_equal(write(f->to_child[1], &n, sizeof(n)), sizeof(n));
    assert_int_equal(read(f->from_child[0], &n, sizeof(n)), sizeof(n));
}

static void start_child(struct fixture *f)
{
    assert_int_equal(pipe2(f->to_child, O_CLOEXEC), 0);
    assert_int_equal(pipe2(f->from_child, O_CLOEXEC), 0);
    f->child = fork();
    assert_true(f->child >= 0);
    if (f->child == 0) {
        close(f->to_child[1]);
        child_main(f->to_child[0], f->from_child[1]);
    }
    f->cap.scope = SK_SCOPE_PID;
    f->cap.scope_pid = (uint32_t)f->child;
}

static void end_child(struct fixture *f)
{
    if (f->child <= 0)
        return;
    for (int i = 0; i < 2; i++) {
        close(f->to_child[i]);
        close(f->from_child[i]);
    }
    waitpid(f->child, NULL, 0);
    f->child = 0;
}

/* --- a source, open, with nothing applied --- */

static bool begin(struct fixture *f)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_source_options opt = {.ring_bytes = 1 << 20, .critical_ring_bytes = 1 << 16};
    int err;

    sk_event_set_add(&f->cap.events, OPENAT_X);
    f->self = calloc(1, f->ops->size);
    assert_non_null(f->self);
    err = f->ops->open(f->self, &opt, dg);
    if (err == -EPERM && f->ops->caps & SK_SOURCE_LIVE) {
        print_message("%s: skipped: %s", f->ops->name, sk_diag_text(dg, SK_DIAG_ERROR));
        free(f->self);
        f->self = NULL;
        return false;
    }
    if (err)
        fail_msg("%s: %s", f->ops->name, sk_diag_text(dg, SK_DIAG_ERROR));
    if (f->ops->caps & SK_SOURCE_LIVE)
        start_child(f);
    return true;
}

static void end(struct fixture *f)
{
    end_child(f);
    f->ops->close(f->self);
    f->ops->close(f->self);
    free(f->self);
    f->self = NULL;
}

static void apply(struct fixture *f, const struct sk_capture *cap)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    int err = f->ops->apply(f->self, cap, NULL, dg);

    if (err)
        fail_msg("%s: %s", f->ops->name, sk_diag_text(dg, SK_DIAG_ERROR));
}

static bool readable(struct fixture *f)
{
    struct pollfd p = {.fd = f->ops->fd(f->self), .events = POLLIN};

    return p.fd < 0 || poll(&p, 1, 0) == 1;
}

struct seen {
    unsigned n, stop_at;
    uint64_t last_ns;
    bool disorder, wrong;
};

static int on_event(void *self, struct sk_event *ev)
{
    struct seen *s = self;

    s->disorder |= ev->ts_ns < s->last_ns;
    s->wrong |= ev->type != OPENAT_X;
    s->last_ns = ev->ts_ns;
    s->n++;
    return s->n == s->stop_at;
}

/* Runs one case over every source that this machine can open. */
static void each_source(void (*test)(struct fixture *f))
{
    for (size_t i = 0; sk_sources[i]; i++) {
        struct fixture f = {.ops = sk_sources[i]};

        if (f.ops->caps & SK_SOURCE_REPLAYS)
            continue;
        f.make = f.ops->caps & SK_SOURCE_LIVE ? make_child : make_synth;
        f.cap.scope = SK_SCOPE_HOST;
        if (!begin(&f))
            continue;
        test(&f);
        end(&f);
    }
}

static void nothing_passes_before_apply(struct fixture *f)
{
    struct seen s = {0};

    f->make(f, 3);
    assert_int_equal(f->ops->poll(f->self, 10, on_event, &s), 0);
    assert_int_equal(s.n, 0);
    assert_false(f->ops->fd(f->self) >= 0 && readable(f));
}

static void every_event_comes_once_and_in_order(struct fixture *f)
{
    uint64_t before = sk_now_ns();
    struct seen s = {.last_ns = before};

    apply(f, &f->cap);
    f->make(f, 100);
    assert_true(readable(f));
    assert_int_equal(f->ops->poll(f->self, 40, on_event, &s), 40);
    assert_true(readable(f));
    assert_int_equal(f->ops->poll(f->self, 1000, on_event, &s), 60);
    assert_int_equal(s.n, 100);
    assert_false(s.disorder);
    assert_false(s.wrong);
    assert_true(s.last_ns >= before && s.last_ns <= sk_now_ns() + 1000000);
    assert_int_equal(f->ops->poll(f->self, 10, on_event, &s), 0);
    assert_false(readable(f) && f->ops->fd(f->self) >= 0);
}

static void a_receiver_that_stops_loses_nothing(struct fixture *f)
{
    struct seen s = {.stop_at = 3};

    apply(f, &f->cap);
    f->make(f, 10);
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 3);
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 7);
    assert_int_equal(f->ops->poll(f->self, 0, on_event, &s), 0);
}

static void what_is_no_longer_wanted_stops(struct fixture *f)
{
    struct sk_capture none = f->cap;
    struct seen s = {0};

    apply(f, &f->cap);
    f->make(f, 5);
    none.events = (struct sk_event_set){0};
    apply(f, &none);
    f->make(f, 5);
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 5);
    apply(f, &f->cap);
    f->make(f, 2);
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 2);
}

static void the_scope_none_lets_nothing_pass(struct fixture *f)
{
    struct sk_capture none = f->cap;
    struct seen s = {0};

    none.scope = SK_SCOPE_NONE;
    apply(f, &none);
    f->make(f, 5);
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 0);
}

static uint64_t drops(const struct sk_source_stats *st)
{
    uint64_t n = 0;

    for (size_t c = 0; c < SK_CLASS_MAX; c++)
        for (size_t d = 0; d < SK_DROP_N; d++)
            n += st->drops[c][d];
    return n;
}

static void what_was_seen_was_received_or_dropped(struct fixture *f)
{
    struct sk_source_stats st;
    struct seen s = {0};

    apply(f, &f->cap);
    f->make(f, 100000);
    while (f->ops->poll(f->self, 1000, on_event, &s) > 0)
        continue;
    f->ops->stats(f->self, &st);
    assert_int_equal(st.seen, 100000);
    assert_true(drops(&st) > 0);
    assert_int_equal(st.seen, st.sent + drops(&st));
    assert_int_equal(st.received, s.n);
    assert_int_equal(st.sent, st.received + st.bad_records);
    assert_int_equal(st.bad_records, 0);
}

static void test_apply(void **state)
{
    (void)state;
    each_source(nothing_passes_before_apply);
    each_source(what_is_no_longer_wanted_stops);
    each_source(the_scope_none_lets_nothing_pass);
}

static void test_delivery(void **state)
{
    (void)state;
    each_source(every_event_comes_once_and_in_order);
    each_source(a_receiver_that_stops_loses_nothing);
}

static void test_accounting(void **state)
{
    (void)state;
    each_source(what_was_seen_was_received_or_dropped);
}

/* --- recordings --- */

#define RECORDED 100

/* Opens a capture of RECORDED events, of which `whole` are not cut off. */
static void begin_recorded(struct fixture *f, unsigned whole)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 20);
    char path[64];
    const struct sk_source_options opt = {.capture_file = path};

    put_section(&b);
    for (unsigned i = 0; i < RECORDED && i <= whole; i++)
        put_event(&b, 1000 + i, 1);
    b.n -= whole < RECORDED ? 6 : 0;
    write_file(&b, "wb", path);
    f->self = calloc(1, f->ops->size);
    assert_non_null(f->self);
    if (f->ops->open(f->self, &opt, dg))
        fail_msg("%s: %s", f->ops->name, sk_diag_text(dg, SK_DIAG_ERROR));
    unlink(path);
}

static void a_recording_comes_whole_and_then_ends(struct fixture *f)
{
    struct seen s = {0};

    begin_recorded(f, RECORDED);
    assert_int_equal(f->ops->poll(f->self, 10, on_event, &s), 0); /* nothing before apply */
    f->cap.events = (struct sk_event_set){0};
    apply(f, &f->cap);
    assert_int_equal(f->ops->fd(f->self), -1);
    assert_int_equal(f->ops->poll(f->self, 40, on_event, &s), 40);
    s.stop_at = 43;
    assert_int_equal(f->ops->poll(f->self, 100, on_event, &s), 3);
    assert_int_equal(f->ops->poll(f->self, 0, on_event, &s), 0);
    s.stop_at = 0;
    assert_int_equal(f->ops->poll(f->self, 1000, on_event, &s), 57);
    assert_false(s.disorder || s.wrong);
    assert_int_equal(s.last_ns, 1000 + RECORDED - 1);
    assert_int_equal(f->ops->poll(f->self, 10, on_event, &s), -ENODATA);
    assert_int_equal(f->ops->poll(f->self, 10, on_event, &s), -ENODATA);
}

static void a_recording_that_is_cut_says_so_at_its_end(struct fixture *f)
{
    struct sk_source_stats st;
    struct seen s = {0};

    begin_recorded(f, 70);
    apply(f, &f->cap);
    assert_int_equal(f->ops->poll(f->self, 1000, on_event, &s), 70);
    assert_true(f->ops->poll(f->self, 1000, on_event, &s) < 0);
    assert_non_null(f->ops->error);
    assert_string_not_equal(f->ops->error(f->self), "");
    f->ops->stats(f->self, &st);
    assert_int_equal(st.received, 70);
    assert_int_equal(st.sent, st.received + st.bad_records);
}

static void test_recordings(void **state)
{
    void (*const tests[])(struct fixture *) = {a_recording_comes_whole_and_then_ends,
                                               a_recording_that_is_cut_says_so_at_its_end};

    (void)state;
    for (size_t i = 0; sk_sources[i]; i++) {
        for (size_t t = 0; t < SK_ARRAY_LEN(tests); t++) {
            struct fixture f = {.ops = sk_sources[i], .cap.scope = SK_SCOPE_HOST};

            if (!(f.ops->caps & SK_SOURCE_REPLAYS))
                continue;
            tests[t](&f);
            end(&f);
        }
    }
}

static void a_source_that_was_never_opened_can_be_closed(void **state)
{
    (void)state;
    for (size_t i = 0; sk_sources[i]; i++) {
        sk_auto(mem) void *self = calloc(1, sk_sources[i]->size);

        assert_non_null(self);
        sk_sources[i]->close(self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_that_was_never_opened_can_be_closed),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_accounting),
        cmocka_unit_test(test_recordings),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
