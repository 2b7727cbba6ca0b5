/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void names_that_nobody_resolved_are_errors(void **state)
{
    (void)state;
    refuses("proc.name = a and macro", "filter error: unexpected identifier 'macro'");
    refuses("no.field = 1", "filter_check called with nonexistent field no.field");
    refuses("proc.name[1] = a", "filter_check called with nonexistent field proc.name[1]");
    refuses("evt.type = nothing", "unknown event type nothing");
    refuses("len(evt.type) > 5", "unknown event type 5");
}

static void operators_are_checked_against_types(void **state)
{
    (void)state;
    refuses("evt.num contains 1",
            "filter error: 'contains' operator not supported for numeric filters");
    refuses("evt.is_io >= 1", "filter error: '>=' operator not supported for numeric filters");
    refuses("fd.ip startswith 1",
            "filter error: 'startswith' operator not supported for ip address and network filters");
    refuses("fd.ip glob anyof (1)", "filter error: 'glob' with modifier not supported for ip "
                                    "address and network filters");
    refuses("proc.name bcontains 61",
            "filter error: 'bcontains' operator not supported for string filters");
    refuses("evt.buffer glob a", "filter error: 'glob' operator not supported for buffer filters");
    refuses("fd.types == a", "filter error: '=' operator not supported list filters");
    refuses("thread.uid = 1", "filter error: '=' operator not supported for type 'UID'");
}

static void right_hand_fields_must_fit(void **state)
{
    (void)state;
    refuses("proc.name = val(proc.pid)",
            "field 'proc.name' has type 'CHARBUF' while the right-hand "
            "side field 'proc.pid' has incompatible type 'INT64'");
    refuses("proc.name in val(proc.args)",
            "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'proc.args' has "
            "incompatible type 'CHARBUF' (list)");
    refuses("proc.name pmatch val(proc.pname)",
            "operator 'PMATCH' doesn't support right-hand side fields");
    refuses("proc.aname = val(proc.name)",
            "field 'proc.aname' doesn't support right-hand side fields");
    refuses("proc.name = val(proc.aname)",
            "field 'proc.aname' can't be used as a right-hand side field");
    refuses("fd.net = val(fd.net)", "field type 'IPNET' doesn't support right-hand side fields");
    refuses("proc.name = val(proc.pname)[x]",
            "filter error: transformer 'val' does not support field arguments");
}

static void transformers_are_checked_against_types(void **state)
{
    (void)state;
    refuses("tolower(proc.pid) = 1",
            "can't add field transformer: type 'INT64' is not supported by "
            "'tolower' transformer applied on field 'proc.pid'");
    refuses("toupper(proc.aname) = A", "field 'proc.aname' does not support transformers");
    refuses("join(\",\", proc.name) = a", "join() second argument must be a list");
    refuses("join(proc.args, proc.args) = a",
            "join() first argument (separator) must be a single value, not a list");
    refuses("join(\",\") = a", "join() requires exactly 2 arguments: separator and list");
    refuses("concat(proc.name) = a", "concat() requires at least 2 arguments");
    refuses("concat(proc.name, proc.pid) = a", "concat() arguments must be strings");
    refuses("getopt(proc.name, \"a\") exists", "getopt() first argument must be a list");
    refuses("len(proc.name, proc.pname) = 1", "unknown multivalue transformer");
}

static void errors_point_at_the_check(void **state)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root;

    (void)state;
    assert_int_equal(compile(SK_STR("proc.name = a and\n  evt.num contains 1"), &root, &err),
                     -EINVAL);
    assert_int_equal(err.pos.idx, 20);
    assert_int_equal(err.pos.line, 2);
    assert_int_equal(err.pos.col, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(names_that_nobody_resolved_are_errors),
        T(operators_are_checked_against_types),
        T(right_hand_fields_must_fit),
        T(transformers_are_checked_against_types),
        T(errors_point_at_the_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
