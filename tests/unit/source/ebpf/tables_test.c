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
    assert_int_equal(sk_fill_code("fill_any", 0), -1);
    assert_int_equal(sk_fill_code("fill_", 0), -1);
    assert_int_equal(sk_fill_code("fill_3", 0), -1);
    assert_int_equal(sk_fill_code("fill_454_x", 0), -1);
    assert_int_equal(sk_fill_code("fill_99999999999999999999_x", 0), -1);
    assert_int_equal(sk_fill_code("sk_sys_exit", 0), -1);
    assert_int_equal(sk_fill_code("fill_307_openat", 0), 307);
    assert_int_equal(sk_fill_code("fill_3_open", 0), 3);
    assert_int_equal(sk_fill_code("fill_3_open", 1), -1);
    assert_int_equal(sk_fill_code("fill_51_55_mmsg", 0), 51);
    assert_int_equal(sk_fill_code("fill_51_55_mmsg", 1), 55);
    assert_int_equal(sk_fill_code("fill_51_55_mmsg", 2), -1);
    assert_int_equal(sk_fill_code("fill_51_454_x", 1), -1);
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

static void every_request_of_a_ring_stands_for_a_call(void **state)
{
    static const struct {
        uint8_t opcode;
        const char *call;
    } rows[] = {
#define URING(id, nr, name) {nr, name},
#include "uring.def"
    };
    size_t told = 0;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        assert_in_range(rows[i].opcode, 1, SK_BPF_RING_CALLS - 1);
        const struct sk_syscall_info *row =
            t.ring[rows[i].opcode] ? sk_syscall_by_nr(t.ring[rows[i].opcode] - 1) : NULL;
        if (!row)
            fail_msg("no system call '%s'", rows[i].call);
        assert_string_equal(row->name, rows[i].call);
    }
    for (size_t i = 0; i < SK_BPF_RING_CALLS; i++)
        told += t.ring[i] != 0;
    assert_int_equal(told, SK_ARRAY_LEN(rows));
}

static const struct sk_syscall_info *row_of(const char *name)
{
    return sk_syscall_by_name(sk_str(name));
}

static int number_of(const char *name)
{
    const struct sk_syscall_info *row = row_of(name);

    if (!row)
        fail_msg("no system call is called '%s'", name);
#if defined(__x86_64__)
    return row->nr_x86_64;
#else
    return row->nr_aarch64;
#endif
}

static void every_row_of_a_class_is_a_call_without_an_event(void **state)
{
    static const char *const names[] = {
#define SYSCALL_CLASS(name, k) name,
#include "syscall_classes.def"
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        const struct sk_syscall_info *row = row_of(names[i]);

        if (!row || row->exit != 1)
            fail_msg("'%s' is no call, or has an event of its own", names[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(names[i], names[k]);
    }
}

static void a_call_that_changes_the_kernel_is_critical_without_an_event_too(void **state)
{
    (void)state;
    assert_int_equal(t.native[number_of("setgroups")].klass, SK_CLASS_CREDS);
    assert_int_equal(t.native[number_of("pivot_root")].klass, SK_CLASS_NS);
    assert_int_equal(t.native[number_of("kexec_load")].klass, SK_CLASS_KERNEL);
    assert_int_equal(t.native[number_of("getppid")].klass, SK_CLASS_OTHER);
    assert_int_equal(t.native[number_of("openat")].klass, SK_CLASS_OPEN);
    assert_int_equal(t.native[number_of("setns")].klass, SK_CLASS_NS);
}

#if defined(__x86_64__)

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

static bool has(const uint64_t *bits, int nr)
{
    return bits[nr / 64] >> nr % 64 & 1;
}

static void only_what_is_wanted_has_its_bit(void **state)
{
    struct sk_event_set wanted = {0};
    struct sk_bpf_calls calls;

    (void)state;
    memset(&calls, 0xff, sizeof(calls));
    sk_syscall_bits(&t, &wanted, &calls);
    for (size_t i = 0; i < SK_ARRAY_LEN(calls.any); i++) {
        assert_int_equal(calls.any[i], 0);
        assert_int_equal(calls.native[i], 0);
    }
    sk_event_set_add(&wanted, row_of("openat")->exit);
    sk_syscall_bits(&t, &wanted, &calls);
    assert_true(has(calls.native, number_of("openat")));
    assert_true(has(calls.any, number_of("openat")));
    assert_false(has(calls.any, number_of("getppid")));
#if defined(__x86_64__)
    assert_true(has(calls.any, row_of("openat")->nr_ia32));
    assert_false(has(calls.native, row_of("openat")->nr_ia32));
    assert_true(has(calls.any, 102)); /* socketcall(): whatever it is about */
    assert_false(has(calls.native, 102));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_other_programs_have_no_code),
        cmocka_unit_test(every_call_that_a_driver_makes_has_its_exit_event),
        cmocka_unit_test(every_request_of_a_ring_stands_for_a_call),
        cmocka_unit_test(every_row_of_a_class_is_a_call_without_an_event),
        cmocka_unit_test(a_call_that_changes_the_kernel_is_critical_without_an_event_too),
        cmocka_unit_test(only_what_is_wanted_has_its_bit),
#if defined(__x86_64__)
        cmocka_unit_test(a_variant_of_32_bits_is_its_native_relative),
        cmocka_unit_test(a_call_that_only_32_bits_have_gets_a_number_of_its_own),
#endif
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
