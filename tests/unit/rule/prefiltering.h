/* SPDX-License-Identifier: Apache-2.0 */
/* prefiltering.h - rules made into a filter, which is asked about records. */
#pragma once
#include "rule/prefilter_own.h"
#include "tests/unit/rule/loading.h"
#include "tests/unit/rule/making.h"

#define SEED 0x5eed5eed5eedull

struct asking {
    struct loading l;
    struct sk_prefilter *f;
    struct sk_filter_exec *x;
    struct sk_arena *tmp;
    struct sk_state *st;
    struct sk_buf rec;
    struct sk_event ev;
    struct sk_proc proc;
    struct sk_image image;
    struct sk_ctx cx;
};

/* cx of *a for that event. */
static inline void ask_about(struct asking *a, const struct made *m)
{
    made_record(m, &a->rec);
    assert_int_equal(sk_event_decode(a->rec.p, a->rec.n, 0, &a->ev), 0);
    sk_arena_reset(a->tmp);
    a->image =
        (struct sk_image){.exepath = sk_str(m->exepath ? m->exepath : ""), .exe_memfd = m->memfd};
    a->proc = (struct sk_proc){.pid = m->task.pid, .image = &a->image};
    a->proc.container_id = sk_str(m->container_id);
    a->cx = (struct sk_ctx){.ev = &a->ev,
                            .proc = m->exepath ? &a->proc : NULL,
                            .st = a->st,
                            .tmp = a->tmp,
                            .hostname = "h",
                            .source = "syscall"};
}

static inline void asking_done(struct asking *a)
{
    sk_prefilter_free(a->f);
    sk_filter_exec_free(a->x);
    sk_arena_free(a->tmp);
    sk_state_free(a->st);
    sk_buf_done(&a->rec);
    loading_freep(&a->l);
}

/* The rules of a->l are complete. */
static inline void asking_begin(struct asking *a)
{
    struct sk_event_set none = {0};
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    assert_int_equal(sk_ruleset_finish(a->l.rs, &err), 0);
    assert_int_equal(sk_prefilter_new(a->l.rs, &none, SEED, &a->f), 0);
    assert_int_equal(sk_filter_exec_new(sk_ruleset_pool(a->l.rs), &a->x), 0);
    assert_int_equal(sk_state_new(NULL, NULL, &a->st), 0);
    a->tmp = sk_arena_new(16u << 20);
    assert_non_null(a->tmp);
}

static inline void asking_new(struct asking *a, const char *yaml)
{
    *a = (struct asking){.l = loading_new(), .rec = SK_BUF(SK_REC_MAX_BYTES + 64)};
    assert_loads(&a->l, yaml);
    asking_begin(a);
}

static inline void asking_rule(struct asking *a, const char *condition)
{
    sk_auto(buf) struct sk_buf yaml = SK_BUF(1u << 20);

    sk_buf_printf(&yaml,
                  "- rule: r\n  desc: d\n  condition: >\n    %s\n  output: o\n  priority: INFO\n",
                  condition);
    asking_new(a, sk_buf_str(&yaml).p);
}

/* Do the rules match?  What the filter drops they must not. */
static inline bool rules_match(struct asking *a)
{
    const struct sk_rule *hit[1];

    sk_filter_exec_begin(a->x);
    return sk_ruleset_match(a->l.rs, a->x, &a->cx, hit, 1) > 0;
}

/* Is the event sent, when there is one rule with that condition?  Asserts that the rule would not have
 * wanted it if not. */
static inline bool is_sent(const char *condition, const struct made *m)
{
    struct asking a;
    bool sent;

    asking_rule(&a, condition);
    ask_about(&a, m);
    sent = sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx);
    if (!sent && rules_match(&a))
        fail_msg("dropped, but it matches: %s", condition);
    asking_done(&a);
    return sent;
}

#define assert_sent(condition, m)                                            \
    do {                                                                     \
        if (!is_sent((condition), (m)))                                      \
            fail_msg("%s:%d: dropped: %s", __FILE__, __LINE__, (condition)); \
    } while (0)
#define assert_dropped(condition, m)                                      \
    do {                                                                  \
        if (is_sent((condition), (m)))                                    \
            fail_msg("%s:%d: sent: %s", __FILE__, __LINE__, (condition)); \
    } while (0)
