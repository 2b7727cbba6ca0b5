/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/replay.h"

#include <errno.h>

#include "tests/unit/source/scap/make.h"
#include "tests/unit/test.h"

struct seen {
    unsigned n, stop_at;
    uint64_t num[8], first_ts_ns[8], prev_ts_ns[8];
    char comm[8][16];
};

static int see(void *self, struct sk_ctx *cx)
{
    struct seen *s = self;

    assert_true(s->n < 8);
    s->num[s->n] = cx->ev->num;
    s->first_ts_ns[s->n] = cx->first_ts_ns;
    s->prev_ts_ns[s->n] = cx->prev_ts_ns;
    assert_ptr_equal(cx->proc, cx->th ? cx->th->proc : NULL);
    snprintf(s->comm[s->n], sizeof(s->comm[0]), "%s", cx->th ? cx->th->comm : "");
    assert_non_null(sk_arena_alloc(cx->tmp, SK_TRIAL_TMP_BYTES / 2)); /* is given back each time */
    s->n++;
    return s->n == s->stop_at ? 7 : 0;
}

/* Replays the bytes; the message is compared when it is not NULL. */
static int replay(const struct sk_buf *b, struct seen *s, const char *message)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char path[64];
    int rc;

    write_file(b, "wb", path);
    rc = sk_replay(path, see, s, dg);
    assert_int_equal(unlink(path), 0);
    if (message && !strstr(sk_diag_text(dg, SK_DIAG_ERROR), message))
        fail_msg("'%s' is not in: %s", message, sk_diag_text(dg, SK_DIAG_ERROR));
    assert_int_equal(sk_diag_count(dg, SK_DIAG_ERROR), message ? 1 : 0);
    return rc;
}

static void three(struct sk_buf *b)
{
    put_section(b);
    put_task(b, 10, "cat");
    put_event(b, 1000, 10);
    put_event(b, 1007, 10);
    put_event(b, 1009, 10);
}

static void events_come_with_their_state(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);
    struct seen s = {0};

    (void)state;
    three(&b);
    assert_int_equal(replay(&b, &s, NULL), 0);
    assert_int_equal(s.n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(s.num[i], i + 1);
        assert_int_equal(s.first_ts_ns[i], 1000);
        assert_string_equal(s.comm[i], "cat");
    }
    assert_int_equal(s.prev_ts_ns[0], 1000);
    assert_int_equal(s.prev_ts_ns[1], 1000);
    assert_int_equal(s.prev_ts_ns[2], 1007);
}

static void a_callback_that_says_so_ends_it(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);
    struct seen s = {.stop_at = 2};

    (void)state;
    three(&b);
    assert_int_equal(replay(&b, &s, NULL), 7);
    assert_int_equal(s.n, 2);
}

static void what_is_whole_in_a_cut_file_comes_before_the_error(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);
    struct seen s = {0};

    (void)state;
    three(&b);
    b.n -= 9;
    assert_true(replay(&b, &s, "reading the capture ended: ") < 0);
    assert_int_equal(s.n, 2);
}

static void what_is_no_capture_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct seen s = {0};

    (void)state;
    assert_true(replay(&b, &s, "is empty\n") < 0);
    sk_buf_addz(&b, "- rule: this is a text\n");
    assert_int_equal(replay(&b, &s, "is not a capture (.scap)\n"), -EBADMSG);
    sk_buf_reset(&b);
    put_section(&b);
    assert_true(replay(&b, &s, "no events in file: the capture ends behind its lists\n") < 0);
    assert_int_equal(sk_replay("/nonexistent/a.scap", see, &s, dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "/nonexistent/a.scap"));
    assert_int_equal(s.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_with_their_state),
        cmocka_unit_test(a_callback_that_says_so_ends_it),
        cmocka_unit_test(what_is_whole_in_a_cut_file_comes_before_the_error),
        cmocka_unit_test(what_is_no_capture_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
