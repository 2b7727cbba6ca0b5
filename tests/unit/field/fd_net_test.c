/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of captures; those of live events are in fd_test.c. */
#include "tests/unit/field/world.h"

static void setup(struct world *w)
{
    struct sk_task_info ti = world_task(10, 1, "nc");
    struct sk_iface here = {.ip = {10, 0, 0, 1}, .mask = {255, 255, 255}};
    struct sk_fd_info out = {.num = 3,
                             .type = SK_FD_IPV4_SOCK,
                             .l4proto = SK_L4_TCP,
                             .sip = {10, 0, 0, 1},
                             .dip = {10, 0, 0, 2},
                             .sport = 1000,
                             .dport = 80};
    struct sk_fd_info wait = {.num = 4,
                              .type = SK_FD_IPV4_SERVSOCK,
                              .l4proto = SK_L4_TCP,
                              .sip = {10, 0, 0, 1},
                              .sport = 22};
    struct sk_fd_info six = {.num = 5, .type = SK_FD_IPV6_SOCK, .l4proto = SK_L4_UDP, .dport = 53};
    struct sk_fd_info file = {.num = 6, .type = SK_FD_FILE, .name = SK_STR("/f")};
    struct sk_fd_info local = {.num = 7, .type = SK_FD_UNIX, .name = SK_STR("/s")};

    assert_int_equal(sk_state_add_iface(w->st, &here), 0);
    world_add(w, &ti);
    world_add_fd(w, 10, &out);
    world_add_fd(w, 10, &wait);
    world_add_fd(w, 10, &six);
    world_add_fd(w, 10, &file);
    world_add_fd(w, 10, &local);
}

/* An event about descriptor `num`. */
static void about(struct world *w, int64_t num)
{
    world_begin(w);
    sk_event_write_int(&w->w, 0, 8);
    sk_event_write_int(&w->w, (uint64_t)num, 8);
    world_replay(w, EV_CLOSE, 10);
}

static void both_ends_of_a_connection_have_a_side(void **state)
{
    struct world *w = *state;

    setup(w);
    about(w, 3);
    assert_string_equal(world_text(w, "fd.cip"), "10.0.0.1");
    assert_string_equal(world_text(w, "fd.sip"), "10.0.0.2");
    assert_string_equal(world_text(w, "fd.lip"), "10.0.0.1");
    assert_string_equal(world_text(w, "fd.rip"), "10.0.0.2");
    assert_string_equal(world_text(w, "fd.cport"), "1000");
    assert_string_equal(world_text(w, "fd.rport"), "80");
    assert_string_equal(world_text(w, "fd.sproto"), "80");
    assert_string_equal(world_text(w, "fd.l4proto"), "tcp");
    assert_string_equal(world_text(w, "fd.is_server"), "false");
    assert_string_equal(world_text(w, "fd.connected"), "true");
    assert_string_equal(world_text(w, "fd.sockfamily"), "ip");
}

static void a_socket_that_waits_has_a_port_and_no_client(void **state)
{
    struct world *w = *state;

    setup(w);
    about(w, 4);
    assert_string_equal(world_text(w, "fd.sport"), "22");
    assert_string_equal(world_text(w, "fd.sproto"), "");
    assert_string_equal(world_text(w, "fd.sip"), "(absent)"); /* nobody saw it become a server */
    assert_string_equal(world_text(w, "fd.cip"), "(absent)");
    assert_string_equal(world_text(w, "fd.lip"), "(absent)");
    assert_string_equal(world_text(w, "fd.is_server"), "true");
    assert_string_equal(world_text(w, "fd.name"), "10.0.0.1:22");
}

static void without_a_role_there_is_neither_client_nor_server(void **state)
{
    struct world *w = *state;

    setup(w);
    about(w, 5);
    assert_string_equal(world_text(w, "fd.cip"), "(absent)");
    assert_string_equal(world_text(w, "fd.sport"), "(absent)");
    assert_string_equal(world_text(w, "fd.rproto"), "(absent)");
    assert_string_equal(world_text(w, "fd.l4proto"), "<NA>");
}

static void other_descriptors_have_no_ends(void **state)
{
    struct world *w = *state;

    setup(w);
    about(w, 6);
    assert_string_equal(world_text(w, "fd.cip"), "(absent)");
    assert_string_equal(world_text(w, "fd.l4proto"), "<NA>");
    assert_string_equal(world_text(w, "fd.is_server"), "false");
    assert_string_equal(world_text(w, "fd.cproto"), "(absent)");
    about(w, 7);
    assert_string_equal(world_text(w, "fd.sockfamily"), "unix");
    assert_string_equal(world_text(w, "fd.cproto"), "");
    about(w, 99);
    assert_string_equal(world_text(w, "fd.l4proto"), "(absent)");
    assert_string_equal(world_text(w, "fd.num"), "99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(both_ends_of_a_connection_have_a_side),
        WORLD_TEST(a_socket_that_waits_has_a_port_and_no_client),
        WORLD_TEST(without_a_role_there_is_neither_client_nor_server),
        WORLD_TEST(other_descriptors_have_no_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
