/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/counts.h"

#include "tests/unit/engine/util.h"

#define TAGGED(name, tags)                                                                       \
    "- rule: " name "\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n" \
    "  tags: [" tags "]\n"

struct list {
    char text[4096];
};

static void add(void *self, const struct sk_rule_count *c)
{
    struct list *l = self;
    size_t n = strlen(l->text);

    snprintf(l->text + n, sizeof(l->text) - n, "%s%s:%u:%s:%s:%llu\n", c->loaded ? "" : "-",
             c->name, c->priority, c->source, c->ntags ? c->tags[0] : "",
             (unsigned long long)sk_count_matches(c));
}

static const char *list(struct sk_counts *c)
{
    static struct list l;

    l.text[0] = '\0';
    sk_counts_each(c, add, &l);
    return l.text;
}

static void bind(struct fix *f, struct sk_counts *c, const char *rules, struct sk_rule_count **out)
{
    sk_gen_free(SK_TAKE(f->gen));
    if (!f->conf)
        conf(f, "");
    assert_int_equal(gen(f, rules), 0);
    assert_int_equal(sk_counts_bind(c, sk_gen_rules(f->gen), out), 0);
}

static void what_was_counted_stays_with_the_name(void **state)
{
    struct fix *f = *state;
    struct sk_counts *c = sk_counts_new();
    struct sk_rule_count *row[3];

    bind(f, c, TAGGED("A", "x") TAGGED("B", ""), row);
    sk_count_match(row[0]);
    sk_count_match(row[1]);
    sk_count_match(row[1]);
    bind(f, c, TAGGED("B", "y") TAGGED("C", "") TAGGED("A", "z"), row);
    sk_count_match(row[0]);
    assert_string_equal(list(c), "B:6:syscall:y:3\nC:6:syscall::0\nA:6:syscall:z:1\n");
    sk_counts_free(c);
}

static void a_rule_that_is_gone_is_kept_when_it_had_matched_and_comes_back(void **state)
{
    struct fix *f = *state;
    struct sk_counts *c = sk_counts_new();
    struct sk_rule_count *row[2];

    bind(f, c, TAGGED("A", "") TAGGED("B", ""), row);
    sk_count_match(row[0]);
    bind(f, c, TAGGED("C", ""), row);
    assert_string_equal(list(c), "C:6:syscall::0\n-A:6:syscall::1\n");
    bind(f, c, TAGGED("A", "t"), row);
    sk_count_match(row[0]);
    assert_string_equal(list(c), "A:6:syscall:t:2\n");
    assert_int_equal(sk_counts_others(c), 0);
    sk_counts_free(c);
}

static void of_very_many_retired_rules_the_sum_is_kept(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf rules = SK_BUF(4u << 20);
    struct sk_counts *c = sk_counts_new();
    static struct sk_rule_count *row[SK_COUNTS_RETIRED_MAX + 10];
    struct sk_engine_stats st = {.rules = c};
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    for (int i = 0; i < SK_COUNTS_RETIRED_MAX + 10; i++)
        sk_buf_printf(
            &rules,
            "- {rule: R%d, desc: d, condition: evt.type=openat, output: o, priority: INFO}\n", i);
    bind(f, c, sk_buf_str(&rules).p, row);
    for (int i = 0; i < SK_COUNTS_RETIRED_MAX + 10; i++)
        sk_count_match(row[i]);
    bind(f, c, TAGGED("A", ""), row);
    assert_int_equal(sk_counts_others(c), 10);
    sk_engine_summary(&st, &out);
    assert_non_null(strstr(sk_buf_str(&out).p, "   R0: 1\n"));
    assert_non_null(strstr(sk_buf_str(&out).p, "   (rules that are not loaded any more): 10\n"));
    sk_counts_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_was_counted_stays_with_the_name),
        T(a_rule_that_is_gone_is_kept_when_it_had_matched_and_comes_back),
        T(of_very_many_retired_rules_the_sum_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
