/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - one case over rules from a text, its events given one by one. */
#pragma once
#include "tests/unit/trial/util.h"

#define RULE(name, condition)                                                                    \
    "- rule: " name "\n  desc: d\n  condition: " condition "\n  output: " name " saw %fd.name\n" \
    "  priority: INFO\n"

struct bench {
    struct sk_diag *dg;
    struct sk_conf *conf, mine;
    struct sk_conf_select all;
    struct sk_gen *gen;
    struct sk_suite suite;
    struct sk_run r;
    uint64_t nevents;
};

static inline void bench_rules(struct bench *b, const char *rules)
{
    struct sk_conf_input conf = {.text = SK_STR("stdout_output: {enabled: true}\n")};
    struct sk_gen_input in = {.conf = &b->mine, .builtin_name = "r.yaml", .builtin = sk_str(rules)};

    assert_int_equal(sk_conf_load(&conf, &b->conf, b->dg), 0);
    b->mine = *b->conf;
    b->all = (struct sk_conf_select){.enable = true, .rule = "*"};
    b->mine.min_priority = SK_DEBUG;
    b->mine.match_all = true;
    b->mine.select = &b->all;
    b->mine.nselect = 1;
    if (sk_gen_new(&in, &b->gen, b->dg))
        fail_msg("%s", sk_diag_text(b->dg, SK_DIAG_ERROR));
}

/* `head` is what stands above the tests, `rest` are lines of the case. */
static inline struct bench *bench_new(const char *rules, const char *head, const char *rest)
{
    struct bench *b = calloc(1, sizeof(*b));
    const struct sk_ruleset *rs;
    struct sk_run *r;
    sk_auto(buf) struct sk_buf text = SK_BUF(65536);

    assert_non_null(b);
    r = &b->r;
    b->dg = sk_diag_new();
    r->mem = sk_arena_new(1u << 20);
    r->tmp = sk_arena_new(1u << 20);
    bench_rules(b, rules);
    sk_buf_printf(&text, "%stests:\n  - name: a\n    events: [{}]\n%s", head, rest);
    if (sk_suite_parse("x.tests.yaml", sk_buf_str(&text), r->mem, &b->suite, b->dg))
        fail_msg("%s", sk_diag_text(b->dg, SK_DIAG_ERROR));
    r->suite = &b->suite;
    r->test = b->suite.test;
    r->gen = b->gen;
    r->dg = b->dg;
    r->message = SK_BUF(1u << 20);
    rs = sk_gen_rules(b->gen);
    r->nrules = sk_ruleset_count(rs);
    r->why = calloc(r->nrules + 1, sizeof(struct sk_why *));
    r->hit = calloc(r->nrules + 1, sizeof(struct sk_rule *));
    r->expect = calloc(r->test->nexpect + 1, sizeof(*r->expect));
    assert_true(r->why && r->hit && r->expect);
    assert_int_equal(sk_ruleset_exec_new(rs, &r->exec), 0);
    for (size_t i = 0; i < r->nrules; i++)
        assert_int_equal(sk_why_new(rs, sk_ruleset_at(rs, i), &r->why[i]), 0);
    for (size_t i = 0; i < r->test->nexpect; i++) {
        r->expect[i].want = &r->test->expect[i];
        r->expect[i].rule = sk_ruleset_find(rs, r->test->expect[i].rule);
        r->expect[i].why = SK_BUF(1u << 20);
        assert_non_null(r->expect[i].rule);
    }
    return b;
}

static inline void bench_freep(struct bench **out)
{
    struct bench *b = *out;

    for (size_t i = 0; i < b->r.nrules; i++)
        sk_why_free(b->r.why[i]);
    for (size_t i = 0; i < b->r.test->nexpect; i++)
        sk_buf_done(&b->r.expect[i].why);
    free(b->r.why);
    free(b->r.hit);
    free(b->r.expect);
    sk_buf_done(&b->r.message);
    sk_filter_exec_free(b->r.exec);
    sk_arena_free(b->r.mem);
    sk_arena_free(b->r.tmp);
    sk_gen_free(b->gen);
    sk_conf_free(b->conf);
    sk_diag_free(b->dg);
    free(b);
}

static inline int bench_event(struct bench *b, const char *fields)
{
    sk_auto(told) struct told *t = told_new(fields, 1u << 20);

    told_apply(t);
    t->ev.num = ++b->nevents;
    return sk_run_event(&b->r, &t->cx);
}
