/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void rejected(struct fixture *f, const char *text, const char *message)
{
    assert_int_equal(conf_text(f, text, NULL), -EINVAL);
    assert_non_null(strstr(errors(f), message));
}

static void values_outside_of_their_words_are_errors(void **state)
{
    struct fixture *f = *state;

    rejected(
        f, "priority: loud",
        "Unknown priority \"loud\"--must be one of emergency, alert, critical, error, warning, "
        "notice, informational, debug\n");
    rejected(f, "log_level: informational", "Unknown log level informational\n");
    rejected(f, "libs_logger: {severity: x}", "Unknown sinsp log severity x\n");
    rejected(f, "rule_matching: last",
             "Unknown rule matching strategy \"last\"--must be one of first, all\n");
    rejected(f, "outputs_queue: {recovery: wait}",
             "Unknown recovery \"wait\"--must be one of exit, continue, empty\n");
    rejected(f, "engine: {kind: gvisor}", "engine.kind 'gvisor' is no longer a kind");
    rejected(f, "engine: {kind: replay}",
             "engine.kind is 'replay' but no engine.replay.capture_file specified.\n");
    rejected(f, "capture: {mode: some}", "capture.mode 'some' is not a valid mode.\n");
    rejected(f, "engine: {modern_ebpf: {buf_size_preset: 11}}",
             "The 'buf_size_preset' value must be between '1' and '10'\n");
    rejected(f, "engine: {modern_ebpf: {critical_ring_mib: 100000000}}",
             "critical_ring_mib is '100000000'");
    rejected(f, "engine: {scope: {pid: 3, containers: true}}", "only one of engine.scope.cgroup");
    rejected(f, "webserver: {listen_address: localhost}",
             "\"localhost\" is not a valid IP address\n");
    rejected(f, "syscall_event_timeouts: {max_consecutives: 0}",
             "must be an unsigned integer > 0\n");
}

static void outputs_without_a_target_are_errors(void **state)
{
    struct fixture *f = *state;

    rejected(f, "file_output: {enabled: true}",
             "file output enabled but no filename in configuration block\n");
    rejected(f, "program_output: {enabled: true}",
             "program output enabled but no program in configuration block\n");
    rejected(f, "http_output: {enabled: true}",
             "http output enabled but no url in configuration block\n");
}

static void drop_actions_that_contradict_each_other_are_errors(void **state)
{
    struct fixture *f = *state;

    rejected(f, "syscall_event_drops: {actions: [ignore, log]}",
             "syscall event drop action \"log\" does not make sense with the \"ignore\" action\n");
    rejected(
        f, "syscall_event_drops: {actions: [shout]}",
        "available actions for syscall event drops are \"ignore\", \"log\", \"alert\", and \"exit\"\n");
    rejected(f, "syscall_event_drops: {threshold: 1.5}", "must be a double in the range [0, 1]\n");
}

static void drop_actions_are_collected(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "syscall_event_drops: {actions: [log, alert, exit]}", NULL), 0);
    assert_int_equal(f->conf->drop_actions, SK_DROPS_LOG | SK_DROPS_ALERT | SK_DROPS_EXIT);
}

/* Whichever are left: a key that has its meaning is not warned of. */
static void switches_without_effect_are_warned_of(void **state)
{
    struct fixture *f = *state;
    char text[128];
    const char *const option[] = {text, NULL};

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];

        if (r->use != SK_CONF_LATER || r->type != SK_CONF_BOOL)
            continue;
        snprintf(text, sizeof(text), "%s=%s", r->key, strcmp(r->def, "true") ? "true" : "false");
        assert_int_equal(conf_text(f, "", option), 0);
        snprintf(text, sizeof(text), "'%s' is accepted, but has no effect", r->key);
        assert_non_null(strstr(warnings(f), text));
        sk_conf_free(f->conf);
        f->conf = NULL;
    }
    assert_int_equal(conf_text(f, "json_output: true\nmetrics: {enabled: false}\n", NULL), 0);
    assert_null(strstr(warnings(f), "json_output"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(values_outside_of_their_words_are_errors),
        T(outputs_without_a_target_are_errors),
        T(drop_actions_that_contradict_each_other_are_errors),
        T(drop_actions_are_collected),
        T(switches_without_effect_are_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
