/* SPDX-License-Identifier: Apache-2.0 */
/* transform_eval.c - computes the value of an expression for one event.
 *
 * A value that is absent, or too large for the event's arena, makes the whole expression absent. */
#include <ctype.h>
#include <inttypes.h>

#include "field/transform.h"

/* Conditions compare C strings. */
static inline void cut_at_nul(struct sk_vals *vals)
{
    for (size_t i = 0; i < vals->n; i++)
        if (vals->v[i].s.n && sk_type_is_text(vals->v[i].type))
            vals->v[i].s.n = strnlen(vals->v[i].s.p, vals->v[i].s.n);
}

static bool apply_case(const struct sk_ctx *cx, struct sk_val *v, int (*fn)(int c))
{
    char *p = sk_arena_alloc(cx->tmp, v->s.n + 1);

    if (!p)
        return false;
    for (size_t i = 0; i < v->s.n; i++)
        p[i] = (char)fn((unsigned char)v->s.p[i]);
    v->s.p = p;
    return true;
}

static int b64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padding is optional; bits that are left over must be zero. */
static bool apply_b64(const struct sk_ctx *cx, struct sk_val *v)
{
    struct sk_str in = v->s;
    uint32_t bits = 0, have = 0;
    size_t n = 0;
    char *p;

    for (int i = 0; i < 2 && in.n && in.p[in.n - 1] == '='; i++)
        in.n--;
    p = sk_arena_alloc(cx->tmp, in.n / 4 * 3 + 4);
    if (!p || in.n % 4 == 1)
        return false;
    for (size_t i = 0; i < in.n; i++) {
        int six = b64_value(in.p[i]);

        if (six < 0)
            return false;
        bits = (bits << 6 | (uint32_t)six) & 0xffffff;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        p[n++] = (char)(bits >> have);
    }
    if (bits & ((1u << have) - 1))
        return false;
    v->s = (struct sk_str){p, n};
    return true;
}

static void apply_basename(struct sk_val *v)
{
    const char *slash = v->s.n ? memrchr(v->s.p, '/', v->s.n) : NULL;

    if (slash)
        v->s = (struct sk_str){slash + 1, v->s.n - (size_t)(slash + 1 - v->s.p)};
}

static bool apply_unary(const struct sk_ctx *cx, enum sk_transform tr, struct sk_val *v)
{
    if (!sk_type_is_text(v->type) && v->type != SK_T_BYTEBUF)
        return tr == SK_TR_VAL;
    switch (tr) {
    case SK_TR_TOLOWER:
        return apply_case(cx, v, tolower);
    case SK_TR_TOUPPER:
        return apply_case(cx, v, toupper);
    case SK_TR_B64:
        return apply_b64(cx, v);
    case SK_TR_BASENAME:
        apply_basename(v);
        return true;
    default:
        return true;
    }
}

static bool apply_len(const struct sk_expr *e, struct sk_vals *out)
{
    uint64_t n = e->arg[0]->is_list ? out->n : out->n ? out->v[0].s.n : 0;

    if (!e->arg[0]->is_list && out->n != 1)
        return false;
    out->n = 1;
    out->v[0] = (struct sk_val){.type = SK_T_UINT64, .u64 = n};
    return true;
}

static bool eval_unary(const struct sk_ctx *cx, const struct sk_expr *e, struct sk_vals *out)
{
    if (!sk_expr_extract(cx, e->arg[0], out))
        return false;
    if (e->tr == SK_TR_LEN)
        return apply_len(e, out);
    for (size_t i = 0; i < out->n; i++)
        if (!apply_unary(cx, e->tr, &out->v[i]))
            return false;
    return true;
}

/* Text of one element of a list that is joined. */
static struct sk_str element_text(const struct sk_val *v, char *buf, size_t size)
{
    if (!sk_type_is_int(v->type))
        return v->s;
    if (sk_type_is_signed(v->type))
        return (struct sk_str){buf, (size_t)snprintf(buf, size, "%" PRId64, v->i64)};
    return (struct sk_str){buf, (size_t)snprintf(buf, size, "%" PRIu64, v->u64)};
}

/* Without memory (p == NULL) only counts. */
static size_t join(const struct sk_vals *vals, struct sk_str sep, char *p)
{
    char buf[32];
    size_t n = 0;

    for (size_t i = 0; i < vals->n; i++) {
        struct sk_str piece = element_text(&vals->v[i], buf, sizeof(buf));

        if (i && sep.n) {
            if (p)
                memcpy(p + n, sep.p, sep.n);
            n += sep.n;
        }
        if (p && piece.n)
            memcpy(p + n, piece.p, piece.n);
        n += piece.n;
    }
    return n;
}

static bool join_into(const struct sk_ctx *cx, struct sk_str sep, struct sk_vals *out)
{
    size_t n = join(out, sep, NULL);
    char *p = sk_arena_alloc(cx->tmp, n + 1);

    if (!p)
        return false;
    (void)join(out, sep, p);
    out->n = 1;
    out->v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = {p, n}};
    return true;
}

/* One value of each argument; `out` is used for the arguments too. */
static __attribute__((noinline)) bool eval_scalars(const struct sk_ctx *cx, const struct sk_expr *e,
                                                   struct sk_vals *out)
{
    struct sk_vals one;

    out->n = 0;
    for (size_t i = 0; i < e->n; i++) {
        if (out->n == SK_VALS_MAX || !sk_expr_extract(cx, e->arg[i], &one) || one.n != 1)
            return false;
        out->v[out->n++] = one.v[0];
    }
    return true;
}

static __attribute__((noinline)) bool eval_join(const struct sk_ctx *cx, const struct sk_expr *e,
                                                struct sk_vals *out)
{
    struct sk_vals sep;

    return sk_expr_extract(cx, e->arg[0], &sep) && sep.n == 1 &&
           sk_expr_extract(cx, e->arg[1], out) && join_into(cx, sep.v[0].s, out);
}

static bool eval_concat(const struct sk_ctx *cx, const struct sk_expr *e, struct sk_vals *out)
{
    return eval_scalars(cx, e, out) && join_into(cx, (struct sk_str){"", 0}, out);
}

struct options {
    struct sk_str spec; /* "nt:" */
    char wanted;        /* 0: all */
    struct sk_vals *out;
};

static void emit(struct options *o, struct sk_str text)
{
    if (o->out->n < SK_VALS_MAX)
        o->out->v[o->out->n++] = (struct sk_val){.type = SK_T_CHARBUF, .s = text};
}

/* In list mode the letter and then its value; for one letter the value of its last use. */
static void found(struct options *o, struct sk_str letter, struct sk_str value)
{
    if (!o->wanted) {
        emit(o, letter);
        if (value.p)
            emit(o, value);
        return;
    }
    if (letter.p[0] != o->wanted)
        return;
    o->out->n = 0;
    emit(o, value.p ? value : letter);
}

/* One token of letters. Returns how many of the following tokens were used as values (0 or 1). */
static size_t cluster(struct options *o, struct sk_str token, const struct sk_str *next)
{
    for (size_t i = 1; i < token.n; i++) {
        const char *hit = o->spec.n ? memchr(o->spec.p, token.p[i], o->spec.n) : NULL;
        struct sk_str value = {token.p + i + 1, token.n - i - 1};

        if (!hit || token.p[i] == ':') {
            found(o, SK_STR("?"), (struct sk_str){NULL, 0});
            continue;
        }
        if (hit + 1 == o->spec.p + o->spec.n || hit[1] != ':') {
            found(o, (struct sk_str){token.p + i, 1}, (struct sk_str){NULL, 0});
            continue;
        }
        if (value.n == 0 && !next && !o->wanted) {
            emit(o, SK_STR("")); /* in a list, that stands for letter and value */
            return 0;
        }
        if (value.n == 0)
            value = next ? *next : (struct sk_str){"", 0};
        found(o, (struct sk_str){token.p + i, 1}, value);
        return next && i + 1 == token.n;
    }
    return 0;
}

static __attribute__((noinline)) bool eval_getopt(const struct sk_ctx *cx, const struct sk_expr *e,
                                                  struct sk_vals *out)
{
    struct options o = {.wanted = e->opt, .out = out};
    struct sk_vals args;

    if (!sk_expr_extract(cx, e->arg[1], &args) || args.n != 1)
        return false;
    o.spec = args.v[0].s;
    if (!sk_expr_extract(cx, e->arg[0], &args))
        return false;
    out->n = 0;
    for (size_t i = 0; i < args.n; i++) {
        struct sk_str token = args.v[i].s;

        if (token.n < 2 || token.p[0] != '-' || sk_str_eqz(token, "--"))
            break;
        if (token.p[1] == '-')
            continue;
        i += cluster(&o, token, i + 1 < args.n ? &args.v[i + 1].s : NULL);
    }
    return !o.wanted || out->n == 1;
}

bool sk_expr_extract(const struct sk_ctx *cx, const struct sk_expr *e, struct sk_vals *out)
{
    switch (e->kind) {
    case SK_EXPR_FIELD:
        if (!sk_field_extract(cx, &e->ref, out))
            return false;
        if (!sk_type_is_int(e->type))
            cut_at_nul(out);
        return true;
    case SK_EXPR_TEXT:
        out->n = 1;
        out->v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = e->text};
        return true;
    case SK_EXPR_LIST:
        return eval_scalars(cx, e, out);
    case SK_EXPR_TRANSFORM:
        break;
    }
    if (e->tr == SK_TR_JOIN)
        return eval_join(cx, e, out);
    if (e->tr == SK_TR_CONCAT)
        return eval_concat(cx, e, out);
    if (e->tr == SK_TR_GETOPT)
        return eval_getopt(cx, e, out);
    if (!eval_unary(cx, e, out))
        return false;
    cut_at_nul(out);
    return true;
}
