/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h - runs the tests of rules files and tells what came out: TAP, JUnit, coverage.
 *
 * A case has a state of its own; its events go through the decoder, the state and the rules as live
 * ones do.  Beside the rules' programs every condition is decided part by part (rule/explain.h): for
 * the reason when an alert is missing, for the coverage, and to check the programs. */
#pragma once
#include "conf/conf.h"
#include "trial/suite.h"

struct sk_trial_result {
    const char *file, *name;
    struct sk_pos at;
    bool ok;
    char *message; /* why not; several lines */
};

/* What all suites of one run gave.  Owner of its memory: sk_trial_done(). */
struct sk_trial {
    struct sk_trial_result *result;
    size_t n, cap, failed;
    struct sk_buf missing;   /* lines: parts that no test made true, or false */
    uint64_t parts, covered; /* a part counts twice: true and false */
};

/* Loads and runs one file (rules or tests).  -EINVAL or -errno: the file or its rules are bad (text in
 * dg); a case that fails is no error. */
SK_MUST int sk_trial_run(struct sk_trial *t, const char *file, const struct sk_conf *conf,
                         struct sk_diag *dg);
void sk_trial_done(struct sk_trial *t);

/* TAP version 13; `coverage`: the lines of `missing` as comments. */
void sk_trial_tap(const struct sk_trial *t, bool coverage, struct sk_buf *out);
void sk_trial_junit(const struct sk_trial *t, bool coverage, struct sk_buf *out);
