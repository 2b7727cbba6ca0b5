/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/io.h"

#include <limits.h>
#include <poll.h>

#include "tests/unit/sink/util.h"

static void a_descriptor_that_never_gets_ready_is_not_waited_for_longer_than_told(void **state)
{
    uint64_t began = sk_boottime_ns();
    int p[2];

    (void)state;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    assert_int_equal(sk_io_wait(p[0], POLLIN, sk_io_deadline(30)), -ETIMEDOUT);
    assert_true(sk_boottime_ns() - began >= 30000000);
    assert_int_equal(sk_io_wait(p[0], POLLIN, began), -ETIMEDOUT);
    assert_int_equal(sk_io_wait(p[1], POLLOUT, sk_io_deadline(30)), 0);
    close(p[1]);
    assert_int_equal(sk_io_wait(p[0], POLLIN, sk_io_deadline(30)), 0); /* hung up is ready */
    close(p[0]);
}

static void a_second_descriptor_ends_the_wait(void **state)
{
    int p[2], q[2];

    (void)state;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    assert_int_equal(pipe2(q, O_CLOEXEC), 0);
    assert_int_equal(write(q[1], "x", 1), 1);
    assert_int_equal(sk_io_wait2(p[0], POLLIN, q[0], sk_io_deadline(5000)), -ECANCELED);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(sk_io_wait2(p[0], POLLIN, q[0], sk_io_deadline(5000)), 0);
    for (int i = 0; i < 2; i++) {
        close(p[i]);
        close(q[i]);
    }
}

static void what_is_left_is_never_negative_nor_beyond_an_int(void **state)
{
    (void)state;
    assert_int_equal(sk_io_left(0), 0);
    assert_int_equal(sk_io_left(UINT64_MAX), INT_MAX);
    assert_in_range(sk_io_left(sk_io_deadline(1000)), 900, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_descriptor_that_never_gets_ready_is_not_waited_for_longer_than_told),
        T(a_second_descriptor_ends_the_wait),
        T(what_is_left_is_never_negative_nor_beyond_an_int),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
