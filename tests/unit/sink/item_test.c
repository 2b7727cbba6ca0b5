/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/queue.h"
#include "tests/unit/test.h"

static void assert_text(struct sk_str s, const char *text)
{
    assert_true(sk_str_eqz(s, text));
}

static void an_item_copies_the_wanted_forms_and_falls_back_to_the_line(void **state)
{
    const struct sk_str form[SK_FORM_N] = {
        [SK_FORM_TEXT] = SK_STR("text"), [SK_FORM_JSON] = SK_STR("json")};
    const struct sk_sink_alert a = {.line = SK_STR("line"),
                                    .rule = SK_STR("R"),
                                    .priority = SK_ALERT,
                                    .id = 7,
                                    .ts_ns = 9,
                                    .forms = form};
    struct sk_item *it =
        sk_item_new(&a, 1u << SK_FORM_JSON | 1u << SK_FORM_ECS | 1u << SK_FORM_OCSF, 3);

    (void)state;
    assert_non_null(it);
    assert_null(it->form[SK_FORM_TEXT].p);
    assert_text(it->form[SK_FORM_JSON], "json");
    assert_text(it->form[SK_FORM_ECS], "line");
    assert_ptr_equal(it->form[SK_FORM_OCSF].p, it->form[SK_FORM_ECS].p);
    assert_text(it->rule, "R");
    assert_int_equal(it->id, 7);
    assert_int_equal(it->ts_ns, 9);
    assert_int_equal(it->priority, SK_ALERT);
    assert_int_equal(it->bytes, strlen("R") + strlen("json") + strlen("line"));
    sk_item_unref(it);
}

static void the_last_holder_frees(void **state)
{
    struct sk_item *it = sk_item_new(&(struct sk_sink_alert){.line = SK_STR("x")}, 1, 1);

    (void)state;
    atomic_fetch_add(&it->refs, 1);
    sk_item_unref(it);
    assert_text(it->form[SK_FORM_TEXT], "x");
    sk_item_unref(it);
    sk_item_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_copies_the_wanted_forms_and_falls_back_to_the_line),
        cmocka_unit_test(the_last_holder_frees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
