/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static struct sk_conf *load(struct fixture *f, const char *text)
{
    struct sk_conf_input in = {.text = sk_str(text)};
    struct sk_conf *c = NULL;

    assert_int_equal(sk_conf_load(&in, &c, f->dg), 0);
    return c;
}

#define LATER "changed, which takes effect after a restart; until then the old value is used\n"

static void what_is_read_at_the_start_stays_and_is_warned_of(void **state)
{
    struct fixture *f = *state;
    sk_auto(conf) struct sk_conf *next =
        load(f, "engine: {kind: kmod, scope: {containers: true}}\nload_plugins: [b]\n"
                "falco_libs: {thread_table_size: 7}\n");
    struct sk_conf *now = load(f, "engine: {kind: nodriver, scope: {pid: 2}}\n"
                                  "load_plugins: [a, c]\nfalco_libs: {thread_table_size: 9}\n");

    assert_int_equal(sk_conf_keep(next, now, f->dg), 0);
    sk_conf_free(now); /* the new one keeps nothing of it */
    assert_string_equal(next->engine_kind, "nodriver");
    assert_int_equal(next->scope_pid, 2);
    assert_false(next->scope_containers);
    assert_int_equal(next->load_plugins.n, 2);
    assert_string_equal(next->load_plugins.text[1], "c");
    assert_int_equal(next->thread_table_size, 9);
    assert_string_equal(warnings(f), "engine.kind: " LATER "engine.scope.pid: " LATER
                                     "engine.scope.containers: " LATER "load_plugins: " LATER
                                     "falco_libs.thread_table_size: " LATER);
}

static void other_keys_change_without_a_word(void **state)
{
    struct fixture *f = *state;
    sk_auto(conf) struct sk_conf *next =
        load(f, "priority: error\njson_include_tags_property: false\n");
    sk_auto(conf) struct sk_conf *now = load(f, "priority: debug\n");

    assert_int_equal(sk_conf_keep(next, now, f->dg), 0);
    assert_false(next->json_tags_property);
    assert_int_equal(next->min_priority, SK_ERROR);
    assert_string_equal(warnings(f), "");
}

static void a_tree_is_compared_by_what_it_says(void **state)
{
    static const char *const other[] = {"plugins: [{name: a, library_path: l}]",
                                        "plugins: [{name: b, library_path: l, open_params: y}]",
                                        "plugins: [{name: a, library_path: l, init_config: y}]",
                                        "plugins: []", ""};
    struct fixture *f = *state;
    sk_auto(conf) struct sk_conf *now =
        load(f, "plugins: [{name: a, library_path: l, open_params: y}]");
    sk_auto(conf) struct sk_conf *same =
        load(f, "plugins:\n  - name: a\n    library_path: l\n    open_params: y\n");

    assert_int_equal(sk_conf_keep(same, now, f->dg), 0);
    assert_string_equal(warnings(f), "");
    for (size_t i = 0; i < SK_ARRAY_LEN(other); i++) {
        sk_auto(conf) struct sk_conf *next = load(f, other[i]);

        assert_int_equal(sk_conf_keep(next, now, f->dg), 0);
        assert_int_equal(sk_diag_count(f->dg, SK_DIAG_WARNING), i + 1);
    }
}

static void values_of_every_type_are_compared(void **state)
{
    struct fixture *f = *state;
    sk_auto(conf) struct sk_conf *a = load(f, ""), *b = load(f, "");

    for (size_t i = 0; i < sk_conf_rows_n; i++)
        assert_true(sk_conf_same(&sk_conf_rows[i], a, b));
    b->drops_rate = 2;
    b->priority = "error";
    b->snaplen = 9;
    b->rules_files.n = 1;
    b->rules_files.text = &b->priority;
    size_t differ = 0;
    for (size_t i = 0; i < sk_conf_rows_n; i++)
        differ += !sk_conf_same(&sk_conf_rows[i], a, b);
    assert_int_equal(differ, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_read_at_the_start_stays_and_is_warned_of),
        T(other_keys_change_without_a_word),
        T(a_tree_is_compared_by_what_it_says),
        T(values_of_every_type_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
