/* SPDX-License-Identifier: Apache-2.0 */
/* ruleset.h - rules files: lists, macros, rules, exceptions, overrides -> compiled rules.
 *
 * Loading is cumulative, file by file, as Falco does it; every file has a report.  When all files
 * are in, sk_ruleset_finish() checks plugin requirements and builds the per-event-type index. */
#pragma once
#include <stdatomic.h>

#include "base/log.h"
#include "rule/filter.h"
#include "rule/report.h"

struct sk_output_check { /* how the loader validates output formats without knowing fmt/ */
    void *self;
    /* 0, or -EINVAL with the message in err. */
    int (*check)(void *self, struct sk_str format, struct sk_buf *err);
};

struct sk_plugin_version { /* a plugin that is present (built in or loaded) */
    const char *name;
    uint32_t major, minor, patch;
};

/* append_output of the configuration: text added to the outputs of matching rules. */
struct sk_append_output {
    const char *source, *rule, *extra_output; /* NULL: any / nothing */
    const char *const *tags;
    size_t ntags;
    struct sk_extra_field {
        const char *key, *format; /* raw: format is "%" + key and raw is set */
        bool raw;
    } *extra_fields;
    size_t nextra;
    bool suggested_output;
};

/* What is pointed to outlives the ruleset. */
struct sk_ruleset_options {
    const char *const *sources; /* event sources beside "syscall" */
    size_t nsources;
    const struct sk_plugin_version *plugins;
    size_t nplugins;
    const struct sk_append_output *append_outputs;
    size_t nappend;
    enum sk_level min_priority;
    bool match_all; /* rule_matching: all */
    struct sk_output_check output;
    const struct sk_field_set *fields; /* made at run time; NULL: none */
};

struct sk_rule {
    uint32_t id; /* order of first definition */
    const char *name, *desc, *condition, *output, *source;
    const char *output_compiled; /* output + appended outputs */
    enum sk_level priority;
    const char *const *tags; /* sorted */
    size_t ntags;
    bool enabled; /* as the file says */
    bool active;  /* enabled, selected and of sufficient priority */
    bool capture, warn_evttypes, skip_if_unknown;
    uint32_t capture_duration_ms;
    uint32_t root; /* of the condition, in the pool */
    struct sk_event_set events;
    const struct sk_ast *ast;                       /* macros inlined */
    const struct sk_append_output *const *appended; /* the entries that match this rule */
    size_t nappended;
    struct sk_ast_pos at; /* of the rule in its file */
};

struct sk_ruleset;

SK_MUST int sk_ruleset_new(const struct sk_ruleset_options *opt, struct sk_ruleset **out);
void sk_ruleset_free(struct sk_ruleset *rs);
void ruleset_freep(struct sk_ruleset **rs);

/* Adds one file's content.  Always fills *report (owned by rs, valid as long as it); returns
 * 0, -EINVAL when the report holds errors, -ENOMEM. */
SK_MUST int sk_ruleset_add(struct sk_ruleset *rs, const char *name, struct sk_str content,
                           const struct sk_report **report);

/* Plugin requirements; then the index.  -EINVAL with the message in err. */
SK_MUST int sk_ruleset_finish(struct sk_ruleset *rs, struct sk_buf *err);

/* `rules:` of the configuration, in order, after finish: enable or disable by wildcard or tag. */
void sk_ruleset_select(struct sk_ruleset *rs, bool enable, const char *pattern, const char *tag);

size_t sk_ruleset_count(const struct sk_ruleset *rs);
const struct sk_rule *sk_ruleset_at(const struct sk_ruleset *rs, size_t i);
const struct sk_rule *sk_ruleset_find(const struct sk_ruleset *rs, const char *name);
const struct sk_filter_pool *sk_ruleset_pool(const struct sk_ruleset *rs);
/* Union over the active rules. */
void sk_ruleset_events(const struct sk_ruleset *rs, struct sk_event_set *out);

/* An executor for the rules as they are selected now, which finds the cheapest order of their parts while
 * it runs.  One of sk_filter_exec_new() runs them one by one. -ENOMEM. */
SK_MUST int sk_ruleset_exec_new(const struct sk_ruleset *rs, struct sk_filter_exec **out);

/* Rules that match this event: at most max (1 for rule_matching: first); returns how many. */
size_t sk_ruleset_match(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                        const struct sk_ctx *cx, const struct sk_rule **out, size_t max);

/* What a rule costs. The thread that matches adds, any thread reads. */
struct sk_rule_cost {
    atomic_uint_fast64_t asked;   /* how often its condition was run */
    atomic_uint_fast64_t time_ns; /* of those runs that were timed */
};
/* The same as sk_ruleset_match(), counted in cost[sk_rule.id].  timed: measures too, which takes about
 * 25 ns for each rule that is asked. */
size_t sk_ruleset_match_counted(const struct sk_ruleset *rs, struct sk_filter_exec *x,
                                const struct sk_ctx *cx, struct sk_rule_cost *const *cost,
                                bool timed, const struct sk_rule **out, size_t max);

/* How many rules have to be asked about an event of this code. */
size_t sk_ruleset_candidates(const struct sk_ruleset *rs, unsigned code);
/* The i-th of them, in order, and what is left of its condition for such an event. */
const struct sk_rule *sk_ruleset_candidate(const struct sk_ruleset *rs, unsigned code, size_t i,
                                           uint32_t *out_root);

/* -L, -l: text tables and JSON (falco-app.md 1.5).  name == NULL: all.  -ENOENT: no such rule. */
SK_MUST int sk_ruleset_describe(const struct sk_ruleset *rs, const char *name, bool json,
                                struct sk_buf *out);
