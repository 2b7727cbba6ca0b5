/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/wake.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* A page of shared memory stands for the map. */
static int page(void)
{
    int fd = memfd_create("wake", MFD_CLOEXEC);

    assert_int_equal(ftruncate(fd, sysconf(_SC_PAGESIZE)), 0);
    return fd;
}

static void a_map_that_cannot_be_shared_is_an_error_and_leaves_nothing_open(void **state)
{
    sk_auto(fd) int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct sk_wake w;

    (void)state;
    assert_int_equal(sk_wake_init(&w, -1, epoll), -EBADF);
    sk_wake_done(&w);
    assert_int_equal(w.timer_fd, -1);
}

static void the_reader_ticks_while_events_come_and_sleeps_after(void **state)
{
    sk_auto(fd) int epoll = epoll_create1(EPOLL_CLOEXEC);
    sk_auto(fd) int map = page();
    struct pollfd p = {.fd = epoll, .events = POLLIN};
    struct sk_wake w;
    unsigned visits = 0;

    (void)state;
    assert_int_equal(sk_wake_init(&w, map, epoll), 0);
    assert_int_equal(*w.asleep, 1);
    assert_int_equal(poll(&p, 1, 20), 0);
    assert_false(sk_wake_visited(&w, 3));
    assert_int_equal(*w.asleep, 0);
    assert_int_equal(poll(&p, 1, 5000), 1);
    do {
        sk_wake_visit(&w);
        visits++;
        assert_true(visits <= SK_WAKE_IDLE);
    } while (!sk_wake_visited(&w, 0));
    assert_int_equal(visits, SK_WAKE_IDLE);
    assert_int_equal(*w.asleep, 1);
    sk_wake_visit(&w);
    assert_int_equal(poll(&p, 1, 20), 0);
    sk_wake_done(&w);
}

static void a_bell_for_nothing_puts_the_flag_back_and_asks_for_another_look(void **state)
{
    sk_auto(fd) int epoll = epoll_create1(EPOLL_CLOEXEC);
    sk_auto(fd) int map = page();
    struct sk_wake w;

    (void)state;
    assert_int_equal(sk_wake_init(&w, map, epoll), 0);
    assert_false(sk_wake_visited(&w, 0));
    *w.asleep = 0; /* the kernel side rang */
    assert_true(sk_wake_visited(&w, 0));
    assert_int_equal(*w.asleep, 1);
    sk_wake_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_that_cannot_be_shared_is_an_error_and_leaves_nothing_open),
        cmocka_unit_test(the_reader_ticks_while_events_come_and_sleeps_after),
        cmocka_unit_test(a_bell_for_nothing_puts_the_flag_back_and_asks_for_another_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
