/* SPDX-License-Identifier: Apache-2.0 */
/* field.h - filter fields: the rows of tbl/fields/, their arguments, and extraction.
 *
 * A field is absent when its extractor returns false: every comparison with it is then false. */
#pragma once
#include "field/val.h"
#include "state/state.h"

enum sk_field_flag {
    SK_FF_NONE = 0,
    SK_FF_LIST = 1, /* gives a list */
    SK_FF_ARG_REQUIRED = 2,
    SK_FF_ARG_ALLOWED = 4,
    SK_FF_ARG_INDEX = 8, /* [number] */
    SK_FF_ARG_KEY = 16,  /* [text] */
    SK_FF_FILTER_ONLY = 32,
    SK_FF_PRINT_ONLY = 64,
    SK_FF_NO_RHS = 128,
    SK_FF_NO_TRANSFORMER = 256,
    SK_FF_HIDDEN = 512, /* not in --list */
    SK_FF_DEPRECATED = 1024,
    SK_FF_SUGGESTED = 2048, /* appended to outputs by suggested_output */
    SK_FF_ANY = 4096,       /* in a filter: true when any of the values satisfies the check */
    SK_FF_ANY_NOT = 8192,   /* with SK_FF_ANY: `!=` is true when no value is equal */
    SK_FF_DOT_ARG = 16384,  /* the argument may follow a dot: evt.arg.NAME, evt.type.is.NAME */
    SK_FF_STATEFUL = 32768, /* must not be cached within an event */
    SK_FF_SAKER = 65536,    /* not one of Falco's fields */
};

/* Everything an extractor may look at. `tmp` is the batch arena: valid until the event is done. */
struct sk_ctx {
    const struct sk_event *ev;
    struct sk_thread *th; /* NULL: no thread */
    struct sk_proc *proc; /* th->proc, or NULL */
    struct sk_state *st;
    struct sk_arena *tmp;
    const char *hostname;
    const char *source;   /* evt.source: "syscall" */
    uint64_t first_ts_ns; /* evt.reltime: of the first event that is a call; 0: not yet */
    uint64_t prev_ts_ns;  /* of the event before that rules saw; 0: none */
    bool for_output;      /* formatting, not filtering: proc.aname prints all ancestors... */
    const struct sk_services *services; /* names of ports for fd.sproto...; NULL: numbers */
    bool base64; /* byte buffers in outputs: in base64, not with dots for what cannot be printed */
    const struct sk_overlay *overlay; /* tests of rules: values that win; NULL: none */
};

/* Values of fields that nothing in a record can express, by canonical text ("k8s.ns.name"). */
struct sk_overlay {
    const struct sk_overlay_row {
        struct sk_str text;
        const struct sk_val *v;
        size_t n;
    } *row;
    size_t n;
};

struct sk_services;
struct sk_field_ref;
typedef bool sk_extract_fn(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out);

struct sk_field_class {
    const char *name, *of, *desc, *sources; /* of: "All event types", or "" */
};

struct sk_field {
    const char *name;
    size_t name_n;
    enum sk_type type;
    enum sk_print fmt;
    uint32_t flags;
    sk_extract_fn *extract;
    const struct sk_field_class *klass;
    const char *since, *doc;
    const char *value; /* static.*: what it gives */
};

/* Fields made at run time (static.c), looked up behind the rows. */
struct sk_field_set {
    const struct sk_field *field;
    size_t n;
};

/* A field with its argument as written in a rule. Owned by the arena that parsed it.
 *
 * What the arguments become, beside `key`:
 *   FIELD[number]      arg_is_index, index
 *   evt.arg.NAME       key = NAME; evt.rawarg.NAME also sets type and fmt
 *   evt.type.is.NAME   index = first event code, extra = the last one (NUMBER: both the same)
 *   evt.abspath.src    extra = 1; .dst: 2; alone: 0
 *   evt.around[TS]     index = TS in nanoseconds */
struct sk_field_ref {
    const struct sk_field *field;
    enum sk_type type; /* field->type, or that of the parameter for evt.rawarg */
    enum sk_print fmt;
    bool is_list;
    bool has_arg, arg_is_index;
    int64_t index;
    struct sk_str key;  /* argument text without quotes and brackets; "" without */
    struct sk_str text; /* canonical: "proc.aname[2]" */
    uint32_t extra;     /* for the extractor: flag value, parameter index... */
    uint64_t *counter;  /* util.cnt: how often it was asked */
};

extern const struct sk_field sk_fields[];
extern const size_t sk_fields_n;
extern const struct sk_field_class sk_field_classes[];
extern const size_t sk_field_classes_n;

/* Parses "name", "name[arg]", "name.arg": the whole text must be consumed.  -ENOENT: no such field;
 * -EINVAL: bad argument; `err` gets the exact message of the filter compiler
 * ("filter_check called with nonexistent field X", "filter syntax error: X"...). `set` may be NULL.
 */
SK_MUST int sk_field_parse_in(const struct sk_field_set *set, struct sk_str text,
                              struct sk_arena *mem, struct sk_field_ref *out, struct sk_buf *err);
/* Length of the longest prefix of `text` that is a field with its argument; 0: none. For formats.
 * The argument may be quoted there (%proc.env["A B"]). */
size_t sk_field_prefix_in(const struct sk_field_set *set, struct sk_str text);

/* Of the rows alone. */
SK_MUST static inline int sk_field_parse(struct sk_str text, struct sk_arena *mem,
                                         struct sk_field_ref *out, struct sk_buf *err)
{
    return sk_field_parse_in(NULL, text, mem, out, err);
}

static inline size_t sk_field_prefix(struct sk_str text)
{
    return sk_field_prefix_in(NULL, text);
}

/* Fields static.KEY that always give VALUE, sorted by key.  Arena memory; keys and values outlive the
 * set.  -EINVAL: a key is no name for a field (`bad` gets it); -ENOMEM. */
struct sk_static_field {
    const char *key, *value;
};
SK_MUST int sk_static_fields(const struct sk_static_field *row, size_t n, struct sk_arena *mem,
                             struct sk_field_set *out, const char **bad);

/* Fills *out when there is a value for the field. */
bool sk_overlay_get(const struct sk_overlay *o, const struct sk_field_ref *ref,
                    struct sk_vals *out);

/* false: absent. */
static inline bool sk_field_extract(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                                    struct sk_vals *out)
{
    out->n = 0;
    if (SK_UNLIKELY(cx->overlay) && sk_overlay_get(cx->overlay, ref, out))
        return true;
    return ref->field->extract(cx, ref, out);
}

/* How an output writes a value of a field or an expression whose format is `fmt`. */
static inline enum sk_print sk_output_fmt(const struct sk_ctx *cx, const struct sk_val *v,
                                          enum sk_print fmt)
{
    return cx->base64 && v->type == SK_T_BYTEBUF ? SK_PF_BASE64 : fmt;
}

/* May an event of this code ever have this field?  Conservative: true when unknown. */
bool sk_field_possible(const struct sk_field_ref *ref, unsigned event_code);
