/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_bits.c - the tests of a prefilter and what they are about: an equal one exists once. */
#include <errno.h>

#include "rule/prefilter_own.h"

#define MEM_MAX     (64u << 20)
#define ENTRIES_MAX 65536u

int sk_pfc_init(struct sk_pfc *c, const struct sk_filter_pool *pool)
{
    *c = (struct sk_pfc){.pool = pool, .req = -1};
    c->mem = sk_arena_new(MEM_MAX);
    c->tmp = sk_arena_new(MEM_MAX);
    c->entry_by_key = sk_map_new(ENTRIES_MAX);
    c->test_by_key = sk_map_new(SK_PT_MAX);
    if (c->mem && c->tmp && c->entry_by_key && c->test_by_key)
        return 0;
    sk_pfc_done(c);
    return -ENOMEM;
}

void sk_pfc_done(struct sk_pfc *c)
{
    sk_map_free(c->entry_by_key);
    sk_map_free(c->test_by_key);
    sk_arena_free(c->mem);
    sk_arena_free(c->tmp);
    free(c->entry);
    free(c->test);
    *c = (struct sk_pfc){.req = -1};
}

/* Room for one more of `size` bytes behind n; false: no memory. */
static bool grow(void **p, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t more = *cap ? *cap * 2 : 256;
    void *q;

    if (n < *cap)
        return true;
    q = realloc(*p, more * size);
    if (!q)
        return false;
    *p = q;
    *cap = more;
    return true;
}

/* Id of the entry; UINT32_MAX: no memory, and c->failed. */
static uint32_t intern_entry(struct sk_pfc *c, const struct sk_pe *e)
{
    char small[512], *key = small;
    size_t n = 10 + e->text.n;
    uintptr_t known;

    if (n > sizeof(small))
        key = sk_arena_alloc(c->tmp, n);
    if (!key) {
        c->failed = true;
        return UINT32_MAX;
    }
    key[0] = (char)e->kind;
    key[1] = (char)e->prefix;
    memcpy(key + 2, &e->num, 8);
    if (e->text.n)
        memcpy(key + 10, e->text.p, e->text.n);
    known = (uintptr_t)sk_map_get(c->entry_by_key, (struct sk_str){key, n});
    if (known)
        return (uint32_t)(known - 1);
    key = sk_arena_dup(c->mem, (struct sk_str){key, n});
    if (!key || !grow((void **)&c->entry, c->nentry, &c->centry, sizeof(*c->entry)) ||
        sk_map_put(c->entry_by_key, (struct sk_str){key, n}, (void *)((uintptr_t)c->nentry + 1))) {
        c->failed = true;
        return UINT32_MAX;
    }
    c->entry[c->nentry] = *e;
    c->entry[c->nentry].text = (struct sk_str){key + 10, e->text.n};
    return c->nentry++;
}

/* Ascending and unique. */
static void add_id(struct sk_pfc *c, struct sk_pe_list *l, uint32_t id)
{
    uint32_t low = 0, high = l->n;

    if (l->n && l->id[l->n - 1] < id)
        low = l->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (l->id[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < l->n && l->id[low] == id)
        return;
    if (l->n == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 8, *more = sk_arena_alloc(c->tmp, cap * sizeof(*more));

        if (!more) {
            c->failed = true;
            return;
        }
        if (l->n)
            memcpy(more, l->id, l->n * sizeof(*more));
        l->id = more;
        l->cap = cap;
    }
    memmove(&l->id[low + 1], &l->id[low], (l->n - low) * sizeof(*l->id));
    l->id[low] = id;
    l->n++;
}

void sk_pe_add(struct sk_pfc *c, struct sk_pe_list *l, const struct sk_pe *e)
{
    uint32_t id = intern_entry(c, e);

    if (id != UINT32_MAX)
        add_id(c, l, id);
}

void sk_pe_join(struct sk_pfc *c, struct sk_pe_list *l, const struct sk_pe_list *more)
{
    for (uint32_t i = 0; i < more->n; i++)
        add_id(c, l, more->id[i]);
}

/* An equal test, or this one from now on. */
static uint32_t intern_test(struct sk_pfc *c, const struct sk_pt *t)
{
    size_t n = 12 + (size_t)t->n * 4;
    char *key = sk_arena_alloc(c->tmp, n);
    uintptr_t known;
    uint32_t *entry;

    if (!key) {
        c->failed = true;
        return SK_PT_NONE;
    }
    memcpy(key, &t->kind, 4);
    memcpy(key + 4, &t->value, 8);
    if (t->n)
        memcpy(key + 12, t->entry, (size_t)t->n * 4);
    known = (uintptr_t)sk_map_get(c->test_by_key, (struct sk_str){key, n});
    if (known)
        return (uint32_t)(known - 1);
    if (c->ntest >= SK_PT_MAX)
        return SK_PT_NONE;
    key = sk_arena_dup(c->mem, (struct sk_str){key, n});
    entry = sk_arena_alloc(c->mem, (t->n + 1) * sizeof(*entry));
    if (!key || !entry || !grow((void **)&c->test, c->ntest, &c->ctest, sizeof(*c->test)) ||
        sk_map_put(c->test_by_key, (struct sk_str){key, n}, (void *)((uintptr_t)c->ntest + 1))) {
        c->failed = true;
        return SK_PT_NONE;
    }
    if (t->n)
        memcpy(entry, t->entry, t->n * sizeof(*entry));
    c->test[c->ntest] = *t;
    c->test[c->ntest].entry = entry;
    c->test[c->ntest].bit = -1;
    return c->ntest++;
}

uint32_t sk_pt_set(struct sk_pfc *c, struct sk_pt_kind kind, const struct sk_pe_list *l)
{
    struct sk_pt t = {.kind = kind, .entry = l->id, .n = l->n};

    return intern_test(c, &t);
}

uint32_t sk_pt_number(struct sk_pfc *c, struct sk_pt_kind kind, uint64_t value)
{
    struct sk_pt t = {.kind = kind, .value = value};

    return intern_test(c, &t);
}
