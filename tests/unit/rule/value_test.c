/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/value.h"

#include <errno.h>

#include "tests/unit/test.h"

static struct sk_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 20);
    return mem == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static void refuses(enum sk_type type, struct sk_str text, const char *message)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_const c;

    assert_int_equal(sk_const_parse(type, text, mem, &c, &err), -EINVAL);
    assert_string_equal(err.p, message);
}

static struct sk_const parse(enum sk_type type, const char *text)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_const c;

    assert_int_equal(sk_const_parse(type, sk_str(text), mem, &c, &err), 0);
    return c;
}

static void only_decimal_integers_are_numbers(void **state)
{
    (void)state;
    refuses(SK_T_UINT32, SK_STR("0x10"), "0x10 is not a valid number");
    refuses(SK_T_UINT64, SK_STR("1.5"), "1.5 is not a valid number");
    refuses(SK_T_INT64, SK_STR("abc"), "abc is not a valid number");
    refuses(SK_T_INT64, SK_STR(""), " is not a valid number");
    assert_int_equal(parse(SK_T_INT64, "010").num, 10);
    assert_int_equal((int64_t)parse(SK_T_INT64, " -7").num, -7);
}

static void numbers_wrap_to_the_width_of_their_type(void **state)
{
    (void)state;
    assert_int_equal(parse(SK_T_UINT32, "-1").num, 0xffffffff);
    assert_int_equal(parse(SK_T_INT16, "65536").num, 0);
    assert_int_equal((int64_t)parse(SK_T_INT8, "255").num, -1);
    assert_int_equal(parse(SK_T_UINT8, "258").num, 2);
    assert_true(parse(SK_T_UINT64, "18446744073709551616").num == UINT64_MAX);
}

static void ports_are_numbers_or_services(void **state)
{
    (void)state;
    refuses(SK_T_PORT, SK_STR("no-such-service"), "unrecognized protocol no-such-service");
    assert_int_equal(parse(SK_T_PORT, "443").num, 443);
    assert_int_equal(parse(SK_T_PORT, "65616").num, 80);
    assert_int_equal(parse(SK_T_PORT, "").num, 0);
}

static void bools_are_spelt_out(void **state)
{
    (void)state;
    refuses(SK_T_BOOL, SK_STR("yes"), "filter error: unrecognized boolean value yes");
    refuses(SK_T_BOOL, SK_STR("1"), "filter error: unrecognized boolean value 1");
    assert_int_equal(parse(SK_T_BOOL, "true").num, 1);
    assert_int_equal(parse(SK_T_BOOL, "false").num, 0);
}

static void addresses_choose_their_family_by_the_dot(void **state)
{
    (void)state;
    refuses(SK_T_IPADDR, SK_STR("1.2.3"), "unrecognized IPv4 address 1.2.3");
    refuses(SK_T_IPADDR, SK_STR("::ffff:1.2.3.4"), "unrecognized IPv4 address ::ffff:1.2.3.4");
    refuses(SK_T_IPADDR, SK_STR("fe80"), "unrecognized IPv6 address fe80");
    assert_int_equal(parse(SK_T_IPADDR, "1.2.3.4").s.n, 4);
    assert_int_equal(parse(SK_T_IPADDR, "::1").s.n, 16);
}

static void networks_need_a_mask_in_range(void **state)
{
    (void)state;
    refuses(SK_T_IPNET, SK_STR("1.2.3.4"), "unrecognized IP network 1.2.3.4");
    refuses(SK_T_IPNET, SK_STR("1.2.3/8"), "unrecognized IP address 1.2.3/8");
    refuses(SK_T_IPNET, SK_STR("1.2.3.4/33"), "invalid netmask 33");
    refuses(SK_T_IPNET, SK_STR("::/0"), "invalid v6 netmask 0");
    assert_int_equal(parse(SK_T_IPNET, "1.2.3.4/288").prefix, 32);
    assert_int_equal(parse(SK_T_IPNET, "1.2.3.4/0").prefix, 0);
}

static void an_address_is_in_a_network_of_its_family(void **state)
{
    struct sk_const ten = parse(SK_T_IPNET, "10.1.0.0/15"), all = parse(SK_T_IPNET, "0.0.0.0/0");
    struct sk_const v6 = parse(SK_T_IPNET, "fd00::/9");

    (void)state;
    assert_true(sk_const_in_net(&ten, parse(SK_T_IPADDR, "10.0.255.1").s));
    assert_false(sk_const_in_net(&ten, parse(SK_T_IPADDR, "10.2.0.1").s));
    assert_true(sk_const_in_net(&all, parse(SK_T_IPADDR, "8.8.8.8").s));
    assert_false(sk_const_in_net(&all, parse(SK_T_IPADDR, "::1").s));
    assert_true(sk_const_in_net(&v6, parse(SK_T_IPADDR, "fd7f::1").s));
    assert_false(sk_const_in_net(&v6, parse(SK_T_IPADDR, "fc80::1").s));
}

static void texts_have_a_length_and_no_nul(void **state)
{
    char big[300];

    (void)state;
    memset(big, 'x', sizeof(big));
    refuses(SK_T_CHARBUF, SK_STR("a\0b"), "filter value cannot contain a NUL byte");
    refuses(SK_T_BYTEBUF, (struct sk_str){big, 256}, "filter parameter too long (byte buf)");
    assert_int_equal(sk_const_parse(SK_T_CHARBUF, (struct sk_str){big, 255}, mem,
                                    &(struct sk_const){0}, &SK_BUF(64)),
                     0);
    assert_int_equal(sk_const_parse(SK_T_CHARBUF, (struct sk_str){big, 256}, mem,
                                    &(struct sk_const){0}, &SK_BUF(0)),
                     -EINVAL);
    assert_int_equal(
        sk_const_parse(SK_T_BYTEBUF, SK_STR("a\0b"), mem, &(struct sk_const){0}, &SK_BUF(64)), 0);
}

static void hex_operands_are_whole_bytes(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_const c;

    (void)state;
    assert_int_equal(sk_const_parse_hex(SK_STR("616"), mem, &c, &err), -EINVAL);
    assert_int_equal(sk_const_parse_hex(SK_STR("zz"), mem, &c, &err), -EINVAL);
    assert_int_equal(sk_const_parse_hex(SK_STR("00fF"), mem, &c, &err), 0);
    assert_true(sk_str_eq(c.s, SK_STR("\x00\xff")));
}

static void types_without_values_are_refused(void **state)
{
    (void)state;
    refuses(SK_T_SOCKTUPLE, SK_STR("x"), "wrong parameter type 13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_decimal_integers_are_numbers),
        cmocka_unit_test(numbers_wrap_to_the_width_of_their_type),
        cmocka_unit_test(ports_are_numbers_or_services),
        cmocka_unit_test(bools_are_spelt_out),
        cmocka_unit_test(addresses_choose_their_family_by_the_dot),
        cmocka_unit_test(networks_need_a_mask_in_range),
        cmocka_unit_test(an_address_is_in_a_network_of_its_family),
        cmocka_unit_test(texts_have_a_length_and_no_nul),
        cmocka_unit_test(hex_operands_are_whole_bytes),
        cmocka_unit_test(types_without_values_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
