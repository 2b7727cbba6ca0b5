/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/needles.h"

#include "tests/unit/test.h"

#define ROWS(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static uint64_t found(const char *const *texts, const char *s)
{
    struct sk_affix_row row[64];
    struct sk_needles *nd = NULL;
    uint64_t bits = 0;
    uint32_t n = 0;

    for (; texts[n]; n++)
        row[n] = (struct sk_affix_row){sk_str(texts[n]), n};
    assert_int_equal(sk_needles_new(row, n, &nd), 0);
    sk_needles_find(nd, sk_str(s), &bits);
    sk_needles_free(nd);
    return bits;
}

static void texts_within_texts_are_found(void **state)
{
    const char *const *texts = ROWS("he", "she", "his", "hers", "e", "he");

    (void)state;
    assert_int_equal(found(texts, "ushers"), 1 | 2 | 8 | 16 | 32);
    assert_int_equal(found(texts, "this"), 4);
    assert_int_equal(found(texts, "shi"), 0);
    assert_int_equal(found(texts, ""), 0);
    assert_int_equal(found(texts, "xxe"), 16);
}

static void an_ending_within_a_longer_text_is_found(void **state)
{
    (void)state;
    assert_int_equal(found(ROWS("abcd", "bc"), "abce"), 2);
    assert_int_equal(found(ROWS("aaa", "a", "aa"), "aa"), 6);
}

static void every_byte_may_stand_in_a_text(void **state)
{
    char text[256];

    (void)state;
    for (int c = 1; c < 256; c++)
        text[c - 1] = (char)c;
    text[255] = '\0';
    assert_int_equal(found(ROWS(text, "\xff", "\x01\x02", "\x02\x01"), text), 7);
}

static void random_texts_give_what_looking_for_each_gives(void **state)
{
    char text[20][16];
    const char *list[20] = {0};
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        int n = 1 + round % 18;
        uint64_t want = 0;

        for (int i = 0; i <= n; i++) {
            size_t len;

            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            len = i < n ? 1 + (seed >> 62) : 4 + (seed >> 61);
            for (size_t k = 0; k < len; k++)
                text[i][k] = (char)('a' + (seed >> (20 + 2 * k) & 1));
            text[i][len] = '\0';
            list[i] = i < n ? text[i] : NULL;
        }
        for (int i = 0; i < n; i++)
            want |= (uint64_t)(strstr(text[n], text[i]) != NULL) << i;
        assert_true(found(list, text[n]) == want);
    }
    sk_needles_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_within_texts_are_found),
        cmocka_unit_test(an_ending_within_a_longer_text_is_found),
        cmocka_unit_test(every_byte_may_stand_in_a_text),
        cmocka_unit_test(random_texts_give_what_looking_for_each_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
