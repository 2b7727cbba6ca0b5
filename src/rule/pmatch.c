/* SPDX-License-Identifier: Apache-2.0 */
/* pmatch.c - the tree: components sorted for binary search, plain ones and globs apart.
 *
 * Every alternative is tried with what is left of the path.  (Falco, when two globs of one level
 * match, tries the second with one component less; a rule that depends on that cannot be meant.) */
#include "rule/pmatch.h"

#include <errno.h>
#include <fnmatch.h>

#define COMPONENT_MAX 4096

/* Sorted by name. */
struct kids {
    struct node **child;
    size_t n, cap;
};

struct node {
    struct sk_str name;
    bool end; /* a path ends here: whatever follows matches */
    struct kids plain, globs;
};

struct sk_pmatch {
    struct sk_arena *mem;
    struct node root;
};

struct sk_pmatch *sk_pmatch_new(struct sk_arena *mem)
{
    struct sk_pmatch *pm = sk_arena_alloc(mem, sizeof(*pm));

    if (pm)
        pm->mem = mem;
    return pm;
}

/* Cuts the first component off; empty ones are skipped. false: nothing is left. */
static bool next_component(struct sk_str *path, struct sk_str *out)
{
    while (path->n && path->p[0] == '/') {
        path->p++;
        path->n--;
    }
    if (!path->n)
        return false;
    out->p = path->p;
    out->n = 0;
    while (out->n < path->n && out->p[out->n] != '/')
        out->n++;
    path->p += out->n;
    path->n -= out->n;
    return true;
}

static int order(struct sk_str a, struct sk_str b)
{
    int c = memcmp(a.p, b.p, SK_MIN(a.n, b.n));

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Where the name is, or would be. */
static size_t lower_bound(const struct kids *k, struct sk_str name)
{
    size_t low = 0, high = k->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (order(k->child[mid]->name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct node *find(const struct kids *k, struct sk_str name)
{
    size_t i = lower_bound(k, name);

    return i < k->n && sk_str_eq(k->child[i]->name, name) ? k->child[i] : NULL;
}

static bool insert(struct sk_pmatch *pm, struct kids *k, struct node *child)
{
    size_t i = lower_bound(k, child->name);

    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 4;
        struct node **more = sk_arena_alloc(pm->mem, cap * sizeof(struct node *));

        if (!more)
            return false;
        if (k->n)
            memcpy(more, k->child, k->n * sizeof(struct node *));
        k->child = more;
        k->cap = cap;
    }
    memmove(&k->child[i + 1], &k->child[i], (k->n - i) * sizeof(struct node *));
    k->child[i] = child;
    k->n++;
    return true;
}

static bool is_glob(struct sk_str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '*' || name.p[i] == '?' || name.p[i] == '[')
            return true;
    return false;
}

static struct node *child_of(struct sk_pmatch *pm, struct node *parent, struct sk_str name)
{
    struct kids *k = is_glob(name) ? &parent->globs : &parent->plain;
    struct node *c = find(k, name);

    if (c)
        return c;
    c = sk_arena_alloc(pm->mem, sizeof(*c));
    if (!c)
        return NULL;
    c->name = (struct sk_str){sk_arena_dup(pm->mem, name), name.n};
    return c->name.p && insert(pm, k, c) ? c : NULL;
}

int sk_pmatch_add(struct sk_pmatch *pm, struct sk_str path)
{
    struct node *at = &pm->root;
    struct sk_str name;

    while (!at->end && next_component(&path, &name)) {
        at = child_of(pm, at, name);
        if (!at)
            return -ENOMEM;
    }
    at->end = true;
    return 0;
}

/* Apart from match(), whose frames pile up. */
static __attribute__((noinline)) bool glob_matches(const struct node *glob, struct sk_str name)
{
    char buf[COMPONENT_MAX];

    if (name.n >= sizeof(buf))
        return false;
    memcpy(buf, name.p, name.n);
    buf[name.n] = '\0';
    return fnmatch(glob->name.p, buf, 0) == 0;
}

/* As deep as the tree at most, whatever the path. */
static bool match(const struct node *at, struct sk_str path)
{
    struct sk_str name;
    const struct node *c;

    if (at->end)
        return true;
    if (!next_component(&path, &name))
        return false;
    c = find(&at->plain, name);
    if (c && match(c, path))
        return true;
    for (size_t i = 0; i < at->globs.n; i++)
        if (glob_matches(at->globs.child[i], name) && match(at->globs.child[i], path))
            return true;
    return false;
}

bool sk_pmatch_has(const struct sk_pmatch *pm, struct sk_str path)
{
    return match(&pm->root, path);
}
