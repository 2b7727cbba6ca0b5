/* SPDX-License-Identifier: Apache-2.0 */
/* loader_types.h - private to the loader: definitions as files give them, and what they compile to.
 */
#pragma once
#include "base/map.h"
#include "rule/loader_yaml.h"
#include "rule/report_build.h"
#include "rule/ruleset.h"

struct sk_version {
    uint32_t major, minor, patch;
};

/* A list of texts in an arena. */
struct sk_strv {
    struct sk_str *v;
    size_t n, cap;
};

/* Scalar, list, or absent (has == false): fields, comps, values of an exception. */
struct sk_ex_entry {
    bool has, is_list;
    struct sk_str item;
    struct sk_ex_entry *v;
    size_t n;
};

struct sk_exception {
    struct sk_str name;
    struct sk_ex_entry fields, comps;
    struct sk_ex_entry *values;
    size_t nvalues;
    const struct sk_load_ctx *ctx;
    struct sk_exception *next;
};

/* `index`: order of the first definition; `visibility`: of the last change.  A macro or list sees
 * the ones whose index is below its visibility. */
struct sk_list_def {
    struct sk_str name;
    struct sk_strv items;
    uint32_t index, visibility;
    const struct sk_load_ctx *ctx;
};

struct sk_macro_def {
    struct sk_str name, cond;
    size_t cond_cap; /* room of a text that was appended to; 0: none */
    uint32_t index, visibility;
    const struct sk_load_ctx *ctx, *cond_ctx;
};

struct sk_rule_def {
    struct sk_str name, cond, output, desc, source;
    size_t cond_cap, output_cap, desc_cap; /* as above */
    struct sk_strv tags;
    struct sk_exception *exceptions;
    enum sk_level priority;
    bool enabled, warn_evttypes, skip_unknown, capture, unknown_source;
    uint32_t capture_duration_ms;
    uint32_t index, visibility;
    const struct sk_load_ctx *ctx, *cond_ctx, *output_ctx, *priority_ctx;
};

/* What one item says about a rule: the bits tell which members it gave. */
enum sk_rule_part {
    SK_RP_COND = 1,
    SK_RP_OUTPUT = 2,
    SK_RP_DESC = 4,
    SK_RP_TAGS = 8,
    SK_RP_EXCEPTIONS = 16,
    SK_RP_PRIORITY = 32,
    SK_RP_ENABLED = 64,
    SK_RP_WARN_EVTTYPES = 128,
    SK_RP_SKIP_UNKNOWN = 256,
    SK_RP_CAPTURE = 512,
    SK_RP_CAPTURE_DURATION = 1024,
    SK_RP_SOURCE = 2048,
};

struct sk_rule_update {
    struct sk_rule_def r;
    uint32_t parts;
};

/* required_plugin_versions: one of `alt` must be there. */
struct sk_plugin_req {
    struct {
        const char *name, *version;
        struct sk_version v;
    } *alt;
    size_t n;
    struct sk_plugin_req *next;
};

/* One per list of a generation. */
struct sk_list_out {
    const struct sk_list_def *def;
    size_t pos;           /* in order of definition */
    struct sk_strv items; /* other lists put in, quoted where a blank is inside */
    struct sk_strv raw;   /* own items that are not names of lists */
    struct sk_strv refs;  /* names of the lists put in */
    struct sk_str joined; /* items, ", " between */
    bool used;
};

struct sk_macro_out {
    const struct sk_macro_def *def;
    struct sk_str text; /* lists put in */
    struct sk_ast *own; /* as written: macros are names; set once `resolved` */
    struct sk_ast *ast; /* macros put in, once `resolved` */
    unsigned nesting;   /* macros within macros below this one */
    bool used, resolved;
};

/* Private half of a compiled rule, parallel to sk_ruleset_at. */
struct sk_rule_out {
    struct sk_rule pub;
    const struct sk_rule_def *def;
    struct sk_str source; /* condition with exceptions, lists still by name */
    struct sk_str text;   /* and with lists put in */
};

struct sk_generation {
    struct sk_arena *mem;
    struct sk_filter_pool *pool;
    struct sk_list_out *lists;
    size_t nlists;
    struct sk_macro_out *macros;
    size_t nmacros;
    struct sk_rule_out *rules;
    size_t nrules;
    struct sk_map *list_by_name, *macro_by_name, *rule_by_name;
    bool odd_list_names; /* a name with a delimiter inside needs the slow search */
    struct sk_index_slot {
        const struct sk_rule *rule;
        uint32_t root; /* of its condition for that event */
    } *slot;           /* rules of event code c are slot[first[c]] .. slot[first[c+1]-1] */
    uint32_t first[SK_EVENT_N + 1];
    struct sk_plans *plans; /* of the same conditions */
};

struct sk_ruleset {
    struct sk_ruleset_options opt;
    struct sk_arena *mem;
    struct sk_list_def **lists;
    size_t nlists, caplists;
    struct sk_macro_def **macros;
    size_t nmacros, capmacros;
    struct sk_rule_def **rules;
    size_t nrules, caprules;
    struct sk_map *list_by_name, *macro_by_name, *rule_by_name;
    uint32_t next_index;
    struct sk_version engine; /* highest that a file requires */
    struct sk_plugin_req *reqs, **reqs_end;
    struct sk_generation *gen; /* NULL before the first good file */
};
