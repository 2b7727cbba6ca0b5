/* SPDX-License-Identifier: Apache-2.0 */
/* texts.c - see texts.h.  Patterns, and parts where there are few of them, are decided one by one
 * (match.c): they are remembered as bits as well. */
#include "rule/texts.h"

#include <errno.h>

#include "rule/affix.h"
#include "rule/needles.h"

/* So many parts cost less than the automaton when looked for one by one. */
#define FEW_NEEDLES 2

enum kind { EQUAL, BEGIN, END, PART, KINDS, LONE = KINDS };

struct sk_texts {
    const struct sk_pred *const *pred; /* of each bit; own copy */
    uint32_t n, words;
    unsigned flags;
    uint64_t *of_kind;    /* [KINDS][words]: bits of each kind */
    struct sk_map *equal; /* text -> index of its first row + 1 */
    uint64_t lens;        /* sk_set_len() of all of them */
    struct equal_row {
        uint32_t bit, next; /* next: index + 1 */
    } *row;
    struct sk_affix *begin, *end;
    struct sk_needles *part;
};

static bool any_of(const struct sk_pred *pred)
{
    return pred->n == 1 || pred->mod == SK_OM_NONE || pred->mod == SK_OM_ANYOF;
}

static bool has_empty(const struct sk_pred *pred)
{
    for (size_t i = 0; i < pred->n; i++)
        if (!pred->rhs[i].s.n)
            return true;
    return false;
}

/* `!=` of several values: none of them may be equal, or one must differ, by the field. */
static bool none_equal(const struct sk_pred *pred, unsigned flags)
{
    return (pred->n == 1 || pred->mod == SK_OM_ALLOF) &&
           (!(flags & SK_FF_ANY) || flags & SK_FF_ANY_NOT);
}

static enum kind kind_of(const struct sk_pred *pred, unsigned flags)
{
    switch (pred->op) {
    case SK_OP_EQ:
    case SK_OP_IN:
        return any_of(pred) ? EQUAL : LONE;
    case SK_OP_NE:
        return none_equal(pred, flags) ? EQUAL : LONE;
    case SK_OP_STARTSWITH:
        return any_of(pred) ? BEGIN : LONE;
    case SK_OP_ENDSWITH:
        return any_of(pred) ? END : LONE;
    case SK_OP_CONTAINS:
        if (any_of(pred) && has_empty(pred))
            return BEGIN; /* every text begins with nothing */
        return any_of(pred) ? PART : LONE;
    default:
        return LONE;
    }
}

bool sk_texts_takes(const struct sk_pred *pred, unsigned flags, bool *out_inverted)
{
    *out_inverted = pred->op == SK_OP_NE && kind_of(pred, flags) == EQUAL;
    return sk_type_is_text(pred->type) && !pred->is_list && pred->rslot == SK_NO_SLOT &&
           pred->op != SK_OP_EXISTS && pred->n > 0;
}

static int add_equal(struct sk_texts *t, struct sk_str text, uint32_t bit, uint32_t at)
{
    uintptr_t next = (uintptr_t)sk_map_get(t->equal, text);

    t->row[at] = (struct equal_row){bit, (uint32_t)next};
    t->lens |= sk_set_len(text.n);
    return sk_map_put(t->equal, text, (void *)(uintptr_t)(at + 1));
}

static int build_equal(struct sk_texts *t, const struct sk_affix_row *row, uint32_t n)
{
    int rc = 0;

    t->equal = sk_map_new(n);
    t->row = calloc(n, sizeof(*t->row));
    if (!t->equal || !t->row)
        return -ENOMEM;
    for (uint32_t i = 0; !rc && i < n; i++)
        rc = add_equal(t, row[i].text, row[i].bit, i);
    return rc;
}

/* The constants of all tests of a kind. */
static uint32_t gather(struct sk_texts *t, enum kind kind, struct sk_affix_row *row)
{
    uint32_t n = 0;

    for (uint32_t bit = 0; bit < t->n; bit++) {
        const struct sk_pred *pred = t->pred[bit];
        bool all = pred->op == SK_OP_CONTAINS && kind == BEGIN;

        if (kind_of(pred, t->flags) != kind)
            continue;
        t->of_kind[kind * t->words + bit / 64] |= 1ull << bit % 64;
        for (size_t i = 0; i < (all ? 1 : pred->n); i++)
            row[n++] = (struct sk_affix_row){all ? SK_STR("") : pred->rhs[i].s, bit};
    }
    return n;
}

static bool too_many(const struct sk_affix_row *row, uint32_t n)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < n; i++)
        bytes += row[i].text.n;
    return bytes > SK_NEEDLES_BYTES_MAX;
}

static int build(struct sk_texts *t, struct sk_affix_row *row)
{
    uint32_t n = gather(t, EQUAL, row);
    int rc = n ? build_equal(t, row, n) : 0;

    n = rc ? 0 : gather(t, BEGIN, row);
    if (n)
        rc = sk_affix_new(row, n, false, &t->begin);
    n = rc ? 0 : gather(t, END, row);
    if (n)
        rc = sk_affix_new(row, n, true, &t->end);
    n = rc ? 0 : gather(t, PART, row);
    if (n > FEW_NEEDLES && !too_many(row, n))
        return sk_needles_new(row, n, &t->part);
    memset(t->of_kind + PART * t->words, 0, t->words * sizeof(*t->of_kind));
    return rc;
}

int sk_texts_new(const struct sk_pred *const *pred, uint32_t n, unsigned flags,
                 struct sk_texts **out)
{
    struct sk_texts *t = calloc(1, sizeof(*t));
    sk_auto(mem) struct sk_affix_row *row = NULL;
    const struct sk_pred **copy = NULL;
    size_t total = 0;
    int rc = -ENOMEM;

    for (uint32_t i = 0; i < n; i++)
        total += pred[i]->n;
    if (t) {
        t->n = n;
        t->words = (n + 63) / 64;
        t->flags = flags;
        t->pred = copy = calloc((size_t)n + 1, sizeof(*copy));
        t->of_kind = calloc((size_t)KINDS * t->words + 1, sizeof(*t->of_kind));
        row = calloc(total + 1, sizeof(*row));
    }
    if (t && copy && t->of_kind && row) {
        memcpy(copy, pred, n * sizeof(*copy));
        rc = build(t, row);
    }
    if (rc) {
        sk_texts_free(t);
        return rc;
    }
    *out = t;
    return 0;
}

void sk_texts_free(struct sk_texts *t)
{
    if (!t)
        return;
    free((void *)t->pred);
    free(t->of_kind);
    sk_map_free(t->equal);
    free(t->row);
    sk_affix_free(t->begin);
    sk_affix_free(t->end);
    sk_needles_free(t->part);
    free(t);
}

uint32_t sk_texts_words(const struct sk_texts *t)
{
    return t->words;
}

static void find_equal(const struct sk_texts *t, struct sk_str s, uint64_t *bits)
{
    uint32_t at;

    if (!(t->lens & sk_set_len(s.n)))
        return;
    at = (uint32_t)(uintptr_t)sk_map_get(t->equal, s);
    while (at) {
        const struct equal_row *row = &t->row[at - 1];

        bits[row->bit / 64] |= 1ull << row->bit % 64;
        at = row->next;
    }
}

static void find(const struct sk_texts *t, enum kind kind, struct sk_str s, uint64_t *bits)
{
    switch (kind) {
    case EQUAL:
        find_equal(t, s, bits);
        break;
    case BEGIN:
        sk_affix_find(t->begin, s, bits);
        break;
    case END:
        sk_affix_find(t->end, s, bits);
        break;
    default:
        sk_needles_find(t->part, s, bits);
        break;
    }
}

static void ask_one_by_one(const struct sk_texts *t, const struct sk_vals *vals, uint32_t w,
                           uint64_t want, uint64_t *known, uint64_t *bits, struct sk_arena *tmp)
{
    while (want) {
        uint64_t bit = want & -want;
        const struct sk_pred *pred = t->pred[64 * w + (uint32_t)__builtin_ctzll(bit)];

        *known |= bit;
        if (sk_match_pred(pred, vals, NULL, t->flags, tmp)) {
            *bits |= bit;
            return;
        }
        want &= want - 1;
    }
}

/* Everything about one kind. */
static void ask_kind(const struct sk_texts *t, enum kind kind, const struct sk_vals *vals,
                     uint64_t *known, uint64_t *bits)
{
    const uint64_t *mask = t->of_kind + kind * t->words;

    find(t, kind, vals->v[0].s, bits);
    for (size_t i = 1; i < vals->n; i++)
        find(t, kind, vals->v[i].s, bits);
    known[0] |= mask[0];
    for (uint32_t i = 1; i < t->words; i++)
        known[i] |= mask[i];
}

void sk_texts_ask(const struct sk_texts *t, const struct sk_vals *vals, uint32_t w, uint64_t want,
                  uint64_t *known, uint64_t *bits, struct sk_arena *tmp)
{
    for (enum kind kind = EQUAL; kind < KINDS; kind++) {
        if (!(t->of_kind[kind * t->words + w] & want & ~known[w]))
            continue;
        ask_kind(t, kind, vals, known, bits);
        if (bits[w] & want)
            return;
    }
    want &= ~known[w];
    if (want)
        ask_one_by_one(t, vals, w, want, &known[w], &bits[w], tmp);
}
