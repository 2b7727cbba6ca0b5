/* SPDX-License-Identifier: Apache-2.0 */
#include "state/tuple.h"

#include "tests/unit/state/feed.h"

static bool addr(const char *p, size_t n, struct sk_tuple *t)
{
    return sk_tuple_read_addr((struct sk_str){p, n}, t);
}

static void short_or_strange_addresses_are_none(void **state)
{
    struct sk_tuple t;
    (void)state;

    assert_false(addr("", 0, &t));
    assert_false(addr("\2\1\2\3\4\5", 6, &t));
    assert_false(addr("\12\1\2\3\4\5\6", 7, &t));
    assert_false(addr("\1", 1, &t));
    assert_false(addr("\1/x", 3, &t)); /* without its NUL */
    assert_false(addr("\5\1\2\3\4\5\6", 7, &t));
}

static void addresses_are_read(void **state)
{
    struct sk_tuple t;
    (void)state;

    assert_true(addr("\2\1\2\3\4\x50\1", 7, &t));
    assert_int_equal(t.dport, 0x150);
    assert_memory_equal(t.dip, "\1\2\3\4", 4);
    assert_true(addr("\12\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4\x50\0", 19, &t));
    assert_int_equal(t.family, TUPLE_IP4);
    assert_memory_equal(t.dip, "\1\2\3\4", 4);
    assert_true(addr("\1/x", 4, &t));
    assert_string_equal(t.path.p, "/x");
}

static void the_same_ends_are_no_news(void **state)
{
    const uint8_t a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8}, c[4] = {9};
    struct sk_tuple t = {.family = TUPLE_IP4, .sip = a, .dip = b, .sport = 1, .dport = 2};
    struct sk_tuple back = {.family = TUPLE_IP4, .sip = b, .dip = a, .sport = 2, .dport = 1};
    struct sk_tuple other = {.family = TUPLE_IP4, .sip = a, .dip = c, .sport = 1, .dport = 2};
    struct sk_fd fd = {.type = SK_FD_IPV4_SOCK};
    (void)state;

    assert_true(sk_tuple_set_ends(&fd, &t));
    assert_false(sk_tuple_set_ends(&fd, &t));
    assert_false(sk_tuple_is_news(&fd, &back));
    assert_true(sk_tuple_set_ends(&fd, &other));
    assert_memory_equal(fd.dip, c, 4);
    sk_fd_swap_ends(&fd);
    assert_memory_equal(fd.sip, c, 4);
    assert_int_equal(fd.sport, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_or_strange_addresses_are_none),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(the_same_ends_are_no_news),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
