/* SPDX-License-Identifier: Apache-2.0 */
/* affix.c - a tree of texts whose nodes are where two of them part, or where one ends.
 *
 * Endings are beginnings read from behind: at(text, i) is the i-th character from where reading
 * starts, and everything else is the same.  The children of a node lie side by side, their first
 * characters in an array of their own. */
#include "rule/affix.h"

#include <errno.h>

struct node {
    struct sk_str text; /* one of those below: the edge is its part between two depths */
    uint32_t depth;     /* characters from the root to the end of the edge into it */
    uint32_t kid, nkids;
    uint32_t out, nouts; /* the texts that end here */
};

struct sk_affix {
    bool at_end;
    uint32_t nnodes, nouts;
    struct node *node; /* [0] is the root */
    uint8_t *first;    /* of each node: the first character of the edge into it */
    uint32_t *out;     /* bits */
};

static inline uint8_t at(const struct sk_affix *a, struct sk_str s, size_t i)
{
    return (uint8_t)(a->at_end ? s.p[s.n - 1 - i] : s.p[i]);
}

static int order(const void *x, const void *y, void *self)
{
    const struct sk_affix *a = self;
    const struct sk_affix_row *m = x, *n = y;
    size_t len = SK_MIN(m->text.n, n->text.n);

    for (size_t i = 0; i < len; i++) {
        int d = at(a, m->text, i) - at(a, n->text, i);

        if (d)
            return d;
    }
    return (m->text.n > n->text.n) - (m->text.n < n->text.n);
}

/* How far the first and the last of sorted texts, and so all of them, are equal. */
static uint32_t common(const struct sk_affix *a, struct sk_str m, struct sk_str n)
{
    size_t len = SK_MIN(m.n, n.n), i = 0;

    while (i < len && at(a, m, i) == at(a, n, i))
        i++;
    return (uint32_t)i;
}

/* row[0..n) share the first `depth` characters, and none is shorter. Texts are shorter than
 * SK_CONST_MAX, which limits the recursion. */
static void fill(struct sk_affix *a, uint32_t index, const struct sk_affix_row *row, uint32_t n)
{
    struct node *node = &a->node[index];
    uint32_t i = 0, kid;

    node->out = a->nouts;
    while (i < n && row[i].text.n == node->depth)
        a->out[a->nouts++] = row[i++].bit;
    node->nouts = a->nouts - node->out;
    node->kid = kid = a->nnodes;
    for (uint32_t k = i; k < n; k++)
        if (k == i || at(a, row[k].text, node->depth) != at(a, row[k - 1].text, node->depth))
            node->nkids++;
    a->nnodes += node->nkids;
    while (i < n) {
        uint8_t c = at(a, row[i].text, node->depth);
        uint32_t end = i + 1;

        while (end < n && at(a, row[end].text, node->depth) == c)
            end++;
        a->first[kid] = c;
        a->node[kid].text = row[i].text;
        a->node[kid].depth = common(a, row[i].text, row[end - 1].text);
        fill(a, kid++, row + i, end - i);
        i = end;
    }
}

int sk_affix_new(struct sk_affix_row *row, uint32_t n, bool at_end, struct sk_affix **out)
{
    struct sk_affix *a = calloc(1, sizeof(*a));

    if (!a)
        return -ENOMEM;
    a->at_end = at_end;
    a->node =
        calloc(2 * (size_t)n + 1, sizeof(*a->node)); /* where texts part, and where they end */
    a->first = calloc(2 * (size_t)n + 1, sizeof(*a->first));
    a->out = calloc((size_t)n + 1, sizeof(*a->out));
    if (!a->node || !a->first || !a->out) {
        sk_affix_free(a);
        return -ENOMEM;
    }
    qsort_r(row, n, sizeof(*row), order, a);
    a->nnodes = 1;
    fill(a, 0, row, n);
    *out = a;
    return 0;
}

void sk_affix_free(struct sk_affix *a)
{
    if (!a)
        return;
    free(a->node);
    free(a->first);
    free(a->out);
    free(a);
}

static const struct node *child(const struct sk_affix *a, const struct node *node, uint8_t c)
{
    for (uint32_t i = node->kid; i < node->kid + node->nkids; i++)
        if (a->first[i] == c)
            return &a->node[i];
    return NULL;
}

/* The characters of the edge behind the first, which is known to be right. */
static bool edge(const struct sk_affix *a, const struct node *kid, uint32_t from, struct sk_str s)
{
    uint32_t n = kid->depth - from;
    const char *want = kid->text.p + from, *have = s.p + from;

    if (a->at_end) {
        want = kid->text.p + kid->text.n - kid->depth;
        have = s.p + s.n - kid->depth;
    }
    return n == 1 || memcmp(want, have, n) == 0;
}

void sk_affix_find(const struct sk_affix *a, struct sk_str s, uint64_t *bits)
{
    const struct node *node = a->node;

    for (;;) {
        const struct node *kid;

        for (uint32_t i = node->out; i < node->out + node->nouts; i++)
            bits[a->out[i] / 64] |= 1ull << a->out[i] % 64;
        if (node->depth >= s.n)
            return;
        kid = child(a, node, at(a, s, node->depth));
        if (!kid || kid->depth > s.n || !edge(a, kid, node->depth, s))
            return;
        node = kid;
    }
}
