/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void rejected(struct fixture *f, const char *option, const char *message)
{
    struct sk_node *n = tree(f, "s: x\nl: [a]\nm: {k: v}");
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    assert_int_equal(sk_node_override(f->mem, &n, option, dg), -EINVAL);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), message);
}

static void malformed_options_say_what_and_where(void **state)
{
    struct fixture *f = *state;

    rejected(
        f, "foo",
        "Error parsing config option \"foo\". Must be of the form key=val or key.subkey=val\n");
    rejected(f, "a..b=1",
             "Config error at key \"a..b\": Parsing error: unexpected character at pos 2\n");
    rejected(f, "=1", "Config error at key \"\": Parsing error: unexpected character at pos 0\n");
    rejected(f, "x[q]=1",
             "Config error at key \"x[q]\": Parsing error: expected a numeric index, found 'q'\n");
    rejected(f, "x[0]y=1",
             "Config error at key \"x[0]y\": Parsing error: expected '.' character at pos 4\n");
    rejected(f, "x\\=1",
             "Config error at key \"x\\\": Parsing error: trailing backslash at pos 1\n");
    rejected(
        f, "x\\c=1",
        "Config error at key \"x\\c\": Parsing error: invalid escape sequence '\\c' at pos 1\n");
    rejected(f, "x[1=1", "Config error at key \"x[1\": Parsing error: ']' is missing at pos 3\n");
    rejected(
        f, "x[99999999999999999999]=1",
        "Config error at key \"x[99999999999999999999]\": Parsing error: index 99999999999999999999 is too "
        "large\n");
    rejected(f, "l[7]=1",
             "Config error at key \"l[7]\": index 7 is beyond the end of the list (1)\n");
    rejected(f, "s.t=1",
             "Config error at key \"s.t\": 't' is asked of a value that is plain text\n");
    rejected(f, "s[0]=1",
             "Config error at key \"s[0]\": an index is asked of a value that is not a list\n");
}

static struct sk_node *after(struct fixture *f, const char *text, const char *option)
{
    struct sk_node *n = tree(f, text);

    assert_int_equal(sk_node_override(f->mem, &n, option, f->dg), 0);
    return n;
}

static void what_is_missing_on_the_way_is_created(void **state)
{
    struct sk_node *n = after(*state, "", "a.b[0].c=v=w");

    assert_string_equal(sk_node_get(sk_node_get(sk_node_get(n, "a"), "b")->item[0], "c")->text,
                        "v=w");
}

static void empty_brackets_append(void **state)
{
    struct sk_node *n = after(*state, "l: [a]", "l[]=b");

    assert_int_equal(sk_node_get(n, "l")->n, 2);
    assert_string_equal(sk_node_get(n, "l")->item[1]->text, "b");
}

static void an_index_replaces(void **state)
{
    struct sk_node *n = after(*state, "l: [a, b]", "l[1]=c");

    assert_int_equal(sk_node_get(n, "l")->n, 2);
    assert_string_equal(sk_node_get(n, "l")->item[1]->text, "c");
}

static void a_name_in_a_list_makes_it_a_map(void **state)
{
    struct sk_node *n = after(*state, "append_output: [{suggested_output: true}]",
                              "append_output.suggested_output=false");

    assert_int_equal(sk_node_get(n, "append_output")->kind, SK_NODE_MAP);
    assert_string_equal(sk_node_get(sk_node_get(n, "append_output"), "suggested_output")->text,
                        "false");
}

static void braces_are_parsed_and_brackets_are_text(void **state)
{
    struct sk_node *n = after(*state, "", "l[]={\"a\": {\"b\": [1, 2]}}");

    assert_int_equal(sk_node_get(sk_node_get(sk_node_get(n, "l")->item[0], "a"), "b")->n, 2);
    assert_string_equal(sk_node_get(after(*state, "", "z=[1,2]"), "z")->text, "[1,2]");
}

static void a_backslash_takes_the_meaning_away(void **state)
{
    struct sk_node *n = after(*state, "", "a\\.b\\[0\\]\\\\=v");

    assert_string_equal(sk_node_get(n, "a.b[0]\\")->text, "v");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(malformed_options_say_what_and_where),
        T(what_is_missing_on_the_way_is_created),
        T(empty_brackets_append),
        T(an_index_replaces),
        T(a_name_in_a_list_makes_it_a_map),
        T(braces_are_parsed_and_brackets_are_text),
        T(a_backslash_takes_the_meaning_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
