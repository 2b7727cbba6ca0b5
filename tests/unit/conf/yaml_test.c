/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void rejected(struct fixture *f, const char *text, const char *message)
{
    struct sk_node *n = NULL;

    assert_int_equal(sk_node_parse(f->mem, "t.yaml", sk_str(text), &n, f->dg), -EINVAL);
    assert_null(n);
    assert_non_null(strstr(errors(f), message));
}

static void malformed_yaml_names_file_line_and_column(void **state)
{
    rejected(*state, "a: 1\nb: [1, 2\nc: d: e\n",
             "Cannot read config file (t.yaml): error at line 3, column 2: ");
}

static void text_behind_the_root_is_an_error(void **state)
{
    rejected(*state, "{a: b}\n}\n", "error at line 2, column 1: ");
}

static void nesting_without_end_is_refused(void **state)
{
    char text[1024];

    memset(text, '[', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    rejected(*state, text, "nested too deeply");
}

static void aliases_cannot_multiply_without_end(void **state)
{
    rejected(*state,
             "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
             "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
             "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
             "too many values");
}

static void an_alias_of_itself_is_refused(void **state)
{
    rejected(*state, "a: &a [*a]\n", "names no anchor");
}

static void a_value_with_nul_and_a_key_that_is_a_list_are_refused(void **state)
{
    rejected(*state, "a: \"x\\0y\"\n", "line 1, column 4: a value holds a NUL byte");
    rejected(*state, "a: 1\n? [b]\n: c\n", "line 2, column 3: a key must be text");
}

static void values_keep_their_places(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "a: 1\nb:\n  - x\n  - {c: \"2\"}\n"), *b;

    assert_int_equal(n->kind, SK_NODE_MAP);
    b = sk_node_get(n, "b");
    assert_int_equal(b->kind, SK_NODE_LIST);
    assert_string_equal(b->item[0]->text, "x");
    assert_int_equal(b->item[0]->pos.line, 3);
    assert_int_equal(b->item[0]->pos.col, 5);
    assert_string_equal(sk_node_get(b->item[1], "c")->text, "2");
    assert_int_equal(n->key[1].pos.line, 2);
    assert_string_equal(n->pos.file, "t.yaml");
}

static void only_the_first_document_counts(void **state)
{
    struct sk_node *n = tree(*state, "a: 1\n---\na: 2\n");

    assert_string_equal(sk_node_get(n, "a")->text, "1");
}

static void nothing_and_null_words_are_null_unless_quoted(void **state)
{
    struct sk_node *n = tree(*state, "a:\nb: ~\nc: null\nd: ''\n");

    assert_int_equal(tree(*state, "")->kind, SK_NODE_NULL);
    assert_int_equal(tree(*state, "# nothing\n")->kind, SK_NODE_NULL);
    assert_int_equal(sk_node_get(n, "a")->kind, SK_NODE_NULL);
    assert_int_equal(sk_node_get(n, "b")->kind, SK_NODE_NULL);
    assert_int_equal(sk_node_get(n, "c")->kind, SK_NODE_NULL);
    assert_int_equal(sk_node_get(n, "d")->kind, SK_NODE_SCALAR);
}

static void an_alias_is_a_copy(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "a: &x [1]\nb: *x\n"), *a = sk_node_get(n, "a"),
                   *b = sk_node_get(n, "b");

    assert_ptr_not_equal(a, b);
    assert_string_equal(b->item[0]->text, "1");
}

static void a_key_that_is_there_twice_is_warned_of(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(sk_node_get(tree(f, "a: 1\na: 2\n"), "a")->text, "1");
    assert_string_equal(warnings(f), "t.yaml:2:1: key 'a' is there twice: the first one counts\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(malformed_yaml_names_file_line_and_column),
        T(text_behind_the_root_is_an_error),
        T(nesting_without_end_is_refused),
        T(aliases_cannot_multiply_without_end),
        T(an_alias_of_itself_is_refused),
        T(a_value_with_nul_and_a_key_that_is_a_list_are_refused),
        T(values_keep_their_places),
        T(only_the_first_document_counts),
        T(nothing_and_null_words_are_null_unless_quoted),
        T(an_alias_is_a_copy),
        T(a_key_that_is_there_twice_is_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
