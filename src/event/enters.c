/* SPDX-License-Identifier: Apache-2.0 */
/* enters.c - a map from thread to record, and a list in the order in which records may go.
 *
 * A thread keeps its memory from one call to the next, so that a capture is read without allocating
 * once its threads have been seen. */
#include "event/enters.h"

#include <errno.h>

#include "base/map.h"

#define MIN_CAP 128u /* most enter events fit */

struct sk_enters {
    struct sk_map *by_tid;
    struct sk_enter list; /* head: used ones and the oldest come first */
    size_t max, max_bytes, bytes;
    uint64_t lost;
};

int sk_enters_new(size_t max, size_t max_bytes, struct sk_enters **out)
{
    sk_auto(enters) struct sk_enters *e = calloc(1, sizeof(*e));

    if (!e)
        return -ENOMEM;
    e->list.prev = e->list.next = &e->list;
    e->max = max;
    e->max_bytes = max_bytes;
    e->by_tid = sk_map_new(max);
    if (!e->by_tid)
        return -ENOMEM;
    *out = SK_TAKE(e);
    return 0;
}

static void unlink_enter(struct sk_enter *x)
{
    x->prev->next = x->next;
    x->next->prev = x->prev;
}

static void link_behind(struct sk_enter *at, struct sk_enter *x)
{
    x->prev = at;
    x->next = at->next;
    at->next->prev = x;
    at->next = x;
}

static void drop(struct sk_enters *e, struct sk_enter *x)
{
    sk_map_del_u64(e->by_tid, x->tid);
    unlink_enter(x);
    e->bytes -= x->cap;
    free(x->rec);
    free(x);
}

void sk_enters_clear(struct sk_enters *e)
{
    while (e->list.next != &e->list)
        drop(e, e->list.next);
    e->lost = 0;
}

void sk_enters_free(struct sk_enters *e)
{
    if (!e)
        return;
    if (e->by_tid)
        sk_enters_clear(e);
    sk_map_free(e->by_tid);
    free(e);
}

void enters_freep(struct sk_enters **e)
{
    sk_enters_free(*e);
    *e = NULL;
}

/* Makes room for `more` bytes; never lets `keep` go. */
static bool make_room(struct sk_enters *e, size_t more, const struct sk_enter *keep)
{
    while (e->bytes + more > e->max_bytes) {
        struct sk_enter *x = e->list.next;

        if (x == keep)
            x = x->next;
        if (x == &e->list)
            return false;
        e->lost += x->len != 0;
        drop(e, x);
    }
    return true;
}

static bool grow(struct sk_enters *e, struct sk_enter *x, uint32_t len)
{
    uint32_t cap = MIN_CAP;
    uint8_t *rec;

    if (len <= x->cap)
        return true;
    while (cap < len)
        cap *= 2;
    if (!make_room(e, cap - x->cap, x))
        return false;
    free(x->rec);
    e->bytes -= x->cap;
    rec = malloc(cap);
    x->rec = rec;
    x->cap = rec ? cap : 0;
    e->bytes += x->cap;
    return rec != NULL;
}

static struct sk_enter *add(struct sk_enters *e, uint64_t tid)
{
    struct sk_enter *x;

    if (sk_map_count(e->by_tid) >= e->max) {
        if (e->list.next == &e->list)
            return NULL;
        e->lost += e->list.next->len != 0;
        drop(e, e->list.next);
    }
    x = calloc(1, sizeof(*x));
    if (!x || sk_map_put_u64(e->by_tid, tid, x)) {
        free(x);
        return NULL;
    }
    x->tid = tid;
    link_behind(e->list.prev, x);
    return x;
}

void sk_enters_put(struct sk_enters *e, uint64_t tid, const void *rec, uint32_t len)
{
    struct sk_enter *x = sk_map_get_u64(e->by_tid, tid);

    if (!x)
        x = add(e, tid);
    if (!x) {
        e->lost++;
        return;
    }
    x->len = 0; /* a call that begins says that the one before has ended */
    if (!grow(e, x, len)) {
        e->lost++;
        return;
    }
    memcpy(x->rec, rec, len);
    x->len = len;
    unlink_enter(x);
    link_behind(e->list.prev, x);
}

struct sk_enter *sk_enters_get(const struct sk_enters *e, uint64_t tid)
{
    struct sk_enter *x = sk_map_get_u64(e->by_tid, tid);

    return x && x->len ? x : NULL;
}

void sk_enters_used(struct sk_enters *e, struct sk_enter *enter)
{
    enter->len = 0;
    unlink_enter(enter);
    link_behind(&e->list, enter);
}

uint64_t sk_enters_lost(const struct sk_enters *e)
{
    return e->lost;
}
