/* SPDX-License-Identifier: Apache-2.0 */
#include "field/transform.h"

#include <errno.h>

#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_ctx cx;

static int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 22);
    cx.tmp = mem;
    return mem == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static void refuses(const char *text, int rc, const char *message)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    const struct sk_expr *e = NULL;
    size_t used = 99;

    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), rc);
    assert_string_equal(err.p ? err.p : "", message);
    assert_int_equal(used, 99);
}

/* Values of an expression, joined by '|'; "absent". */
static void gives(const char *text, size_t used_expected, const char *expected)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    const struct sk_expr *e = NULL;
    struct sk_vals vals;
    size_t used = 0;

    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), 0);
    assert_int_equal(used, used_expected);
    if (!sk_expr_extract(&cx, e, &vals)) {
        assert_string_equal("absent", expected);
        return;
    }
    for (size_t i = 0; i < vals.n; i++) {
        if (i)
            sk_buf_addc(&out, '|');
        if (vals.v[i].type == SK_T_UINT64)
            sk_buf_printf(&out, "%d", (int)vals.v[i].u64);
        else
            sk_buf_adds(&out, vals.v[i].s);
    }
    assert_string_equal(out.p ? out.p : "", expected);
}

static void texts_that_are_no_expression_are_refused(void **state)
{
    (void)state;
    refuses("nothing here", -ENOENT, "expected a field or a transformer of fields");
    refuses("", -ENOENT, "expected a field or a transformer of fields");
    refuses("tolower(\"a\"", -EINVAL, "expected a ')' token closing the transformer");
    refuses("tolower()", -EINVAL, "a transformer needs an argument");
    refuses("tolower(\"\\q\")", -EINVAL, "unsupported string escape sequence: \\q");
    refuses("tolower(\"a\")[x]", -EINVAL,
            "filter error: transformer 'tolower' does not support field arguments");
    refuses("getopt((\"a\"), \"b\")[xy]", -EINVAL,
            "getopt() field argument must be a single character");
}

static void nesting_has_a_limit(void **state)
{
    char text[8 * 200 + 1];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(text + i * 8, "tolower(", 9);
    refuses(text, -EINVAL, "exceeded max depth limit of 100");
}

static void the_rest_of_the_text_is_left_alone(void **state)
{
    (void)state;
    gives("toupper( \"ab\" ) and more", 15, "AB");
    gives("len(\"abc\"))", 10, "3");
}

static void transformers_nest(void **state)
{
    (void)state;
    gives("toupper(basename(\"/usr/bin/perl\"))", 34, "PERL");
    gives("basename(\"dir/\")", 16, "");
    gives("len((\"a\", \"b\"))", 15, "2");
    gives("tolower((\"A\", \"B\"))", 19, "a|b");
    gives("join(\", \", (\"a\", \"b\", 3))", 25, "a, b, 3");
    gives("concat(\"a\", \"\", \"b\")", 20, "ab");
}

static void base64_is_decoded_strictly(void **state)
{
    (void)state;
    gives("b64(\"aGVsbG8=\")", 15, "hello");
    gives("b64(\"aGVsbG8\")", 14, "hello");
    gives("b64(\"\")", 7, "");
    gives("b64(\"a\")", 8, "absent");
    gives("b64(\"a b\")", 10, "absent");
    gives("b64(\"aGVsbG9=\")", 15, "absent"); /* bits are left over */
}

static void a_decoded_text_ends_at_its_first_nul(void **state)
{
    (void)state;
    gives("b64(\"YQBi\")", 11, "a");
}

static void option_lists_are_expanded(void **state)
{
    (void)state;
    gives("getopt((\"-a\", \"-bx\", \"--l\", \"-b\", \"y\", \"--\", \"-a\"), \"ab:\")", 57,
          "a|b|x|b|y");
    gives("getopt((\"-b\"), \"b:\")[b]", 23, "");
    gives("getopt((\"-a\"), \"ab:\")[b]", 24, "absent");
    gives("getopt((\"-q\"), \"a\")", 19, "?");
}

static void an_arena_that_is_full_makes_values_absent(void **state)
{
    sk_auto(arena) struct sk_arena *tiny = sk_arena_new(64);
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_ctx small = {.tmp = tiny};
    const struct sk_expr *e;
    struct sk_vals vals;
    char text[256] = "toupper(\"";
    size_t used;

    (void)state;
    memset(text + 9, 'x', 200);
    memcpy(text + 209, "\")", 3);
    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), 0);
    assert_false(sk_expr_extract(&small, e, &vals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_no_expression_are_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(the_rest_of_the_text_is_left_alone),
        cmocka_unit_test(transformers_nest),
        cmocka_unit_test(base64_is_decoded_strictly),
        cmocka_unit_test(a_decoded_text_ends_at_its_first_nul),
        cmocka_unit_test(option_lists_are_expanded),
        cmocka_unit_test(an_arena_that_is_full_makes_values_absent),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
