/* SPDX-License-Identifier: Apache-2.0 */
/* event.c - the rules on one event of a case: which fire, which should have. */
#include <errno.h>

#include "trial/run.h"

#define OUTPUT_MAX (1u << 20)

static bool is_named(const struct sk_run *r, const struct sk_rule *rule)
{
    for (size_t i = 0; i < r->test->nexpect; i++)
        if (!strcmp(r->test->expect[i].rule, rule->name))
            return true;
    for (size_t i = 0; i < r->test->nforbid; i++)
        if (!strcmp(r->test->forbid[i].rule, rule->name))
            return true;
    return false;
}

/* The alert against what is wanted of it; the difference is appended to *why (may be NULL). */
static bool is_as_wanted(const struct sk_trial_alert *want, struct sk_str output,
                         const struct sk_ctx *cx, struct sk_buf *why)
{
    bool same = true;

    if (want->output &&
        (!output.n || !memmem(output.p, output.n, want->output, strlen(want->output)))) {
        same = false;
        if (why)
            sk_buf_printf(why, "it fired, but '%s' does not stand in its output: %.*s\n",
                          want->output, (int)output.n, output.p);
    }
    for (size_t i = 0; i < want->nfields; i++) {
        sk_auto(buf) struct sk_buf text = SK_BUF(4096), is = SK_BUF(OUTPUT_MAX), err = SK_BUF(4096);
        const struct sk_given *g = &want->field[i];
        struct sk_str expected = sk_given_text(g, cx->tmp);
        struct sk_format *f = NULL;

        sk_buf_addc(&text, '%');
        sk_buf_adds(&text, g->ref.text);
        if (!sk_format_compile(sk_buf_str(&text), &f, &err))
            sk_format_text(f, cx, &is);
        sk_format_free(f);
        if (sk_str_eq(sk_buf_str(&is), expected))
            continue;
        same = false;
        if (why)
            sk_buf_printf(why, "it fired, but %s is '%s', not '%.*s'\n", text.p + 1,
                          sk_buf_str(&is).p, (int)expected.n, expected.p);
    }
    return same;
}

static void note_alert(struct sk_run *r, const struct sk_rule *rule, struct sk_ctx *cx)
{
    const struct sk_trial_case *t = r->test;
    sk_auto(buf) struct sk_buf output = SK_BUF(OUTPUT_MAX);
    bool expected = false, placed = false, moved = false;

    cx->for_output = true;
    sk_format_text(sk_gen_alert(r->gen, rule)->format, cx, &output);
    for (size_t i = 0; i < t->nforbid; i++)
        if (!strcmp(t->forbid[i].rule, rule->name) &&
            is_as_wanted(&t->forbid[i], sk_buf_str(&output), cx, NULL))
            sk_buf_printf(&r->message, "rule '%s' is forbidden, but fired for event %llu: %s\n",
                          rule->name, (unsigned long long)cx->ev->num, sk_buf_str(&output).p);
    for (size_t i = 0; i < t->nexpect; i++) {
        struct sk_run_alert *a = &r->expect[i];

        if (a->rule != rule)
            continue;
        expected = true;
        sk_buf_reset(&a->why);
        if (!is_as_wanted(a->want, sk_buf_str(&output), cx, &a->why))
            continue;
        a->hits++;
        /* One alert is one place of the list, though the list may name its rule again. */
        if (i > r->next && !placed)
            r->out_of_order = true;
        placed = true;
        if (i == r->next && !moved) {
            r->next++;
            moved = true;
        }
    }
    for (size_t i = 0; i < t->nforbid; i++)
        expected |= !strcmp(t->forbid[i].rule, rule->name); /* said above */
    if (!expected && !t->others_allowed)
        sk_buf_printf(&r->message, "rule '%s' fired for event %llu, which no 'expect' names: %s\n",
                      rule->name, (unsigned long long)cx->ev->num, sk_buf_str(&output).p);
    cx->for_output = false;
}

static void note_silence(struct sk_run *r, const struct sk_why *why, struct sk_ctx *cx)
{
    for (size_t i = 0; i < r->test->nexpect; i++) {
        struct sk_run_alert *a = &r->expect[i];

        /* The events of a capture are too many to explain each: the first says what to look for. */
        if (a->rule != why->rule || a->hits || (r->from_capture && a->why.n))
            continue;
        sk_buf_reset(&a->why);
        sk_buf_printf(&a->why, "for event %llu (%s), because of:\n",
                      (unsigned long long)cx->ev->num, sk_event_name(cx->ev));
        sk_why_tree(why, cx, true, 2, &a->why);
    }
}

static bool fires(const struct sk_run *r, const struct sk_rule *rule, size_t nhits)
{
    for (size_t i = 0; i < nhits; i++)
        if (r->hit[i] == rule)
            return true;
    return false;
}

int sk_run_event(struct sk_run *r, struct sk_ctx *cx)
{
    size_t n;

    sk_filter_exec_begin(r->exec);
    n = sk_ruleset_match(sk_gen_rules(r->gen), r->exec, cx, r->hit, r->nrules);
    for (size_t i = 0; i < r->nrules; i++) {
        struct sk_why *why = r->why[i];
        bool parts, program;

        if (!sk_event_set_has(&why->rule->events, cx->ev->type))
            continue;
        parts = sk_why_run(why, cx);
        program = fires(r, why->rule, n);
        if (parts != program)
            return sk_err(
                r->dg, -EPROTO, &r->test->at,
                "rule '%s', event %llu: Saker contradicts itself, its program says %s and "
                "the parts say %s; please report this",
                why->rule->name, (unsigned long long)cx->ev->num, program ? "true" : "false",
                parts ? "true" : "false");
        if (!program)
            note_silence(r, why, cx);
    }
    for (size_t i = 0; i < n; i++) {
        if (!r->hit[i]->enabled && !is_named(r, r->hit[i]))
            continue;
        note_alert(r, r->hit[i], cx);
        if (r->suite->match_first)
            break;
    }
    return 0;
}
