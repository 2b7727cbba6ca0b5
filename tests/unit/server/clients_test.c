/* SPDX-License-Identifier: Apache-2.0 */
#include "server/clients.h"

#include <netinet/in.h>

#include "tests/unit/server/util.h"

#define FAR UINT64_MAX

/* Pairs: one end is the client's, the other the server's. */
struct pair {
    int mine, its;
    struct sk_client *cl;
};

static struct pair come(struct sk_clients *c, const char *address, uint64_t deadline_ns)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr un = {.sa_family = AF_UNIX};
    int fd[2];
    struct pair p;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    p = (struct pair){.mine = fd[0], .its = fd[1]};
    if (address)
        inet_pton(AF_INET, address, &v4.sin_addr);
    p.cl = sk_clients_add(c, p.its, address ? (struct sockaddr *)&v4 : &un, deadline_ns);
    return p;
}

static void leave(struct sk_clients *c, struct pair *p)
{
    sk_clients_del(c, p->cl);
    close(p->its);
    close(p->mine);
}

static struct sk_clients *made(unsigned total, unsigned per_address)
{
    struct sk_clients *c = NULL;

    assert_int_equal(sk_clients_new(&(struct sk_clients_limits){total, per_address}, &c), 0);
    return c;
}

static struct sk_clients_stats stats(struct sk_clients *c)
{
    struct sk_clients_stats s;

    sk_clients_get_stats(c, &s);
    return s;
}

static void over_the_total_the_oldest_goes(void **state)
{
    struct sk_clients *c = made(2, 10);
    struct pair a = come(c, "10.0.0.1", FAR), b = come(c, "10.0.0.2", FAR);

    (void)state;
    assert_false(hangs_up(a.mine, 0));
    struct pair d = come(c, "10.0.0.3", FAR);
    assert_true(hangs_up(a.mine, 1000));
    assert_false(hangs_up(b.mine, 0));
    assert_false(hangs_up(d.mine, 0));
    assert_int_equal(stats(c).evicted, 1);
    assert_int_equal(stats(c).now, 3); /* the first is not closed yet */
    leave(c, &a);
    assert_int_equal(stats(c).now, 2);
    leave(c, &b);
    leave(c, &d);
    sk_clients_free(c);
}

static void an_address_with_too_many_loses_its_own(void **state)
{
    struct sk_clients *c = made(100, 2);
    struct pair other = come(c, "10.0.0.1", FAR), a = come(c, "10.0.0.2", FAR),
                b = come(c, "10.0.0.2", FAR), d = come(c, "10.0.0.2", FAR), u[4];

    (void)state;
    assert_true(hangs_up(a.mine, 1000));
    assert_false(hangs_up(other.mine, 0));
    assert_false(hangs_up(b.mine, 0));
    for (size_t i = 0; i < SK_ARRAY_LEN(u); i++)
        u[i] = come(c, NULL, FAR);
    assert_int_equal(stats(c).evicted, 1);
    for (size_t i = 0; i < SK_ARRAY_LEN(u); i++)
        leave(c, &u[i]);
    leave(c, &other);
    leave(c, &a);
    leave(c, &b);
    leave(c, &d);
    sk_clients_free(c);
}

static void whom_the_table_has_no_room_for_is_sent_away(void **state)
{
    struct sk_clients *c = made(1, 1);
    struct pair a = come(c, "10.0.0.1", FAR), b = come(c, "10.0.0.1", FAR),
                d = come(c, "10.0.0.1", FAR);

    (void)state;
    assert_true(hangs_up(a.mine, 1000));
    assert_false(hangs_up(b.mine, 0));
    assert_null(d.cl);
    assert_true(hangs_up(d.mine, 1000));
    sk_clients_deadline(c, d.cl, 0);
    leave(c, &a);
    leave(c, &b);
    leave(c, &d);
    sk_clients_free(c);
}

static void who_takes_too_long_goes_by_itself(void **state)
{
    struct sk_clients *c = made(10, 10);
    const uint64_t now = sk_boottime_ns();
    struct pair slow = come(c, "10.0.0.1", now), quick = come(c, "10.0.0.1", now + 60000000000ull),
                given = come(c, "10.0.0.1", now);

    (void)state;
    sk_clients_deadline(c, given.cl, FAR);
    assert_true(hangs_up(slow.mine, 5000));
    sk_clients_expire(c, now + 59000000000ull);
    assert_false(hangs_up(quick.mine, 0));
    sk_clients_expire(c, now + 61000000000ull);
    assert_true(hangs_up(quick.mine, 1000));
    assert_false(hangs_up(given.mine, 0));
    assert_int_equal(stats(c).expired, 2);
    leave(c, &slow);
    leave(c, &quick);
    leave(c, &given);
    sk_clients_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(over_the_total_the_oldest_goes),
        T(an_address_with_too_many_loses_its_own),
        T(whom_the_table_has_no_room_for_is_sent_away),
        T(who_takes_too_long_goes_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
