/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "field/list.h"
#include "field/transform.h"
#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_field_set set;

static int setup(void **state)
{
    static const struct sk_static_field row[] = {{"zone", "eu-1"}, {"a.b", "x y"}};
    const char *bad = NULL;

    (void)state;
    mem = sk_arena_new(1u << 20);
    return !mem || sk_static_fields(row, SK_ARRAY_LEN(row), mem, &set, &bad);
}

static int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static void a_key_that_is_no_name_is_refused(void **state)
{
    static const char *const bad_key[] = {"", "a-b", "a b", "1a", ".a", "a.", "a..b", "_a"};
    struct sk_field_set out;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad_key); i++) {
        const struct sk_static_field row = {bad_key[i], "x"};
        const char *bad = NULL;

        assert_int_equal(sk_static_fields(&row, 1, mem, &out, &bad), -EINVAL);
        assert_string_equal(bad, bad_key[i]);
    }
}

static void a_field_gives_its_value_for_every_event(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    static struct sk_vals vals;
    struct sk_ctx cx = {.tmp = mem};
    const struct sk_expr *e;
    size_t used;

    (void)state;
    assert_int_equal(sk_expr_parse_in(&set, SK_STR("toupper(static.zone)"), mem, &e, &used, &err),
                     0);
    assert_true(sk_expr_extract(&cx, e, &vals));
    assert_true(sk_str_starts(vals.v[0].s, SK_STR("EU-1")));
}

static void without_its_set_a_field_does_not_exist(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_field_ref ref;

    (void)state;
    assert_int_equal(sk_field_parse(SK_STR("static.zone"), mem, &ref, &err), -ENOENT);
    assert_int_equal(sk_field_parse_in(&set, SK_STR("static.zone[1]"), mem, &ref, &err), -ENOENT);
    assert_int_equal(sk_field_parse_in(&set, SK_STR("static.zon"), mem, &ref, &err), -ENOENT);
    assert_int_equal(sk_field_prefix_in(&set, SK_STR("static.zones")), strlen("static.zone"));
}

static void they_are_listed_in_a_class_of_their_own_by_name(void **state)
{
    const struct sk_list_opts opt = {.made = &set, .names_only = true}, all = {.made = &set};
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    (void)state;
    assert_int_equal(sk_list_fields(&opt, &out), 0);
    assert_true(sk_str_ends(sk_buf_str(&out), SK_STR("\nstatic.a.b\nstatic.zone\n")));
    sk_buf_reset(&out);
    assert_int_equal(sk_list_fields(&all, &out), 0);
    assert_non_null(strstr(out.p, "Field Class:                  static\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_no_name_is_refused),
        cmocka_unit_test(a_field_gives_its_value_for_every_event),
        cmocka_unit_test(without_its_set_a_field_does_not_exist),
        cmocka_unit_test(they_are_listed_in_a_class_of_their_own_by_name),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
