/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "source/scap/record.h"

#include <errno.h>

#include "make.h"

#define CLOSE_X 5

static int read_it(const struct sk_buf *b, unsigned v, bool flags, struct sk_scap_record *out)
{
    static struct sk_buf buffer = SK_BUF(1 << 17);

    return sk_scap_read_event((const uint8_t *)b->p, b->n, v, flags, &buffer, out);
}

/* An event with the header of old files, of parameters with these lengths. */
static void put_old(struct sk_buf *b, uint16_t type, unsigned nparams, unsigned bytes)
{
    put(b, 3, 2);
    put(b, 1000, 8);
    put(b, 42, 8);
    put(b, 22 + nparams * (2 + bytes), 4);
    put(b, type, 2);
    for (unsigned i = 0; i < nparams; i++)
        put(b, bytes, 2);
    for (unsigned i = 0; i < nparams; i++)
        put(b, i, bytes);
}

static void an_event_of_today_is_handed_on_as_it_is(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;
    struct sk_event ev;

    (void)state;
    put(&b, 3, 2);
    put(&b, SK_SCAP_STATE_ONLY, 4);
    put_record(&b, 1000, 42);
    assert_int_equal(read_it(&b, 2, true, &r), 0);
    assert_int_equal(r.cpu, 3);
    assert_int_equal(r.flags, SK_SCAP_STATE_ONLY);
    assert_int_equal(sk_event_decode(r.rec, r.len, r.cpu, &ev), 0);
    assert_int_equal(ev.tid, 42);
    assert_int_equal(ev.nparams, 7);
}

static void an_old_header_gets_its_number_of_parameters(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;
    struct sk_event ev;
    int64_t v;

    (void)state;
    put_old(&b, CLOSE_X, 1, 8);
    assert_int_equal(read_it(&b, 1, false, &r), 0);
    assert_int_equal(sk_event_decode(r.rec, r.len, r.cpu, &ev), 0);
    assert_int_equal(ev.nparams, 1);
    assert_true(sk_event_i64(&ev, 0, &v));
    sk_buf_reset(&b);
    put_old(&b, CLOSE_X, 0, 0);
    assert_int_equal(read_it(&b, 1, false, &r), 0);
    assert_int_equal(sk_event_decode(r.rec, r.len, r.cpu, &ev), 0);
    assert_int_equal(ev.nparams, 0);
}

static void lengths_of_an_old_event_that_do_not_add_up_are_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;

    (void)state;
    put_old(&b, CLOSE_X, 3, 8);
    assert_int_equal(read_it(&b, 1, false, &r), -EBADMSG);
}

static void the_excess_of_old_notifications_is_known(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;
    struct sk_event ev;

    (void)state;
    put(&b, 0, 2);
    put(&b, 1000, 8);
    put(&b, 42, 8);
    put(&b, 22 + 4 + 4 + 3, 4);
    put(&b, 280, 2);
    put(&b, 2, 2);
    put(&b, 2, 2);
    sk_buf_add(&b, "a\0b\0", 4);
    assert_int_equal(read_it(&b, 1, false, &r), 0);
    assert_int_equal(sk_event_decode(r.rec, r.len, r.cpu, &ev), 0);
    assert_int_equal(ev.nparams, 2);
}

static void a_type_that_is_newer_is_told_from_damage(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;

    (void)state;
    put_old(&b, SK_EVENT_N, 0, 0);
    assert_int_equal(read_it(&b, 1, false, &r), -ENOENT);
    for (size_t n = 0; n < 20; n++) {
        b.n = n;
        assert_int_equal(read_it(&b, 1, false, &r), -EBADMSG);
        assert_int_equal(read_it(&b, 2, true, &r), -EBADMSG);
    }
}

static void a_length_beyond_the_block_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);
    struct sk_scap_record r;

    (void)state;
    put(&b, 3, 2);
    put_record(&b, 1000, 42);
    b.n--;
    assert_int_equal(read_it(&b, 2, false, &r), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_beyond_the_block_is_refused),
        cmocka_unit_test(lengths_of_an_old_event_that_do_not_add_up_are_refused),
        cmocka_unit_test(a_type_that_is_newer_is_told_from_damage),
        cmocka_unit_test(an_event_of_today_is_handed_on_as_it_is),
        cmocka_unit_test(an_old_header_gets_its_number_of_parameters),
        cmocka_unit_test(the_excess_of_old_notifications_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
