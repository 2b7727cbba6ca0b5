/* SPDX-License-Identifier: Apache-2.0 */
/* explaining.h - the explained condition of a rule "R" of a file "f.yaml". */
#pragma once
#include "rule/explain.h"
#include "tests/unit/rule/loading.h"

struct explaining {
    struct loading l;
    struct sk_why *w;
    struct sk_arena *tmp;
    struct sk_event ev;
    struct sk_ctx cx;
};

static inline struct explaining *explaining_new(const char *text)
{
    struct explaining *x = calloc(1, sizeof(*x));

    assert_non_null(x);
    x->l = loading_new();
    if (load_bytes(&x->l, "f.yaml", sk_str(text)))
        fail_msg("refused:\n%s", x->l.text.p);
    assert_int_equal(sk_why_new(x->l.rs, sk_ruleset_find(x->l.rs, "R"), &x->w), 0);
    x->tmp = sk_arena_new(1u << 20);
    return x;
}

static inline void explaining_freep(struct explaining **out)
{
    struct explaining *x = *out;

    sk_why_free(x->w);
    sk_arena_free(x->tmp);
    loading_freep(&x->l);
    free(x);
}

/* An event of this code, made on a machine of this name by nobody that is known. */
static inline bool explaining_run(struct explaining *x, unsigned code, const char *hostname)
{
    x->ev = (struct sk_event){.info = &sk_events[code], .type = (uint16_t)code, .num = 7};
    x->cx = (struct sk_ctx){.ev = &x->ev, .tmp = x->tmp, .hostname = hostname, .source = "syscall"};
    return sk_why_run(x->w, &x->cx);
}
