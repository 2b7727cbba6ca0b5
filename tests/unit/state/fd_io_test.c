/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/fd_feed.h"

/* 10.0.0.1:1000 -> 10.0.0.2:53, and the answer. */
#define ASK      "\2\12\0\0\1\xe8\3\12\0\0\2\x35\0", (size_t)13
#define ANSWER   "\2\12\0\0\2\x35\0\12\0\0\1\xe8\3", (size_t)13
#define NEXT     "\2\12\0\0\1\xe8\3\12\0\0\3\x35\0", (size_t)13
#define FROM_ANY "\2\0\0\0\0\xe8\3\12\0\0\2\x35\0", (size_t)13
#define ADDR     "\2\12\0\0\2\x35\0", (size_t)7

enum { SENDTO = 31, RECVFROM = 35, READ = 7, WRITE = 9 };

static void the_first_datagram_tells_the_peer_and_the_role(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 19, "lwwww", 3ll, 2u, 2u, 0u, 0u);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, ASK);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_int_equal(fd_of(&f, 3)->flags, SK_FDF_CONNECTED | SK_FDF_CLIENT | SK_FDF_NAMED);
    assert_true(sk_state_event_fd(f.st)->name_changed);
    fd_feed(&f, RECVFROM, "lstlw", 1ll, "x", ANSWER, 3ll, 1u);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_false(sk_state_event_fd(f.st)->name_changed);
    feed_done(&f);
}

static void the_last_datagram_tells_where_to(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 19, "lwwww", 3ll, 2u, 2u, 0u, 0u);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, ASK);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, NEXT);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.3:53");
    assert_true(sk_state_event_fd(f.st)->name_changed);
    feed_done(&f);
}

static void an_address_that_is_filled_in_again_is_no_change(void **state)
{
    const struct sk_iface eth = {
        .ip = {10, 0, 0, 1}, .mask = {255, 255, 255, 0}, .bcast = {10, 0, 0, 255}};
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    assert_int_equal(sk_state_add_iface(f.st, &eth), 0);
    fd_feed(&f, 19, "lwwww", 3ll, 2u, 2u, 0u, 0u);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, FROM_ANY);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_true(sk_state_event_fd(f.st)->name_changed);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, FROM_ANY);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_false(sk_state_event_fd(f.st)->name_changed);
    feed_done(&f);
}

static void who_is_asked_first_serves(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 19, "lwwww", 3ll, 2u, 2u, 0u, 0u);
    fd_feed(&f, 21, "ltl", 0ll, ADDR, 3ll);
    fd_feed(&f, RECVFROM, "lstlw", 1ll, "x", ASK, 3ll, 1u);
    assert_int_equal(fd_of(&f, 3)->type, SK_FD_IPV4_SOCK);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_true(fd_of(&f, 3)->flags & SK_FDF_SERVER);
    assert_int_equal(fd_of(&f, 3)->l4proto, SK_L4_UDP);
    feed_done(&f);
}

static void a_socket_that_nobody_made_is_udp(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, SENDTO, "lslwt", -11ll, "x", 3ll, 1u, ASK);
    fd_feed(&f, SENDTO, "lslw-", 1ll, "x", 3ll, 1u);
    assert_null(fd_of(&f, 3));
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, ASK);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    assert_int_equal(sk_fd_l4proto(fd_of(&f, 3)), SK_L4_UDP);
    feed_done(&f);
}

static void a_tcp_connection_keeps_its_ends(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 247, "ltbww", 3ll, ASK, 0u, 0u, 0u);
    fd_feed(&f, SENDTO, "lslwt", 1ll, "x", 3ll, 1u, NEXT);
    fd_assert_name(fd_of(&f, 3), "10.0.0.1:1000->10.0.0.2:53");
    fd_feed(&f, WRITE, "lslw", -32ll, "x", 3ll, 1u);
    assert_true(fd_of(&f, 3)->flags & SK_FDF_CONNECTED);
    fd_feed(&f, READ, "lslw", 1ll, "x", 3ll, 1u);
    assert_true(fd_of(&f, 3)->flags & SK_FDF_CONNECTED);
    feed_done(&f);
}

static void files_are_left_alone(void **state)
{
    struct feed f;
    const struct sk_fd *fd;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", 0);
    fd = fd_of(&f, 3);
    fd_feed(&f, WRITE, "lslw", -5ll, "x", 3ll, 1u);
    assert_ptr_equal(fd_of(&f, 3), fd);
    assert_int_equal(fd->flags, 0);
    assert_ptr_equal(sk_state_event_fd(f.st)->fd, fd);
    fd_feed(&f, 51, "-");
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_datagram_tells_the_peer_and_the_role),
        cmocka_unit_test(the_last_datagram_tells_where_to),
        cmocka_unit_test(an_address_that_is_filled_in_again_is_no_change),
        cmocka_unit_test(who_is_asked_first_serves),
        cmocka_unit_test(a_socket_that_nobody_made_is_udp),
        cmocka_unit_test(a_tcp_connection_keeps_its_ends),
        cmocka_unit_test(files_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
