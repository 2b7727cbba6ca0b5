/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static bool wants(const char *text, const char *event)
{
    struct sk_event_set set, named;
    uint32_t root = ok(text);

    sk_filter_event_set(pool, root, &set);
    assert_true(sk_event_set_by_name(sk_str(event), &named));
    for (size_t i = 0; i < SK_ARRAY_LEN(set.bit); i++)
        if (set.bit[i] & named.bit[i])
            return true;
    return false;
}

static void event_sets_follow_the_boolean_structure(void **state)
{
    (void)state;
    assert_true(wants("evt.type = open", "open"));
    assert_false(wants("evt.type = open", "close"));
    assert_false(wants("evt.type != open", "open"));
    assert_false(wants("not evt.type in (open, openat)", "openat"));
    assert_true(wants("proc.name = a", "close"));
    assert_true(wants("evt.type = open or proc.name = a", "close"));
    assert_false(wants("evt.type = open and not proc.name = a", "close"));
    assert_false(wants("evt.type = open and evt.type = close", "open"));
    assert_true(wants("not (evt.type = open and proc.name = a)", "open"));
    assert_false(wants("not evt.type exists", "open"));
    assert_true(wants("evt.type startswith open", "openat"));
    assert_false(wants("evt.type startswith open", "close"));
}

static void only_system_calls_satisfy_a_check_of_the_call(void **state)
{
    (void)state;
    assert_true(wants("syscall.type = setns", "setns"));
    assert_false(wants("syscall.type = setns", "open"));
    assert_false(wants("syscall.type != open", "open"));
    assert_true(wants("syscall.type != open", "close"));
    assert_false(wants("syscall.type != open", "procexit"));
    assert_true(wants("not syscall.type = open", "procexit"));
    assert_false(wants("syscall.type exists", "procexit"));
}

static void the_number_of_an_event_is_at_least_one(void **state)
{
    (void)state;
    assert_false(wants("evt.num = 0", "open"));
    assert_false(wants("evt.num < 1", "open"));
    assert_false(wants("not evt.num >= 1", "open"));
    assert_true(wants("evt.num = -1", "open"));
    assert_true(wants("not evt.num = 0", "open"));
}

static void a_name_without_a_row_wants_generic_events_either_way(void **state)
{
    struct sk_event_set set;

    (void)state;
    sk_filter_event_set(pool, ok("evt.type = sysinfo"), &set);
    assert_true(sk_event_set_has(&set, 1));
    sk_filter_event_set(pool, ok("evt.type != sysinfo"), &set);
    assert_true(sk_event_set_has(&set, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(event_sets_follow_the_boolean_structure),
        T(only_system_calls_satisfy_a_check_of_the_call),
        T(the_number_of_an_event_is_at_least_one),
        T(a_name_without_a_row_wants_generic_events_either_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
