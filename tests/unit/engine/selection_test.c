/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/generation.h"

#include "tests/unit/engine/util.h"

#define GENERIC_X  1
#define READ_X     7
#define CHDIR_X    95
#define PROCEXIT_E 186
#define PRCTL_X    401

/* The selection with a rule for openat. */
static struct sk_event_set select_with(struct fix *f, const char *conf_text)
{
    struct sk_event_set rules = {0}, out;

    conf(f, conf_text);
    sk_event_set_add(&rules, OPENAT_X);
    sk_select_events(f->conf, &rules, &out);
    return out;
}

static void by_default_the_rules_and_the_state_are_captured(void **state)
{
    struct sk_event_set s = select_with(*state, "");

    assert_true(sk_event_set_has(&s, OPENAT_X));
    assert_true(sk_event_set_has(&s, CHDIR_X));
    assert_true(sk_event_set_has(&s, PROCEXIT_E));
    assert_false(sk_event_set_has(&s, READ_X));
    assert_non_null(strstr(log_text, "7 (1) syscalls in rules: openat\n"));
    assert_non_null(strstr(log_text, "syscalls selected in total (final set): "));
}

static void a_custom_set_takes_the_place_of_the_state(void **state)
{
    struct sk_event_set s = select_with(*state, "base_syscalls: {custom_set: [prctl]}");

    assert_true(sk_event_set_has(&s, OPENAT_X));
    assert_true(sk_event_set_has(&s, PRCTL_X));
    assert_false(sk_event_set_has(&s, CHDIR_X));
    assert_true(sk_event_set_has(&s, PROCEXIT_E));
}

static void a_negative_name_is_not_captured_whoever_asks_and_that_is_told(void **state)
{
    struct sk_event_set s =
        select_with(*state, "base_syscalls: {custom_set: ['!openat', '!chdir']}");

    assert_false(sk_event_set_has(&s, OPENAT_X));
    assert_false(sk_event_set_has(&s, CHDIR_X));
    assert_true(sk_event_set_has(&s, PRCTL_X));
    assert_non_null(
        strstr(log_text, "4 Loaded rules match syscalls that are not activated (e.g. were removed "
                         "via config settings such as no -A flag or negative base_syscalls "
                         "elements) or unsupported with current configuration: warning "
                         "(unsupported-evttype): openat\n"));
}

static void all_is_every_call_with_an_event_but_the_negative_ones(void **state)
{
    struct sk_event_set s =
        select_with(*state, "base_syscalls: {all: true, custom_set: ['!openat']}");

    for (unsigned code = 2; code < SK_EVENT_N; code++)
        if (sk_events[code].supported && sk_event_set_has(&s, code) != (code != OPENAT_X))
            fail_msg("event %u (%s)", code, sk_events[code].name);
    assert_false(sk_event_set_has(&s, GENERIC_X));
    assert_true(sk_event_set_has(&s, READ_X));
    assert_non_null(strstr(log_text, " (base_syscalls.all): "));
}

static void repair_brings_back_what_the_state_needs(void **state)
{
    struct sk_event_set s =
        select_with(*state, "base_syscalls: {custom_set: ['!chdir', symlink], repair: true}");

    assert_true(sk_event_set_has(&s, CHDIR_X));
    assert_true(sk_event_set_has(&s, PRCTL_X));
}

static void what_a_custom_set_and_the_state_want_is_whole(void **state)
{
    struct fix *f = *state;
    struct sk_event_set s;

    conf(f, "base_syscalls: {custom_set: [read, '!openat']}");
    sk_whole_events(f->conf, &s);
    assert_true(sk_event_set_has(&s, READ_X));
    assert_true(sk_event_set_has(&s, CHDIR_X));
    assert_false(sk_event_set_has(&s, OPENAT_X));
}

static void names_that_are_no_calls_are_warned_of(void **state)
{
    struct sk_event_set s =
        select_with(*state, "base_syscalls: {custom_set: [opnat, '!clsoe', x]}");

    assert_true(sk_event_set_has(&s, CHDIR_X)); /* no valid name: as without */
    assert_non_null(
        strstr(log_text,
               "4 Invalid positive syscall names: warning (base_syscalls override): opnat, x\n"));
    assert_non_null(strstr(
        log_text, "4 Invalid negative syscall names: warning (base_syscalls override): clsoe\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_a_custom_set_and_the_state_want_is_whole),
        T(by_default_the_rules_and_the_state_are_captured),
        T(a_custom_set_takes_the_place_of_the_state),
        T(a_negative_name_is_not_captured_whoever_asks_and_that_is_told),
        T(all_is_every_call_with_an_event_but_the_negative_ones),
        T(repair_brings_back_what_the_state_needs),
        T(names_that_are_no_calls_are_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
