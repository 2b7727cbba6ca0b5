/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/later.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "tests/unit/test.h"

static void what_was_never_started_is_never_over_and_can_be_done(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_later l = {0};

    (void)state;
    assert_false(sk_later_over(&l, dg));
    sk_later_done(&l);
    assert_int_equal(sk_diag_count(dg, SK_DIAG_WARNING), 0);
}

static void what_cannot_be_loaded_later_is_told_once(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(fd) int epoll = epoll_create1(EPOLL_CLOEXEC);
    const struct sk_bpf nothing = {0};
    struct sk_later l;
    struct epoll_event ev;

    (void)state;
    assert_int_equal(sk_later_start(&l, &nothing, epoll), 0);
    assert_int_equal(epoll_wait(epoll, &ev, 1, 10000), 1);
    assert_true(sk_later_over(&l, dg));
    assert_false(sk_later_over(&l, dg));
    assert_string_equal(sk_diag_text(dg, SK_DIAG_WARNING),
                        "degraded: no events of io_uring, of failed execs, sendmmsg and recvmmsg: "
                        "there is no first part\n");
    sk_later_done(&l);
}

static void it_is_waited_for_at_the_end(void **state)
{
    sk_auto(fd) int epoll = epoll_create1(EPOLL_CLOEXEC);
    const struct sk_bpf nothing = {0};
    struct sk_later l;

    (void)state;
    assert_int_equal(sk_later_start(&l, &nothing, epoll), 0);
    sk_later_done(&l);
    assert_false(l.running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_never_started_is_never_over_and_can_be_done),
        cmocka_unit_test(what_cannot_be_loaded_later_is_told_once),
        cmocka_unit_test(it_is_waited_for_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
