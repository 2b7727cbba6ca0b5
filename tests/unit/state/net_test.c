/* SPDX-License-Identifier: Apache-2.0 */
#include "state/fdtable.h"

#include "tests/unit/state/feed.h"

static const struct sk_iface lo = {.ip = {127, 0, 0, 1}, .mask = {255}};
static const struct sk_iface eth = {.ip = {10, 0, 1, 2}, .mask = {255, 255}};
static const struct sk_iface lan = {.ip = {192, 168, 0, 5}, .mask = {255, 255, 255}};
static const struct sk_iface eth6 = {.ip = {0xfe, 0x80, [15] = 7}, .v6 = true};

static void add_ifaces(struct feed *f)
{
    assert_int_equal(sk_state_add_iface(f->st, &lo), 0);
    assert_int_equal(sk_state_add_iface(f->st, &eth), 0);
    assert_int_equal(sk_state_add_iface(f->st, &lan), 0);
    assert_int_equal(sk_state_add_iface(f->st, &eth6), 0);
}

static void check_text(const struct sk_fd *fd, const char *expected)
{
    char buf[SK_FD_TEXT_MAX];
    struct sk_str s = sk_fd_text(fd, buf);

    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

static void interfaces_have_a_limit(void **state)
{
    struct feed f;
    struct sk_state_stats stats;
    int n = 0;
    (void)state;

    feed_init(&f, NULL, NULL);
    while (sk_state_add_iface(f.st, &lo) == 0)
        n++;
    assert_int_equal(n, 1024);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.evicted, 1);
    feed_done(&f);
}

static void an_address_is_local_when_an_interface_has_it(void **state)
{
    static const uint8_t other6[16] = {0xfe, 0x80, [15] = 99}, far6[16] = {0x20};
    static const uint8_t far[4] = {10, 0, 1, 3};
    struct sk_proc contained = {.container_id = SK_STR("c0ffee")};
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    add_ifaces(&f);
    assert_true(sk_state_local_ip(f.st, NULL, eth.ip, false));
    assert_false(sk_state_local_ip(f.st, NULL, far, false));
    assert_true(sk_state_local_ip(f.st, NULL, other6, true));
    assert_false(sk_state_local_ip(f.st, NULL, far6, true));
    assert_false(sk_state_local_ip(f.st, &contained, eth.ip, false));
    feed_done(&f);
}

static void a_missing_address_is_the_nearest_of_the_machine(void **state)
{
    struct sk_fd fd = {.type = SK_FD_IPV4_SOCK, .sport = 1, .dport = 2, .dip = {192, 168, 0, 9}};
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    sk_fd_complete(f.st, &fd);
    assert_int_equal(fd.sip[0], 0);
    add_ifaces(&f);
    sk_fd_complete(f.st, &fd);
    assert_memory_equal(fd.sip, lan.ip, 4);
    memset(fd.sip, 0, 4);
    fd.dip[0] = 8;
    sk_fd_complete(f.st, &fd);
    assert_memory_equal(fd.sip, eth.ip, 4); /* the first that is not the loopback */
    memcpy(fd.sip, lo.ip, 4);
    memset(fd.dip, 0, 4);
    sk_fd_complete(f.st, &fd);
    assert_memory_equal(fd.dip, lo.ip, 4);
    memset(fd.dip, 0, 4);
    fd.dport = fd.sport; /* would be itself */
    sk_fd_complete(f.st, &fd);
    assert_int_equal(fd.dip[0], 0);
    fd = (struct sk_fd){.type = SK_FD_IPV6_SOCK, .dport = 1, .dip = {0x20}};
    sk_fd_complete(f.st, &fd);
    assert_memory_equal(fd.sip, eth6.ip, 16);
    fd = (struct sk_fd){.type = SK_FD_FILE};
    sk_fd_complete(f.st, &fd);
    assert_int_equal(fd.sip[0], 0);
    feed_done(&f);
}

static void ends_have_the_text_of_their_protocol(void **state)
{
    struct sk_fd fd = {
        .type = SK_FD_IPV4_SOCK,
        .flags = SK_FDF_NAMED,
        .sip = {1, 2, 3, 4},
        .dip = {5, 6, 7, 8},
        .sport = 9,
        .dport = 65535,
        .name = SK_STR("text"),
    };
    (void)state;

    check_text(&fd, "<unknown>");
    fd.l4proto = SK_L4_TCP;
    check_text(&fd, "1.2.3.4:9->5.6.7.8:65535");
    fd.l4proto = SK_L4_RAW;
    check_text(&fd, "1.2.3.4->5.6.7.8");
    fd.type = SK_FD_IPV4_SERVSOCK;
    check_text(&fd, "1.2.3.4:9");
    fd.type = SK_FD_IPV6_SOCK;
    check_text(&fd, "<unknown>");
    fd.l4proto = SK_L4_UDP;
    memset(fd.sip, 0, 16);
    memset(fd.dip, 0xff, 16);
    check_text(&fd, ":::9->ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:65535");
    fd.type = SK_FD_IPV6_SERVSOCK;
    check_text(&fd, ":::9");
    fd.flags = 0;
    check_text(&fd, "text");
}

static void the_protocol_of_a_connection_needs_a_role(void **state)
{
    struct sk_fd fd = {.type = SK_FD_IPV4_SOCK, .l4proto = SK_L4_TCP};
    (void)state;

    assert_int_equal(sk_fd_l4proto(&fd), SK_L4_NA);
    fd.flags = SK_FDF_CLIENT;
    assert_int_equal(sk_fd_l4proto(&fd), SK_L4_TCP);
    fd = (struct sk_fd){.type = SK_FD_IPV6_SOCK, .l4proto = SK_L4_RAW};
    assert_int_equal(sk_fd_l4proto(&fd), SK_L4_RAW);
    fd = (struct sk_fd){.type = SK_FD_IPV4_SERVSOCK, .l4proto = SK_L4_UDP};
    assert_int_equal(sk_fd_l4proto(&fd), SK_L4_UDP);
    fd.type = SK_FD_FILE;
    assert_int_equal(sk_fd_l4proto(&fd), SK_L4_NA);
}

static void connections_to_a_port_that_is_served_came_in(void **state)
{
    struct sk_task_info a = {.pid = 10, .tid = 10}, b = {.pid = 11, .tid = 11};
    struct sk_fd_info server = {.num = 3,
                                .type = SK_FD_IPV6_SERVSOCK,
                                .l4proto = SK_L4_TCP,
                                .sport = 80,
                                .name = SK_STR("")};
    struct sk_fd_info in = {.num = 4,
                            .type = SK_FD_IPV4_SOCK,
                            .l4proto = SK_L4_TCP,
                            .sip = {10, 0, 1, 2},
                            .sport = 80,
                            .dip = {10, 9, 9, 9},
                            .dport = 4000,
                            .name = SK_STR("")};
    struct sk_fd_info out = in;
    const struct sk_fd *fd;
    struct feed f;
    (void)state;

    out.num = 5;
    out.sport = 5000;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &a), 0);
    assert_int_equal(sk_state_add(f.st, &b), 0);
    assert_int_equal(sk_state_add_fd(f.st, 10, &server), 0);
    assert_int_equal(sk_state_add_fd(f.st, 11, &in), 0);
    assert_int_equal(sk_state_add_fd(f.st, 11, &out), 0);
    sk_fds_guess_roles(f.st);
    fd = sk_state_fd(sk_state_thread(f.st, 11), 4);
    assert_int_equal(fd->flags & (SK_FDF_CLIENT | SK_FDF_SERVER), SK_FDF_SERVER);
    check_text(fd, "10.9.9.9:4000->10.0.1.2:80");
    fd = sk_state_fd(sk_state_thread(f.st, 11), 5);
    assert_int_equal(fd->flags & (SK_FDF_CLIENT | SK_FDF_SERVER), SK_FDF_CLIENT);
    check_text(fd, "10.0.1.2:5000->10.9.9.9:4000");
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interfaces_have_a_limit),
        cmocka_unit_test(an_address_is_local_when_an_interface_has_it),
        cmocka_unit_test(a_missing_address_is_the_nearest_of_the_machine),
        cmocka_unit_test(ends_have_the_text_of_their_protocol),
        cmocka_unit_test(the_protocol_of_a_connection_needs_a_role),
        cmocka_unit_test(connections_to_a_port_that_is_served_came_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
