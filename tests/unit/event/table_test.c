/* SPDX-License-Identifier: Apache-2.0 */
#include "event/table.h"

#include <inttypes.h>

#include "base/map.h"
#include "tests/unit/event/dump.h"
#include "tests/unit/test.h"

/* XXH3 of Falco's tables in the form that dump.c writes; scripts/compat-tables compares the text.
 */
static const struct {
    const char *name;
    uint64_t hash;
} wanted[] = {
    {"events", 0x96cb9d8a400d51ea},    {"event_params", 0x9769e48c6173d14d},
    {"syscalls", 0x9c787f1f3945be9d},  {"ppm_sc", 0x987ef59403a7a07b},
    {"flags", 0x9fc1c8b94bf918d4},     {"dynamic_params", 0x595ee7cd9b17c9fa},
    {"converter", 0x75289d7dfe59f7ec},
};

static void every_table_is_the_one_of_the_wire_format(void **state)
{
    (void)state;
    assert_int_equal(dumps_n, SK_ARRAY_LEN(wanted));
    for (size_t i = 0; i < dumps_n; i++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(1 << 20);

        assert_string_equal(dumps[i].name, wanted[i].name);
        dumps[i].write(&b);
        assert_false(b.failed);
        if (sk_hash(b.p, b.n) != wanted[i].hash)
            fail_msg("table %s differs: 0x%016" PRIx64, dumps[i].name, sk_hash(b.p, b.n));
    }
}

static size_t count(const struct sk_event_set *s)
{
    size_t n = 0;

    for (unsigned c = 0; c < SK_EVENT_N; c++)
        n += sk_event_set_has(s, c);
    return n;
}

static void an_unknown_name_has_no_events_and_leaves_the_set_alone(void **state)
{
    static const char *const bad[] = {"", "NA", "opena", "openat ", "OPENAT", "syscalls"};
    struct sk_event_set s = {{42}};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++)
        assert_false(sk_event_set_by_name(sk_str(bad[i]), &s));
    assert_int_equal(s.bit[0], 42);
    assert_false(sk_event_set_has(&s, SK_EVENT_N));
}

static void a_name_means_every_version_of_its_event(void **state)
{
    struct sk_event_set s;

    (void)state;
    assert_true(sk_event_set_by_name(SK_STR("openat"), &s));
    assert_int_equal(count(&s), 4);
    assert_true(sk_event_set_has(&s, 102) && sk_event_set_has(&s, 103));
    assert_true(sk_event_set_has(&s, 306) && sk_event_set_has(&s, 307));
    assert_true(sk_event_set_by_name(SK_STR("container"), &s));
    assert_int_equal(count(&s), 3);
    assert_true(sk_event_set_by_name(SK_STR("execve"), &s));
    assert_int_equal(count(&s), 16);
}

static void a_system_call_without_a_row_is_generic(void **state)
{
    struct sk_event_set s;

    (void)state;
    assert_true(sk_event_set_by_name(SK_STR("pause"), &s));
    assert_int_equal(count(&s), 2);
    assert_true(sk_event_set_has(&s, 0) && sk_event_set_has(&s, 1));
}

static void a_code_that_shares_a_row_means_that_row(void **state)
{
    struct sk_event_set s;

    (void)state;
    assert_true(sk_event_set_by_name(SK_STR("setuid32"), &s));
    assert_true(sk_event_set_has(&s, 198) && sk_event_set_has(&s, 199));
    assert_int_equal(count(&s), 2);
}

static void set_operations_work_bit_by_bit(void **state)
{
    struct sk_event_set a = {0}, b = {0};

    (void)state;
    sk_event_set_add(&a, 453);
    sk_event_set_add(&b, 0);
    sk_event_set_or(&a, &b);
    assert_int_equal(count(&a), 2);
    sk_event_set_not(&a);
    assert_int_equal(count(&a), SK_EVENT_N - 2);
    sk_event_set_and(&a, &b);
    assert_int_equal(count(&a), 0);
}

static void system_calls_are_found_by_number_and_by_name(void **state)
{
    (void)state;
    assert_null(sk_syscall_by_nr(-1));
    assert_null(sk_syscall_by_nr(1 << 20));
    assert_null(sk_syscall_by_nr(1024));
    assert_null(sk_syscall_by_nr(1000));
    assert_null(sk_syscall_by_name(SK_STR("sched_process_exit")));
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *s = &sk_syscalls[i];
#ifdef __aarch64__
        int nr = s->nr_aarch64;
#else
        int nr = s->nr_x86_64;
#endif
        assert_ptr_equal(sk_syscall_by_name(sk_str(s->name)), s);
        if (nr >= 0)
            assert_ptr_equal(sk_syscall_by_nr(nr), s);
        assert_int_equal(s->exit, s->enter + 1);
        assert_true(s->ppm_sc < sk_ppm_sc_n && sk_ppm_sc[s->ppm_sc].name);
    }
}

static void calls_of_32_bit_programs_have_rows(void **state)
{
    const struct sk_syscall_info *s = sk_syscall_by_name(SK_STR("chown32"));

    (void)state;
    assert_non_null(s);
    assert_int_equal(s->nr_ia32, 212);
    assert_int_equal(s->nr_x86_64, -1);
    assert_string_equal(sk_events[s->exit].name, "chown");
}

static void shapes_are_those_of_the_rows(void **state)
{
    (void)state;
    for (unsigned c = 0; c < SK_EVENT_N; c++) {
        const struct sk_event_shape *s = &sk_event_shapes[c];
        const struct sk_event_info *info = &sk_events[c];

        assert_int_equal(s->nparams, info->nparams);
        assert_int_equal(s->large, (info->flags & SK_EF_LARGE_PAYLOAD) != 0);
        assert_int_equal(s->begin, !info->exit && info->category & SK_EC_SYSCALL);
        for (unsigned i = 0; i < SK_EVENT_MAX_PARAMS; i++)
            assert_int_equal(s->text >> i & 1, i < info->nparams && info->param[i].text);
    }
}

static void flag_tables_are_found_by_name(void **state)
{
    const struct sk_flag_table *t = sk_flag_table_find("shutdown_how");

    (void)state;
    assert_null(sk_flag_table_find("no_such_table"));
    assert_non_null(t);
    assert_int_equal(t->n, 4);
}

/* The ring of critical events must never wait behind bulk ones. */
static void what_changes_a_process_is_critical(void **state)
{
    static const char *const names[] = {"execve", "execveat", "clone",  "clone3", "fork",
                                        "vfork",  "procexit", "setuid", "prctl",  "chdir",
                                        "fchdir", "setsid",   "capset", "chroot", "setpgid",
                                        "setns",  "ptrace",   "bpf",    "mount",  "init_module"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        struct sk_event_set s;

        assert_true(sk_event_set_by_name(sk_str(names[i]), &s));
        for (unsigned c = 0; c < SK_EVENT_N; c++)
            if (sk_event_set_has(&s, c) && sk_classes[sk_events[c].klass].lane != 0)
                fail_msg("%s is not critical", names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_is_the_one_of_the_wire_format),
        cmocka_unit_test(an_unknown_name_has_no_events_and_leaves_the_set_alone),
        cmocka_unit_test(a_name_means_every_version_of_its_event),
        cmocka_unit_test(a_system_call_without_a_row_is_generic),
        cmocka_unit_test(a_code_that_shares_a_row_means_that_row),
        cmocka_unit_test(set_operations_work_bit_by_bit),
        cmocka_unit_test(system_calls_are_found_by_number_and_by_name),
        cmocka_unit_test(calls_of_32_bit_programs_have_rows),
        cmocka_unit_test(shapes_are_those_of_the_rows),
        cmocka_unit_test(flag_tables_are_found_by_name),
        cmocka_unit_test(what_changes_a_process_is_critical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
