/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

#define BASE RULE("R", "evt.type=open")

static void malformed_exceptions_are_refused(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"x", "Rule exceptions must be a sequence"},
        {"[x]", "Rule exception must be a mapping"},
        {"[{fields: [proc.name]}]", "Item has no mapping for key 'name'"},
        {"[{name: e}]", "Item has no mapping for key 'fields'"},
        {"[{name: e, fields: []}]",
         "Rule exception item must have fields property with a list of fields"},
        {"[{name: e, fields: [proc.name], values: x}]", "Rule exception values must be a sequence"},
        {"[{name: e, fields: [proc.name, fd.name], comps: ['=']}]",
         "Fields and comps lists must have equal length"},
        {"[{name: e, fields: [proc.name], comps: '='}]",
         "Fields and comps lists must have equal length"},
        {"[{name: e, fields: proc.name, comps: [in]}]", "Fields and comps must both be strings"},
        {"[{name: e, fields: [proc.name], comps: [xx]}]",
         "'xx' is not a supported comparison operator"},
        {"[{name: e, fields: [proc.name], comps: [in oneof]}]",
         "'in oneof' is not a supported comparison operator"},
        {"[{name: e, fields: proc.name, comps: '='}]",
         "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier "
         "operator (e.g. startswith oneof)"},
        {"[{name: e, fields: [proc.nme]}]", "'proc.nme' is not a supported filter field"},
        {"[{name: e, fields: proc.nme}]", "'proc.nme' is not a supported filter field"},
        {"[{name: e, fields: [tolower(proc.nme)]}]",
         "'tolower(proc.nme)' is not a supported filter field"},
        {"[{name: e, fields: proc.name, values: [[a]]}]",
         "Expected values array to contain a list of strings"},
        {"[{name: e, fields: [proc.name], values: [a]}]",
         "Fields and values lists must have equal length"},
        {"[{name: e, fields: [proc.name, fd.name], values: [[a]]}]",
         "Fields and values lists must have equal length"},
        {"[{name: e, fields: [proc.name], values: [[[[a]]]]}]",
         "Can't decode YAML exception value"},
        {"[{name: e, fields: {a: b}}]", "Can't decode YAML scalar value"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096), want = SK_BUF(4096);

        sk_buf_printf(&b, "%s  exceptions: %s\n", BASE, cases[i].yaml);
        sk_buf_printf(&want, "): %s\n", cases[i].message);
        if (!load(&l, b.p))
            fail_msg("loaded: %s", cases[i].yaml);
        assert_says(&l, want.p);
    }
}

static void every_shape_becomes_its_condition(void **state)
{
    static const struct {
        const char *yaml, *want;
    } cases[] = {
        {"[{name: e, fields: proc.name, values: [x, y z]}]", "proc.name in (x, \"y z\")"},
        {"[{name: e, fields: fd.name, comps: pmatch, values: [/a]}]", "fd.name pmatch (/a)"},
        {"[{name: e, fields: fd.name, comps: startswith oneof, values: [/a, /b]}]",
         "fd.name startswith oneof (/a, /b)"},
        {"[{name: e, fields: [proc.name, fd.name], comps: [' = ', startswith], "
         "values: [[a, /x], [b, /y]]}]",
         "((proc.name = a and fd.name startswith /x) or (proc.name = b and fd.name startswith /y))"},
        {"[{name: e, fields: [proc.name], values: [[a b]]}]", "proc.name = \"a b\""},
        {"[{name: e, fields: [proc.name], comps: [in], values: [[[p, q r]]]}]",
         "proc.name in (p, \"q r\")"},
        {"[{name: e, fields: [proc.name], comps: [in], values: [['(p, q)']]}]",
         "proc.name in (p, q)"},
        {"[{name: e, fields: [proc.name], comps: [in], values: [[p]]}]", "proc.name in (p)"},
        {"[{name: e, fields: [tolower(proc.name)], values: [[test]]}]",
         "tolower(proc.name) = test"},
        {"[{name: e, fields: ['tolower( proc.name )'], values: [[test]]}]",
         "tolower(proc.name) = test"},
        {"[{name: e, fields: [proc.name], values: [[val(proc.pname)]]}]",
         "proc.name = val(proc.pname)"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096), want = SK_BUF(4096);

        sk_buf_printf(&b, "%s  exceptions: %s\n", BASE, cases[i].yaml);
        sk_buf_printf(&want, "(evt.type = open and not %s)", cases[i].want);
        assert_loads(&l, b.p);
        assert_compiles_to(&l, "R", want.p);
    }
}

static void an_exception_binds_the_whole_condition(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(
        &l,
        RULE(
            "R",
            "evt.type=open or evt.type=close") "  exceptions: [{name: e, fields: proc.name, values: [x]}]\n");
    assert_compiles_to(&l, "R", "((evt.type = open or evt.type = close) and not proc.name in (x))");
}

static void without_values_nothing_is_excepted(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, BASE "  exceptions: [{name: e, fields: [proc.name]}, {name: f, fields: "
                          "fd.name, values: []}]\n");
    assert_compiles_to(&l, "R", "evt.type = open");
}

static void names_of_lists_are_expanded_in_values(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: names\n  items: [p, q]\n" BASE
                     "  exceptions: [{name: e, fields: proc.name, values: [names, r]}]\n");
    assert_compiles_to(&l, "R", "(evt.type = open and not proc.name in (p, q, r))");
}

static void equal_names_are_warned_of(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, BASE "  exceptions: [{name: e, fields: proc.name}, {name: e, fields: "
                          "fd.name}]\n");
    assert_says(&l, "LOAD_EXCEPTION_NAME_NOT_UNIQUE");
    assert_says(&l, "Multiple definitions of exception 'e' in the same rule\n");
}

#define WITH_E BASE "  exceptions: [{name: e, fields: proc.name, values: [x]}]\n"

static void an_append_gives_values_or_a_whole_new_exception(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"{name: e, fields: proc.name, values: [y]}",
         "Can not append exception fields to existing exception, only values"},
        {"{name: e, comps: in, values: [y]}",
         "Can not append exception comps to existing exception, only values"},
        {"{name: f, values: [y]}",
         "Rule exception must have fields property with a list of fields"},
        {"{name: f, fields: proc.name}",
         "Rule exception must have values property with a list of values"},
    };
    sk_auto(loading) struct loading good = loading_new();

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_buf_printf(&b, "%s- rule: R\n  exceptions: [%s]\n  override: {exceptions: append}\n",
                      WITH_E, cases[i].yaml);
        assert_int_equal(load(&l, b.p), -EINVAL);
        assert_says(&l, cases[i].message);
    }
    assert_loads(&good,
                 WITH_E "- rule: R\n  exceptions: [{name: e, values: [y]}, {name: f, fields: "
                        "[fd.name], values: [[/z]]}]\n  override: {exceptions: append}\n");
    assert_compiles_to(&good, "R",
                       "(evt.type = open and not proc.name in (x, y) and not fd.name = /z)");
}

static void an_append_without_values_is_warned_of(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, WITH_E "- rule: R\n  exceptions: [{name: e, value: y}]\n  append: true\n");
    assert_says(&l, "LOAD_APPEND_NO_VALUES (Overriding/appending with no values): "
                    "Overriding/appending exception with no values\n");
}

/* Falco crashes here: it fills in comps only where a rule is defined. */
static void a_replaced_exception_gets_its_default_operators(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, WITH_E "- rule: R\n  exceptions: [{name: e, fields: [fd.name], values: "
                            "[[/z]]}, {name: f, fields: proc.name, values: [y]}]\n"
                            "  override: {exceptions: replace}\n");
    assert_compiles_to(&l, "R", "(evt.type = open and not fd.name = /z and not proc.name in (y))");
    assert_refused(&l,
                   WITH_E "- rule: R\n  exceptions: [{name: e, values: [y]}]\n"
                          "  override: {exceptions: replace}\n",
                   "LOAD_ERR_YAML_VALIDATE", "Item has no mapping for key 'fields'");
}

static void fields_of_an_unknown_source_are_not_checked(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, BASE "  source: k8s\n  exceptions: [{name: e, fields: ka.x, values: [y]}]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_exceptions_are_refused),
        cmocka_unit_test(every_shape_becomes_its_condition),
        cmocka_unit_test(an_exception_binds_the_whole_condition),
        cmocka_unit_test(without_values_nothing_is_excepted),
        cmocka_unit_test(names_of_lists_are_expanded_in_values),
        cmocka_unit_test(equal_names_are_warned_of),
        cmocka_unit_test(an_append_gives_values_or_a_whole_new_exception),
        cmocka_unit_test(an_append_without_values_is_warned_of),
        cmocka_unit_test(a_replaced_exception_gets_its_default_operators),
        cmocka_unit_test(fields_of_an_unknown_source_are_not_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
