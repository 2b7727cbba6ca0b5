/* SPDX-License-Identifier: Apache-2.0 */
/* needles.c - the automaton of Aho and Corasick, with all transitions written out.
 *
 * Bytes that no text has share one column of the table, and the width is a power of two, so that a
 * step is two loads and a shift. */
#include "rule/needles.h"

#include <errno.h>

struct state {
    uint16_t fail;       /* the longest proper ending that is a state too */
    uint16_t next_out;   /* the nearest one on that way where a text ends; 0: none */
    uint32_t out, nouts; /* texts that end here */
};

struct sk_needles {
    uint8_t column[256];
    unsigned shift; /* log2 of the width */
    uint32_t nstates;
    uint16_t *next; /* [nstates << shift] */
    uint8_t *says;  /* of each state: does a text end here or on the way of its endings? */
    struct state *state;
    uint32_t *out; /* bits */
};

static size_t total_bytes(const struct sk_affix_row *row, uint32_t n)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < n; i++)
        bytes += row[i].text.n;
    return bytes;
}

static void columns(struct sk_needles *nd, const struct sk_affix_row *row, uint32_t n)
{
    unsigned used = 1;

    for (uint32_t i = 0; i < n; i++)
        for (size_t k = 0; k < row[i].text.n; k++) {
            uint8_t c = (uint8_t)row[i].text.p[k];

            if (!nd->column[c])
                nd->column[c] = (uint8_t)used++; /* 255 at most: no text has a NUL */
        }
    while (1u << nd->shift < used)
        nd->shift++;
}

static uint16_t *edge(const struct sk_needles *nd, uint32_t state, char c)
{
    return &nd->next[state << nd->shift | nd->column[(uint8_t)c]];
}

/* The states of one text; returns the one where it ends. */
static uint16_t spell(struct sk_needles *nd, struct sk_str text)
{
    uint16_t s = 0;

    for (size_t k = 0; k < text.n; k++) {
        uint16_t *e = edge(nd, s, text.p[k]);

        if (!*e)
            *e = (uint16_t)nd->nstates++;
        s = *e;
    }
    return s;
}

/* Endings of nearer states are known when those of farther ones are asked: breadth first. */
static void link_endings(struct sk_needles *nd, uint16_t *queue)
{
    uint32_t head = 0, tail = 0, width = 1u << nd->shift;

    for (uint32_t c = 0; c < width; c++)
        if (nd->next[c])
            queue[tail++] = nd->next[c];
    while (head < tail) {
        uint16_t s = queue[head++];
        uint16_t *row = &nd->next[(uint32_t)s << nd->shift];
        uint16_t f = nd->state[s].fail;

        nd->state[s].next_out = nd->state[f].nouts ? f : nd->state[f].next_out;
        nd->says[s] = nd->state[s].nouts || nd->state[s].next_out;
        for (uint32_t c = 0; c < width; c++) {
            uint16_t by_ending = nd->next[((uint32_t)f << nd->shift) + c];

            if (row[c]) {
                nd->state[row[c]].fail = by_ending;
                queue[tail++] = row[c];
            } else {
                row[c] = by_ending;
            }
        }
    }
}

static int build(struct sk_needles *nd, const struct sk_affix_row *row, uint32_t n)
{
    sk_auto(mem) uint16_t *end = calloc((size_t)n + 1, sizeof(*end));
    sk_auto(mem) uint16_t *queue = NULL;
    size_t room = total_bytes(row, n) + 1;
    uint32_t at = 0;

    columns(nd, row, n);
    nd->next = calloc(room << nd->shift, sizeof(*nd->next));
    nd->says = calloc(room, sizeof(*nd->says));
    nd->state = calloc(room, sizeof(*nd->state));
    nd->out = calloc((size_t)n + 1, sizeof(*nd->out));
    queue = calloc(room, sizeof(*queue));
    if (!end || !queue || !nd->next || !nd->says || !nd->state || !nd->out)
        return -ENOMEM;
    nd->nstates = 1;
    for (uint32_t i = 0; i < n; i++) {
        end[i] = spell(nd, row[i].text);
        nd->state[end[i]].nouts++;
    }
    for (uint32_t s = 0; s < nd->nstates; s++) {
        nd->state[s].out = at;
        at += nd->state[s].nouts;
        nd->state[s].nouts = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct state *s = &nd->state[end[i]];

        nd->out[s->out + s->nouts++] = row[i].bit;
    }
    link_endings(nd, queue);
    return 0;
}

int sk_needles_new(const struct sk_affix_row *row, uint32_t n, struct sk_needles **out)
{
    struct sk_needles *nd = calloc(1, sizeof(*nd));
    int rc = nd ? build(nd, row, n) : -ENOMEM;

    if (rc) {
        sk_needles_free(nd);
        return rc;
    }
    *out = nd;
    return 0;
}

void sk_needles_free(struct sk_needles *nd)
{
    if (!nd)
        return;
    free(nd->next);
    free(nd->says);
    free(nd->state);
    free(nd->out);
    free(nd);
}

static void say(const struct sk_needles *nd, uint16_t s, uint64_t *bits)
{
    for (; s; s = nd->state[s].next_out)
        for (uint32_t i = 0; i < nd->state[s].nouts; i++) {
            uint32_t bit = nd->out[nd->state[s].out + i];

            bits[bit / 64] |= 1ull << bit % 64;
        }
}

void sk_needles_find(const struct sk_needles *nd, struct sk_str s, uint64_t *bits)
{
    uint32_t at = 0;

    for (size_t i = 0; i < s.n; i++) {
        at = *edge(nd, at, s.p[i]);
        if (SK_UNLIKELY(nd->says[at]))
            say(nd, (uint16_t)at, bits);
    }
}
