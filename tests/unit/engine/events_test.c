/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/util.h"

static bool has(const char *name)
{
    struct sk_event_set wanted, named = {0};

    sk_state_events(&wanted);
    assert_true(sk_event_set_by_name(sk_str(name), &named));
    sk_event_set_and(&named, &wanted);
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (sk_event_set_has(&named, code))
            return true;
    }
    return false;
}

static void reads_writes_opens_and_closes_are_not_needed_for_the_state(void **state)
{
    static const char *const names[] = {"read",    "write", "openat", "close",
                                        "connect", "mmap",  "futex"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (has(names[i]))
            fail_msg("%s", names[i]);
}

static void whatever_makes_ends_or_changes_a_process_is(void **state)
{
    static const char *const names[] = {"clone",    "clone3",   "fork",   "vfork",  "execve",
                                        "execveat", "procexit", "setuid", "setgid", "chdir",
                                        "fchdir",   "setsid",   "setpgid"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (!has(names[i]))
            fail_msg("%s", names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reads_writes_opens_and_closes_are_not_needed_for_the_state),
        T(whatever_makes_ends_or_changes_a_process_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
