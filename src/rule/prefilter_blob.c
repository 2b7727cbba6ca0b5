/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_blob.c - clauses and tests as the kernel side wants them: bits, tables, hashes.
 *
 * Words other than NUM have 64 bits for all events together.  Where they do not suffice, the tests that
 * help most get them: those that must hold before those that must not. */
#include <errno.h>
#include <stdlib.h>

#include "rule/prefilter_own.h"

#define SETS_MAX 4096 /* numbers in sets, all together */

struct blob {
    struct sk_pfc *c;
    struct sk_pf *pf;
    struct sk_prefilter_stats *stats;
    uint32_t nclauses, natoms, nsets, nset_marks;
};

uint64_t sk_pf_hash(const struct sk_pf *pf, const void *name, size_t n)
{
    const uint8_t *p = name;
    uint64_t h = pf->seed, word;

    for (size_t at = 0; at < n; at += 8) {
        word = 0;
        for (size_t i = 0; i < 8 && at + i < n; i++)
            word |= (uint64_t)p[at + i] << 8 * i;
        h = sk_pf_mix(h, word);
    }
    return sk_pf_hash_end(h, n);
}

/* The slot of that key, made if there is none; NULL: no room. */
static struct sk_pf_node *node_at(struct blob *b, uint64_t key)
{
    for (uint32_t i = 0; i < SK_PF_PROBES; i++) {
        struct sk_pf_node *n = &b->pf->node[(key + i) & (SK_PF_NODES - 1)];

        if (n->key == key)
            return n;
        if (n->key)
            continue;
        n->key = key;
        b->stats->nodes++;
        return n;
    }
    return NULL;
}

static bool put_mark(struct blob *b, uint32_t space, uint64_t hash, uint64_t bits)
{
    uint64_t key = sk_pf_mark_key(b->pf, space, hash);

    for (uint32_t i = 0; i < SK_PF_PROBES; i++) {
        struct sk_pf_mark *m = &b->pf->mark[(key + i) & (SK_PF_MARKS - 1)];

        if (m->key && m->key != key)
            continue;
        b->stats->marks += !m->key;
        m->key = key;
        m->bits |= bits;
        return true;
    }
    return false;
}

/* The node of an absolute path ("/" is the root); NULL: no room, or components that are too long. */
static struct sk_pf_node *node_of(struct blob *b, enum sk_pf_word word, struct sk_str path)
{
    struct sk_pf_node *at = node_at(b, b->pf->root[word]);
    size_t from = 1, depth = 0;

    for (size_t i = 1; at && path.n > 1 && i <= path.n; i++) {
        size_t n = i - from;

        if (i < path.n && path.p[i] != '/')
            continue;
        if (n >= SK_PF_NAME_MAX || ++depth > SK_PF_DEPTH)
            return NULL;
        at = node_at(b, sk_pf_node_key(at->key, sk_pf_hash(b->pf, path.p + from, n)));
        b->pf->longest = SK_MAX(b->pf->longest, (sk_u32)n);
        from = i + 1;
    }
    return at;
}

static bool put_path(struct blob *b, enum sk_pf_word word, const struct sk_pe *e, uint64_t bit)
{
    struct sk_pf_node *n = node_of(b, word, e->text);

    if (!n)
        return false;
    switch (e->kind) {
    case SK_PE_EXACT:
        n->exact |= bit;
        break;
    case SK_PE_CHILD:
        n->child |= bit;
        break;
    case SK_PE_BELOW:
        n->below |= bit;
        break;
    default:
        n->maybe |= bit;
    }
    return true;
}

/* A length of a prefix among those that are tried; false: there are too many. */
static bool put_length(sk_u8 *list, uint8_t prefix)
{
    uint32_t at = 0;

    while (at < SK_PF_PLENS && list[at] != 0xff && list[at] > prefix)
        at++;
    if (at < SK_PF_PLENS && list[at] == prefix)
        return true;
    if (list[SK_PF_PLENS - 1] != 0xff)
        return false;
    memmove(&list[at + 1], &list[at], SK_PF_PLENS - at - 1);
    list[at] = prefix;
    return true;
}

static bool put_net(struct blob *b, const struct sk_pt *t, const struct sk_pe *e, uint64_t bit)
{
    bool v4 = e->text.n == 4;
    uint32_t space = v4 ? SK_PF_S_NET4 : SK_PF_S_NET6;

    for (uint32_t end = 0; end < SK_PF_ENDS; end++)
        if (t->kind.fact >> end & 1)
            b->pf->net_end[end] |= bit;
    return put_length(v4 ? b->pf->plen4 : b->pf->plen6, e->prefix) &&
           put_mark(b, space | (uint32_t)e->prefix << 8, sk_pf_hash(b->pf, e->text.p, e->text.n),
                    bit);
}

static bool put_entry(struct blob *b, const struct sk_pt *t, const struct sk_pe *e)
{
    enum sk_pf_word word = t->kind.word;
    uint64_t bit = 1ull << t->bit, hash = sk_pf_hash(b->pf, e->text.p, e->text.n);

    switch (e->kind) {
    case SK_PE_COMM:
        return put_mark(b, SK_PF_S_COMM, hash, bit);
    case SK_PE_NAME:
        b->pf->names |= 1u << word;
        return put_mark(b, SK_PF_S_NAME | (uint32_t)word << 8, hash, bit);
    case SK_PE_EXT:
        b->pf->names |= 1u << word;
        return put_mark(b, SK_PF_S_EXT | (uint32_t)word << 8, hash, bit);
    case SK_PE_NET:
        return put_net(b, t, e, bit);
    default:
        return put_path(b, word, e, bit);
    }
}

/* Every cube of every event counts the tests that it has. */
static void count_uses(struct sk_pfc *c, const struct sk_pf_codes *codes)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        for (uint32_t i = 0; codes->filtered[code] && i < codes->dnf[code].n; i++) {
            const struct sk_cube *q = &codes->dnf[code].cube[i];

            for (uint32_t k = 0; k < q->n; k++)
                c->test[q->lit[k] >> 1].uses += q->lit[k] & 1 ? 1 : 16;
        }
    }
}

static int by_uses(const void *a, const void *b)
{
    const struct sk_pt *x = *(struct sk_pt *const *)a, *y = *(struct sk_pt *const *)b;

    if (x->kind.word != y->kind.word)
        return x->kind.word - y->kind.word;
    if (x->uses != y->uses)
        return x->uses < y->uses ? 1 : -1;
    return (x > y) - (x < y);
}

static int give_bits(struct blob *b)
{
    struct sk_pfc *c = b->c;
    struct sk_pt **list = sk_arena_alloc(c->mem, (c->ntest + 1) * sizeof(struct sk_pt *));
    uint32_t n = 0;

    if (!list)
        return -ENOMEM;
    for (uint32_t i = 0; i < c->ntest; i++)
        if (c->test[i].uses && c->test[i].kind.word != SK_PF_NUM)
            list[n++] = &c->test[i];
    if (n)
        qsort(list, n, sizeof(struct sk_pt *), by_uses);
    for (uint32_t i = 0; i < n; i++) {
        struct sk_pt *t = list[i];
        unsigned *used = &b->stats->bits[t->kind.word];

        if (*used == 64) {
            b->stats->dropped++;
            continue;
        }
        t->bit = (int16_t)(*used)++;
        for (uint32_t k = 0; k < t->n; k++)
            if (!put_entry(b, t, &c->entry[t->entry[k]]))
                b->pf->always[t->kind.word] |= 1ull << t->bit;
    }
    return 0;
}

/* The numbers of a set; `bit` of the test keeps its number. false: no room. */
static bool put_set(struct blob *b, struct sk_pt *t)
{
    if (t->bit >= 0)
        return true;
    if (b->nset_marks + t->n > SETS_MAX || b->nsets >= INT16_MAX)
        return false;
    for (uint32_t i = 0; i < t->n; i++)
        if (!put_mark(b, SK_PF_S_SET | b->nsets << 8, b->c->entry[t->entry[i]].num, 1))
            return false;
    b->nset_marks += t->n;
    t->bit = (int16_t)b->nsets++;
    return true;
}

static bool same_atom(const struct sk_pf_atom *a, const struct sk_pf_atom *b)
{
    return a->fact == b->fact && a->op == b->op && a->n == b->n && a->value == b->value;
}

/* Bit of NUM of that test for the event; -1: no room. */
static int atom_of(struct blob *b, struct sk_pf_event *e, struct sk_pt *t)
{
    struct sk_pf_atom a = {
        .fact = t->kind.fact, .op = t->kind.op, .n = t->kind.n, .value = t->value};

    if (a.op == SK_PF_IN && t->n == 1) {
        a.op = SK_PF_EQ;
        a.value = b->c->entry[t->entry[0]].num;
    } else if (a.op == SK_PF_IN) {
        if (!put_set(b, t))
            return -1;
        a.value = (uint64_t)t->bit;
    }
    for (int i = 0; i < e->natoms; i++)
        if (same_atom(&b->pf->atom[e->first_atom + i], &a))
            return i;
    if (e->natoms == SK_PF_ATOMS_MAX || e->first_atom + e->natoms >= SK_PF_ATOMS)
        return -1;
    b->pf->atom[e->first_atom + e->natoms] = a;
    return e->natoms++;
}

static void put_literal(struct blob *b, struct sk_pf_event *e, uint16_t lit, struct sk_pf_clause *q)
{
    struct sk_pt *t = &b->c->test[lit >> 1];
    int bit = t->kind.word == SK_PF_NUM ? atom_of(b, e, t) : t->bit;

    if (bit < 0)
        return;
    if (lit & 1)
        q->never[t->kind.word] |= 1ull << bit;
    else
        q->must[t->kind.word] |= 1ull << bit;
}

/* a says no more than b. */
static bool weaker(const struct sk_pf_clause *a, const struct sk_pf_clause *b)
{
    for (int w = 0; w < SK_PF_WORDS; w++)
        if (a->must[w] & ~b->must[w] || a->never[w] & ~b->never[w])
            return false;
    return true;
}

/* Literals that found no room may have made clauses equal. */
static bool add_clause(struct blob *b, struct sk_pf_event *e, const struct sk_pf_clause *q)
{
    struct sk_pf_clause *list = &b->pf->clause[e->first_clause];
    uint16_t kept = 0;

    for (uint16_t i = 0; i < e->nclauses; i++)
        if (weaker(&list[i], q))
            return true;
    for (uint16_t i = 0; i < e->nclauses; i++)
        if (!weaker(q, &list[i]))
            list[kept++] = list[i];
    e->nclauses = kept;
    if (kept == SK_PF_CLAUSES_MAX || e->first_clause + kept >= SK_PF_CLAUSES)
        return false;
    list[e->nclauses++] = *q;
    return true;
}

static void put_event(struct blob *b, unsigned code, struct sk_dnf d, int req)
{
    static const struct sk_pf_clause everything;
    struct sk_pf_event e = {.filtered = 1,
                            .first_clause = (sk_u16)b->nclauses,
                            .first_atom = (sk_u16)b->natoms,
                            .req = (sk_u16)SK_MAX(req, 0)};

    for (uint32_t i = 0; e.filtered && i < d.n; i++) {
        struct sk_pf_clause q = everything;

        for (uint32_t k = 0; k < d.cube[i].n; k++)
            put_literal(b, &e, d.cube[i].lit[k], &q);
        if (weaker(&q, &everything) || !add_clause(b, &e, &q))
            e.filtered = 0;
    }
    if (!e.filtered)
        return;
    for (uint16_t i = 0; i < e.nclauses; i++)
        for (int w = 0; w < SK_PF_WORDS; w++)
            if (b->pf->clause[e.first_clause + i].must[w] |
                b->pf->clause[e.first_clause + i].never[w])
                e.words |= (sk_u16)(1u << w);
    b->nclauses += e.nclauses;
    b->natoms += e.natoms;
    b->pf->event[code] = e;
    b->stats->events++;
    b->stats->unneeded += !e.nclauses;
    b->stats->bits[SK_PF_NUM] = SK_MAX(b->stats->bits[SK_PF_NUM], (unsigned)e.natoms);
}

int sk_pf_build(struct sk_pfc *c, struct sk_pf_codes *codes, uint64_t seed, struct sk_pf **out,
                struct sk_prefilter_stats *stats)
{
    /* Mostly zeros that are never touched: the tables are much larger than what is in them. */
    sk_auto(mem) struct sk_pf *pf = calloc(1, sizeof(*pf));
    struct blob b = {.c = c, .pf = pf, .stats = stats};
    int rc;

    if (!pf)
        return -ENOMEM;
    *stats = (struct sk_prefilter_stats){0};
    pf->seed = seed;
    pf->gen = seed ? seed : 1;
    for (uint32_t w = 0; w < SK_PF_WORDS; w++)
        pf->root[w] = sk_pf_mix(seed, w + 1) | 1;
    memset(pf->plen4, 0xff, sizeof(pf->plen4));
    memset(pf->plen6, 0xff, sizeof(pf->plen6));
    count_uses(c, codes);
    rc = give_bits(&b);
    if (rc)
        return rc;
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        if (codes->filtered[code])
            put_event(&b, code, codes->dnf[code], codes->req[code]);
    stats->clauses = b.nclauses;
    *out = SK_TAKE(pf);
    return 0;
}
