/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_number.c - checks of numbers: results, ids, flags, ports. */
#include "rule/prefilter_own.h"

static struct sk_pt_kind kind_of(struct sk_number num, enum sk_pf_op op)
{
    return (struct sk_pt_kind){SK_PF_NUM, num.fact, num.n, (uint8_t)op};
}

struct sk_dnf sk_dnf_compare(struct sk_pfc *c, struct sk_number num, enum sk_pf_op op, uint64_t v,
                             bool negated)
{
    struct sk_pe_list one = {0};

    if (op != SK_PF_EQ)
        return sk_dnf_lit(c, sk_pt_number(c, kind_of(num, op), v), negated);
    sk_pe_add(c, &one, &(struct sk_pe){.kind = SK_PE_NUM, .num = v});
    return sk_dnf_lit(c, sk_pt_set(c, kind_of(num, SK_PF_IN), &one), negated);
}

void sk_low_numbers(struct sk_pfc *c, struct sk_number num, const struct sk_pe_list *yes,
                    struct sk_low *out)
{
    *out = (struct sk_low){
        .is_set = true, .guard = SK_PT_NONE, .kind = kind_of(num, SK_PF_IN), .up = *yes};
    sk_pe_join(c, &out->low, yes);
}

/* Both formulas are the same. */
static void exact(struct sk_low *out, struct sk_dnf d)
{
    *out = (struct sk_low){.guard = SK_PT_NONE, .up_f = d, .low_f = d};
}

/* `op v` as one strict comparison; false: it always holds. */
static bool strict(struct sk_number num, enum sk_op op, uint64_t v, enum sk_pf_op *out_op,
                   uint64_t *out_v)
{
    bool less = op == SK_OP_LT || op == SK_OP_LE;
    uint64_t max = num.is_signed ? INT64_MAX : UINT64_MAX,
             min = num.is_signed ? (uint64_t)INT64_MIN : 0;

    if ((op == SK_OP_LE && v == max) || (op == SK_OP_GE && v == min))
        return false;
    if (num.is_signed)
        *out_op = less ? SK_PF_SLT : SK_PF_SGT;
    else
        *out_op = less ? SK_PF_LT : SK_PF_GT;
    *out_v = op == SK_OP_LE ? v + 1 : op == SK_OP_GE ? v - 1 : v;
    return true;
}

void sk_low_number(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                   struct sk_low *out)
{
    struct sk_pe_list yes = {0};
    enum sk_pf_op op;
    uint64_t v;

    switch (pred->op) {
    case SK_OP_EQ:
    case SK_OP_NE:
    case SK_OP_IN:
        for (size_t i = 0; i < pred->n; i++)
            sk_pe_add(c, &yes, &(struct sk_pe){.kind = SK_PE_NUM, .num = pred->rhs[i].num});
        sk_low_numbers(c, num, &yes, out);
        out->flip = pred->op == SK_OP_NE;
        return;
    case SK_OP_LT:
    case SK_OP_LE:
    case SK_OP_GT:
    case SK_OP_GE:
        if (pred->n != 1)
            break;
        if (strict(num, pred->op, pred->rhs->num, &op, &v))
            exact(out, sk_dnf_compare(c, num, op, v, false));
        else
            exact(out, sk_dnf_const(c, true));
        return;
    default:
        break;
    }
    sk_low_unknown(c, out, "the kernel side cannot make this comparison");
}

void sk_low_port(struct sk_pfc *c, const struct sk_pred *pred, unsigned what, struct sk_low *out)
{
    struct sk_number local = {.fact = SK_PF_F_LPORT}, remote = {.fact = SK_PF_F_RPORT};
    struct sk_low other;
    struct sk_dnf a, b;

    if (what == SK_PT_LOCAL || what == SK_PT_REMOTE) {
        sk_low_number(c, pred, what == SK_PT_LOCAL ? local : remote, out);
        return;
    }
    sk_low_number(c, pred, local, out);
    sk_low_number(c, pred, remote, &other);
    if (out->why)
        return;
    /* `field != x` is true when no end is x: what it denies is that one is. */
    other.flip = false;
    bool flip = out->flip;
    out->flip = false;
    a = sk_low_dnf(c, out, false);
    b = sk_low_dnf(c, &other, false);
    exact(out, sk_dnf_or(c, a, b));
    out->flip = flip;
    if (what == SK_PT_EITHER)
        return;
    out->low_f = sk_dnf_const(c, false);
    out->why = "the kernel side does not know which end is the client: it takes either";
}
