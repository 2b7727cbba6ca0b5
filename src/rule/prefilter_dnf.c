/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_dnf.c - formulas of a prefilter as disjunctions of cubes.
 *
 * They only ever get wider than what they stand for: a cube that has no room for a literal does without
 * it, and what would become too many cubes loses literals, those of exceptions first. */
#include "rule/prefilter_own.h"

static struct sk_dnf with_room(struct sk_pfc *c, uint32_t n)
{
    struct sk_dnf d = {sk_arena_alloc(c->tmp, (n + 1) * sizeof(struct sk_cube)), 0};

    if (!d.cube)
        c->failed = true;
    return d;
}

struct sk_dnf sk_dnf_const(struct sk_pfc *c, bool value)
{
    struct sk_dnf d = with_room(c, 1);

    if (d.cube && value)
        d.cube[d.n++].n = 0;
    return d;
}

struct sk_dnf sk_dnf_lit(struct sk_pfc *c, uint32_t test, bool negated)
{
    struct sk_dnf d = sk_dnf_const(c, true);

    if (test != SK_PT_NONE && d.n) {
        d.cube[0].n = 1;
        d.cube[0].lit[0] = (uint16_t)(test << 1 | negated);
    }
    return d;
}

bool sk_dnf_only_negated(struct sk_dnf a)
{
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t k = 0; k < a.cube[i].n; k++)
            if (!(a.cube[i].lit[k] & 1))
                return false;
    return true;
}

/* Every literal of a is one of b: b says more. */
static bool within(const struct sk_cube *a, const struct sk_cube *b)
{
    uint32_t k = 0;

    if (a->n > b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        while (k < b->n && b->lit[k] < a->lit[i])
            k++;
        if (k == b->n || b->lit[k++] != a->lit[i])
            return false;
    }
    return true;
}

void sk_dnf_absorb(struct sk_dnf *a)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < a->n; i++) {
        bool needed = true;

        for (uint32_t k = 0; needed && k < a->n; k++)
            if (k != i && within(&a->cube[k], &a->cube[i]))
                needed =
                    a->cube[k].n == a->cube[i].n && k > i; /* of two equal ones the first stays */
        if (needed)
            a->cube[kept++] = a->cube[i];
    }
    a->n = kept;
}

/* false: the cube cannot hold (x and not x). */
static bool join(const struct sk_cube *a, const struct sk_cube *b, struct sk_cube *out)
{
    uint16_t all[2 * SK_CUBE_MAX];
    uint32_t n = 0, i = 0, k = 0;

    while (i < a->n || k < b->n) {
        uint16_t next;

        if (k == b->n || (i < a->n && a->lit[i] <= b->lit[k])) {
            next = a->lit[i];
            k += k < b->n && b->lit[k] == next;
            i++;
        } else {
            next = b->lit[k++];
        }
        if (n && all[n - 1] == (next ^ 1) && (next & 1))
            return false;
        all[n++] = next;
    }
    for (uint32_t at = n; n > SK_CUBE_MAX && at-- > 0;) {
        if (all[at] & 1) {
            memmove(&all[at], &all[at + 1], (n - at - 1) * sizeof(*all));
            n--;
        }
    }
    out->n = (uint16_t)SK_MIN(n, (uint32_t)SK_CUBE_MAX);
    memcpy(out->lit, all, out->n * sizeof(*all));
    return true;
}

/* Neither a nor b has a cube that another one of its own contains. */
struct sk_dnf sk_dnf_or(struct sk_pfc *c, struct sk_dnf a, struct sk_dnf b)
{
    struct sk_dnf d = with_room(c, a.n + b.n);

    if (!d.cube)
        return d;
    if (a.n)
        memcpy(d.cube, a.cube, a.n * sizeof(*a.cube));
    d.n = a.n;
    for (uint32_t k = 0; k < b.n; k++) {
        bool needed = true;
        uint32_t kept = 0;

        for (uint32_t i = 0; needed && i < d.n; i++)
            needed = !within(&d.cube[i], &b.cube[k]);
        if (!needed)
            continue;
        for (uint32_t i = 0; i < d.n; i++)
            if (!within(&b.cube[k], &d.cube[i]))
                d.cube[kept++] = d.cube[i];
        d.cube[kept++] = b.cube[k];
        d.n = kept;
    }
    return d;
}

static void drop_negated(struct sk_dnf *a)
{
    for (uint32_t i = 0; i < a->n; i++) {
        struct sk_cube *q = &a->cube[i];
        uint16_t n = 0;

        for (uint32_t k = 0; k < q->n; k++)
            if (!(q->lit[k] & 1))
                q->lit[n++] = q->lit[k];
        q->n = n;
    }
    sk_dnf_absorb(a);
}

/* What two cubes have in common. */
static void common(struct sk_cube *a, const struct sk_cube *b)
{
    uint16_t n = 0;

    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            if (a->lit[i] == b->lit[k])
                a->lit[n++] = a->lit[i];
    a->n = n;
}

struct sk_dnf sk_dnf_widen(struct sk_pfc *c, struct sk_dnf a, uint32_t max)
{
    struct sk_dnf d;

    if (a.n <= max)
        return a;
    d = sk_dnf_or(c, a, (struct sk_dnf){0});
    if (d.n > max)
        drop_negated(&d);
    while (d.n > max && d.n > 1) {
        uint32_t best = 0, most = 0;

        /* The last one goes into the one that is most like it. */
        for (uint32_t i = 0; i + 1 < d.n; i++) {
            struct sk_cube q = d.cube[i];

            common(&q, &d.cube[d.n - 1]);
            if (q.n >= most) {
                most = q.n;
                best = i;
            }
        }
        common(&d.cube[best], &d.cube[d.n - 1]);
        d.n--;
    }
    sk_dnf_absorb(&d);
    return d;
}

struct sk_dnf sk_dnf_and(struct sk_pfc *c, struct sk_dnf a, struct sk_dnf b, uint32_t max)
{
    struct sk_dnf d;

    if (!a.n || sk_dnf_is_true(b))
        return a;
    if (!b.n || sk_dnf_is_true(a))
        return b.n > max ? sk_dnf_widen(c, b, max) : b;
    if ((uint64_t)a.n * b.n > max) {
        b = sk_dnf_widen(c, b, max / a.n);
        if (!max || max / a.n < 1 || sk_dnf_is_true(b))
            return a;
    }
    d = with_room(c, a.n * b.n);
    for (uint32_t i = 0; d.cube && i < a.n; i++)
        for (uint32_t k = 0; k < b.n; k++)
            d.n += join(&a.cube[i], &b.cube[k], &d.cube[d.n]);
    sk_dnf_absorb(&d);
    return d;
}

struct sk_dnf sk_dnf_not(struct sk_pfc *c, struct sk_dnf a)
{
    struct sk_dnf d = sk_dnf_const(c, true);

    for (uint32_t i = 0; i < a.n; i++) {
        struct sk_dnf one = with_room(c, a.cube[i].n);

        for (uint32_t k = 0; one.cube && k < a.cube[i].n; k++) {
            one.cube[one.n].n = 1;
            one.cube[one.n++].lit[0] = a.cube[i].lit[k] ^ 1;
        }
        d = sk_dnf_and(c, d, one, SK_DNF_MAX);
    }
    return d;
}

/* A set that can be joined with another one of its kind. */
static bool is_set(const struct sk_pfc *c, uint16_t lit)
{
    const struct sk_pt *t = &c->test[lit >> 1];

    return !(lit & 1) && (t->kind.word != SK_PF_NUM || t->kind.op == SK_PF_IN);
}

/* The literal in which a and b differ, sets of one kind; SK_CUBE_MAX: they differ otherwise. */
static bool differ_in_set(const struct sk_pfc *c, const struct sk_cube *a, const struct sk_cube *b,
                          uint16_t *out_a, uint16_t *out_b)
{
    uint32_t i = 0, k = 0, na = 0, nb = 0;

    if (a->n != b->n)
        return false;
    while ((i < a->n || k < b->n) && na <= 1 && nb <= 1) {
        if (k == b->n || (i < a->n && a->lit[i] < b->lit[k])) {
            *out_a = a->lit[i++];
            na++;
        } else if (i == a->n || b->lit[k] < a->lit[i]) {
            *out_b = b->lit[k++];
            nb++;
        } else {
            i++;
            k++;
        }
    }
    return na == 1 && nb == 1 && is_set(c, *out_a) && is_set(c, *out_b) &&
           !memcmp(&c->test[*out_a >> 1].kind, &c->test[*out_b >> 1].kind,
                   sizeof(struct sk_pt_kind));
}

static int order_lit(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static bool join_pair(struct sk_pfc *c, struct sk_cube *a, uint16_t la, uint16_t lb)
{
    const struct sk_pt ta = c->test[la >> 1], tb = c->test[lb >> 1];
    struct sk_pe_list l = {0};
    uint32_t t;

    sk_pe_join(c, &l, &(struct sk_pe_list){(uint32_t *)ta.entry, ta.n, ta.n});
    sk_pe_join(c, &l, &(struct sk_pe_list){(uint32_t *)tb.entry, tb.n, tb.n});
    t = sk_pt_set(c, ta.kind, &l);
    if (t == SK_PT_NONE)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->lit[i] == la)
            a->lit[i] = (uint16_t)(t << 1);
    qsort(a->lit, a->n, sizeof(*a->lit), order_lit);
    return true;
}

struct sk_dnf sk_dnf_join_sets(struct sk_pfc *c, struct sk_dnf a)
{
    struct sk_dnf d = sk_dnf_or(c, a, (struct sk_dnf){0});
    bool again = true;
    uint16_t la = 0, lb = 0;

    while (again) {
        again = false;
        for (uint32_t i = 0; i < d.n; i++) {
            for (uint32_t k = i + 1; k < d.n; k++) {
                if (!differ_in_set(c, &d.cube[i], &d.cube[k], &la, &lb) ||
                    !join_pair(c, &d.cube[i], la, lb))
                    continue;
                d.cube[k--] = d.cube[--d.n];
                again = true;
            }
        }
    }
    sk_dnf_absorb(&d);
    return d;
}
