/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c - a queue of whole messages; short, because a pipe or a send buffer bounds what waits. */
#include "sink/tail.h"

#include <errno.h>

#define SK_TAIL_MAX_BYTES (32u << 20)

int sk_tail_add(struct sk_tail *t, struct sk_str a, struct sk_str b)
{
    size_t before = t->text.n;

    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        size_t *end = realloc(t->end, cap * sizeof(*end));

        if (!end)
            return -ENOMEM;
        t->end = end;
        t->cap = cap;
    }
    t->text.max = SK_TAIL_MAX_BYTES;
    sk_buf_adds(&t->text, a);
    sk_buf_adds(&t->text, b);
    if (t->text.failed) {
        t->text.failed = false;
        t->text.n = before;
        return -EMSGSIZE;
    }
    t->end[t->n++] = t->text.n;
    return 0;
}

struct sk_str sk_tail_rest(const struct sk_tail *t)
{
    return t->text.p ? (struct sk_str){t->text.p + t->sent, t->text.n - t->sent}
                     : (struct sk_str){"", 0};
}

void sk_tail_sent(struct sk_tail *t, size_t n)
{
    t->sent += n;
}

bool sk_tail_cancel(struct sk_tail *t)
{
    size_t begin = t->n > 1 ? t->end[t->n - 2] : 0;

    if (!t->n || t->sent > begin)
        return false;
    t->text.n = begin;
    t->n--;
    return true;
}

void sk_tail_trim(struct sk_tail *t, size_t waiting)
{
    size_t read = waiting < t->sent ? t->sent - waiting : 0, k = 0, cut;

    while (k < t->n && t->end[k] <= read)
        k++;
    if (!k)
        return;
    cut = t->end[k - 1];
    memmove(t->text.p, t->text.p + cut, t->text.n - cut);
    t->text.n -= cut;
    t->sent -= cut;
    t->n -= k;
    for (size_t i = 0; i < t->n; i++)
        t->end[i] = t->end[i + k] - cut;
}

void sk_tail_rewind(struct sk_tail *t)
{
    t->sent = 0;
}

void sk_tail_done(struct sk_tail *t)
{
    sk_buf_done(&t->text);
    mem_freep(&t->end);
    *t = (struct sk_tail){0};
}
