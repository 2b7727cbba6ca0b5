/* SPDX-License-Identifier: Apache-2.0 */
/* field.c - the table of fields, made of the rows in tbl/fields/, and what is true of each row. */
#include "field/field.h"

#include "field/extract.h"

const struct sk_field_class sk_field_classes[] = {
#define FIELD_CLASS(id, nm, of_what, srcs, text) \
    [SK_FCLS_##id] = {.name = nm, .of = of_what, .desc = text, .sources = srcs},
#define FIELD_ROW(id, name, type, fmt, flags, fn, since, doc)
#include "fields.def"
};
const size_t sk_field_classes_n = SK_ARRAY_LEN(sk_field_classes);

#define CLASS_INDEX_(id) SK_FCLS_##id
#define CLASS_INDEX(id)  CLASS_INDEX_(id)

const struct sk_field sk_fields[] = {
#define FIELD_CLASS(id, nm, of_what, srcs, text)
#define FIELD_ROW(id, nm, ty, pf, fl, fn, snc, text)                    \
    [SK_FLD_##id] = {.name = (nm),                                      \
                     .name_n = sizeof(nm) - 1,                          \
                     .type = SK_T_##ty,                                 \
                     .fmt = SK_PF_##pf,                                 \
                     .flags = (fl),                                     \
                     .extract = (fn),                                   \
                     .klass = &sk_field_classes[CLASS_INDEX(FIELD_OF)], \
                     .since = (snc),                                    \
                     .doc = (text)},
#include "fields.def"
};
const size_t sk_fields_n = SK_ARRAY_LEN(sk_fields);

/* For rows whose value nothing can give (yet). */
bool sk_f_absent(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    (void)cx;
    (void)ref;
    (void)out;
    return false;
}

bool sk_overlay_get(const struct sk_overlay *o, const struct sk_field_ref *ref, struct sk_vals *out)
{
    for (size_t i = 0; i < o->n; i++) {
        if (!sk_str_eq(o->row[i].text, ref->text))
            continue;
        out->n = SK_MIN(o->row[i].n, (size_t)SK_VALS_MAX);
        memcpy(out->v, o->row[i].v, out->n * sizeof(*out->v));
        return true;
    }
    return false;
}

static bool is_class(const struct sk_field *f, enum sk_field_class_id id)
{
    return f->klass == &sk_field_classes[id];
}

bool sk_field_possible(const struct sk_field_ref *ref, unsigned event_code)
{
    const struct sk_event_info *info;

    if (event_code >= SK_EVENT_N)
        return true;
    info = &sk_events[event_code];
    if (is_class(ref->field, SK_FCLS_FD))
        return (info->flags & (SK_EF_CREATES_FD | SK_EF_USES_FD | SK_EF_DESTROYS_FD)) != 0;
    /* evt.arg.NAME, evt.rawarg.NAME */
    if ((ref->field->flags & SK_FF_DOT_ARG) && ref->has_arg && !ref->arg_is_index && ref->key.n &&
        (strcmp(ref->field->name, "evt.arg") == 0 || strcmp(ref->field->name, "evt.rawarg") == 0)) {
        for (unsigned i = 0; i < info->nparams; i++)
            if (sk_str_eqz(ref->key, info->param[i].name))
                return true;
        return false;
    }
    return true;
}

bool sk_next_nul(struct sk_str *rest, struct sk_str *out)
{
    const char *end;

    if (!rest->n)
        return false;
    end = memchr(rest->p, '\0', rest->n);
    *out = (struct sk_str){rest->p, end ? (size_t)(end - rest->p) : rest->n};
    rest->n -= out->n + (end ? 1 : 0);
    rest->p += out->n + (end ? 1 : 0);
    return true;
}

struct sk_str sk_join_nuls(const struct sk_ctx *cx, struct sk_str strings)
{
    char *p;
    size_t n = strings.n;

    if (n && strings.p[n - 1] == '\0')
        n--;
    if (!n)
        return SK_STR("");
    p = sk_arena_dup(cx->tmp, (struct sk_str){strings.p, n});
    if (!p)
        return (struct sk_str){NULL, 0};
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] ? p[i] : ' '; /* a store for each byte: many at a time */
    return (struct sk_str){p, n};
}

bool sk_give_joined(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                    const struct sk_str *piece, size_t n, struct sk_vals *out)
{
    size_t len = 0;
    char *p;

    for (size_t i = 0; i < n; i++)
        len += piece[i].n;
    p = sk_arena_alloc(cx->tmp, len + 1);
    if (!p)
        return false;
    len = 0;
    for (size_t i = 0; i < n; i++) {
        if (piece[i].n)
            memcpy(p + len, piece[i].p, piece[i].n);
        len += piece[i].n;
    }
    return sk_give_text(ref, (struct sk_str){p, len}, out);
}
