/* SPDX-License-Identifier: Apache-2.0 */
/* Tests and their entries: an equal one exists once. */
#include "prefiltering.h"

static void equal_tests_are_one(void **state)
{
    struct sk_pt_kind kind = {.word = SK_PF_PATH};
    struct sk_pe_list a = {0}, b = {0};
    struct sk_pfc c;
    uint32_t one;

    (void)state;
    assert_int_equal(sk_pfc_init(&c, NULL), 0);
    sk_pe_add(&c, &a, &(struct sk_pe){.kind = SK_PE_EXACT, .text = SK_STR("/a")});
    sk_pe_add(&c, &a, &(struct sk_pe){.kind = SK_PE_BELOW, .text = SK_STR("/a")});
    sk_pe_add(&c, &b, &(struct sk_pe){.kind = SK_PE_BELOW, .text = SK_STR("/a")});
    sk_pe_add(&c, &b, &(struct sk_pe){.kind = SK_PE_EXACT, .text = SK_STR("/a")});
    sk_pe_add(&c, &b, &(struct sk_pe){.kind = SK_PE_EXACT, .text = SK_STR("/a")});
    assert_int_equal(a.n, 2);
    assert_int_equal(b.n, 2);
    one = sk_pt_set(&c, kind, &a);
    assert_int_equal(sk_pt_set(&c, kind, &b), one);
    kind.word = SK_PF_EXE;
    assert_int_not_equal(sk_pt_set(&c, kind, &b), one);
    assert_false(c.failed);
    sk_pfc_done(&c);
}

static void there_are_only_so_many_tests(void **state)
{
    struct sk_pfc c;
    uint32_t last = 0;

    (void)state;
    assert_int_equal(sk_pfc_init(&c, NULL), 0);
    for (uint64_t i = 0; i <= SK_PT_MAX; i++)
        last = sk_pt_number(&c, (struct sk_pt_kind){SK_PF_NUM, SK_PF_F_RET, 0, SK_PF_SGT}, i);
    assert_int_equal(last, SK_PT_NONE);
    assert_int_equal(sk_pt_number(&c, (struct sk_pt_kind){SK_PF_NUM, SK_PF_F_RET, 0, SK_PF_SGT}, 7),
                     7);
    assert_false(c.failed);
    sk_pfc_done(&c);
}

static void a_text_may_be_long(void **state)
{
    char text[3000];
    struct sk_pe_list a = {0};
    struct sk_pfc c;

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(sk_pfc_init(&c, NULL), 0);
    sk_pe_add(&c, &a, &(struct sk_pe){.kind = SK_PE_EXACT, .text = {text, sizeof(text)}});
    assert_int_equal(c.entry[a.id[0]].text.n, sizeof(text));
    sk_pfc_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_tests_are_one),
        cmocka_unit_test(there_are_only_so_many_tests),
        cmocka_unit_test(a_text_may_be_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
