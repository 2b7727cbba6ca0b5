/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

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

static void words_numbers_and_doubles_are_read_as_yaml_writes_them(void **state)
{
    uint64_t u;
    double d;
    bool b = false;

    (void)state;
    assert_true(sk_conf_bool("Yes", &b) && b);
    assert_true(sk_conf_bool("OFF", &b) && !b);
    assert_false(sk_conf_bool("yES", &b));
    assert_true(sk_conf_number("10", 10, &u) && u == 10);
    assert_false(sk_conf_number("11", 10, &u));
    assert_false(sk_conf_number("-1", 10, &u));
    assert_true(sk_conf_double(".5", &d) && d == .5);
    assert_false(sk_conf_double("", &d));
    assert_false(sk_conf_double("1x", &d));
    assert_false(sk_conf_double("nan", &d));
}

static void the_schema_is_json_and_knows_every_key(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    json_error_t err;
    json_t *j;

    (void)state;
    sk_conf_schema(&out);
    assert_false(out.failed);
    j = json_loads(out.p, JSON_REJECT_DUPLICATES, &err);
    assert_non_null(j);
    json_decref(j);
    assert_non_null(strstr(out.p, "\"capture_file\":{\"type\":\"string\""));
}

static void defaults_lie_within_their_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        double d;
        bool b;

        assert_true(strlen(r->doc) > 3);
        if (r->type == SK_CONF_BOOL)
            assert_true(sk_conf_bool(r->def, &b));
        else if (r->type < SK_CONF_STR)
            assert_true(sk_conf_double(r->def, &d));
    }
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
        T(words_numbers_and_doubles_are_read_as_yaml_writes_them),
        T(the_schema_is_json_and_knows_every_key),
        T(defaults_lie_within_their_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
