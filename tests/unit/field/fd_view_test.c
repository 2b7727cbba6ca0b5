/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "field/fd_view.h"
#include "tests/unit/field/world.h"

static struct sk_fd_view v;

static struct sk_x_sock sock(enum sk_fd_type type, uint16_t family, const char *l, uint16_t lport,
                             const char *r, uint16_t rport)
{
    struct sk_x_sock x = {.tag = SK_X_SOCK,
                          .type = type,
                          .family = family,
                          .fd = 3,
                          .l4proto = SK_L4_UDP,
                          .lport = lport,
                          .rport = rport};

    memcpy(x.laddr, l, family == AF_INET ? 4 : 16);
    memcpy(x.raddr, r, family == AF_INET ? 4 : 16);
    return x;
}

#define NOBODY    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define MAPPED(a) "\0\0\0\0\0\0\0\0\0\0\xff\xff" a

static void assert_end(const struct sk_fd_end *e, const char *ip, size_t n, uint16_t port)
{
    assert_true(e->known);
    assert_int_equal(e->ip.n, n);
    assert_memory_equal(e->ip.p, ip, n);
    assert_int_equal(e->port, port);
}

static void events_without_a_descriptor_have_no_view(void **state)
{
    struct world *w = *state;

    world_begin(w);
    world_send(w, EV_POLL, 1);
    assert_false(sk_fd_view(&w->cx, &v));
    assert_null(sk_fd_requested(&w->ev).p);
}

static void short_addresses_tell_nothing(void **state)
{
    static const char *const bad[] = {"\2\1\2\3", "\12\1\2", "\1", "\377\1\2\3\4\5\6\7"};
    struct world *w = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        world_begin(w);
        sk_event_write_int(&w->w, (uint64_t)-111, 8);
        sk_event_write_param(&w->w, NULL, 0);
        sk_event_write_int(&w->w, 4, 8);
        sk_event_write_param(&w->w, bad[i], strlen(bad[i]));
        if (sk_event_write_end(&w->w, EV_CONNECT, WORLD_TS, 1) < 0 ||
            sk_event_decode(w->rec.p, w->rec.n, 0, &w->ev) < 0)
            continue; /* the decoder refuses it already */
        w->cx.ev = &w->ev;
        assert_true(sk_fd_view(&w->cx, &v));
        assert_false(v.remote.known);
    }
}

static void a_negative_number_is_minus_one(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-13, 8);
    world_send(w, EV_OPENAT, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_int_equal(v.num, -1);
    assert_false(v.resolved);
}

static void a_client_is_the_local_end(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV4_SOCK, AF_INET, "\12\0\0\1", 40000, "\12\0\0\2", 443);
    struct world *w = *state;

    world_begin(w);
    world_ext(w, EV_CONNECT, &x, sizeof(x), NULL);
    world_send(w, EV_CONNECT, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_true(v.resolved);
    assert_false(v.server);
    assert_end(sk_fd_client(&v), "\12\0\0\1", 4, 40000);
    assert_end(sk_fd_server(&v), "\12\0\0\2", 4, 443);
}

static void an_accepted_connection_has_its_client_remote(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV4_SOCK, AF_INET, "\12\0\0\1", 22, "\12\0\0\2", 50000);
    struct world *w = *state;

    x.server = 1;
    world_begin(w);
    world_ext(w, EV_ACCEPT, &x, sizeof(x), NULL);
    world_send(w, EV_ACCEPT, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_end(sk_fd_client(&v), "\12\0\0\2", 4, 50000);
    assert_end(sk_fd_server(&v), "\12\0\0\1", 4, 22);
}

static void a_bound_socket_is_a_server_without_client(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV6_SOCK, AF_INET6, NOBODY, 53, NOBODY, 0);
    struct world *w = *state;

    world_begin(w);
    world_ext(w, EV_BIND, &x, sizeof(x), NULL);
    world_send(w, EV_BIND, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_int_equal(v.type, SK_FD_IPV6_SERVSOCK);
    assert_end(sk_fd_server(&v), NOBODY, 16, 53);
    assert_false(sk_fd_client(&v)->known);
}

static void ipv4_through_an_ipv6_socket_is_ipv4(void **state)
{
    struct sk_x_sock x =
        sock(SK_FD_IPV6_SOCK, AF_INET6, MAPPED("\12\0\0\1"), 80, MAPPED("\12\0\0\2"), 999);
    struct world *w = *state;

    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_int_equal(v.type, SK_FD_IPV4_SOCK);
    assert_end(&v.local, "\12\0\0\1", 4, 80);
    assert_end(&v.remote, "\12\0\0\2", 4, 999);
}

/* AF_INET 10.0.0.1:5353 -> 10.0.0.9:53, and back */
#define QUERY "\2\12\0\0\1\xe9\x14\12\0\0\x09\x35\0"
#define REPLY "\2\12\0\0\x09\x35\0\12\0\0\1\xe9\x14"

static void datagrams_take_their_ends_from_the_event(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV4_SOCK, AF_INET, NOBODY, 5353, NOBODY, 0);
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 9, 8);
    sk_event_write_param(&w->w, "data", 4);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_int(&w->w, 9, 4);
    sk_event_write_param(&w->w, QUERY, 13);
    world_ext(w, EV_SENDTO, &x, sizeof(x), NULL);
    world_send(w, EV_SENDTO, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_true(v.adopted);
    assert_false(v.server);
    assert_end(&v.local, "\12\0\0\1", 4, 5353);
    assert_end(&v.remote, "\12\0\0\x09", 4, 53);

    world_begin(w);
    sk_event_write_int(&w->w, 9, 8);
    sk_event_write_param(&w->w, "data", 4);
    sk_event_write_param(&w->w, REPLY, 13);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_int(&w->w, 9, 4);
    world_ext(w, EV_RECVFROM, &x, sizeof(x), NULL);
    world_send(w, EV_RECVFROM, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_false(v.server);
    assert_end(&v.local, "\12\0\0\1", 4, 5353);
    assert_end(&v.remote, "\12\0\0\x09", 4, 53);
}

static void the_lower_port_of_a_datagram_is_the_service(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV4_SOCK, AF_INET, NOBODY, 53, NOBODY, 0);
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 9, 8);
    sk_event_write_param(&w->w, "data", 4);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_int(&w->w, 9, 4);
    sk_event_write_param(&w->w, REPLY, 13);
    world_ext(w, EV_SENDTO, &x, sizeof(x), NULL);
    world_send(w, EV_SENDTO, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_true(v.server);
    assert_end(sk_fd_server(&v), "\12\0\0\x09", 4, 53);
}

static void a_refused_connection_still_names_its_target(void **state)
{
    struct sk_x_sock x = sock(SK_FD_IPV4_SOCK, AF_INET, "\12\0\0\1", 40, NOBODY, 0);
    struct world *w = *state;

    x.l4proto = SK_L4_TCP;
    world_begin(w);
    sk_event_write_int(&w->w, (uint64_t)-111, 8);
    sk_event_write_param(&w->w, NULL, 0);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_param(&w->w, "\2\12\0\0\x09\x50\0", 7);
    world_ext(w, EV_CONNECT, &x, sizeof(x), NULL);
    world_send(w, EV_CONNECT, 1);
    assert_true(sk_fd_view(&w->cx, &v));
    assert_false(v.server);
    assert_end(sk_fd_client(&v), "\12\0\0\1", 4, 40);
    assert_end(sk_fd_server(&v), "\12\0\0\x09", 4, 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(events_without_a_descriptor_have_no_view),
        WORLD_TEST(short_addresses_tell_nothing),
        WORLD_TEST(a_negative_number_is_minus_one),
        WORLD_TEST(a_client_is_the_local_end),
        WORLD_TEST(an_accepted_connection_has_its_client_remote),
        WORLD_TEST(a_bound_socket_is_a_server_without_client),
        WORLD_TEST(ipv4_through_an_ipv6_socket_is_ipv4),
        WORLD_TEST(datagrams_take_their_ends_from_the_event),
        WORLD_TEST(the_lower_port_of_a_datagram_is_the_service),
        WORLD_TEST(a_refused_connection_still_names_its_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
