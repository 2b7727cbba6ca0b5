/* SPDX-License-Identifier: Apache-2.0 */
/* suite.h - a tests file as it was written: cases with their events and expected alerts.  The format
 * is docs/testing-rules.md. */
#pragma once
#include "conf/node.h"
#include "field/field.h"

#define SK_SUITE_MAX_BYTES (16u << 20)
#define SK_SUITE_FIELDS    256 /* of one event, with what it takes from others */

/* FIELD: VALUE. */
struct sk_given {
    struct sk_field_ref ref;
    const struct sk_node *value; /* a scalar, or a list of scalars */
    struct sk_pos at;            /* of the field */
};

struct sk_trial_event {
    struct sk_pos at;
    const struct sk_given *given;
    size_t n;
};

/* An alert that is expected or forbidden. */
struct sk_trial_alert {
    struct sk_pos at;
    const char *rule;
    uint64_t count;               /* exactly so many; 0: at least one */
    const char *output;           /* stands in the output; NULL: any */
    const struct sk_given *field; /* values that fields have in it */
    size_t nfields;
};

struct sk_trial_case {
    const char *name;
    struct sk_pos at;
    const char *capture; /* path; NULL: events */
    struct sk_trial_event *event;
    size_t nevents;
    struct sk_trial_alert *expect, *forbid;
    size_t nexpect, nforbid;
    bool ordered;        /* the expected alerts come in this order */
    bool others_allowed; /* alerts that nobody expected are no failure */
};

struct sk_suite {
    const char *file;
    const char **rules; /* paths */
    size_t nrules;
    bool match_first;
    struct sk_trial_case *test;
    size_t n;
};

/* Reads `file`: a tests file, or a rules file X.yaml beside which X.tests.yaml stands.  Everything is
 * in `mem`.  -EINVAL or -errno with places in dg. */
SK_MUST int sk_suite_load(const char *file, struct sk_arena *mem, struct sk_suite *out,
                          struct sk_diag *dg);
/* The same from text; paths are relative to the folder of `file`. */
SK_MUST int sk_suite_parse(const char *file, struct sk_str text, struct sk_arena *mem,
                           struct sk_suite *out, struct sk_diag *dg);
