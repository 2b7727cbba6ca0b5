/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - a test that says something about its event which is not so would pass or fail for the
 * wrong reason: every field that it gives is read back through the real extractor. */
#include <errno.h>

#include "trial/run.h"
#include "trial/value.h"

/* Values that come from elsewhere (a container engine, the file system, user files): given ones win
 * over what is found. */
static bool from_elsewhere(const char *name)
{
    static const char *const begins[] = {"container.", "k8s.", "user.", "group."};
    const char *end = strrchr(name, '_');

    for (size_t i = 0; i < SK_ARRAY_LEN(begins); i++)
        if (!strncmp(name, begins[i], strlen(begins[i])))
            return true;
    return !strcmp(name, "fs.path.resolved") || (end && !strcmp(end, "_resolved"));
}

/* Written into the record as they stand, or as lists. */
static bool is_written(const struct sk_given *g)
{
    const char *f = g->ref.field->name;

    return !strcmp(f, "evt.arg") || !strcmp(f, "evt.rawarg") || !strcmp(f, "evt.type") ||
           !strcmp(f, "evt.res") || !strcmp(f, "fd.typechar") ||
           (g->value->kind == SK_NODE_LIST && !g->ref.has_arg);
}

static bool equal(const struct sk_val *v, const struct sk_given *g, struct sk_str text,
                  struct sk_buf *shown)
{
    int64_t number;

    sk_buf_reset(shown);
    sk_val_text(v, g->ref.fmt, shown);
    return sk_str_eq(sk_buf_str(shown), text) ||
           (sk_type_is_int(v->type) && v->type != SK_T_BOOL && !sk_trial_number(text, &number) &&
            number == v->i64);
}

static int refuse(const struct sk_given *g, struct sk_str text, const char *is, bool used,
                  struct sk_diag *dg)
{
    return sk_err(dg, -EINVAL, &g->at,
                  used ? "'%.*s' is given as '%.*s', but is %s with the other fields of the event"
                       : "'%.*s' is given as '%.*s', but follows from other fields, and is %s",
                  (int)g->ref.text.n, g->ref.text.p, (int)text.n, text.p, is);
}

static int overlay(const struct sk_given *g, struct sk_arena *mem, struct sk_overlay_row *row,
                   struct sk_diag *dg)
{
    bool list = g->value->kind == SK_NODE_LIST;
    size_t n = list ? g->value->n : 1;
    struct sk_val *v = sk_arena_alloc(mem, (n + 1) * sizeof(*v));
    int rc = v ? 0 : -ENOMEM;

    for (size_t i = 0; !rc && i < n; i++) {
        const struct sk_node *one = list ? g->value->item[i] : g->value;

        rc = sk_trial_value(g->ref.type, sk_str(one->text), mem, &v[i]);
        if (rc == -EINVAL)
            return sk_err(dg, rc, &one->pos, "'%.*s': '%s' is no value of its type %s",
                          (int)g->ref.text.n, g->ref.text.p, one->text, sk_type_name(g->ref.type));
    }
    *row = (struct sk_overlay_row){.text = g->ref.text, .v = v, .n = n};
    return rc;
}

/* 1: as given; 0: needs an overlay. */
static int check_one(const struct sk_given *g, bool used, struct sk_ctx *cx, struct sk_arena *mem,
                     struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf shown = SK_BUF(1u << 20), is = SK_BUF(1u << 20);
    struct sk_str text = sk_given_text(g, mem);
    struct sk_vals v = {0};
    bool present, empty = true;

    if (!text.p)
        return -ENOMEM;
    if (!sk_field_possible(&g->ref, cx->ev->type))
        return sk_err(dg, -EINVAL, &g->at, "'%.*s': event '%s' cannot have it%s",
                      (int)g->ref.text.n, g->ref.text.p, sk_event_name(cx->ev),
                      strncmp(g->ref.field->name, "fd.", 3) ? "" : ", it has no descriptor");
    present = sk_field_extract(cx, &g->ref, &v);
    for (size_t i = 0; present && i < v.n; i++) {
        if (equal(&v.v[i], g, text, &shown))
            return 1;
        empty &= !shown.n || sk_str_eqz(sk_buf_str(&shown), "<NA>");
    }
    if (from_elsewhere(g->ref.field->name) || ((!present || empty) && !used))
        return 0;
    /* Paths of a call that failed are in the record, and the fields are absent. */
    if (!present && used && !strncmp(g->ref.field->name, "fs.path.", 8))
        return 1;
    if (!present)
        return refuse(g, text, "absent", used, dg);
    sk_buf_printf(&is, "'%s'", sk_buf_str(&shown).p);
    return refuse(g, text, sk_buf_str(&is).p, used, dg);
}

int sk_check_given(const struct sk_given *given, size_t n, const bool *used, struct sk_ctx *cx,
                   struct sk_arena *mem, struct sk_overlay *out, struct sk_diag *dg)
{
    struct sk_overlay_row *row = sk_arena_alloc(mem, (n + 1) * sizeof(*row));
    size_t nrows = 0;
    int rc = row ? 0 : -ENOMEM;

    for (size_t i = 0; rc >= 0 && i < n; i++) {
        if (used[i] && is_written(&given[i]))
            continue;
        rc = check_one(&given[i], used[i], cx, mem, dg);
        if (rc == 0)
            rc = overlay(&given[i], mem, &row[nrows++], dg);
    }
    *out = (struct sk_overlay){.row = row, .n = nrows};
    return rc < 0 ? rc : 0;
}
