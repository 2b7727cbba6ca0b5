/* SPDX-License-Identifier: Apache-2.0 */
#include "field/val.h"
#include "tests/unit/test.h"

static void assert_both(const struct sk_val *v, enum sk_print fmt, const char *text,
                        const char *json)
{
    sk_auto(buf) struct sk_buf t = SK_BUF(4096), j = SK_BUF(4096);

    sk_val_text(v, fmt, &t);
    sk_val_json(v, fmt, &j);
    assert_string_equal(t.n ? t.p : "", text);
    assert_string_equal(j.p, json);
}

static void a_full_buffer_says_so(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(3);
    struct sk_val v = {.type = SK_T_CHARBUF, .s = SK_STR("longer")};

    (void)state;
    sk_val_json(&v, SK_PF_NA, &b);
    assert_true(b.failed);
}

static void an_address_of_a_wrong_size_is_not_available(void **state)
{
    struct sk_val v = {.type = SK_T_IPADDR, .s = SK_STR("123")};

    (void)state;
    assert_both(&v, SK_PF_NA, "<NA>", "\"<NA>\"");
}

static void types_know_whether_they_are_numbers_or_text(void **state)
{
    (void)state;
    assert_true(sk_type_is_signed(SK_T_ERRNO));
    assert_false(sk_type_is_signed(SK_T_UINT64));
    assert_true(sk_type_is_int(SK_T_PORT));
    assert_false(sk_type_is_int(SK_T_BOOL));
    assert_false(sk_type_is_int(SK_T_DOUBLE));
    assert_true(sk_type_is_text(SK_T_FSRELPATH));
    assert_false(sk_type_is_text(SK_T_BYTEBUF));
    assert_false(sk_type_is_int((enum sk_type)1000));
}

static void integers_follow_the_print_format(void **state)
{
    struct sk_val neg = {.type = SK_T_INT64, .i64 = -5}, wide = {.type = SK_T_INT32, .i64 = -1};
    struct sk_val ns = {.type = SK_T_RELTIME, .u64 = 42}, big = {.type = SK_T_UINT64, .i64 = -1};

    (void)state;
    assert_both(&neg, SK_PF_DEC, "-5", "-5");
    assert_both(&neg, SK_PF_ID, "-5", "-5");
    assert_both(&wide, SK_PF_HEX, "FFFFFFFF", "\"FFFFFFFF\"");
    assert_both(&(struct sk_val){.type = SK_T_UINT32, .u64 = 8}, SK_PF_OCT, "10", "\"10\"");
    assert_both(&ns, SK_PF_10_PADDED_DEC, "000000042", "42");
    assert_both(&big, SK_PF_DEC, "18446744073709551615", "18446744073709551615");
}

static void booleans_doubles_and_addresses_have_their_own_shape(void **state)
{
    struct sk_val v6 = {.type = SK_T_IPADDR, .s = {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}};

    (void)state;
    assert_both(&(struct sk_val){.type = SK_T_BOOL, .b = true}, SK_PF_NA, "true", "true");
    assert_both(&(struct sk_val){.type = SK_T_DOUBLE, .dbl = 1.25}, SK_PF_NA, "1.2", "1.2");
    assert_both(&(struct sk_val){.type = SK_T_IPADDR, .s = {"\x7f\0\0\1", 4}}, SK_PF_NA,
                "127.0.0.1", "\"127.0.0.1\"");
    assert_both(&v6, SK_PF_NA, "::1", "\"::1\"");
    assert_both(&(struct sk_val){.type = SK_T_IPNET}, SK_PF_NA, "<IPNET>", "\"<IPNET>\"");
}

static void text_is_escaped_in_json_only(void **state)
{
    struct sk_val s = {.type = SK_T_CHARBUF, .s = SK_STR("a\"\n")};
    struct sk_val bytes = {.type = SK_T_BYTEBUF, .s = {"a\0\xff z", 5}};

    (void)state;
    assert_both(&s, SK_PF_NA, "a\"\n", "\"a\\\"\\n\"");
    assert_both(&bytes, SK_PF_NA, "a.. z", "\"a.. z\"");
}

static void byte_buffers_may_be_base64(void **state)
{
    static const struct {
        struct sk_str in;
        const char *text;
    } row[] = {
        {{"", 0}, ""},
        {{"f", 1}, "Zg=="},
        {{"fo", 2}, "Zm8="},
        {{"foo", 3}, "Zm9v"},
        {{"foob", 4}, "Zm9vYg=="},
        {{"a\0\xff z", 5}, "YQD/IHo="},
        {{"\xfb\xef", 2}, "++8="},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        struct sk_val v = {.type = SK_T_BYTEBUF, .s = row[i].in};
        char json[32];

        snprintf(json, sizeof(json), "\"%s\"", row[i].text);
        assert_both(&v, SK_PF_BASE64, row[i].text, json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_buffer_says_so),
        cmocka_unit_test(byte_buffers_may_be_base64),
        cmocka_unit_test(an_address_of_a_wrong_size_is_not_available),
        cmocka_unit_test(types_know_whether_they_are_numbers_or_text),
        cmocka_unit_test(integers_follow_the_print_format),
        cmocka_unit_test(booleans_doubles_and_addresses_have_their_own_shape),
        cmocka_unit_test(text_is_escaped_in_json_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
