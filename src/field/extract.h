/* SPDX-License-Identifier: Apache-2.0 */
/* extract.h - what the files with extractors share: ids of the rows, and how values are given.
 *
 * An extractor runs for every event that reaches a check of its field: it does not allocate (except
 * temporaries in cx->tmp), lock or read files.  Included by src/field/ only. */
#pragma once
#include "field/field.h"

/* Row number in sk_fields[] of every field: SK_FLD_PROC_NAME... */
enum sk_field_id {
#define FIELD_CLASS(id, name, of, sources, desc)
#define FIELD_ROW(id, name, type, fmt, flags, fn, since, doc) SK_FLD_##id,
#include "fields.def"
    SK_FLD_N
};

enum sk_field_class_id {
#define FIELD_CLASS(id, name, of, sources, desc) SK_FCLS_##id,
#define FIELD_ROW(id, name, type, fmt, flags, fn, since, doc)
#include "fields.def"
    SK_FCLS_N
};

#define FIELD_CLASS(id, name, of, sources, desc)
#define FIELD_ROW(id, name, type, fmt, flags, fn, since, doc) sk_extract_fn fn;
#include "fields.def"

static inline enum sk_field_id sk_field_id(const struct sk_field_ref *ref)
{
    return (enum sk_field_id)(ref->field - sk_fields);
}

/* Each appends one value of the field's type and returns true. */
static inline struct sk_val *sk_vals_add(const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_val *v = &out->v[out->n < SK_VALS_MAX ? out->n++ : SK_VALS_MAX - 1];

    *v = (struct sk_val){.type = ref->type};
    return v;
}

static inline bool sk_give_u64(const struct sk_field_ref *ref, uint64_t u, struct sk_vals *out)
{
    sk_vals_add(ref, out)->u64 = u;
    return true;
}

static inline bool sk_give_i64(const struct sk_field_ref *ref, int64_t i, struct sk_vals *out)
{
    sk_vals_add(ref, out)->i64 = i;
    return true;
}

static inline bool sk_give_bool(const struct sk_field_ref *ref, bool b, struct sk_vals *out)
{
    sk_vals_add(ref, out)->b = b;
    return true;
}

/* An absent string becomes an empty one. */
static inline bool sk_give_text(const struct sk_field_ref *ref, struct sk_str s,
                                struct sk_vals *out)
{
    sk_vals_add(ref, out)->s = s.p ? s : SK_STR("");
    return true;
}

/* Text built of pieces in the batch arena.  Out of memory: absent. */
bool sk_give_joined(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                    const struct sk_str *piece, size_t n, struct sk_vals *out);
/* NUL-terminated strings one behind the other (args, env, cgroups), joined by blanks. */
struct sk_str sk_join_nuls(const struct sk_ctx *cx, struct sk_str strings);
/* Cuts the first NUL-terminated string off *rest; false: none left. */
bool sk_next_nul(struct sk_str *rest, struct sk_str *out);

/* Names of the thread and of a whole process; "" unknown. */
struct sk_str sk_thread_comm(const struct sk_ctx *cx);
struct sk_str sk_proc_comm(const struct sk_proc *p);
/* "comm args"; absent when out of memory. */
struct sk_str sk_proc_cmdline(const struct sk_ctx *cx, struct sk_str comm, const struct sk_proc *p);
/* -1 for a process of which only a thread is known: which one that belongs to is not. */
static inline int64_t sk_proc_pid(const struct sk_proc *p)
{
    return p->fake ? -1 : (int64_t)p->pid;
}
/* 0: the process itself, 1: its parent...; NULL: no such ancestor known. */
const struct sk_proc *sk_proc_ancestor(const struct sk_proc *p, int64_t n);
