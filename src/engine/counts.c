/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c - counters of rules by name; see counts.h.
 *
 * The lock is for those who list them: the event thread takes it only when a generation begins. */
#include "engine/counts.h"

#include <errno.h>
#include <pthread.h>

#include "base/map.h"

#define COUNTS_MAX 1000000

struct sk_counts {
    pthread_mutex_t lock;
    struct sk_map *by_name;
    struct sk_rule_count **row;
    size_t n, room;
    uint64_t others;
};

struct sk_counts *sk_counts_new(void)
{
    struct sk_counts *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->by_name = sk_map_new(COUNTS_MAX);
    if (!c->by_name) {
        sk_counts_free(c);
        return NULL;
    }
    return c;
}

static void free_row(struct sk_rule_count *r)
{
    free((char *)r->name);
    free(r->block);
    free(r->next);
    free(r);
}

void sk_counts_free(struct sk_counts *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        free_row(c->row[i]);
    free(c->row);
    sk_map_free(c->by_name);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* A rule's texts in one block: pointers to the tags, then source and tags. */
static void *texts(const struct sk_rule *r)
{
    size_t n = strlen(r->source) + 1;
    char **tag, *p;

    for (size_t i = 0; i < r->ntags; i++)
        n += strlen(r->tags[i]) + 1;
    tag = malloc(r->ntags * sizeof(*tag) + n);
    if (!tag)
        return NULL;
    p = (char *)(tag + r->ntags);
    p = stpcpy(p, r->source) + 1;
    for (size_t i = 0; i < r->ntags; i++) {
        tag[i] = p;
        p = stpcpy(p, r->tags[i]) + 1;
    }
    return tag;
}

static int make_room(struct sk_counts *c)
{
    size_t room = c->room ? c->room * 2 : 256;
    struct sk_rule_count **row;

    if (c->n < c->room)
        return 0;
    row = realloc(c->row, room * sizeof(*row));
    if (!row)
        return -ENOMEM;
    c->row = row;
    c->room = room;
    return 0;
}

static struct sk_rule_count *add(struct sk_counts *c, const char *name)
{
    struct sk_rule_count *row = calloc(1, sizeof(*row));

    if (row)
        row->name = strdup(name);
    if (!row || !row->name || make_room(c) || sk_map_put(c->by_name, sk_str(row->name), row)) {
        if (row)
            free_row(row);
        return NULL;
    }
    c->row[c->n++] = row;
    return row;
}

/* The counter, with the rule's texts ready in `next`. */
static int prepare(struct sk_counts *c, const struct sk_rule *r)
{
    struct sk_rule_count *row = sk_map_get(c->by_name, sk_str(r->name));

    if (!row)
        row = add(c, r->name);
    if (!row)
        return -ENOMEM;
    free(row->next);
    row->next = texts(r);
    return row->next ? 0 : -ENOMEM;
}

static void forget(struct sk_counts *c, size_t i)
{
    (void)sk_map_del(c->by_name, sk_str(c->row[i]->name));
    free_row(c->row[i]);
    c->row[i] = NULL;
}

/* Rows that were forgotten. */
static void close_gaps(struct sk_counts *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (c->row[i])
            c->row[n++] = c->row[i];
    }
    c->n = n;
}

static void adopt(struct sk_rule_count *row, const struct sk_rule *r)
{
    free(row->block);
    row->block = SK_TAKE(row->next);
    row->tags = row->block;
    row->source = (const char *)(row->tags + r->ntags);
    row->ntags = r->ntags;
    row->priority = r->priority;
    row->id = r->id;
    row->loaded = true;
}

static void undo(struct sk_counts *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (!c->row[i]->block)
            forget(c, i);
        else
            mem_freep(&c->row[i]->next);
    }
    close_gaps(c);
}

static void retire(struct sk_counts *c)
{
    size_t retired = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (c->row[i]->loaded)
            continue;
        if (sk_count_matches(c->row[i]) && retired++ < SK_COUNTS_RETIRED_MAX)
            continue;
        c->others += sk_count_matches(c->row[i]);
        forget(c, i);
    }
    close_gaps(c);
}

static int in_order(const void *a, const void *b)
{
    const struct sk_rule_count *one = *(struct sk_rule_count *const *)a,
                               *two = *(struct sk_rule_count *const *)b;

    if (one->loaded != two->loaded)
        return one->loaded ? -1 : 1;
    return one->id < two->id ? -1 : one->id > two->id;
}

int sk_counts_bind(struct sk_counts *c, const struct sk_ruleset *rules, struct sk_rule_count **out)
{
    const size_t n = sk_ruleset_count(rules);
    int err = 0;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < n && !err; i++)
        err = prepare(c, sk_ruleset_at(rules, i));
    if (err) {
        undo(c);
        pthread_mutex_unlock(&c->lock);
        return err;
    }
    for (size_t i = 0; i < c->n; i++)
        c->row[i]->loaded = false;
    for (size_t i = 0; i < n; i++) {
        const struct sk_rule *r = sk_ruleset_at(rules, i);
        struct sk_rule_count *row = sk_map_get(c->by_name, sk_str(r->name));

        adopt(row, r);
        out[r->id] = row;
    }
    retire(c);
    if (c->n) /* without rules there is no array either */
        qsort(c->row, c->n, sizeof(*c->row), in_order);
    pthread_mutex_unlock(&c->lock);
    return 0;
}

void sk_counts_each(struct sk_counts *c, sk_count_fn *fn, void *self)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->n; i++)
        fn(self, c->row[i]);
    pthread_mutex_unlock(&c->lock);
}

uint64_t sk_counts_others(struct sk_counts *c)
{
    uint64_t n;

    pthread_mutex_lock(&c->lock);
    n = c->others;
    pthread_mutex_unlock(&c->lock);
    return n;
}
