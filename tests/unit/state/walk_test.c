/* SPDX-License-Identifier: Apache-2.0 */
#include "state/walk.h"

#include "tests/unit/test.h"

static void what_was_added_is_walked(void **state)
{
    const struct sk_task_info in = {.pid = 5,
                                    .tid = 5,
                                    .ppid = 1,
                                    .sid = 5,
                                    .comm = SK_STR("five"),
                                    .exe = SK_STR("e"),
                                    .args = SK_STR("a\0"),
                                    .uid = 7,
                                    .cap_effective = 9,
                                    .exe_ino = 11,
                                    .exe_upper = true};
    const struct sk_iface ifc = {.ip = {10}};
    const struct sk_group group = {3, SK_STR("three")};
    sk_auto(state) struct sk_state *st = NULL;
    struct sk_task_info out;
    size_t it = 0, n = 0;

    (void)state;
    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    assert_null(sk_state_next(st, &it));
    assert_null(sk_state_name_next(st, true, &it));
    assert_int_equal(sk_state_add(st, &in), 0);
    assert_int_equal(sk_state_add_iface(st, &ifc), 0);
    assert_int_equal(sk_state_add_group(st, &group), 0);
    it = 0;
    sk_state_task_info(sk_state_next(st, &it), &out);
    assert_null(sk_state_next(st, &it));
    assert_int_equal(out.tid, 5);
    assert_int_equal(out.ppid, 1);
    assert_true(sk_str_eqz(out.comm, "five"));
    assert_true(sk_str_eq(out.args, in.args));
    assert_int_equal(out.exe_ino, 11);
    assert_int_equal(out.cap_effective, 9);
    assert_true(out.exe_upper);
    assert_int_equal(sk_state_ifaces(st, &n)->ip[0], 10);
    assert_int_equal(n, 1);
    sk_state_add_more(st, &(struct sk_task_info){.tid = 6}); /* is not there */
    sk_state_add_more(st, &(struct sk_task_info){.tid = 5, .clone_ns = 77, .ns_mnt = 8});
    assert_int_equal(sk_state_proc(st, 5)->clone_ns, 77);
    assert_int_equal(sk_state_proc(st, 5)->ns_mnt, 8);
    it = 0;
    assert_true(sk_str_eqz(sk_state_name_next(st, true, &it)->name, "three"));
    assert_null(sk_state_name_next(st, true, &it));
    it = 0;
    assert_null(sk_state_name_next(st, false, &it));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_walked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
