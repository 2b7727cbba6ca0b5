/* SPDX-License-Identifier: Apache-2.0 */
/* generation.h - what one configuration and its rules files make: compiled rules, formats, the
 * wanted events.  Immutable once built; the engine runs one generation.
 *
 * Messages for the log (which files, their warnings, what was enabled) go to sk_log(). */
#pragma once
#include "conf/conf.h"
#include "fmt/alert.h"
#include "rule/prefilter.h"
#include "rule/ruleset.h"

#define SK_RULES_MAX_BYTES (64u << 20) /* of one rules file */

struct sk_gen_input {
    const struct sk_conf *conf; /* outlives the generation */
    const char *const *path;    /* of -r: instead of the configuration's rules_files */
    size_t npaths;
    bool none;                /* without -r there are no rules at all (saker record) */
    const char *builtin_name; /* used when there is no file at all */
    struct sk_str builtin;
    const char *print; /* -p: added to every output; NULL: nothing */
};

struct sk_gen;

/* A rules file that was loaded. */
struct sk_gen_file {
    const char *path;
    char sha256[SK_SHA256_TEXT]; /* of its content */
};

/* The fields that a configuration makes (static_fields).  Arena memory. */
SK_MUST int sk_gen_fields(const struct sk_conf *conf, struct sk_arena *mem,
                          const struct sk_field_set **out, struct sk_diag *dg);

/* The rules compiler with the options of a configuration; used by builds and by --validate.  The
 * options' memory is `mem`. */
SK_MUST int sk_gen_ruleset(const struct sk_conf *conf, const char *print, struct sk_arena *mem,
                           struct sk_ruleset **out, struct sk_diag *dg);

/* Loads, compiles, selects.  -EINVAL or -errno with the text in dg. */
SK_MUST int sk_gen_new(const struct sk_gen_input *in, struct sk_gen **out, struct sk_diag *dg);
void sk_gen_free(struct sk_gen *g);
void gen_freep(struct sk_gen **g);

const struct sk_ruleset *sk_gen_rules(const struct sk_gen *g);
/* How to write the alerts of a rule of this generation. */
const struct sk_alert_rule *sk_gen_alert(const struct sk_gen *g, const struct sk_rule *rule);
/* Fields of fold.fields: who did it. */
size_t sk_gen_fold_fields(const struct sk_gen *g, const struct sk_field_ref *const **out);
/* Events that active rules look at. */
const struct sk_event_set *sk_gen_events(const struct sk_gen *g);
/* The rules files, in the order of loading. */
const struct sk_gen_file *sk_gen_files(const struct sk_gen *g, size_t *out_n);
/* One more than the largest sk_rule.id. */
size_t sk_gen_nrules(const struct sk_gen *g);

/* What the kernel side may leave out; NULL: nothing. */
const struct sk_pf *sk_gen_prefilter(const struct sk_gen *g);

/* Events that keep the process table right, whatever the rules want. */
void sk_state_events(struct sk_event_set *out);

/* What is captured: the rules' events and those of the state, as base_syscalls says.  Logged. */
void sk_select_events(const struct sk_conf *conf, const struct sk_event_set *rules,
                      struct sk_event_set *out);

/* Events that no prefilter may thin out: those of the state and of base_syscalls. */
void sk_whole_events(const struct sk_conf *conf, struct sk_event_set *out);

/* The rules files behind a list of files and directories, in order: those that exist, directories
 * as the .yaml and .yml files in them.  Arena memory.  strict: an entry that does not exist is an
 * error. */
struct sk_paths {
    const char **path;
    size_t n;
    bool any; /* an entry existed, be it an empty directory */
};
SK_MUST int sk_rules_paths(const char *const *entry, size_t n, bool strict, struct sk_arena *mem,
                           struct sk_paths *out, struct sk_diag *dg);
