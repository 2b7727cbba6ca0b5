/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/explain.h"

#include "tests/unit/rule/loading.h"

#define FILE_TEXT                                                                            \
    "- list: shells\n  items: [sh, bash]\n"                                                  \
    "- macro: opened\n  condition: (evt.type=open or evt.type=openat)\n"                     \
    "- rule: R\n  desc: d\n  condition: >\n    opened and\n    not evt.cpu in (1, 2) and "   \
    "evt.hostname\n    = h and evt.num > 0\n  output: o\n  priority: INFO\n  tags: [b, a]\n" \
    "  exceptions:\n    - name: e\n      fields: [proc.name]\n      comps: [in]\n"           \
    "      values: [[[shells]]]\n"

static struct sk_why *explain(struct loading *l)
{
    struct sk_why *w = NULL;

    assert_int_equal(load_bytes(l, "f.yaml", sk_str(FILE_TEXT)), 0);
    assert_int_equal(sk_why_new(l->rs, sk_ruleset_find(l->rs, "R"), &w), 0);
    return w;
}

static const struct sk_why_node *find(const struct sk_why *w, const char *text)
{
    for (size_t i = 0; i < w->n; i++)
        if (sk_str_eqz(w->node[i].text, text))
            return &w->node[i];
    fail_msg("no part '%s'", text);
    return NULL;
}

struct world {
    struct sk_event ev;
    struct sk_ctx cx;
    struct sk_arena *tmp;
};

static void world_make(struct world *w, unsigned code, const char *hostname)
{
    *w = (struct world){.tmp = sk_arena_new(1u << 20)};
    w->ev = (struct sk_event){.info = &sk_events[code], .type = (uint16_t)code, .num = 7, .cpu = 3};
    w->cx = (struct sk_ctx){.ev = &w->ev, .tmp = w->tmp, .hostname = hostname, .source = "syscall"};
}

static void the_tree_has_macros_by_name_and_the_places_of_the_file(void **state)
{
    struct loading l = loading_new();
    sk_auto(why) struct sk_why *w = explain(&l);
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);

    (void)state;
    sk_why_describe(w, &out);
    assert_non_null(strstr(out.p, "place:     f.yaml:5:3\n"));
    assert_non_null(strstr(out.p, "tags:      a b\n"));
    assert_non_null(strstr(out.p, "\n      opened: or\n        evt.type = open\n"));
    assert_non_null(strstr(out.p, "proc.name in (sh, bash)"));
    assert_int_equal(find(w, "evt.hostname = h")->pos.line, 9);
    assert_int_equal(find(w, "evt.hostname = h")->pos.col, 31);
    assert_int_equal(find(w, "evt.type = open")->pos.line, 8);
    assert_int_equal(find(w, "proc.name in (sh, bash)")->pos.line, 0);
    loading_freep(&l);
}

static void every_part_is_decided_and_shown_with_its_values(void **state)
{
    struct loading l = loading_new();
    sk_auto(why) struct sk_why *w = explain(&l);
    sk_auto(buf) struct sk_buf out = SK_BUF(65536), json = SK_BUF(65536);
    struct world wd;

    (void)state;
    world_make(&wd, 307, "other");
    assert_false(sk_why_run(w, &wd.cx));
    sk_why_tree(w, &wd.cx, false, 0, &out);
    assert_non_null(strstr(out.p, "opened: or: true\n"));
    assert_non_null(strstr(out.p, "evt.type = open: false (evt.type = openat)\n"));
    assert_non_null(strstr(out.p, "evt.hostname = h: false (evt.hostname = other)\n"));
    assert_non_null(strstr(out.p, "proc.name in (sh, bash): false (proc.name absent)\n"));
    sk_buf_reset(&out);
    sk_why_tree(w, &wd.cx, true, 0, &out);
    assert_null(strstr(out.p, "opened"));
    assert_non_null(strstr(out.p, "evt.hostname = h: false"));
    sk_why_json(w, &wd.cx, &json);
    assert_non_null(strstr(json.p, "\"values\":{\"evt.hostname\":\"other\"}"));
    assert_non_null(strstr(json.p, "\"values\":{\"proc.name\":null}"));
    sk_arena_free(wd.tmp);
    loading_freep(&l);
}

static void a_part_counts_where_a_run_from_left_to_right_gets_to_it(void **state)
{
    struct loading l = loading_new();
    sk_auto(why) struct sk_why *w = explain(&l);
    struct world wd;

    (void)state;
    world_make(&wd, 307, "other");
    (void)sk_why_run(w, &wd.cx);
    sk_arena_free(wd.tmp);
    assert_int_equal(find(w, "evt.hostname = h")->seen_false, 1);
    assert_int_equal(find(w, "evt.num > 0")->seen_true, 0);
    world_make(&wd, 307, "h");
    assert_true(sk_why_run(w, &wd.cx));
    sk_arena_free(wd.tmp);
    assert_int_equal(find(w, "evt.hostname = h")->seen_true, 1);
    assert_int_equal(find(w, "evt.num > 0")->seen_true, 1);
    assert_false(find(w, "evt.num > 0")->can_be_false);
    assert_true(find(w, "evt.type = open")->can_be_false);
    loading_freep(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_has_macros_by_name_and_the_places_of_the_file),
        cmocka_unit_test(every_part_is_decided_and_shown_with_its_values),
        cmocka_unit_test(a_part_counts_where_a_run_from_left_to_right_gets_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
