/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static const char *status(struct fixture *f, const char *text)
{
    return sk_conf_check(f->mem, tree(f, text), f->dg);
}

static void an_unknown_key_is_named_with_its_place(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        status(f, "priority: debug\nengine:\n  colour: red\n"),
        "failed for <root>[engine]: Object contains a property that could not be validated using "
        "'properties' or 'additionalProperties' constraints: 'colour'.");
    assert_string_equal(warnings(f), "t.yaml:3:3: unknown key 'engine.colour': it is ignored\n");
}

static void a_wrong_type_is_named_with_its_place(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        status(f, "json_output: maybe\n"),
        "failed for <root>[json_output]: Value type not permitted by 'type' constraint.");
    assert_string_equal(
        warnings(f),
        "t.yaml:1:14: 'json_output' is 'maybe': true or false is expected; the default "
        "'false' is used\n");
}

static void a_map_where_a_list_belongs_and_the_reverse_fail(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(status(f, "rules_files: {a: b}\n"), "<root>[rules_files]: Value type"));
    assert_non_null(strstr(status(f, "engine: [a]\n"), "<root>[engine]: Value type"));
    assert_non_null(
        strstr(status(f, "webserver: {listen_port: [1]}\n"), "<root>[webserver][listen_port]"));
    assert_non_null(strstr(status(f, "[a]"), "failed for <root>: Value type"));
}

static void a_number_out_of_range_fails(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(status(f, "output_timeout: -1\n"),
                           "Expected number greater than or equal to 0.000000"));
    assert_non_null(strstr(warnings(f), "t.yaml:1:17: 'output_timeout' is '-1'"));
}

static void only_the_first_failure_is_the_status(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(status(f, "aaa: 1\nbbb: 2\n"), "'aaa'"));
    assert_int_equal(sk_diag_count(f->dg, SK_DIAG_WARNING), 2);
}

static void good_files_are_ok_and_empty_ones_none(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        status(f, "rules_files: one.yaml\nengine: {kind: replay, replay: {capture_file: x}}\n"
                  "syscall_event_drops: {threshold: .1, actions: [log]}\n"),
        "ok");
    assert_string_equal(status(f, ""), "none");
    assert_string_equal(warnings(f), "");
}

static void a_value_outside_of_its_words_or_numbers_is_told_with_what_is_used(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(status(f, "http_output: {content_encoding: zip}\n"), "any enum values"));
    assert_non_null(strstr(status(f, "webserver: {listen_port: 70000}\n"),
                           "Expected number less than or equal to 65535.000000"));
    status(f, "engine: {modern_ebpf: {buf_size_preset: 11}}\n");
    status(f, "output_timeout: 1.5\n");
    assert_string_equal(
        warnings(f),
        "t.yaml:1:33: 'http_output.content_encoding' is 'zip': one of identity|gzip is expected; the "
        "default 'identity' is used\n"
        "t.yaml:1:26: 'webserver.listen_port' is '70000': 0..65535 is expected; the default '8765' is "
        "used\n"
        "t.yaml:1:41: 'engine.modern_ebpf.buf_size_preset' is '11': 1..10 is expected\n"
        "t.yaml:1:17: 'output_timeout' is '1.5': a whole number is expected; the default '2000' is "
        "used\n");
}

static void items_of_structured_keys_are_compared_with_their_rows(void **state)
{
    static const struct {
        const char *text, *status, *warning;
    } tests[] = {
        {"append_output: [{match: {colour: red}}]\n",
         "failed for <root>[append_output][0][match]: Object contains",
         "t.yaml:1:26: unknown key 'append_output.0.match.colour': it is ignored"},
        {"append_output: [{suggested_output: maybe}]\n",
         "failed for <root>[append_output][0][suggested_output]: Value type",
         "t.yaml:1:36: 'append_output.0.suggested_output' is 'maybe': true or false is expected\n"},
        {"append_output: [{match: {tags: {a: b}}}]\n", "[match][tags]: Value type",
         "'append_output.0.match.tags' is a map: a list is expected"},
        {"append_output: [{match: x}]\n", "[match]: Value type", "is a single value: a map"},
        {"append_output: [{extra_output: [x]}]\n", "[extra_output]: Value type", "is a list"},
        {"append_output: [text]\n", "[append_output][0]: Value type", "is a single value"},
        {"config_files: [{strategy: append}]\n", "Missing required property 'path'.",
         "t.yaml:1:16: 'config_files.0': 'path' is missing"},
        {"config_files: [{path: x, strategy: mix}]\n", "any enum values",
         "one of append|override|add-only is expected\n"},
        {"static_fields: {a: [b]}\n", "[static_fields][a]: Value type",
         "'static_fields.a' is a list"},
        {"load_plugins: [[a]]\n", "[load_plugins]: Value type", "'load_plugins' is a list: text"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(tests); i++) {
        assert_non_null(strstr(status(f, tests[i].text), tests[i].status));
        assert_non_null(strstr(warnings(f), tests[i].warning));
    }
}

static void a_dot_in_a_name_leads_nowhere(void **state)
{
    struct fixture *f = *state;

    status(f, "engine.kind: replay\n");
    status(f, "append_output: [{match.rule: x}]\n");
    assert_string_equal(warnings(f),
                        "t.yaml:1:1: unknown key 'engine.kind': it is ignored\n"
                        "t.yaml:1:18: unknown key 'append_output.0.match.rule': it is ignored\n");
    assert_string_equal(status(f, "static_fields: {a.b: c}\n"), "ok");
}

static void good_items_are_ok(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(
        status(
            f,
            "config_files: [a, {path: b, strategy: add-only}]\n"
            "rules: [{enable: {rule: a}}, {disable: {tag: b}}]\n"
            "plugins: [{name: a, library_path: b, init_config: {a: {b: [c]}}, open_params: d}]\n"
            "append_output: [{match: {source: a, rule: b, tags: [c]}, extra_output: d,\n"
            "  extra_fields: [e, {f: '%g'}], suggested_output: true}, {suggested_output: null}]\n"
            "static_fields: {a: b}\noutputs: {rate: 1}\n"),
        "ok");
    assert_string_equal(status(f, "config_files: a\n"), "ok");
    assert_string_equal(warnings(f), "");
}

static void options_are_compared_too_and_alone(void **state)
{
    static const char *const option[] = {"jsn_output=true", "webserver.listen_port=x",
                                         "append_output[]={\"extra_outputs\": \"x\"}", NULL};
    struct fixture *f = *state;

    assert_int_equal(conf_text(f, "colour: red\n", option), 0);
    assert_string_equal(
        warnings(f),
        "built-in configuration:1:1: unknown key 'colour': it is ignored\n"
        "command line: unknown key 'jsn_output': it is ignored\n"
        "command line: 'webserver.listen_port' is 'x': a whole number is expected; the default '8765' "
        "is used\n"
        "command line:1:2: unknown key 'append_output.0.extra_outputs': it is ignored\n");
    assert_int_equal(f->conf->web_port, 8765);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unknown_key_is_named_with_its_place),
        T(a_wrong_type_is_named_with_its_place),
        T(a_map_where_a_list_belongs_and_the_reverse_fail),
        T(a_number_out_of_range_fails),
        T(only_the_first_failure_is_the_status),
        T(good_files_are_ok_and_empty_ones_none),
        T(a_value_outside_of_its_words_or_numbers_is_told_with_what_is_used),
        T(items_of_structured_keys_are_compared_with_their_rows),
        T(a_dot_in_a_name_leads_nowhere),
        T(good_items_are_ok),
        T(options_are_compared_too_and_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
