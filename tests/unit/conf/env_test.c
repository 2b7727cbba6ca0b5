/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static const char *expanded(struct fixture *f, const char *text)
{
    struct sk_node *n = sk_node_scalar(f->mem, text, NULL);

    setenv("SK_A", "value", 1);
    setenv("SK_B", "${SK_A}!", 1);
    unsetenv("SK_NONE");
    assert_int_equal(sk_env_expand(f->mem, n, f->dg), 0);
    return n->text;
}

static void a_variable_that_contains_itself_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "a:\n  b: ${SK_LOOP}");

    setenv("SK_LOOP", "${SK_LOOP}", 1);
    assert_int_equal(sk_env_expand(f->mem, n, f->dg), -ELOOP);
    assert_non_null(strstr(errors(f), "t.yaml:2:6: '${SK_LOOP}'"));
    setenv("SK_LOOP", "x${SK_LOOP}", 1);
    assert_int_equal(sk_env_expand(f->mem, tree(f, "${SK_LOOP}"), f->dg), -ELOOP);
}

static void variables_become_their_values_and_unset_ones_nothing(void **state)
{
    assert_string_equal(expanded(*state, "a ${SK_A} b${SK_NONE}c${}"), "a value bc");
}

static void a_value_is_read_again(void **state)
{
    assert_string_equal(expanded(*state, "${SK_B}"), "value!");
}

static void two_dollars_are_a_literal_reference(void **state)
{
    assert_string_equal(expanded(*state, "$${SK_A} ${SK_A}"), "${SK_A} value");
    assert_string_equal(expanded(*state, "$${${SK_A}}"), "${value}");
}

static void a_bare_dollar_ends_the_expansion(void **state)
{
    assert_string_equal(expanded(*state, "a $SK_A ${SK_A}"), "a $SK_A ${SK_A}");
    assert_string_equal(expanded(*state, "${SK_A} $"), "value $");
}

static void a_missing_brace_ends_the_expansion(void **state)
{
    assert_string_equal(expanded(*state, "${SK_A} ${SK_A"), "value ${SK_A");
}

static void keys_stay_and_values_at_every_depth_change(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "'${SK_A}': [{x: '${SK_A}'}]");

    setenv("SK_A", "value", 1);
    assert_int_equal(sk_env_expand(f->mem, n, f->dg), 0);
    assert_string_equal(n->key[0].text, "${SK_A}");
    assert_string_equal(sk_node_get(n->item[0]->item[0], "x")->text, "value");
}

static void messages_show_the_name_of_a_variable(void **state)
{
    struct fixture *f = *state;
    static const char *const option[] = {"log_syslog=maybe", NULL};

    setenv("SK_SECRET", "hunter2", 1);
    assert_int_equal(
        conf_text(f, "json_output: ${SK_SECRET}\noutput_timeout: -${SK_SECRET}\n", option), 0);
    assert_null(strstr(warnings(f), "hunter2"));
    assert_non_null(strstr(warnings(f), "'json_output' is '${SK_SECRET}'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_variable_that_contains_itself_is_an_error),
        T(variables_become_their_values_and_unset_ones_nothing),
        T(a_value_is_read_again),
        T(two_dollars_are_a_literal_reference),
        T(a_bare_dollar_ends_the_expansion),
        T(a_missing_brace_ends_the_expansion),
        T(keys_stay_and_values_at_every_depth_change),
        T(messages_show_the_name_of_a_variable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
