/* SPDX-License-Identifier: Apache-2.0 */
#include "source/synth.h"

#include <errno.h>

#include "tests/unit/test.h"

#define CLOSE_X 5

struct world {
    void *self;
    struct sk_buf rec;
    struct sk_diag *dg;
    unsigned got;
};

static int begin(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    const struct sk_source_options opt = {.ring_bytes = 4096};
    static struct sk_event_writer writer;

    w->self = calloc(1, sk_source_synth.size);
    w->dg = sk_diag_new();
    w->rec = SK_BUF(1 << 20);
    sk_event_write_begin(&writer, &w->rec);
    sk_event_write_int(&writer, 0, 8);
    if (sk_event_write_end(&writer, CLOSE_X, 12345, 1))
        return -1;
    *state = w;
    return sk_source_synth.open(w->self, &opt, w->dg);
}

static int end(void **state)
{
    struct world *w = *state;

    sk_source_synth.close(w->self);
    free(w->self);
    sk_diag_free(w->dg);
    sk_buf_done(&w->rec);
    free(w);
    return 0;
}

static void want_close(struct world *w)
{
    struct sk_capture cap = {0};

    sk_event_set_add(&cap.events, CLOSE_X);
    assert_int_equal(sk_source_synth.apply(w->self, &cap, NULL, w->dg), 0);
}

static int on_event(void *self, struct sk_event *ev)
{
    struct world *w = self;

    assert_int_equal(ev->type, CLOSE_X);
    assert_true(ev->ts_ns == 12345);
    w->got++;
    return 0;
}

static int drain(struct world *w)
{
    return sk_source_synth.poll(w->self, 1000, on_event, w);
}

static void a_full_queue_drops_and_counts_by_class(void **state)
{
    struct world *w = *state;
    struct sk_source_stats st;
    unsigned taken = 0;

    want_close(w);
    for (int i = 0; i < 1000; i++)
        taken += sk_synth_push(w->self, w->rec.p, w->rec.n) == 1;
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), -ENOBUFS);
    assert_int_equal(drain(w), (int)taken);
    sk_source_synth.stats(w->self, &st);
    assert_int_equal(st.seen, 1001);
    assert_int_equal(st.drops[sk_events[CLOSE_X].klass][SK_DROP_RING_FULL], 1001 - taken);
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), 1);
}

static void a_record_that_is_too_long_is_counted(void **state)
{
    struct world *w = *state;
    static uint8_t big[SK_REC_MAX_BYTES + 1];
    struct sk_source_stats st;

    want_close(w);
    memcpy(big, w->rec.p, w->rec.n);
    assert_int_equal(sk_synth_push(w->self, big, sizeof(big)), -EMSGSIZE);
    sk_source_synth.stats(w->self, &st);
    assert_int_equal(st.drops[sk_events[CLOSE_X].klass][SK_DROP_TOO_LONG], 1);
}

static void a_record_that_cannot_be_decoded_is_counted_and_skipped(void **state)
{
    struct world *w = *state;
    struct sk_source_stats st;

    want_close(w);
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n - 1), 1);
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), 1);
    assert_int_equal(drain(w), 1);
    sk_source_synth.stats(w->self, &st);
    assert_int_equal(st.bad_records, 1);
    assert_int_equal(st.received, 1);
}

static void nothing_is_taken_that_is_not_wanted(void **state)
{
    struct world *w = *state;
    struct sk_capture cap = {0};

    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), 0);
    assert_int_equal(sk_source_synth.apply(w->self, &cap, NULL, w->dg), 0);
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), 0);
    assert_int_equal(sk_synth_push(w->self, "x", 1), 0);
    assert_int_equal(drain(w), 0);
}

static void the_end_comes_after_what_was_pushed(void **state)
{
    struct world *w = *state;

    want_close(w);
    assert_int_equal(sk_synth_push(w->self, w->rec.p, w->rec.n), 1);
    sk_synth_end(w->self);
    assert_int_equal(drain(w), 1);
    assert_int_equal(drain(w), -ENODATA);
    assert_int_equal(drain(w), -ENODATA);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_full_queue_drops_and_counts_by_class),
        T(a_record_that_is_too_long_is_counted),
        T(a_record_that_cannot_be_decoded_is_counted_and_skipped),
        T(nothing_is_taken_that_is_not_wanted),
        T(the_end_comes_after_what_was_pushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
