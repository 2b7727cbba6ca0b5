/* SPDX-License-Identifier: Apache-2.0 */
/* transform.c - builds and types expressions over fields. */
#include "field/transform.h"

#include <errno.h>

static const char *const names[SK_TR_N] = {
#define TRANSFORMER(id, name, doc) [SK_TR_##id] = name,
#include "transformers.def"
};

const char *sk_transform_name(enum sk_transform tr)
{
    return names[tr];
}

int sk_transform_by_name(struct sk_str name)
{
    for (int i = 0; i < SK_TR_N; i++)
        if (sk_str_eqz(name, names[i]))
            return i;
    return -1;
}

static int refuse(struct sk_buf *err, const char *text)
{
    sk_buf_addz(err, text);
    return -EINVAL;
}

static struct sk_expr *new_expr(enum sk_expr_kind kind, enum sk_type type, struct sk_arena *mem)
{
    struct sk_expr *e = sk_arena_alloc(mem, sizeof(*e));

    if (e) {
        e->kind = kind;
        e->type = type;
        e->depth = 1;
    }
    return e;
}

int sk_expr_field(const struct sk_field_set *set, struct sk_str text, struct sk_arena *mem,
                  const struct sk_expr **out, struct sk_buf *err)
{
    struct sk_expr *e = new_expr(SK_EXPR_FIELD, SK_T_NONE, mem);
    int rc = e ? sk_field_parse_in(set, text, mem, &e->ref, err) : -ENOMEM;

    if (rc)
        return rc;
    e->type = e->ref.type;
    e->fmt = e->ref.fmt;
    e->is_list = e->ref.is_list;
    e->stateful = e->ref.field->flags & SK_FF_STATEFUL;
    *out = e;
    return 0;
}

int sk_expr_text(struct sk_str text, struct sk_arena *mem, const struct sk_expr **out)
{
    struct sk_expr *e = new_expr(SK_EXPR_TEXT, SK_T_CHARBUF, mem);

    if (!e)
        return -ENOMEM;
    e->text = (struct sk_str){sk_arena_dup(mem, text), text.n};
    if (!e->text.p)
        return -ENOMEM;
    *out = e;
    return 0;
}

/* Takes over the arguments and what follows from them. */
static int adopt(struct sk_expr *e, const struct sk_expr *const *arg, size_t n,
                 struct sk_arena *mem, struct sk_buf *err)
{
    e->arg = sk_arena_alloc(mem, (n + 1) * sizeof(struct sk_expr *));
    if (!e->arg)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        e->arg[i] = arg[i];
        e->depth = SK_MAX(e->depth, arg[i]->depth + 1);
        e->stateful |= arg[i]->stateful;
    }
    e->n = n;
    if (e->depth <= SK_EXPR_DEPTH_MAX)
        return 0;
    sk_buf_printf(err, "exceeded max depth limit of %d", SK_EXPR_DEPTH_MAX);
    return -EINVAL;
}

int sk_expr_list(const struct sk_expr *const *arg, size_t n, struct sk_arena *mem,
                 const struct sk_expr **out, struct sk_buf *err)
{
    struct sk_expr *e = new_expr(SK_EXPR_LIST, SK_T_CHARBUF, mem);
    int rc = e ? adopt(e, arg, n, mem, err) : -ENOMEM;

    if (rc)
        return rc;
    if (n > SK_VALS_MAX) {
        sk_buf_printf(err, "a transformer list has at most %d elements", SK_VALS_MAX);
        return -EINVAL;
    }
    e->is_list = true;
    for (size_t i = 0; i < n; i++) {
        if (arg[i]->is_list)
            return refuse(err, "a transformer list can't have a list as element");
        if (n == 1)
            e->type = arg[i]->type;
    }
    *out = e;
    return 0;
}

const struct sk_field_ref *sk_expr_first_field(const struct sk_expr *e)
{
    const struct sk_field_ref *ref = NULL;

    if (e->kind == SK_EXPR_FIELD)
        return &e->ref;
    for (size_t i = 0; !ref && i < e->n; i++)
        ref = sk_expr_first_field(e->arg[i]);
    return ref;
}

static bool accepts(enum sk_transform tr, const struct sk_expr *arg)
{
    bool text = sk_type_is_text(arg->type), bytes = arg->type == SK_T_BYTEBUF;

    switch (tr) {
    case SK_TR_VAL:
        return true;
    case SK_TR_B64:
        return arg->type == SK_T_CHARBUF || bytes;
    case SK_TR_LEN:
        return arg->is_list || text || bytes;
    default:
        return text;
    }
}

/* tolower, toupper, b64, basename, len, val. */
static int type_unary(struct sk_expr *e, struct sk_buf *err)
{
    const struct sk_expr *arg = e->arg[0];
    const struct sk_field_ref *ref = sk_expr_first_field(arg);

    if (e->n != 1)
        return refuse(err, "unknown multivalue transformer");
    if (!accepts(e->tr, arg)) {
        sk_buf_printf(err,
                      "can't add field transformer: type '%s' is not supported by '%s' transformer "
                      "applied on %sfield '%s'",
                      sk_type_name(arg->type), names[e->tr], arg->is_list ? "list " : "",
                      ref ? ref->field->name : "");
        return -EINVAL;
    }
    e->type = arg->type;
    e->fmt = arg->fmt;
    e->is_list = arg->is_list;
    if (e->tr == SK_TR_LEN) {
        e->type = SK_T_UINT64;
        e->fmt = SK_PF_DEC;
        e->is_list = false;
    }
    return 0;
}

static bool scalar_text(const struct sk_expr *e)
{
    return !e->is_list && sk_type_is_text(e->type);
}

static int type_join(struct sk_expr *e, struct sk_buf *err)
{
    if (e->n != 2)
        return refuse(err, "join() requires exactly 2 arguments: separator and list");
    if (e->arg[0]->is_list)
        return refuse(err, "join() first argument (separator) must be a single value, not a list");
    if (!e->arg[1]->is_list)
        return refuse(err, "join() second argument must be a list");
    if (!scalar_text(e->arg[0]))
        return refuse(err, "join() first argument (separator) must be a string");
    return 0;
}

static int type_concat(struct sk_expr *e, struct sk_buf *err)
{
    if (e->n < 2)
        return refuse(err, "concat() requires at least 2 arguments");
    for (size_t i = 0; i < e->n; i++)
        if (!scalar_text(e->arg[i]))
            return refuse(err, "concat() arguments must be strings");
    return 0;
}

static int type_getopt(struct sk_expr *e, struct sk_str index, struct sk_buf *err)
{
    if (e->n != 2)
        return refuse(err, "getopt() requires exactly 2 arguments: list and option string");
    if (!e->arg[0]->is_list)
        return refuse(err, "getopt() first argument must be a list");
    if (!sk_type_is_text(e->arg[0]->type))
        return refuse(err, "getopt() first argument must be a list of strings");
    if (!scalar_text(e->arg[1]))
        return refuse(err, "getopt() second argument must be a string");
    if (index.p && index.n != 1)
        return refuse(err, "getopt() field argument must be a single character");
    e->is_list = !index.p;
    e->opt = index.p ? index.p[0] : '\0';
    return 0;
}

static int refuse_flagged(const struct sk_expr *e, struct sk_buf *err)
{
    for (size_t i = 0; i < e->n && e->tr != SK_TR_VAL; i++) {
        const struct sk_expr *arg = e->arg[i];

        if (arg->kind != SK_EXPR_FIELD || !(arg->ref.field->flags & SK_FF_NO_TRANSFORMER))
            continue;
        sk_buf_printf(err, "field '%s' does not support transformers", arg->ref.field->name);
        return -EINVAL;
    }
    return 0;
}

static int type_call(struct sk_expr *e, struct sk_str index, struct sk_buf *err)
{
    int rc;

    if (index.p && e->tr != SK_TR_GETOPT) {
        sk_buf_printf(err, "filter error: transformer '%s' does not support field arguments",
                      names[e->tr]);
        return -EINVAL;
    }
    switch (e->tr) {
    case SK_TR_JOIN:
        rc = type_join(e, err);
        break;
    case SK_TR_CONCAT:
        rc = type_concat(e, err);
        break;
    case SK_TR_GETOPT:
        rc = type_getopt(e, index, err);
        break;
    default:
        rc = refuse_flagged(e, err);
        return rc ? rc : type_unary(e, err);
    }
    return rc ? rc : refuse_flagged(e, err);
}

int sk_expr_transform(enum sk_transform tr, const struct sk_expr *const *arg, size_t n,
                      struct sk_str index, struct sk_arena *mem, const struct sk_expr **out,
                      struct sk_buf *err)
{
    struct sk_expr *e = new_expr(SK_EXPR_TRANSFORM, SK_T_CHARBUF, mem);
    int rc = e ? adopt(e, arg, n, mem, err) : -ENOMEM;

    if (rc)
        return rc;
    if (n == 0)
        return refuse(err, "a transformer needs an argument");
    e->tr = tr;
    rc = type_call(e, index, err);
    if (rc)
        return rc;
    *out = e;
    return 0;
}
