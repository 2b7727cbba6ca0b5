/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/scap.h"

#include <errno.h>

#include "make.h"

#define OPENAT_E 306
#define NEWER    (SK_EVENT_N + 5)

struct bench {
    char path[64];
    struct sk_diag *dg;
    void *self;
    struct sk_state *st;
    struct sk_capture cap;
    unsigned n, only_state, stop_at;
    uint64_t last_ns;
    uint16_t last_type;
};

static int on_event(void *self, struct sk_event *ev)
{
    struct bench *b = self;

    b->n++;
    b->only_state += ev->state_only;
    b->last_ns = ev->ts_ns;
    b->last_type = ev->type;
    return b->n == b->stop_at;
}

static int begin(struct bench *b, const struct sk_buf *bytes)
{
    *b = (struct bench){.dg = sk_diag_new(), .self = calloc(1, sk_source_scap.size)};
    const struct sk_source_options opt = {.capture_file = b->path};
    int err;

    assert_non_null(b->self);
    write_file(bytes, "wb", b->path);
    assert_int_equal(sk_state_new(NULL, NULL, &b->st), 0);
    err = sk_source_scap.open(b->self, &opt, b->dg);
    return err ? err : sk_source_scap.apply(b->self, &b->cap, b->st, b->dg);
}

static void done(struct bench *b)
{
    unlink(b->path);
    sk_source_scap.close(b->self);
    sk_state_free(b->st);
    sk_diag_free(b->dg);
    free(b->self);
}

static int poll_all(struct bench *b)
{
    int n;

    while ((n = sk_source_scap.poll(b->self, 100, on_event, b)) >= 0)
        if (b->stop_at && b->n >= b->stop_at)
            break;
    return n;
}

static void put_type(struct sk_buf *b, uint16_t type, uint32_t flags)
{
    static struct sk_event_writer w;
    size_t at = block_begin(b, SK_SCAP_ID_EVF_V2);

    put(b, 0, 2);
    put(b, flags, 4);
    sk_event_write_begin(&w, b);
    assert_int_equal(sk_event_write_end(&w, type, 1, 1), 0);
    block_end(b, at);
}

static void a_capture_without_events_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;

    (void)state;
    put_section(&b);
    put_task(&b, 1, "x");
    assert_int_equal(begin(&t, &b), -ENODATA);
    assert_non_null(strstr(sk_diag_text(t.dg, SK_DIAG_ERROR), "no events in file"));
    done(&t);
}

static void events_that_no_rule_wants_come_too_so_that_numbers_stay(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_source_stats st;
    struct bench t;

    (void)state;
    put_section(&b);
    put_event(&b, 1000, 1);
    put_event(&b, 1001, 1);
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -ENODATA);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.only_state, 0);
    assert_int_equal(t.last_ns, 1001);
    assert_string_equal(sk_source_scap.error(t.self), "");
    sk_source_scap.stats(t.self, &st);
    assert_int_equal(st.seen, 2);
    assert_int_equal(st.received, 2);
    done(&t);
}

static void types_of_the_future_are_skipped(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;

    (void)state;
    put_section(&b);
    put_type(&b, NEWER, 0);
    put_event(&b, 1001, 1);
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -ENODATA);
    assert_int_equal(t.n, 1);
    done(&t);
}

static void what_only_the_state_needs_is_marked(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;

    (void)state;
    put_section(&b);
    put_event(&b, 1001, 1);
    size_t flagged = block_begin(&b, SK_SCAP_ID_EVF_V2);
    put(&b, 0, 2);
    put(&b, SK_SCAP_STATE_ONLY, 4);
    put_record(&b, 1002, 1);
    block_end(&b, flagged);
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -ENODATA);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.only_state, 1);
    done(&t);
}

static void a_call_to_come_is_for_the_state_only(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    static struct sk_event_writer w;
    struct bench t;

    (void)state;
    put_section(&b);
    size_t at = block_begin(&b, SK_SCAP_ID_EV_V2);
    put(&b, 0, 2);
    sk_event_write_begin(&w, &b);
    sk_event_write_int(&w, (uint64_t)-100, 8);
    sk_event_write_text(&w, SK_STR("/tmp/x"));
    sk_event_write_int(&w, 1, 4);
    sk_event_write_int(&w, 0, 4);
    assert_int_equal(sk_event_write_end(&w, OPENAT_E, 1, 1), 0);
    block_end(&b, at);
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -ENODATA);
    assert_int_equal(t.only_state, t.n);
    done(&t);
}

static void damaged_events_are_counted_and_the_next_is_read(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_source_stats st;
    struct bench t;
    size_t at;

    (void)state;
    put_section(&b);
    at = b.n;
    put_event(&b, 1000, 1);
    memcpy(b.p + at + 10 + SK_REC_HDR_BYTES, "\xff\xff", 2); /* of the first parameter */
    put_event(&b, 1001, 1);
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -ENODATA);
    assert_int_equal(t.n, 1);
    sk_source_scap.stats(t.self, &st);
    assert_int_equal(st.bad_records, 1);
    done(&t);
}

static void a_truncated_capture_ends_with_its_place_after_what_is_whole(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct bench t;

    (void)state;
    put_section(&b);
    put_event(&b, 1000, 1);
    put_event(&b, 1001, 1);
    b.n -= 7;
    assert_int_equal(begin(&t, &b), 0);
    assert_int_equal(poll_all(&t), -EBADMSG);
    assert_int_equal(t.n, 1);
    assert_non_null(strstr(sk_source_scap.error(t.self), t.path));
    assert_non_null(strstr(sk_source_scap.error(t.self), "; 1 events before it"));
    assert_int_equal(sk_source_scap.poll(t.self, 1, on_event, &t), -EBADMSG);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capture_without_events_is_refused),
        cmocka_unit_test(damaged_events_are_counted_and_the_next_is_read),
        cmocka_unit_test(a_truncated_capture_ends_with_its_place_after_what_is_whole),
        cmocka_unit_test(events_that_no_rule_wants_come_too_so_that_numbers_stay),
        cmocka_unit_test(types_of_the_future_are_skipped),
        cmocka_unit_test(what_only_the_state_needs_is_marked),
        cmocka_unit_test(a_call_to_come_is_for_the_state_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
