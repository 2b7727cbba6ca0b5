/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/tables.h"

#include "tests/unit/test.h"

static struct sk_syscall_tables t;

static int fill(void **state)
{
    (void)state;
    memset(&t, 0xff, sizeof(t));
    sk_syscall_tables_fill(&t);
    return 0;
}

static void names_of_other_programs_have_no_code(void **state)
{
    (void)state;
    assert_int_equal(sk_fill_code("fill_any"), -1);
    assert_int_equal(sk_fill_code("fill_"), -1);
    assert_int_equal(sk_fill_code("fill_3"), -1);
    assert_int_equal(sk_fill_code("fill_454_x"), -1);
    assert_int_equal(sk_fill_code("fill_99999999999999999999_x"), -1);
    assert_int_equal(sk_fill_code("sk_sys_exit"), -1);
    assert_int_equal(sk_fill_code("fill_307_openat"), 307);
    assert_int_equal(sk_fill_code("fill_3_open"), 3);
}

static void every_call_that_a_driver_makes_has_its_exit_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *row = &sk_syscalls[i];
#if defined(__x86_64__)
        int nr = row->nr_x86_64;
#else
        int nr = row->nr_aarch64;
#endif
        if (nr < 0)
            continue;
        assert_in_range(nr, 0, SK_BPF_SYSCALLS - 1);
        if (!sk_events[row->exit].supported)
            assert_int_equal(t.native[nr].exit_event, 0);
        else
            assert_int_equal(t.native[nr].exit_event, row->exit);
    }
    assert_int_equal(t.native[SK_BPF_SYSCALLS / 2].exit_event, 0);
}

#if defined(__x86_64__)
static const struct sk_syscall_info *row_of(const char *name)
{
    return sk_syscall_by_name(sk_str(name));
}

static void a_variant_of_32_bits_is_its_native_relative(void **state)
{
    const struct sk_syscall_info *setuid = row_of("setuid");

    (void)state;
    assert_non_null(setuid);
    if (!sk_events[setuid->exit].supported)
        skip();
    assert_int_equal(t.ia32[213], setuid->nr_x86_64 + 1); /* setuid32 */
    assert_int_equal(t.ia32[23], setuid->nr_x86_64 + 1);
}

static void a_call_that_only_32_bits_have_gets_a_number_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *row = &sk_syscalls[i];
        uint16_t nr;

        if (row->nr_ia32 < 0)
            continue;
        nr = t.ia32[row->nr_ia32];
        if (!sk_events[row->exit].supported)
            assert_int_equal(nr, 0);
        else
            assert_int_equal(t.native[nr - 1].exit_event, row->exit);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_other_programs_have_no_code),
        cmocka_unit_test(every_call_that_a_driver_makes_has_its_exit_event),
#if defined(__x86_64__)
        cmocka_unit_test(a_variant_of_32_bits_is_its_native_relative),
        cmocka_unit_test(a_call_that_only_32_bits_have_gets_a_number_of_its_own),
#endif
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
