/* SPDX-License-Identifier: Apache-2.0 */
/* Places of the parts of a condition, through the tree that has them. */
#include "rule/loader.h"
#include "tests/unit/rule/explaining.h"

#define HEAD "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"

/* Line 5 is that of the condition; line 0: unknown. */
static void part_at(const struct explaining *x, const char *part, unsigned line, unsigned col)
{
    for (size_t i = 0; i < x->w->n; i++) {
        const struct sk_why_node *node = &x->w->node[i];

        if (!sk_str_eqz(node->text, part))
            continue;
        if (node->pos.line != line || node->pos.col != col)
            fail_msg("'%s' is at %u:%u, not %u:%u", part, node->pos.line, node->pos.col, line, col);
        return;
    }
    fail_msg("no part '%s'", part);
}

static void last_part_at(const struct explaining *x, const char *part, unsigned line, unsigned col)
{
    const struct sk_why_node *last = NULL;

    for (size_t i = 0; i < x->w->n; i++)
        if (sk_str_eqz(x->w->node[i].text, part))
            last = &x->w->node[i];
    assert_non_null(last);
    assert_int_equal(last->pos.line, line);
    assert_int_equal(last->pos.col, col);
}

static void in_one_line(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new(HEAD "  condition: evt.type=open and not  evt.num=1 and evt.num=2\n");

    (void)state;
    part_at(x, "evt.type = open", 5, 14);
    part_at(x, "evt.num = 1", 5, 37);
    part_at(x, "evt.num = 2", 5, 51);
}

static void in_block_scalars(void **state)
{
    sk_auto(explaining) struct explaining *folded = explaining_new(
        HEAD "  condition: >-\n    evt.type=open\n    and (evt.num = 1\n\n      or evt.num=2)\n");
    sk_auto(explaining) struct explaining *literal =
        explaining_new(HEAD "  condition: |\n\n    evt.type=open\n      and\tevt.num=1\n");

    (void)state;
    part_at(folded, "evt.type = open", 6, 5);
    part_at(folded, "evt.num = 1", 7, 10);
    part_at(folded, "evt.num = 2", 9, 10);
    part_at(literal, "evt.type = open", 7, 5);
    part_at(literal, "evt.num = 1", 8, 11);
}

static void in_quotes(void **state)
{
    sk_auto(explaining) struct explaining *one =
        explaining_new(HEAD "  condition: 'evt.type=open and evt.num=1'\n");
    sk_auto(explaining) struct explaining *two =
        explaining_new(HEAD "  condition: \"evt.type=open and\n    evt.num=1\"\n");

    (void)state;
    part_at(one, "evt.type = open", 5, 15);
    part_at(one, "evt.num = 1", 5, 33);
    part_at(two, "evt.num = 1", 6, 5);
}

/* The text of the file is another there: no place is better than a wrong one. */
static void behind_an_escape_it_is_unknown(void **state)
{
    sk_auto(explaining) struct explaining *one = explaining_new(
        HEAD "  condition: 'evt.type=open and evt.hostname=\"it''s\" and evt.num=1'\n");
    sk_auto(explaining) struct explaining *two = explaining_new(
        HEAD "  condition: \"evt.type=open and evt.hostname=\\\"a\\\" and evt.num=1\"\n");

    (void)state;
    part_at(one, "evt.type = open", 5, 15);
    part_at(one, "evt.num = 1", 0, 0);
    part_at(two, "evt.type = open", 5, 15);
    part_at(two, "evt.num = 1", 0, 0);
}

static void lists_that_are_put_in_move_nothing(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new("- list: l\n  items: [aaaa, bbbb, cccc]\n" HEAD
                       "  condition: evt.type=open and evt.hostname in (l) and evt.num=1\n");

    (void)state;
    part_at(x, "evt.hostname in (aaaa, bbbb, cccc)", 7, 32);
    part_at(x, "evt.num = 1", 7, 56);
}

static void a_word_within_a_text_is_counted_as_one(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new(HEAD "  condition: evt.type=open and evt.hostname='evt.num 1' and "
                            "evt.num=1\n");

    (void)state;
    part_at(x, "evt.num = 1", 5, 61);
}

/* The list has the name of the macro, which is used twice. */
static void an_item_that_is_a_macros_name_too_is_no_use_of_it(void **state)
{
    static const char head[] = "- macro: m\n  condition: evt.num=1\n"
                               "- list: l\n  items: [m, evt.num, a b m]\n" HEAD;
    sk_auto(buf) struct sk_buf text = SK_BUF(4096);

    (void)state;
    sk_buf_printf(&text, "%s  condition: evt.type=open and evt.hostname in (l) and (m or not m)\n",
                  head);
    sk_auto(explaining) struct explaining *x = explaining_new(text.p);
    part_at(x, "evt.num = 1", 9, 57);
    last_part_at(x, "evt.num = 1", 9, 66);
}

static void a_word_in_brackets_of_values_is_no_part(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new("- list: l\n  items: [evt.num, (evt.num or x, a and evt.num]\n" HEAD
                       "  condition: evt.type=open and not (evt.hostname in (evt.num, l) or "
                       "tolower(evt.hostname) in (evt.num) or (evt.num=1))\n");

    (void)state;
    part_at(x, "evt.num = 1", 7, 108);
}

static void parts_of_a_macro_are_where_it_is_used(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new("- macro: m\n  condition: (evt.num=1 or evt.num=2)\n" HEAD
                       "  condition: evt.type=open and m\n");

    (void)state;
    part_at(x, "evt.num = 1", 7, 32);
    part_at(x, "evt.num = 2", 7, 32);
}

static void what_another_item_added_has_no_place(void **state)
{
    sk_auto(explaining) struct explaining *exception = explaining_new(
        HEAD "  condition: evt.type=open\n  exceptions:\n    - name: e\n      fields: [evt.num]\n"
             "      comps: [=]\n      values: [[3]]\n");
    sk_auto(explaining) struct explaining *appended =
        explaining_new(HEAD "  condition: evt.type=open\n- rule: R\n  condition: and evt.num=1\n"
                            "  override: {condition: append}\n");

    (void)state;
    part_at(exception, "evt.type = open", 5, 14);
    part_at(exception, "evt.num = 3", 0, 0);
    part_at(appended, "evt.num = 1", 0, 0);
}

static void a_condition_that_replaced_another_is_where_it_is(void **state)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new(HEAD "  condition: evt.type=close\n- rule: R\n  condition: evt.type=open\n"
                            "  override: {condition: replace}\n");

    (void)state;
    part_at(x, "evt.type = open", 7, 14);
}

static void no_rule_and_no_such_offset_are_no_place(void **state)
{
    const struct sk_ast_pos pos = {.idx = 3, .line = 1, .col = 4};

    (void)state;
    assert_int_equal(sk_rule_pos(NULL, pos).line, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_one_line),
        cmocka_unit_test(in_block_scalars),
        cmocka_unit_test(in_quotes),
        cmocka_unit_test(behind_an_escape_it_is_unknown),
        cmocka_unit_test(lists_that_are_put_in_move_nothing),
        cmocka_unit_test(a_word_within_a_text_is_counted_as_one),
        cmocka_unit_test(an_item_that_is_a_macros_name_too_is_no_use_of_it),
        cmocka_unit_test(a_word_in_brackets_of_values_is_no_part),
        cmocka_unit_test(parts_of_a_macro_are_where_it_is_used),
        cmocka_unit_test(what_another_item_added_has_no_place),
        cmocka_unit_test(a_condition_that_replaced_another_is_where_it_is),
        cmocka_unit_test(no_rule_and_no_such_offset_are_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
