/* SPDX-License-Identifier: Apache-2.0 */
/* Which numbers let an event through. */
#include "prefiltering.h"

static void results_are_compared_with_their_sign(void **state)
{
    struct made ok = made_open("/x"), failed = made_new(OPENAT_X);

    (void)state;
    made_num(&failed, "fd", (uint64_t)-2);
    assert_sent("evt.type=openat and evt.rawres>=0", &ok);
    assert_dropped("evt.type=openat and evt.rawres>=0", &failed);
    assert_sent("evt.type=openat and evt.rawres=-2", &failed);
    assert_dropped("evt.type=openat and evt.rawres=-2", &ok);
    assert_sent("evt.type=openat and evt.rawres in (-2, -13)", &failed);
    assert_dropped("evt.type=openat and not evt.rawres in (-2, -13)", &failed);
    assert_dropped("evt.type=openat and evt.rawres != 3", &ok);
    assert_sent("evt.type=openat and not evt.rawres != 3", &ok);
    assert_sent("evt.type=openat and evt.rawres <= -2", &failed);
    assert_dropped("evt.type=openat and evt.rawres > -2", &failed);
    assert_dropped("evt.type=openat and evt.rawres < 3", &ok);
    assert_sent("evt.type=openat and evt.rawres <= 9223372036854775807", &ok);
    assert_sent("evt.type=openat and evt.rawres >= -9223372036854775808", &ok);
}

static void descriptors_are_minus_one_when_there_is_none(void **state)
{
    struct made ok = made_open("/x"), failed = made_new(OPENAT_X);

    (void)state;
    made_num(&failed, "fd", (uint64_t)-2);
    assert_sent("evt.type=openat and fd.num>=0", &ok);
    assert_dropped("evt.type=openat and fd.num>=0", &failed);
    assert_sent("evt.type=openat and fd.num=-1", &failed);
    assert_dropped("evt.type=openat and fd.num=-2", &failed);
}

static void ids_are_those_of_the_thread(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    m.task.uid = 1000;
    m.task.gid = 7;
    assert_sent("evt.type=openat and user.uid=1000", &m);
    assert_dropped("evt.type=openat and user.uid=0", &m);
    assert_dropped("evt.type=openat and user.uid<1000", &m);
    assert_sent("evt.type=openat and group.gid in (7, 8)", &m);
    assert_dropped("evt.type=openat and not group.gid in (7, 8)", &m);
}

static void ports_are_those_of_a_connection(void **state)
{
    struct made m = made_new(CONNECT_X), alone = m;

    (void)state;
    m.has_sock = alone.has_sock = true;
    m.sock.laddr[0] = 10;
    m.sock.raddr[0] = 11;
    m.sock.lport = 40000;
    m.sock.rport = 443;
    assert_sent("evt.type=connect and fd.rport=443", &m);
    assert_dropped("evt.type=connect and fd.rport=80", &m);
    assert_dropped("evt.type=connect and fd.lport=443", &m);
    assert_sent("evt.type=connect and fd.sport=443", &m);
    assert_sent("evt.type=connect and fd.sport=40000", &m); /* it might be the server */
    assert_dropped("evt.type=connect and fd.sport in (80, 8080)", &m);
    assert_sent("evt.type=connect and not fd.sport in (443)", &m);
    assert_sent("evt.type=connect and fd.port=40000", &m);
    assert_dropped("evt.type=connect and fd.port=1", &m);
    assert_dropped("evt.type=connect and fd.port != 443", &m);
    assert_dropped("evt.type=connect and fd.rport < 400", &m);
    assert_sent("evt.type=connect and fd.rport=80", &alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_compared_with_their_sign),
        cmocka_unit_test(descriptors_are_minus_one_when_there_is_none),
        cmocka_unit_test(ids_are_those_of_the_thread),
        cmocka_unit_test(ports_are_those_of_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
