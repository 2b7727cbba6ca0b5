/* SPDX-License-Identifier: Apache-2.0 */
/* item.c - one alert in one piece of memory, counted by those who hold it. */
#include "sink/queue.h"

static struct sk_str put(char **at, struct sk_str s)
{
    char *p = *at;

    if (s.n)
        memcpy(p, s.p, s.n);
    *at = p + s.n;
    return (struct sk_str){p, s.n};
}

static struct sk_str first_line(struct sk_str s)
{
    const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;

    return (struct sk_str){s.p, end ? (size_t)(end - s.p) : s.n};
}

/* Without a line for all: a form that is there, without parts. */
static struct sk_str nearest(const struct sk_sink_alert *a)
{
    for (int f = 0; !a->line.p && a->forms && f < SK_FORM_N; f++) {
        if (a->forms[f].p)
            return f == SK_FORM_PARTS ? first_line(a->forms[f]) : a->forms[f];
    }
    return a->line;
}

struct sk_item *sk_item_new(const struct sk_sink_alert *a, unsigned forms, size_t links)
{
    size_t n = nearest(a).n + a->rule.n;
    struct sk_item *it;
    char *at;

    for (int f = 0; a->forms && f < SK_FORM_N; f++) {
        if (forms & 1u << f)
            n += a->forms[f].n;
    }
    it = malloc(sizeof(*it) + links * sizeof(it->next[0]) + n);
    if (!it)
        return NULL;
    *it = (struct sk_item){.priority = a->priority, .id = a->id, .ts_ns = a->ts_ns};
    atomic_init(&it->refs, 1);
    at = (char *)&it->next[links];
    it->rule = put(&at, a->rule);
    /* `line` is a copy of its own only where a form falls back to it. */
    struct sk_str line = {NULL, 0}, other = nearest(a);
    for (int f = 0; f < SK_FORM_N; f++) {
        if (!(forms & 1u << f))
            continue;
        if (a->forms && a->forms[f].p) {
            it->form[f] = put(&at, a->forms[f]);
        } else {
            if (!line.p)
                line = put(&at, other);
            it->form[f] = line;
        }
    }
    it->bytes = (size_t)(at - (char *)&it->next[links]);
    return it;
}

void sk_item_unref(struct sk_item *it)
{
    if (it && atomic_fetch_sub(&it->refs, 1) == 1)
        free(it);
}

struct sk_str sk_item_line(const struct sk_item *it, enum sk_form form)
{
    for (int f = 0; !it->form[form].p && f < SK_FORM_N; f++) {
        if (it->form[f].p)
            return f == SK_FORM_PARTS ? first_line(it->form[f]) : it->form[f];
    }
    return it->form[form];
}
