/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/calls.h"

#include <unistd.h>

#include "source/ebpf/tables.h"
#include "tests/unit/test.h"

static struct sk_calls calls;

static void symbols_of(const char *text, struct sk_hooks *out)
{
    char path[] = "/tmp/sk-calls-XXXXXX";
    sk_auto(fd) int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    sk_calls_symbols(out, path);
    unlink(path);
}

static bool listed(const char *fn)
{
    for (uint32_t i = 0; i < calls.n; i++)
        if (strcmp(calls.fn[i], fn) == 0)
            return true;
    return false;
}

static void want(struct sk_event_set *set, const char *call)
{
    const struct sk_syscall_info *row = sk_syscall_by_name(sk_str(call));

    assert_non_null(row);
    sk_event_set_add(set, row->exit);
}

static void symbols_are_those_of_calls(void **state)
{
    struct sk_hooks h;

    (void)state;
    symbols_of("ffffffff81000000 T __ia32_sys_openat\n"
               "ffffffff81000010 t __do_sys_fork\n"
               "ffffffff81000020 T vfs_open\n"
               "broken\n"
               "ffffffffc0000000 t __ia32_sys_kexec\t[module]\n",
               &h);
    assert_true(sk_hooks_has(&h, "__ia32_sys_openat"));
    assert_true(sk_hooks_has(&h, "__do_sys_fork"));
    assert_true(sk_hooks_has(&h, "__ia32_sys_kexec"));
    assert_false(sk_hooks_has(&h, "vfs_open"));
    sk_hooks_done(&h);
    symbols_of("0 T nothing\n", &h);
    assert_false(sk_hooks_known(&h));
    sk_calls_symbols(&h, "/nonexistent");
    assert_false(sk_hooks_known(&h));
}

#if defined(__x86_64__)
static void functions_of_wanted_calls_are_listed(void **state)
{
    struct sk_event_set set = {0};
    struct sk_hooks h;

    (void)state;
    symbols_of("0 T __x64_sys_openat\n0 T __ia32_sys_openat\n0 T __ia32_compat_sys_openat\n"
               "0 T __x64_sys_umount\n0 T __ia32_sys_umount\n0 T __ia32_sys_oldumount\n"
               "0 T __x64_sys_setuid\n0 T __ia32_sys_setuid\n0 T __ia32_sys_setuid16\n"
               "0 T __x64_sys_read\n0 T __ia32_sys_read\n0 T __x64_sys_exit_group\n"
               "0 T __ia32_compat_sys_socketcall\n0 T __x64_sys_execve\n",
               &h);
    want(&set, "openat");
    want(&set, "umount2");
    want(&set, "setuid");
    want(&set, "exit_group");
    want(&set, "execveat"); /* not in this kernel */
    sk_calls_list(&set, &h, &calls);
    assert_true(listed("__x64_sys_openat"));
    assert_true(listed("__ia32_compat_sys_openat"));
    assert_false(listed("__ia32_sys_openat"));
    assert_true(listed("__x64_sys_umount"));
    assert_true(listed("__ia32_sys_umount"));
    assert_true(listed("__x64_sys_setuid"));
    assert_true(listed("__ia32_sys_setuid16"));
    assert_true(listed("__ia32_sys_setuid")); /* setuid32 */
    assert_true(listed("__ia32_compat_sys_socketcall"));
    assert_false(listed("__x64_sys_read"));
    assert_false(listed("__x64_sys_exit_group"));
    assert_false(listed("__x64_sys_execve"));
    sk_hooks_done(&h);
}

static void nothing_wanted_is_nothing_listed(void **state)
{
    struct sk_event_set set = {0};
    struct sk_hooks h;

    (void)state;
    symbols_of("0 T __x64_sys_openat\n0 T __ia32_sys_openat\n", &h);
    sk_calls_list(&set, &h, &calls);
    assert_int_equal(calls.n, 0);
    sk_hooks_done(&h);
    want(&set, "openat");
    sk_calls_list(&set, &h, &calls); /* no symbols */
    assert_int_equal(calls.n, 0);
}
#endif

/* A row that names no call would be without effect. */
static void rows_name_calls(void **state)
{
    static const char *const names[] = {
#define ENTRY64(call, fn) call,
#define ENTRY32(call, fn) call,
#include "entries.def"
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (!sk_syscall_by_name(sk_str(names[i])))
            fail_msg("no system call '%s'", names[i]);
}

/* Every call of this machine that has an event of its own has its function in the kernel that runs. */
static void this_kernel_has_the_functions(void **state)
{
    struct sk_hooks h;

    (void)state;
    sk_calls_symbols(&h, "/proc/kallsyms");
    if (!sk_hooks_known(&h))
        skip();
    for (size_t i = 0; i < sk_syscalls_n; i++) {
        const struct sk_syscall_info *row = &sk_syscalls[i];
        struct sk_event_set set = {0};

        if (sk_syscall_nr(row) < 0 || row->exit <= 1 || !sk_events[row->exit].supported ||
            sk_syscall_nr(row) > 334 || strstr(row->name, "exit"))
            continue;
        sk_event_set_add(&set, row->exit);
        sk_calls_list(&set, &h, &calls);
        if (!calls.n || strncmp(calls.fn[0], "__ia32", 6) == 0)
            print_message("this kernel has no '%s'\n", row->name);
    }
    sk_hooks_done(&h);
}

static void plain_names(void **state)
{
    char out[SK_CALL_NAME];

    (void)state;
    sk_calls_plain("__x64_sys_fork", out);
    assert_string_equal(out, "__do_sys_fork");
    sk_calls_plain("__ia32_compat_sys_open", out);
    assert_string_equal(out, "__do_sys_open");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_those_of_calls),
#if defined(__x86_64__)
        cmocka_unit_test(functions_of_wanted_calls_are_listed),
        cmocka_unit_test(nothing_wanted_is_nothing_listed),
#endif
        cmocka_unit_test(rows_name_calls),
        cmocka_unit_test(this_kernel_has_the_functions),
        cmocka_unit_test(plain_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
