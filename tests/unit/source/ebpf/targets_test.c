/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/targets.h"

#include <bpf/btf.h>
#include <errno.h>

#include "tests/unit/test.h"

static struct sk_calls calls;
static struct sk_target target[SK_CALLS_MAX];

static void call(const char *fn)
{
    snprintf(calls.fn[calls.n++], SK_CALL_NAME, "%s", fn);
}

/* Types with a function that takes registers, one that has a second name, and one that takes a number too. */
static struct btf *types(void)
{
    struct btf *btf = btf__new_empty();
    int number, regs, to, takes, none, two;

    assert_non_null(btf);
    number = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
    regs = btf__add_struct(btf, "pt_regs", 8);
    to = btf__add_ptr(btf, regs);
    takes = btf__add_func_proto(btf, number);
    assert_int_equal(btf__add_func_param(btf, "regs", to), 0);
    none = btf__add_func_proto(btf, number);
    assert_int_equal(btf__add_func_param(btf, "__unused", to), 0);
    two = btf__add_func_proto(btf, number);
    assert_int_equal(btf__add_func_param(btf, "regs", to), 0);
    assert_int_equal(btf__add_func_param(btf, "nr", number), 0);
    assert_true(btf__add_func(btf, "__x64_sys_read", BTF_FUNC_STATIC, takes) > 0);
    assert_true(btf__add_func(btf, "__do_sys_fork", BTF_FUNC_STATIC, none) > 0);
    assert_true(btf__add_func(btf, "__x64_sys_fork", BTF_FUNC_STATIC, takes) > 0);
    assert_true(btf__add_func(btf, "__do_sys_read", BTF_FUNC_STATIC, two) > 0);
    assert_true(btf__add_func(btf, "__x64_sys_odd", BTF_FUNC_STATIC, two) > 0);
    return btf;
}

static void functions_are_found_by_either_name(void **state)
{
    struct btf *btf = types();
    const char *missing;

    (void)state;
    calls.n = 0;
    call("__x64_sys_read");
    call("__x64_sys_fork");
    call("__ia32_sys_fork");
    assert_int_equal(sk_targets_find(btf, &calls, target, &missing), 0);
    assert_string_equal(target[0].fn, "__x64_sys_read");
    assert_string_equal(target[1].fn, "__do_sys_fork");
    assert_int_equal(target[1].id, target[2].id);
    assert_int_not_equal(target[0].proto, target[1].proto);
    btf__free(btf);
}

static void what_cannot_be_used_is_named(void **state)
{
    struct btf *btf = types();
    const char *missing;

    (void)state;
    calls.n = 0;
    call("__x64_sys_read");
    call("__x64_sys_gone");
    assert_int_equal(sk_targets_find(btf, &calls, target, &missing), -ENOENT);
    assert_string_equal(missing, "__x64_sys_gone");
    calls.n = 0;
    call("__x64_sys_odd");
    assert_int_equal(sk_targets_find(btf, &calls, target, &missing), -EINVAL);
    assert_string_equal(missing, "__x64_sys_odd");
    btf__free(btf);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found_by_either_name),
        cmocka_unit_test(what_cannot_be_used_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
