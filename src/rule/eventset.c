/* SPDX-License-Identifier: Apache-2.0 */
/* eventset.c - for which events can a check be true, and for which false?
 *
 * A check on evt.type or syscall.type alone is decided here, by asking it about the name of every
 * event; what is no system call has no syscall.type and satisfies no check of it.  Where the
 * name depends on the record (GENERIC: any system call without a row) both may be possible. evt.num
 * counts from 1. Whatever else is checked may go either way. */
#include "rule/ir.h"

#define CODE_GENERIC_EXIT 1u

static bool says(const struct sk_pred *pred, const char *name, struct sk_arena *tmp)
{
    struct sk_vals one;

    one.n = 1;
    one.v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = sk_str(name)};
    return sk_match_pred(pred, &one, NULL, 0, tmp);
}

static void note(struct sk_node_events *ev, unsigned code, bool result)
{
    sk_event_set_add(result ? &ev->can_be_true : &ev->can_be_false, code);
}

static bool is_generic(const struct sk_ppm_sc_info *sc)
{
    return sc->name && sc->nevents && sc->event[0] <= CODE_GENERIC_EXIT;
}

static void by_event_name(const struct sk_pred *pred, struct sk_arena *tmp, bool calls_only,
                          struct sk_node_events *ev)
{
    memset(ev, 0, sizeof(*ev));
    for (unsigned code = CODE_GENERIC_EXIT + 1; code < SK_EVENT_N; code++) {
        const struct sk_event_info *info = &sk_events[code];
        bool named = !calls_only || info->category & SK_EC_SYSCALL;

        note(ev, code, named && says(pred, info->name ? info->name : "", tmp));
    }
    for (size_t i = 0; i < sk_ppm_sc_n; i++) {
        bool result;

        if (!is_generic(&sk_ppm_sc[i]))
            continue;
        result = says(pred, sk_ppm_sc[i].name, tmp);
        note(ev, CODE_GENERIC_EXIT - 1, result);
        note(ev, CODE_GENERIC_EXIT, result);
    }
}

/* Does `op c` hold for a number from 1 on; for all of them? */
static void number_range(enum sk_op op, uint64_t c, bool *some, bool *all)
{
    *some = true;
    *all = false;
    switch (op) {
    case SK_OP_EQ:
    case SK_OP_IN:
    case SK_OP_INTERSECTS:
    case SK_OP_LE:
        *some = c >= 1;
        *all = op == SK_OP_LE && c == UINT64_MAX;
        break;
    case SK_OP_NE:
        *all = c < 1;
        break;
    case SK_OP_LT:
        *some = c > 1;
        break;
    case SK_OP_GE:
        *all = c <= 1;
        break;
    case SK_OP_GT:
        *some = c < UINT64_MAX;
        *all = c < 1;
        break;
    default:
        break;
    }
}

static void by_event_number(const struct sk_pred *pred, struct sk_node_events *ev)
{
    bool some = false, all = false;

    for (size_t i = 0; i < pred->n; i++) {
        bool s, a;

        number_range(pred->op, pred->rhs[i].num, &s, &a);
        some |= s;
        all |= a;
    }
    if (!some)
        memset(&ev->can_be_true, 0, sizeof(ev->can_be_true));
    if (all)
        memset(&ev->can_be_false, 0, sizeof(ev->can_be_false));
}

void sk_pred_events(const struct sk_filter_pool *p, const struct sk_pred *pred,
                    struct sk_node_events *out)
{
    const struct sk_expr *e = p->slot[pred->slot].expr;
    const char *name = e->kind == SK_EXPR_FIELD ? e->ref.field->name : "";

    memset(out, 0xff, sizeof(*out));
    if (pred->rslot != SK_NO_SLOT)
        return;
    if (strcmp(name, "evt.type") == 0 || strcmp(name, "syscall.type") == 0)
        by_event_name(pred, p->mem, name[0] == 's', out);
    else if (strcmp(name, "evt.num") == 0 && pred->mod == SK_OM_NONE)
        by_event_number(pred, out);
}

void sk_filter_event_set(const struct sk_filter_pool *p, uint32_t root, struct sk_event_set *out)
{
    *out = p->events[root].can_be_true;
}
