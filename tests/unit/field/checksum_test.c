/* SPDX-License-Identifier: Apache-2.0 */
#include "field/field.h"
#include "field/list.h"
#include "tests/unit/test.h"

static const struct sk_field two[] = {
    {.name = "b.two", .type = SK_T_CHARBUF, .flags = SK_FF_ARG_ALLOWED, .doc = "the second"},
    {.name = "a.one", .type = SK_T_UINT64, .doc = "the first"},
};

static const char *sum(const struct sk_field *f, size_t n)
{
    static char text[SK_SHA256_TEXT];

    assert_int_equal(sk_fields_checksum(f, n, text), 0);
    assert_int_equal(strlen(text), SK_SHA256_TEXT - 1);
    return text;
}

static void it_is_the_hash_of_sorted_lines(void **state)
{
    char want[SK_SHA256_TEXT];

    (void)state;
    sk_sha256(SK_STR("a.one UINT64 0\nb.two CHARBUF 4\n"), want);
    assert_string_equal(sum(two, 2), want);
    sk_sha256(SK_STR(""), want);
    assert_string_equal(sum(NULL, 0), want);
}

static void descriptions_and_the_order_of_rows_do_not_count(void **state)
{
    struct sk_field f[] = {two[1], two[0]};
    char before[SK_SHA256_TEXT];

    (void)state;
    snprintf(before, sizeof(before), "%s", sum(two, 2));
    f[0].doc = "in better words";
    f[1].flags |= SK_FF_SUGGESTED;
    assert_string_equal(sum(f, 2), before);
}

static void each_change_that_rules_can_see_counts(void **state)
{
    char before[SK_SHA256_TEXT];
    struct sk_field f[2];

    (void)state;
    snprintf(before, sizeof(before), "%s", sum(two, 2));
    assert_string_not_equal(sum(two, 1), before);
    memcpy(f, two, sizeof(f));
    f[1].name = "a.other";
    assert_string_not_equal(sum(f, 2), before);
    memcpy(f, two, sizeof(f));
    f[1].type = SK_T_INT64;
    assert_string_not_equal(sum(f, 2), before);
    memcpy(f, two, sizeof(f));
    f[1].flags = SK_FF_LIST;
    assert_string_not_equal(sum(f, 2), before);
}

static void the_rows_have_one_that_stays(void **state)
{
    char first[SK_SHA256_TEXT];

    (void)state;
    snprintf(first, sizeof(first), "%s", sum(sk_fields, sk_fields_n));
    assert_string_equal(sum(sk_fields, sk_fields_n), first);
    assert_string_not_equal(sum(sk_fields, sk_fields_n - 1), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_hash_of_sorted_lines),
        cmocka_unit_test(descriptions_and_the_order_of_rows_do_not_count),
        cmocka_unit_test(each_change_that_rules_can_see_counts),
        cmocka_unit_test(the_rows_have_one_that_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
