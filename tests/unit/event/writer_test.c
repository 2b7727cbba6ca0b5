/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "event/event.h"
#include "tests/unit/test.h"

static struct sk_event_writer w;

static void too_many_or_too_long_parameters_fail_at_the_end(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 16);
    static char big[SK_REC_MAX_BYTES];

    (void)state;
    sk_event_write_begin(&w, &b);
    for (int i = 0; i <= SK_REC_MAX_PARAMS; i++)
        sk_event_write_int(&w, 1, 1);
    assert_int_equal(sk_event_write_end(&w, 3, 0, 0), -EMSGSIZE);

    sk_event_write_begin(&w, &b);
    sk_event_write_text(&w, (struct sk_str){big, sizeof(big)});
    assert_int_equal(sk_event_write_end(&w, 3, 0, 0), -EMSGSIZE);

    sk_event_write_begin(&w, &b);
    sk_event_write_int(&w, 1, 9);
    assert_int_equal(sk_event_write_end(&w, 3, 0, 0), -EMSGSIZE);
    assert_int_equal(b.n, 0);
}

static void a_full_buffer_keeps_no_half_record(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(30);

    (void)state;
    sk_event_write_begin(&w, &b);
    sk_event_write_int(&w, 1, 8);
    assert_int_equal(sk_event_write_end(&w, 5, 0, 0), -EMSGSIZE);
    assert_int_equal(b.n, 0);
}

static void a_record_has_the_bytes_of_the_wire_format(void **state)
{
    /* Time, thread, length, type, number of parameters; their lengths; their bytes. */
    static const uint8_t want[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 42,  0, 0, 0,
                                   0,    0,    0,    0,    34,   0,    0,    0,    5,   0, 2, 0,
                                   0,    0,    2,    0,    2,    0,    0xfe, 0xff, 'x', 0};
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 16);

    (void)state;
    sk_event_write_begin(&w, &b);
    sk_event_write_int(&w, (uint64_t)-2, 2);
    sk_event_write_text(&w, SK_STR("x"));
    assert_int_equal(sk_event_write_end(&w, 5, 0x1122334455667788, 42), 0);
    assert_int_equal(b.n, sizeof(want));
    assert_memory_equal(b.p, want, sizeof(want));
}

static void types_with_a_large_payload_have_lengths_of_32_bits(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1 << 16);
    struct sk_event ev;

    (void)state;
    sk_event_write_begin(&w, &b);
    sk_event_write_int(&w, 7, 4);
    sk_event_write_text(&w, SK_STR("name"));
    sk_event_write_param(&w, "payload", 7);
    assert_int_equal(sk_event_write_end(&w, 402, 1, 2), 0);
    assert_int_equal(b.n, 26 + 3 * 4 + 4 + 5 + 7);
    assert_int_equal(sk_event_decode(b.p, b.n, 0, &ev), 0);
    assert_true(sk_str_eqz(sk_event_text(&ev, 1), "name"));
    assert_true(sk_str_eqz(sk_event_bytes(&ev, 2), "payload"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_or_too_long_parameters_fail_at_the_end),
        cmocka_unit_test(a_full_buffer_keeps_no_half_record),
        cmocka_unit_test(a_record_has_the_bytes_of_the_wire_format),
        cmocka_unit_test(types_with_a_large_payload_have_lengths_of_32_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
