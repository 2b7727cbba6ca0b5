/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/loader_yaml.h"

#include <errno.h>

#include "tests/unit/test.h"

struct parsed {
    struct sk_arena *mem;
    struct sk_yaml **docs;
    size_t n;
    struct sk_yaml_err err;
    int rc;
};

static void parsed_freep(struct parsed *p)
{
    sk_arena_free(p->mem);
}

static struct parsed parse_bytes(struct sk_str text)
{
    struct parsed p = {.mem = sk_arena_new(256u << 20)};

    p.rc = sk_yaml_parse(p.mem, text, &p.docs, &p.n, &p.err);
    return p;
}

static struct parsed parse(const char *text)
{
    return parse_bytes(sk_str(text));
}

static void errors_name_line_and_column_from_one_in_the_words_of_yaml_cpp(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a: b: c", "yaml-cpp: error at line 1, column 5: illegal map value"},
        {"- a\n- [x, y\n- z\n", "end of sequence flow not found"},
        {"- {a: b\n", "end of map flow not found"},
        {"- a: 1\n b: 2\n", "end of sequence not found"},
        {"a: \"x", "illegal EOF in scalar"},
        {"- *nobody\n",
         "yaml-cpp: error at line 1, column 3: the referenced anchor is not defined"},
        {"- @x\n", "unknown token"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(parsed) struct parsed p = parse(cases[i].text);

        assert_int_equal(p.rc, -EINVAL);
        if (!strstr(p.err.text, cases[i].want))
            fail_msg("%s: %s", cases[i].text, p.err.text);
        assert_ptr_equal(strstr(p.err.text, "yaml-cpp: error at line "), p.err.text);
    }
}

static void bytes_that_are_no_utf8_are_refused_with_their_line(void **state)
{
    sk_auto(parsed) struct parsed p = parse("- a\n- b: \xff\n");

    (void)state;
    assert_int_equal(p.rc, -EINVAL);
    assert_non_null(strstr(p.err.text, "line 2, column 6"));
}

static void an_alias_is_the_node_it_names(void **state)
{
    sk_auto(parsed) struct parsed p = parse("- &x [a, b]\n- *x\n");

    (void)state;
    assert_int_equal(p.rc, 0);
    assert_ptr_equal(p.docs[0]->child[0], p.docs[0]->child[1]);
    assert_int_equal(p.docs[0]->weight, 7);
}

static void a_billion_laughs_is_refused_when_it_is_read(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    (void)state;
    sk_buf_addz(&b, "- &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        sk_buf_printf(&b, "- &a%d [", i);
        for (int k = 0; k < 10; k++)
            sk_buf_printf(&b, "%s*a%d", k ? ", " : "", i - 1);
        sk_buf_addz(&b, "]\n");
    }
    sk_auto(parsed) struct parsed p = parse_bytes(sk_buf_str(&b));
    assert_int_equal(p.rc, -EINVAL);
    assert_non_null(strstr(p.err.text, "too many nodes"));
}

static void a_node_cannot_be_inside_of_itself(void **state)
{
    sk_auto(parsed) struct parsed p = parse("- &x [a, *x]\n");

    (void)state;
    assert_int_equal(p.rc, -EINVAL);
}

static void deep_nesting_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    (void)state;
    for (int i = 0; i < 2000; i++)
        sk_buf_addc(&b, '[');
    sk_auto(parsed) struct parsed p = parse_bytes(sk_buf_str(&b));
    assert_int_equal(p.rc, -EINVAL);
    assert_non_null(strstr(p.err.text, "nested too deeply"));
}

static void anchors_end_with_their_document(void **state)
{
    sk_auto(parsed) struct parsed p = parse("- &x a\n---\n- *x\n");

    (void)state;
    assert_int_equal(p.rc, -EINVAL);
}

static void positions_count_bytes_where_text_is_not_ascii(void **state)
{
    sk_auto(parsed) struct parsed p = parse("\xef\xbb\xbf- \xc3\xa4: x\n- y\n");

    (void)state;
    assert_int_equal(p.rc, 0);
    assert_int_equal(p.docs[0]->child[0]->child[1]->off, 9);
    assert_int_equal(p.docs[0]->child[1]->off, 13);
    assert_int_equal(p.docs[0]->child[1]->line, 1);
    assert_int_equal(p.docs[0]->child[1]->col, 2);
}

static void the_first_of_equal_keys_counts(void **state)
{
    sk_auto(parsed) struct parsed p = parse("{a: 1, a: 2}");

    (void)state;
    assert_true(sk_str_eqz(sk_yaml_get(p.docs[0], "a")->text, "1"));
    assert_null(sk_yaml_get(p.docs[0], "b"));
}

static void only_plain_spellings_of_null_are_null(void **state)
{
    sk_auto(parsed) struct parsed p = parse("[~, null, Null, NULL, 'null', \"\", nil]");
    static const enum sk_yaml_kind want[] = {SK_YAML_NULL,  SK_YAML_NULL,   SK_YAML_NULL,
                                             SK_YAML_NULL,  SK_YAML_SCALAR, SK_YAML_SCALAR,
                                             SK_YAML_SCALAR};

    (void)state;
    assert_int_equal(p.docs[0]->n, SK_ARRAY_LEN(want));
    for (size_t i = 0; i < SK_ARRAY_LEN(want); i++)
        assert_int_equal(p.docs[0]->child[i]->kind, want[i]);
}

static void booleans_and_numbers_are_those_of_yaml_1_1(void **state)
{
    static const char *const no_bools[] = {"yES", "1", "", "tru", "TrUe", "oui"};
    static const char *const no_numbers[] = {"", "-1", "1.5", "0x", "08", "4294967296", "x"};
    bool b;
    uint32_t u;

    (void)state;
    assert_true(sk_yaml_bool(SK_STR("Yes"), &b) && b);
    assert_true(sk_yaml_bool(SK_STR("ON"), &b) && b);
    assert_true(sk_yaml_bool(SK_STR("n"), &b) && !b);
    for (size_t i = 0; i < SK_ARRAY_LEN(no_bools); i++)
        assert_false(sk_yaml_bool(sk_str(no_bools[i]), &b));
    assert_true(sk_yaml_u32(SK_STR("4294967295"), &u) && u == UINT32_MAX);
    assert_true(sk_yaml_u32(SK_STR("0x1F"), &u) && u == 31);
    assert_true(sk_yaml_u32(SK_STR("010"), &u) && u == 8);
    for (size_t i = 0; i < SK_ARRAY_LEN(no_numbers); i++)
        assert_false(sk_yaml_u32(sk_str(no_numbers[i]), &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_line_and_column_from_one_in_the_words_of_yaml_cpp),
        cmocka_unit_test(bytes_that_are_no_utf8_are_refused_with_their_line),
        cmocka_unit_test(an_alias_is_the_node_it_names),
        cmocka_unit_test(a_billion_laughs_is_refused_when_it_is_read),
        cmocka_unit_test(a_node_cannot_be_inside_of_itself),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(anchors_end_with_their_document),
        cmocka_unit_test(positions_count_bytes_where_text_is_not_ascii),
        cmocka_unit_test(the_first_of_equal_keys_counts),
        cmocka_unit_test(only_plain_spellings_of_null_are_null),
        cmocka_unit_test(booleans_and_numbers_are_those_of_yaml_1_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
