/* SPDX-License-Identifier: Apache-2.0 */
/* conf.h - the configuration: files, environment and -o -> typed values.
 *
 * One member for each row of tbl/config.def.  Immutable once loaded; everything in it lives as long
 * as it. */
#pragma once
#include "base/diag.h"
#include "base/digest.h"
#include "base/log.h"
#include "conf/node.h"

struct sk_conf_list {
    const char **text;
    size_t n;
};

/* One item of `rules:`. */
struct sk_conf_select {
    bool enable;
    const char *rule, *tag; /* NULL: not given */
};

/* One item of `append_output:`. */
struct sk_conf_append {
    const char *source, *rule, *extra_output; /* NULL: not given */
    struct sk_conf_list tags;
    struct sk_conf_extra {
        const char *key, *format;
        bool raw; /* a field's name alone */
    } *extra;
    size_t nextra;
    bool suggested;
};

/* One item of `outputs:`. */
struct sk_conf_output {
#define OUTPUT_KEY(member, key, def, limits, doc) const char *member;
#include "output_keys.def"
    enum sk_level min_priority;
    const struct sk_conf *conf; /* everything, with the item's keys in the section of its type */
};

enum sk_drop_action { SK_DROPS_LOG = 1, SK_DROPS_ALERT = 2, SK_DROPS_EXIT = 4 };

/* A file that was read, and what the log says of it. */
struct sk_conf_file {
    const char *path;
    const char *schema; /* "ok", "failed for <root>...", "none" */
    bool ok;
    char sha256[SK_SHA256_TEXT]; /* of its content */
};

#define SK_CONF_C_BOOL   bool
#define SK_CONF_C_U32    uint32_t
#define SK_CONF_C_U64    uint64_t
#define SK_CONF_C_DOUBLE double
#define SK_CONF_C_STR    const char *
#define SK_CONF_C_LIST   struct sk_conf_list
#define SK_CONF_C_TREE   const struct sk_node *

struct sk_conf {
#define CONFIG(member, key, type, def, limits, use, doc) SK_CONF_C_##type member;
#include "config.def"
    enum sk_level min_priority, level;
    enum sk_level libs_least; /* of messages of libraries; SK_EMERGENCY: none */
    bool match_all;
    unsigned drop_actions; /* enum sk_drop_action */
    struct sk_conf_select *select;
    size_t nselect;
    struct sk_conf_append *append;
    size_t nappend;
    struct sk_conf_output *output;
    size_t noutputs;
    struct sk_conf_file *file; /* in the order of paths */
    size_t nfiles;
    const char *path;     /* main file; NULL: built in */
    struct sk_node *root; /* merged, after -o */
    struct sk_arena *mem;
};

struct sk_conf_input {
    const char *path; /* NULL: `text` is the built-in configuration */
    struct sk_str text;
    const char *const *option; /* of -o */
    size_t noptions;
};

/* -EINVAL or the errno of reading the main file, with the messages in dg; warnings go there too. */
SK_MUST int sk_conf_load(const struct sk_conf_input *in, struct sk_conf **out, struct sk_diag *dg);
void sk_conf_free(struct sk_conf *c);
void conf_freep(struct sk_conf **c);

/* What a reload cannot change stays as in `now`; a warning in dg names each such key. -ENOMEM. */
SK_MUST int sk_conf_keep(struct sk_conf *next, const struct sk_conf *now, struct sk_diag *dg);

/* The rows, for the JSON schema, documentation and checks. */
enum sk_conf_type {
    SK_CONF_BOOL,
    SK_CONF_U32,
    SK_CONF_U64,
    SK_CONF_DOUBLE,
    SK_CONF_STR,
    SK_CONF_LIST,
    SK_CONF_TREE,
    SK_CONF_ANY, /* of items alone: what their reader takes */
};
enum sk_conf_use { SK_CONF_NOW, SK_CONF_LATER, SK_CONF_PART, SK_CONF_OLD };
struct sk_conf_row {
    const char *key;
    enum sk_conf_type type;
    const char *def, *limits;
    enum sk_conf_use use;
    const char *doc;
    size_t offset;               /* in struct sk_conf; of an OLD key: nothing */
    bool at_start;               /* a reload cannot change it */
    const char *until, *instead; /* OLD: last version of Falco, new key or "" */
};
extern const struct sk_conf_row sk_conf_rows[];
extern const size_t sk_conf_rows_n;
/* The row of a key, or NULL; *section: keys begin with it and a dot. */
const struct sk_conf_row *sk_conf_row_of(const char *key, bool *section);
/* Does this text lie within the limits of the row?  True where the row has none, or where the text is
 * no number. */
bool sk_conf_within(const struct sk_conf_row *r, const char *text);
/* A value outside of the limits ends the loading. */
bool sk_conf_strict(const struct sk_conf_row *r);

/* Rows of tbl/config_items.def. */
struct sk_conf_item {
    const char *tree, *path;
    enum sk_conf_type type;
    bool must;
    const char *limits, *doc;
};
extern const struct sk_conf_item sk_conf_items[];
extern const size_t sk_conf_items_n;

/* Have both the same value for this key? */
bool sk_conf_same(const struct sk_conf_row *r, const struct sk_conf *one,
                  const struct sk_conf *two);
/* The JSON schema of the configuration (draft-06). */
void sk_conf_schema(struct sk_buf *out);

/* Compares a file's tree with the rows: warnings with their places go to dg; returns the text of
 * the first failure for the log ("failed for <root>...") or "ok".  Arena memory; NULL: no memory.
 */
const char *sk_conf_check(struct sk_arena *mem, const struct sk_node *root, struct sk_diag *dg);
/* Warnings of what came from -o alone. */
void sk_conf_check_options(const struct sk_node *root, struct sk_diag *dg);

/* Typed reads of one scalar: false when the text is not of that type. */
bool sk_conf_bool(const char *text, bool *out);
bool sk_conf_number(const char *text, uint64_t max, uint64_t *out);
bool sk_conf_double(const char *text, double *out);
