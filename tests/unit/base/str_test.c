/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "tests/unit/test.h"

static void a_buffer_over_its_limit_fails_and_keeps_its_content(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(8);

    (void)state;
    sk_buf_addz(&b, "12345678");
    assert_false(b.failed);
    sk_buf_addc(&b, '9');
    assert_true(b.failed);
    assert_string_equal(b.p, "12345678");
}

static void printf_grows_the_buffer(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1000);

    (void)state;
    for (int i = 0; i < 100; i++)
        sk_buf_printf(&b, "%d,", i);
    assert_false(b.failed);
    assert_int_equal(b.n, 290);
    assert_memory_equal(b.p + b.n - 6, "98,99,", 7);
}

static void check_json(const char *in, size_t n, const char *want)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(1000);

    sk_buf_add_json(&b, (struct sk_str){in, n});
    assert_string_equal(sk_buf_str(&b).p, want);
}

static void json_escapes_quotes_controls_and_broken_utf8(void **state)
{
    (void)state;
    check_json("", 0, "");
    check_json("a\"b\\c\n\t\x01", 8, "a\\\"b\\\\c\\n\\t\\u0001");
    check_json("\xc3\xa9", 2, "\xc3\xa9");
    check_json("\377a", 2, "\357\277\275a");
    check_json("\xe2\x82", 2, "\xef\xbf\xbd");
    check_json("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_json("a\0b", 3, "a\\u0000b");
}

static void trim_cuts_blanks_only(void **state)
{
    struct sk_str s = sk_str_trim(SK_STR(" \t a b\r\n"));

    (void)state;
    assert_true(sk_str_eqz(s, "a b"));
    assert_int_equal(sk_str_trim(SK_STR("  ")).n, 0);
}

static void take_gives_an_empty_string_for_an_empty_buffer(void **state)
{
    struct sk_buf b = SK_BUF(10);
    sk_auto(mem) char *p = sk_buf_take(&b);

    (void)state;
    assert_string_equal(p, "");
}

static void room_is_what_was_asked_for_or_nothing(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(8);
    char *room;

    (void)state;
    sk_buf_addz(&b, "ab");
    room = sk_buf_room(&b, 3);
    assert_non_null(room);
    memcpy(room, "cde", 3);
    assert_string_equal(sk_buf_str(&b).p, "abcde");
    assert_null(sk_buf_room(&b, 4));
    assert_true(b.failed);
    assert_int_equal(b.n, 5);
}

static void what_does_not_fit_leaves_the_text_as_it_was(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(10);

    (void)state;
    sk_buf_printf(&b, "%s", "12345"); /* there is room for more than is allowed */
    sk_buf_printf(&b, "%d%s", 6, "78901");
    assert_true(b.failed);
    assert_int_equal(b.n, 5);
    assert_string_equal(b.p, "12345");
    sk_buf_printf(&b, "6");
    assert_string_equal(b.p, "12345");
}

static void texts_of_any_length_are_printed_whole(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(100000);
    size_t want = 0;

    (void)state;
    for (int n = 0; n < 300; n++) {
        sk_buf_printf(&b, "%*s", n, "");
        want += (size_t)n;
        assert_int_equal(b.n, want);
        assert_int_equal(strlen(b.p), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_what_was_asked_for_or_nothing),
        cmocka_unit_test(a_buffer_over_its_limit_fails_and_keeps_its_content),
        cmocka_unit_test(printf_grows_the_buffer),
        cmocka_unit_test(json_escapes_quotes_controls_and_broken_utf8),
        cmocka_unit_test(trim_cuts_blanks_only),
        cmocka_unit_test(take_gives_an_empty_string_for_an_empty_buffer),
        cmocka_unit_test(what_does_not_fit_leaves_the_text_as_it_was),
        cmocka_unit_test(texts_of_any_length_are_printed_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
