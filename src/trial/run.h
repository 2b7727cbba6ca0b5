/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - private to src/trial: one suite, one case on its way. */
#pragma once
#include "engine/generation.h"
#include "rule/explain.h"
#include "trial/scene.h"
#include "trial/trial.h"

/* An alert that a case names. */
struct sk_run_alert {
    const struct sk_trial_alert *want;
    const struct sk_rule *rule;
    uint64_t hits;     /* alerts that are as wanted */
    struct sk_buf why; /* of the last event that gave none */
};

struct sk_run {
    const struct sk_suite *suite;
    const struct sk_gen *gen;
    struct sk_why **why; /* by index of the ruleset */
    size_t nrules;
    struct sk_filter_exec *exec;
    const struct sk_rule **hit;
    struct sk_arena *tmp; /* of one event */
    /* the case */
    const struct sk_trial_case *test;
    struct sk_arena *mem;
    struct sk_state *state;
    struct sk_diag *dg;
    struct sk_run_alert *expect;
    size_t next; /* ordered: which one is due */
    bool out_of_order, from_capture;
    uint64_t first_ts_ns, prev_ts_ns; /* of written events; 0: none yet */
    struct sk_buf message;            /* what is wrong */
};

/* The rules on one event; notes hits, reasons, coverage. 0, or -errno. */
SK_MUST int sk_run_event(struct sk_run *r, struct sk_ctx *cx);
/* check.c: do the fields that a test gives come out of the event?  Those that nothing in a record can
 * express become values of *out (in mem).  -EINVAL with the place in dg. */
SK_MUST int sk_check_given(const struct sk_given *given, size_t n, const bool *used,
                           struct sk_ctx *cx, struct sk_arena *mem, struct sk_overlay *out,
                           struct sk_diag *dg);
/* report.c: adds the parts of the conditions to the coverage of t.  -ENOMEM. */
SK_MUST int sk_run_coverage(const struct sk_run *r, struct sk_trial *t);
