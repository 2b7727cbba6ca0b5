/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/clock.h"

#include "tests/unit/test.h"

static void boot_time_becomes_wall_clock_time(void **state)
{
    struct sk_clock c = {0};

    (void)state;
    sk_clock_tick(&c);
    uint64_t before = sk_now_ns();
    uint64_t real = sk_clock_real(&c, sk_boottime_ns());
    uint64_t after = sk_now_ns();
    assert_true(real + 2000000 >= before && real <= after + 2000000);
}

static void the_offset_is_measured_once_a_second(void **state)
{
    struct sk_clock c = {0};

    (void)state;
    sk_clock_tick(&c);
    uint64_t offset = c.offset_ns;
    c.offset_ns = 5;
    sk_clock_tick(&c);
    assert_true(c.offset_ns == 5);
    c.next_ns = sk_boottime_ns() - 1;
    sk_clock_tick(&c);
    assert_in_range(c.offset_ns, offset - 1000000000, offset + 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_time_becomes_wall_clock_time),
        cmocka_unit_test(the_offset_is_measured_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
