/* SPDX-License-Identifier: Apache-2.0 */
/* All tests of one text; on conditions of fields whose values the test sets. */
#include "rule/texts.h"

#include "tests/unit/rule/compile.h"

static const struct sk_pred *pred_of(const char *text)
{
    uint32_t node = ok(text);

    return &pool->pred[pool->node[node].first];
}

static bool takes(const char *text, bool want_inverted)
{
    const struct sk_pred *pred = pred_of(text);
    bool inverted = !want_inverted;
    bool yes = sk_texts_takes(pred, pool->slot[pred->slot].flags, &inverted);

    if (yes)
        assert_int_equal(inverted, want_inverted);
    return yes;
}

static void tests_of_a_text_are_taken(void **state)
{
    (void)state;
    assert_true(takes("proc.name = a", false));
    assert_true(takes("proc.name != a", true));
    assert_true(takes("proc.name in (a, b)", false));
    assert_true(takes("proc.name != allof (a, b)", true));
    assert_true(takes("proc.name != anyof (a, b)", false));
    assert_true(takes("proc.aname != a", false)); /* one that differs is enough */
    assert_true(takes("proc.name contains oneof (a, b)", false));
    assert_true(takes("proc.name regex a.*", false));
}

static void tests_of_numbers_lists_and_other_fields_are_not(void **state)
{
    (void)state;
    assert_false(takes("proc.pid = 1", false));
    assert_false(takes("proc.args in (a)", false));
    assert_false(takes("proc.name exists", false));
    assert_false(takes("proc.name = val(proc.pname)", false));
    assert_false(takes("evt.buffer contains a", false));
}

/* Bits 0.. of the conditions that hold for the values of proc.name. */
static uint64_t ask(const char *const *texts, const char *value, uint64_t want, uint64_t *known)
{
    const struct sk_pred *pred[64];
    struct sk_texts *t = NULL;
    struct sk_vals vals = {.n = 1};
    uint64_t bits = 0;
    uint32_t n = 0;

    vals.v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = sk_str(value)};
    for (uint32_t i = 0; texts[i]; i++)
        ok(texts[i]); /* the pool does not move any more */
    for (; texts[n]; n++)
        pred[n] = pred_of(texts[n]);
    assert_int_equal(sk_texts_new(pred, n, 0, &t), 0);
    assert_int_equal(sk_texts_words(t), 1);
    *known = 0;
    sk_texts_ask(t, &vals, 0, want, known, &bits, mem);
    sk_texts_free(t);
    return bits;
}
#define TEXTS(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

static void a_question_answers_all_of_its_kind(void **state)
{
    const char *const *texts = TEXTS(
        "proc.name = a", "proc.name in (b, abc)", "proc.name startswith ab",
        "proc.name startswith b", "proc.name endswith c", "proc.name contains b",
        "proc.name contains bc", "proc.name contains x", "proc.name != abc", "proc.name glob a?c");
    uint64_t known;

    (void)state;
    assert_int_equal(ask(texts, "abc", 1, &known), 2 | 256); /* `!=` says the opposite */
    assert_int_equal(known, 1 | 2 | 256);
    assert_int_equal(ask(texts, "abc", 8, &known), 4);
    assert_int_equal(known, 4 | 8);
    assert_int_equal(ask(texts, "abc", 16, &known), 16);
    assert_int_equal(known, 16);
    assert_int_equal(ask(texts, "abc", 128, &known), 32 | 64);
    assert_int_equal(known, 32 | 64 | 128);
    assert_int_equal(ask(texts, "abc", 512, &known), 512);
    assert_int_equal(known, 512);
}

static void asking_ends_with_the_first_that_is_true(void **state)
{
    const char *const *texts = TEXTS("proc.name glob a*", "proc.name glob *c", "proc.name = abc");
    uint64_t known;

    (void)state;
    assert_int_equal(ask(texts, "abc", 3, &known), 1);
    assert_int_equal(known, 1);
    assert_int_equal(ask(texts, "abc", 7, &known), 4);
    assert_int_equal(known, 4);
    assert_int_equal(ask(texts, "xbx", 7, &known), 0);
    assert_int_equal(known, 7);
}

static void every_text_contains_nothing(void **state)
{
    uint64_t known;

    (void)state;
    assert_int_equal(ask(TEXTS("proc.name contains \"\"", "proc.name startswith \"\"",
                               "proc.name endswith \"\"", "proc.name = \"\""),
                         "x", 15, &known),
                     3);
    assert_int_equal(ask(TEXTS("proc.name = \"\"", "proc.name contains x"), "", 3, &known), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tests_of_a_text_are_taken),          T(tests_of_numbers_lists_and_other_fields_are_not),
        T(a_question_answers_all_of_its_kind), T(asking_ends_with_the_first_that_is_true),
        T(every_text_contains_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
