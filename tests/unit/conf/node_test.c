/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void an_arena_that_is_full_is_an_error(void **state)
{
    sk_auto(arena) struct sk_arena *small = sk_arena_new(4096);
    struct sk_node *list = sk_node_new(small, SK_NODE_LIST, NULL), *item = list;
    int err = 0;

    (void)state;
    for (int i = 0; i < 100000 && !err; i++)
        err = sk_node_push(small, list, NULL, item, NULL);
    assert_int_equal(err, -ENOMEM);
}

static void absent_keys_and_foreign_kinds_have_no_value(void **state)
{
    struct fixture *f = *state;

    assert_null(sk_node_get(NULL, "a"));
    assert_null(sk_node_get(tree(f, "[a]"), "a"));
    assert_null(sk_node_get(tree(f, "{b: 1}"), "a"));
}

static void set_replaces_or_adds(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "a: 1");

    assert_int_equal(sk_node_set(f->mem, n, "a", tree(f, "2"), NULL), 0);
    assert_int_equal(sk_node_set(f->mem, n, "b", tree(f, "3"), NULL), 0);
    assert_int_equal(n->n, 2);
    assert_string_equal(sk_node_get(n, "a")->text, "2");
    assert_string_equal(sk_node_get(n, "b")->text, "3");
}

static void merging_appends_lists_and_replaces_maps_whole(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "l: [1]\nm: {a: 1, b: 2}\ns: x");

    assert_int_equal(
        sk_node_merge(f->mem, n, tree(f, "l: [2]\nm: {a: 3}\ns: y\nnew: z"), SK_MERGE_APPEND), 0);
    assert_int_equal(sk_node_get(n, "l")->n, 2);
    assert_null(sk_node_get(sk_node_get(n, "m"), "b"));
    assert_string_equal(sk_node_get(n, "s")->text, "y");
    assert_string_equal(sk_node_get(n, "new")->text, "z");
}

static void merging_by_override_replaces_lists(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "l: [1, 2]");

    assert_int_equal(sk_node_merge(f->mem, n, tree(f, "l: [3]"), SK_MERGE_OVERRIDE), 0);
    assert_int_equal(sk_node_get(n, "l")->n, 1);
}

static void merging_by_add_only_keeps_what_is_there(void **state)
{
    struct fixture *f = *state;
    struct sk_node *n = tree(f, "l: [1]\ns: x");

    assert_int_equal(sk_node_merge(f->mem, n, tree(f, "l: [2]\ns: y\nt: z"), SK_MERGE_ADD_ONLY), 0);
    assert_int_equal(sk_node_get(n, "l")->n, 1);
    assert_string_equal(sk_node_get(n, "s")->text, "x");
    assert_string_equal(sk_node_get(n, "t")->text, "z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_arena_that_is_full_is_an_error),
        T(absent_keys_and_foreign_kinds_have_no_value),
        T(set_replaces_or_adds),
        T(merging_appends_lists_and_replaces_maps_whole),
        T(merging_by_override_replaces_lists),
        T(merging_by_add_only_keeps_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
