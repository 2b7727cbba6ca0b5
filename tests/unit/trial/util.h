/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - an event of a tests file, from its fields to the event that the rules see. */
#pragma once
#include <errno.h>

#include "tests/unit/test.h"
#include "trial/run.h"
#include "trial/write.h"

/* Fields stand in line 3 of "x.tests.yaml"; the first begins here. */
#define FIELDS_COL 15

struct told {
    struct sk_diag *dg;
    struct sk_arena *text, *mem; /* of the file; of what is made */
    const struct sk_trial_event *e;
    bool used[SK_SUITE_FIELDS];
    struct sk_scene scene;
    struct sk_buf rec;
    struct sk_event ev;
    struct sk_state *state;
    struct sk_ctx cx;
};

static inline struct told *told_new(const char *fields, size_t mem_max)
{
    struct told *t = calloc(1, sizeof(*t));
    sk_auto(buf) struct sk_buf b = SK_BUF(4u << 20);
    struct sk_suite s;

    assert_non_null(t);
    t->dg = sk_diag_new();
    t->text = sk_arena_new(8u << 20);
    t->mem = sk_arena_new(mem_max);
    t->rec = SK_BUF(4 * SK_REC_MAX_BYTES);
    sk_buf_printf(&b, "tests:\n  - name: a\n    events: [{%s}]\n", fields);
    if (sk_suite_parse("x.tests.yaml", sk_buf_str(&b), t->text, &s, t->dg))
        fail_msg("%s: %s", fields, sk_diag_text(t->dg, SK_DIAG_ERROR));
    t->e = &s.test[0].event[0];
    return t;
}

static inline void told_freep(struct told **t)
{
    sk_state_free((*t)->state);
    sk_buf_done(&(*t)->rec);
    sk_arena_free((*t)->mem);
    sk_arena_free((*t)->text);
    sk_diag_free((*t)->dg);
    free(*t);
}

static inline int told_scene(struct told *t)
{
    return sk_scene_make(t->e->given, t->e->n, SK_SCENE_TS_NS, t->mem, &t->scene, t->used, t->dg);
}

static inline int told_record(struct told *t)
{
    return sk_record_make(t->e, t->e->given, t->e->n, &t->scene, SK_SCENE_TS_NS, t->mem, &t->rec,
                          t->used, t->dg);
}

/* Up to the context in which fields are read. */
static inline void told_apply(struct told *t)
{
    const struct sk_state_limits limits = {0};
    const struct sk_state_ops ops = {.host_root = ""};

    if (told_scene(t) || told_record(t))
        fail_msg("%s", sk_diag_text(t->dg, SK_DIAG_ERROR));
    assert_int_equal(sk_state_new(&limits, &ops, &t->state), 0);
    assert_int_equal(sk_scene_tell(&t->scene, t->state), 0);
    assert_int_equal(sk_event_decode(t->rec.p, t->rec.n, 0, &t->ev), 0);
    t->ev.num = 1;
    t->cx = (struct sk_ctx){.ev = &t->ev,
                            .st = t->state,
                            .tmp = t->text,
                            .hostname = "localhost",
                            .source = "syscall",
                            .first_ts_ns = SK_SCENE_TS_NS,
                            .prev_ts_ns = SK_SCENE_TS_NS};
    sk_state_apply(t->state, &t->ev, &t->cx.th);
    t->cx.proc = t->cx.th ? t->cx.th->proc : NULL;
}

/* The only message, whole. */
static inline void says(struct told *t, unsigned col, const char *text)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    sk_buf_printf(&b, "x.tests.yaml:3:%u: %s\n", col, text);
    assert_string_equal(sk_diag_text(t->dg, SK_DIAG_ERROR), b.p);
}
