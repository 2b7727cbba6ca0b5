/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/affix.h"

#include "tests/unit/test.h"

#define ROWS(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* Bits of the texts (by their place) that s begins or ends with. */
static uint64_t found(const char *const *texts, bool at_end, const char *s)
{
    struct sk_affix_row row[64];
    struct sk_affix *a = NULL;
    uint64_t bits = 0;
    uint32_t n = 0;

    for (; texts[n]; n++)
        row[n] = (struct sk_affix_row){sk_str(texts[n]), n};
    assert_int_equal(sk_affix_new(row, n, at_end, &a), 0);
    sk_affix_find(a, sk_str(s), &bits);
    sk_affix_free(a);
    return bits;
}

static void beginnings_of_every_length_are_found(void **state)
{
    const char *const *texts =
        ROWS("/etc/", "/etc/ssh", "/e", "/usr/lib", "/usr/lib64", "b", "/etc/");

    (void)state;
    assert_int_equal(found(texts, false, "/etc/ssh/x"), 1 | 2 | 4 | 64);
    assert_int_equal(found(texts, false, "/etc/"), 1 | 4 | 64);
    assert_int_equal(found(texts, false, "/etc"), 4);
    assert_int_equal(found(texts, false, "/usr/lib64/x"), 8 | 16);
    assert_int_equal(found(texts, false, "/usr/lib6"), 8);
    assert_int_equal(found(texts, false, "b"), 32);
    assert_int_equal(found(texts, false, "c"), 0);
    assert_int_equal(found(texts, false, ""), 0);
}

static void endings_are_found(void **state)
{
    const char *const *texts = ROWS(".pub", "b", "key.pub", ".pyc", "pub");

    (void)state;
    assert_int_equal(found(texts, true, "/x/key.pub"), 1 | 2 | 4 | 16);
    assert_int_equal(found(texts, true, "ub"), 2);
    assert_int_equal(found(texts, true, "a.pyc"), 8);
    assert_int_equal(found(texts, true, ".pub.gz"), 0);
    assert_int_equal(found(texts, true, ""), 0);
}

static void every_text_begins_and_ends_with_nothing(void **state)
{
    (void)state;
    assert_int_equal(found(ROWS("", "a"), false, ""), 1);
    assert_int_equal(found(ROWS("", "a"), false, "ab"), 3);
    assert_int_equal(found(ROWS("a", ""), true, "b"), 2);
}

static void bits_beyond_a_word_are_set_in_the_next(void **state)
{
    struct sk_affix_row row[] = {{SK_STR("a"), 130}, {SK_STR("ab"), 63}};
    struct sk_affix *a = NULL;
    uint64_t bits[3] = {0};

    (void)state;
    assert_int_equal(sk_affix_new(row, 2, false, &a), 0);
    sk_affix_find(a, SK_STR("abc"), bits);
    assert_true(bits[0] == 1ull << 63 && bits[1] == 0 && bits[2] == 4);
    sk_affix_free(a);
    sk_affix_free(NULL);
}

static void random_texts_give_what_comparing_gives(void **state)
{
    char text[40][8];
    const char *list[41] = {0};
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        const char *s;
        uint64_t want[2] = {0};
        int n = 1 + round % 39;

        for (int i = 0; i <= n; i++) {
            size_t len;

            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            len = seed >> 60 & 7;
            for (size_t k = 0; k < len; k++)
                text[i][k] = (char)('a' + (seed >> (20 + 2 * k) & 1));
            text[i][len] = '\0';
            list[i] = i < n ? text[i] : NULL;
        }
        s = text[n];
        for (int i = 0; i < n; i++) {
            want[0] |= (uint64_t)sk_str_starts(sk_str(s), sk_str(text[i])) << i;
            want[1] |= (uint64_t)sk_str_ends(sk_str(s), sk_str(text[i])) << i;
        }
        assert_true(found(list, false, s) == want[0]);
        assert_true(found(list, true, s) == want[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beginnings_of_every_length_are_found),
        cmocka_unit_test(endings_are_found),
        cmocka_unit_test(every_text_begins_and_ends_with_nothing),
        cmocka_unit_test(bits_beyond_a_word_are_set_in_the_next),
        cmocka_unit_test(random_texts_give_what_comparing_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
