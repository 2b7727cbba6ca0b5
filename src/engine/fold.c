/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c - see fold.h.
 *
 * Kinds stand in the order in which their times end, which is that of their beginnings: all last
 * equally long.  A kind that repeated is summed up and gets another time, one that did not is
 * forgotten. */
#include "engine/fold.h"

#include <errno.h>

#include "base/map.h"

struct kind {
    struct kind *next;
    uint64_t end_ns;
    size_t bytes;
    struct sk_str key;
    struct sk_alert_summary sum;
    /* behind it: key, rule, source, tags, message, fields */
};

struct sk_fold {
    struct sk_fold_options opt;
    struct sk_map *by_key;
    struct kind *first, **last;
    size_t n, bytes;
};

int sk_fold_new(const struct sk_fold_options *opt, struct sk_fold **out)
{
    struct sk_fold *f = calloc(1, sizeof(*f));

    if (!f)
        return -ENOMEM;
    f->opt = *opt;
    f->last = &f->first;
    f->by_key = sk_map_new(SIZE_MAX / 2);
    if (!f->by_key) {
        free(f);
        return -ENOMEM;
    }
    *out = f;
    return 0;
}

void sk_fold_free(struct sk_fold *f)
{
    if (!f)
        return;
    for (struct kind *k = f->first, *next; k; k = next) {
        next = k->next;
        free(k);
    }
    sk_map_free(f->by_key);
    free(f);
}

void fold_freep(struct sk_fold **f)
{
    sk_fold_free(*f);
    *f = NULL;
}

void sk_fold_set(struct sk_fold *f, const struct sk_fold_options *opt)
{
    f->opt = *opt;
}

bool sk_fold_repeats(struct sk_fold *f, struct sk_str key, uint64_t ts_ns)
{
    struct kind *k = sk_map_get(f->by_key, key);

    if (!k || ts_ns >= k->end_ns)
        return false;
    if (!k->sum.count++)
        k->sum.first_ns = ts_ns;
    k->sum.last_ns = SK_MAX(k->sum.last_ns, ts_ns);
    return true;
}

static size_t text_bytes(const struct sk_alert_summary *s)
{
    size_t n = strlen(s->rule) + strlen(s->source) + 2 + s->message.n + s->fields.n;

    for (size_t i = 0; i < s->ntags; i++)
        n += strlen(s->tags[i]) + 1 + sizeof(char *);
    return n;
}

static char *copy(char **at, const char *p, size_t n)
{
    char *to = *at;

    if (n)
        memcpy(to, p, n);
    *at += n;
    return to;
}

static void fill(struct kind *k, struct sk_str key, const struct sk_alert_summary *s)
{
    const char **tags = (const char **)(k + 1);
    char *at = (char *)(tags + s->ntags);

    k->sum = *s;
    k->sum.count = k->sum.first_ns = k->sum.last_ns = 0;
    k->sum.rule = copy(&at, s->rule, strlen(s->rule) + 1);
    k->sum.source = copy(&at, s->source, strlen(s->source) + 1);
    for (size_t i = 0; i < s->ntags; i++)
        tags[i] = copy(&at, s->tags[i], strlen(s->tags[i]) + 1);
    k->sum.tags = tags;
    k->sum.message.p = copy(&at, s->message.p, s->message.n);
    k->sum.fields.p = copy(&at, s->fields.p, s->fields.n);
    k->key = (struct sk_str){copy(&at, key.p, key.n), key.n};
}

static void append(struct sk_fold *f, struct kind *k)
{
    k->next = NULL;
    *f->last = k;
    f->last = &k->next;
}

bool sk_fold_remember(struct sk_fold *f, struct sk_str key, uint64_t ts_ns,
                      const struct sk_alert_summary *first)
{
    size_t bytes = sizeof(struct kind) + text_bytes(first) + key.n;
    struct kind *k;

    if (f->n >= f->opt.max_entries || f->bytes + bytes > f->opt.max_bytes ||
        sk_map_get(f->by_key, key))
        return false;
    k = malloc(bytes);
    if (!k)
        return false;
    fill(k, key, first);
    k->bytes = bytes;
    k->end_ns = ts_ns + f->opt.interval_ns;
    if (sk_map_put(f->by_key, k->key, k)) {
        free(k);
        return false;
    }
    f->n++;
    f->bytes += bytes;
    append(f, k);
    return true;
}

uint64_t sk_fold_next_ns(const struct sk_fold *f)
{
    return f->first ? f->first->end_ns : UINT64_MAX;
}

static struct kind *take(struct sk_fold *f)
{
    struct kind *k = f->first;

    f->first = k->next;
    if (!f->first)
        f->last = &f->first;
    return k;
}

static void forget(struct sk_fold *f, struct kind *k)
{
    sk_map_del(f->by_key, k->key);
    f->n--;
    f->bytes -= k->bytes;
    free(k);
}

bool sk_fold_due(struct sk_fold *f, uint64_t now_ns, struct sk_alert_summary *out)
{
    while (f->first && now_ns >= f->first->end_ns) {
        struct kind *k = take(f);

        if (!k->sum.count) {
            forget(f, k);
            continue;
        }
        *out = k->sum;
        k->sum.count = 0;
        /* At the end of everything there is no further time to come. */
        k->end_ns = now_ns == UINT64_MAX ? now_ns : now_ns + f->opt.interval_ns;
        append(f, k);
        return true;
    }
    return false;
}

size_t sk_fold_count(const struct sk_fold *f)
{
    return f->n;
}
