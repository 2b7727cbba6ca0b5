/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/fd_feed.h"

/* 10.0.0.1:1000 -> 10.0.0.2:80, and lone addresses. */
#define TUPLE4 "\2\12\0\0\1\xe8\3\12\0\0\2\x50\0", (size_t)13
#define ADDR4  "\2\12\0\0\2\x50\0", (size_t)7
#define OTHER4 "\2\12\0\0\11\x51\0", (size_t)7
#define NOPORT "\2\0\0\0\0\0\0", (size_t)7
#define UNIXT  "\1\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0/s\0", (size_t)20

enum { CONNECT_E = 22, CONNECT = 23, BIND = 21, ACCEPT = 247, ACCEPT4 = 389 };

static void make(struct feed *f, int64_t num, unsigned domain, unsigned type, unsigned proto)
{
    fd_feed(f, 19, "lwwww", (long long)num, domain, type, proto, 0u);
}

static void a_socket_has_the_protocol_it_was_made_for(void **state)
{
    static const struct {
        unsigned domain, type, proto, fd, l4;
    } rows[] = {
        {2, 1, 0, SK_FD_IPV4_SOCK, SK_L4_TCP},       {2, 2 | 04000, 0, SK_FD_IPV4_SOCK, SK_L4_UDP},
        {10, 2, 17, SK_FD_IPV6_SOCK, SK_L4_UDP},     {2, 3, 6, SK_FD_IPV4_SOCK, SK_L4_RAW},
        {2, 2, 1, SK_FD_IPV4_SOCK, SK_L4_ICMP},      {2, 3, 255, SK_FD_IPV4_SOCK, SK_L4_RAW},
        {2, 5, 132, SK_FD_IPV4_SOCK, SK_L4_UNKNOWN}, {1, 1, 0, SK_FD_UNIX, SK_L4_UNKNOWN},
        {16, 3, 0, SK_FD_NETLINK, SK_L4_UNKNOWN},    {17, 3, 0, SK_FD_UNKNOWN, SK_L4_UNKNOWN},
    };
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        make(&f, 3, rows[i].domain, rows[i].type, rows[i].proto);
        assert_int_equal(fd_of(&f, 3)->type, rows[i].fd);
        assert_int_equal(fd_of(&f, 3)->l4proto, rows[i].l4);
    }
    make(&f, -1, 2, 1, 0);
    assert_int_equal(sk_state_fd_count(f.th->proc), 1);
    feed_done(&f);
}

static void a_connection_has_two_ends_and_a_client(void **state)
{
    struct feed f;
    const struct sk_fd *fd;
    (void)state;

    fd_feed_init(&f);
    make(&f, 3, 2, 1, 0);
    fd_feed(&f, CONNECT, "ltlt", -115ll, TUPLE4, 3ll, ADDR4);
    fd = fd_of(&f, 3);
    fd_assert_name(fd, "10.0.0.1:1000->10.0.0.2:80");
    assert_int_equal(fd->flags, SK_FDF_NAMED | SK_FDF_CLIENT | SK_FDF_CONNECTED);
    assert_true(sk_state_event_fd(f.st)->name_changed);
    fd_feed(&f, 47, "llbbt", 0ll, 3ll, 1u, 4u, "\1\0\0\0\0\0\0\0\0", (size_t)9);
    assert_true(fd_of(&f, 3)->flags & SK_FDF_CONNECTED);
    fd_feed(&f, 47, "llbbt", 0ll, 3ll, 1u, 4u, "\1\x91\xff\xff\xff\xff\xff\xff\xff", (size_t)9);
    assert_true(fd_of(&f, 3)->flags & SK_FDF_FAILED);
    assert_int_equal(sk_state_event_fd(f.st)->error, -111);
    fd_feed(&f, CONNECT, "ltlt", -111ll, TUPLE4, 9ll, ADDR4); /* nobody made it */
    assert_null(sk_state_event_fd(f.st)->fd);
    feed_done(&f);
}

static void the_address_that_was_asked_for_counts(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    make(&f, 3, 2, 1, 0);
    fd_feed(&f, CONNECT_E, "lt", 3ll, OTHER4);
    fd_feed(&f, CONNECT, "ltlt", 0ll, TUPLE4, 3ll, ADDR4);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.9:81");
    make(&f, 4, 2, 1, 0);
    fd_feed(&f, CONNECT_E, "lt", 4ll, ADDR4);
    fd_feed(&f, CONNECT, "ltlt", 0ll, TUPLE4, 4ll,
            OTHER4); /* the kernel went where it was told first */
    fd_assert_name(fd_of(&f, 4), "10.0.0.1:1000->10.0.0.2:80");
    make(&f, 5, 2, 1, 0);
    fd_feed(&f, CONNECT_E, "lt", 5ll, ADDR4);
    fd_feed(&f, CONNECT, "l-l-", 0ll, 5ll);
    assert_int_equal(fd_of(&f, 5)->dport, 80);
    assert_int_equal(fd_of(&f, 5)->flags, SK_FDF_CONNECTED);
    feed_done(&f);
}

static void unix_sockets_have_a_path_and_two_pointers(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    make(&f, 3, 1, 1, 0);
    fd_feed(&f, CONNECT, "ltlt", 0ll, UNIXT, 3ll, "\1/s\0", (size_t)4);
    fd_assert_name(fd_of(&f, 3), "2->1 /s");
    make(&f, 4, 1, 1, 0);
    fd_feed(&f, BIND, "ltl", 0ll, "\1/run/x\0", (size_t)8, 4ll);
    fd_assert_name(fd_of(&f, 4), "/run/x");
    fd_feed(&f, ACCEPT, "ltbww", 5ll, UNIXT, 0u, 0u, 0u);
    fd_assert_name(fd_of(&f, 5), "2->1 /s");
    fd_feed(&f, 43, "lllll", 0ll, 6ll, 7ll, 1ll, 2ll);
    assert_int_equal(fd_of(&f, 7)->unix_dst, 2);
    assert_int_equal(sk_state_event_fd(f.st)->num, 7);
    assert_int_equal(sk_state_event_fd(f.st)->fd->num, 6);
    fd_feed(&f, 43, "lllll", 0ll, 8ll, 8ll, 1ll, 2ll);
    assert_null(fd_of(&f, 8));
    feed_done(&f);
}

static void a_port_makes_a_server(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    make(&f, 3, 2, 1, 0);
    fd_feed(&f, BIND, "ltl", 0ll, NOPORT, 3ll);
    assert_int_equal(fd_of(&f, 3)->type, SK_FD_IPV4_SOCK);
    fd_assert_name(fd_of(&f, 3), "0.0.0.0:0");
    fd_feed(&f, BIND, "ltl", -98ll, ADDR4, 3ll);
    assert_int_equal(fd_of(&f, 3)->type, SK_FD_IPV4_SOCK);
    fd_feed(&f, BIND, "ltl", 0ll, ADDR4, 3ll);
    assert_int_equal(fd_of(&f, 3)->type, SK_FD_IPV4_SERVSOCK);
    assert_true(fd_of(&f, 3)->flags & SK_FDF_SERVER);
    fd_assert_name(fd_of(&f, 3), "10.0.0.2:80");
    fd_feed(&f, ACCEPT4, "ltbwww", 4ll, TUPLE4, 0u, 0u, 0u, (unsigned)FD_O_CLOEXEC);
    fd_assert_name(fd_of(&f, 4), "10.0.0.1:1000->10.0.0.2:80");
    assert_int_equal(sk_fd_l4proto(fd_of(&f, 4)), SK_L4_TCP);
    assert_int_equal(fd_of(&f, 4)->open_flags, FD_O_CLOEXEC);
    fd_feed(&f, ACCEPT, "l-bww", 5ll, 0u, 0u, 0u);
    assert_int_equal(sk_state_event_fd(f.st)->num, 5);
    assert_null(fd_of(&f, 5));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_has_the_protocol_it_was_made_for),
        cmocka_unit_test(a_connection_has_two_ends_and_a_client),
        cmocka_unit_test(the_address_that_was_asked_for_counts),
        cmocka_unit_test(unix_sockets_have_a_path_and_two_pointers),
        cmocka_unit_test(a_port_makes_a_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
