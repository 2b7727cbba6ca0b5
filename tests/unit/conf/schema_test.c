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

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unknown_key_is_named_with_its_place),
        T(a_wrong_type_is_named_with_its_place),
        T(a_map_where_a_list_belongs_and_the_reverse_fail),
        T(a_number_out_of_range_fails),
        T(only_the_first_failure_is_the_status),
        T(good_files_are_ok_and_empty_ones_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
