/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_lower.c - one check as tests of the kernel side: which field it is about decides how. */
#include "rule/prefilter_own.h"

enum field_id {
#define FIELD_CLASS(id, name, of, sources, desc)
#define FIELD_ROW(id, name, type, fmt, flags, fn, since, doc) FIELD_##id,
#include "fields.def"
    FIELD_N
};

enum how {
    HOW_NONE,
    HOW_NUMBER,
    HOW_NAMED,
    HOW_TEXT,
    HOW_DIR,
    HOW_FILE,
    HOW_ADDRESS,
    HOW_PORT,
    HOW_OPEN,
    HOW_ARG,
    HOW_RAWARG,
    HOW_FAILED,
    HOW_NOPATH,
    HOW_PATHARG,
    HOW_ROW,
    HOW_ORDER,
};

/* The third column, by the second one. */
#define NUMBER_(x)  SK_PF_F_##x
#define NAMED_(x)   SK_PF_F_##x
#define FAILED_(x)  SK_PF_F_##x
#define OPEN_(x)    SK_PF_F_##x
#define ARG_(x)     SK_PF_F_##x
#define RAWARG_(x)  SK_PF_F_##x
#define ROW_(x)     SK_PF_F_##x
#define ORDER_(x)   SK_PF_F_##x
#define TEXT_(x)    SK_PF_##x
#define NOPATH_(x)  SK_PF_##x
#define DIR_(x)     SK_PF_##x
#define FILE_(x)    SK_PF_##x
#define ADDRESS_(x) SK_PT_##x
#define PORT_(x)    SK_PT_##x
#define PATHARG_(x) SK_PT_##x

enum { FLAG_NONE, FLAG_PRESENT };

static const struct row {
    uint8_t how, what, flags;
} rows[FIELD_N] = {
#define PREFILTER(id, h, w, f) [FIELD_##id] = {HOW_##h, h##_(w), FLAG_##f},
#include "prefilter.def"
};

static const struct row *row_of(const struct sk_field_ref *ref)
{
    static const struct row none;
    ptrdiff_t i = ref->field - sk_fields;

    return i >= 0 && i < FIELD_N ? &rows[i] : &none;
}

void sk_low_unknown(struct sk_pfc *c, struct sk_low *out, const char *why)
{
    *out = (struct sk_low){.guard = SK_PT_NONE, .why = why};
    out->up_f = sk_dnf_const(c, true);
    out->low_f = sk_dnf_const(c, false);
}

static void low_const(struct sk_pfc *c, struct sk_low *out, bool value)
{
    *out = (struct sk_low){.guard = SK_PT_NONE, .present = true};
    out->up_f = sk_dnf_const(c, value);
    out->low_f = sk_dnf_const(c, value);
}

/* What is true wherever a set's check is.  A set of nothing is a test too: false where the fact is known. */
static struct sk_dnf up_of(struct sk_pfc *c, const struct sk_low *l)
{
    if (!l->is_set)
        return l->up_f;
    if (l->up_any)
        return sk_dnf_const(c, true);
    return sk_dnf_lit(c, sk_pt_set(c, l->kind, &l->up), false);
}

static struct sk_dnf not_low(struct sk_pfc *c, const struct sk_low *l)
{
    struct sk_dnf d;

    if (!l->is_set)
        return sk_dnf_not(c, l->low_f);
    if (!l->low.n)
        return sk_dnf_const(c, true);
    d = sk_dnf_lit(c, sk_pt_set(c, l->kind, &l->low), true);
    return l->guard == SK_PT_NONE ? d : sk_dnf_or(c, d, sk_dnf_lit(c, l->guard, true));
}

struct sk_dnf sk_low_dnf(struct sk_pfc *c, const struct sk_low *l, bool negated)
{
    if (negated != l->flip)
        return not_low(c, l);
    /* `not field != x` also holds where there is no value. */
    if (l->flip && !l->present)
        return sk_dnf_const(c, true);
    return up_of(c, l);
}

/* What the row alone decides is asked of an event that has nothing else. */
static void by_row(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_expr *e,
                   struct sk_low *out)
{
    struct sk_event ev = {.info = &sk_events[c->code], .type = (uint16_t)c->code};
    struct sk_ctx cx = {.ev = &ev, .tmp = c->tmp, .source = "syscall"};
    struct sk_vals v;

    low_const(c, out,
              sk_expr_extract(&cx, e, &v) &&
                  sk_match_pred(pred, &v, NULL, c->pool->slot[pred->slot].flags, c->tmp));
}

static bool about_descriptor(const struct row *r)
{
    return ((r->how == HOW_TEXT || r->how == HOW_DIR || r->how == HOW_FILE) &&
            r->what == SK_PF_PATH) ||
           r->how == HOW_ADDRESS || r->how == HOW_PORT ||
           (r->how == HOW_NAMED && (r->what == SK_PF_F_FDTYPE || r->what == SK_PF_F_L4PROTO));
}

/* What the path tells against, and never for: a set of nothing. */
static void without_path(struct sk_pfc *c, const struct sk_pred *pred, unsigned word,
                         struct sk_low *out)
{
    if (pred->n != 1 || (pred->op != SK_OP_EQ && pred->op != SK_OP_NE)) {
        sk_low_unknown(c, out, "the kernel side cannot make this comparison");
        return;
    }
    *out = (struct sk_low){.is_set = true,
                           .guard = SK_PT_NONE,
                           .flip = (pred->op == SK_OP_NE) == (pred->rhs[0].num != 0),
                           .kind = {.word = (uint8_t)word}};
}

static void number(struct sk_pfc *c, const struct sk_pred *pred, unsigned fact, struct sk_low *out)
{
    struct sk_number num = {.fact = (uint8_t)fact, .is_signed = sk_type_is_signed(pred->type)};
    int i = sk_pf_result_param(c->code);

    if (fact == SK_PF_F_RET && i < 0)
        low_const(c, out, false);
    else if (fact == SK_PF_F_RET && strcmp(sk_pf_rows[c->code].src[i], "RET") != 0)
        sk_low_unknown(c, out, "the result of this event is not that of a call");
    else if (fact == SK_PF_F_FDNUM && sk_pf_fd_param(c->code) < 0)
        sk_low_unknown(c, out, "the kernel side does not resolve the descriptor of this event");
    else
        sk_low_number(c, pred, num, out);
}

static void by_field(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_expr *e,
                     struct sk_low *out)
{
    const struct row *r = row_of(&e->ref);

    if (about_descriptor(r) && !sk_pf_resolves(c->code)) {
        sk_low_unknown(c, out, "the kernel side does not resolve the descriptor of this event");
        return;
    }
    switch (r->how) {
    case HOW_NUMBER:
        number(c, pred, r->what, out);
        break;
    case HOW_NAMED:
        sk_low_named(c, pred, &e->ref, r->what, out);
        break;
    case HOW_TEXT:
        sk_low_text(c, pred, r->what, SK_PART_WHOLE, out);
        break;
    case HOW_NOPATH:
        without_path(c, pred, r->what, out);
        break;
    case HOW_DIR:
        sk_low_text(c, pred, r->what, SK_PART_DIR, out);
        break;
    case HOW_FILE:
        sk_low_text(c, pred, r->what, SK_PART_FILE, out);
        break;
    case HOW_ADDRESS:
        sk_low_address(c, pred, r->what, out);
        break;
    case HOW_PORT:
        sk_low_port(c, pred, r->what, out);
        break;
    case HOW_OPEN:
        sk_low_open(c, pred, &e->ref, out);
        break;
    case HOW_ARG:
    case HOW_RAWARG:
        sk_low_arg(c, pred, &e->ref, r->how == HOW_RAWARG, out);
        break;
    case HOW_FAILED:
        sk_low_failed(c, pred, out);
        break;
    case HOW_PATHARG:
        sk_low_path_arg(c, pred, r->what, out);
        break;
    case HOW_ROW:
        by_row(c, pred, e, out);
        break;
    case HOW_ORDER:
        c->order = true;
        sk_low_unknown(c, out, "it depends on the events before");
        break;
    default:
        sk_low_unknown(c, out, "the kernel side does not have this field");
    }
    out->present = r->flags & FLAG_PRESENT;
    if (out->why || (!out->is_set && !out->up_f.n && !out->low_f.n))
        return;
    if (out->is_set && out->up_any)
        out->why = "the kernel side cannot make this comparison";
    else if (out->is_set && out->up.n && !out->low.n)
        out->why = "known only in part: behind a `not` it is not tested";
}

static bool is_basename_of_exe(const struct sk_expr *e)
{
    return e->kind == SK_EXPR_TRANSFORM && e->tr == SK_TR_BASENAME && e->n == 1 &&
           e->arg[0]->kind == SK_EXPR_FIELD && row_of(&e->arg[0]->ref)->how == HOW_TEXT &&
           row_of(&e->arg[0]->ref)->what == SK_PF_EXE;
}

void sk_low_of(struct sk_pfc *c, uint32_t index, struct sk_low *out)
{
    const struct sk_pred *pred = &c->pool->pred[index];
    const struct sk_expr *e = c->pool->slot[pred->slot].expr;

    if (e->kind == SK_EXPR_FIELD && row_of(&e->ref)->how == HOW_ORDER)
        c->order = true;
    if (pred->rslot != SK_NO_SLOT)
        sk_low_unknown(c, out, "two fields are compared");
    else if (is_basename_of_exe(e))
        sk_low_text(c, pred, SK_PF_EXE, SK_PART_FILE, out);
    else if (e->kind != SK_EXPR_FIELD)
        sk_low_unknown(c, out, "the kernel side has no such function");
    else if (pred->is_list || e->is_list)
        sk_low_unknown(c, out, "the field is a list");
    else if (pred->op == SK_OP_EXISTS)
        sk_low_unknown(c, out, "the kernel side does not test whether there is a value");
    else if (row_of(&e->ref)->how != HOW_ROW && pred->mod != SK_OM_NONE)
        sk_low_unknown(c, out, "the kernel side has no such modifier");
    else
        by_field(c, pred, e, out);
}
