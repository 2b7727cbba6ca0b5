/* SPDX-License-Identifier: Apache-2.0 */
/* spool_shed.c - the spool is full: the least important alerts go first, of those the oldest.
 *
 * What is already in the queue of an output, or with its sink, is not touched: it is about to be
 * delivered, and would be both delivered and counted as shed. */
#include <errno.h>

#include "sink/spool.h"

static bool wants(const struct sk_snapshot *s, enum sk_level priority)
{
    return s->there && priority <= s->min_priority;
}

static bool is_queued(const struct sk_spool *sp, uint64_t id, enum sk_level priority)
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        const struct sk_snapshot *s = &sp->now[i];

        if (wants(s, priority) && id > s->cursor && id <= s->queued_id)
            return true;
    }
    return false;
}

/* Whoever has not had it yet loses it. */
static void lose(struct sk_spool *sp, uint64_t id, enum sk_level priority,
                 uint64_t count[][SK_LEVEL_N])
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        if (wants(&sp->now[i], priority) && id > sp->now[i].queued_id)
            count[i][priority]++;
    }
}

static int shed_priority(struct sk_spool *sp, enum sk_level priority)
{
    uint64_t id = 0;

    while (sk_store_excess(sp->store)) {
        int err = sk_store_oldest(sp->store, priority, id, &id);

        /* Those behind offered_id are with this thread: their turn comes when they are offered. */
        if (err == -ENOENT || id > sp->offered_id)
            return 0;
        if (!err && is_queued(sp, id, priority))
            continue;
        if (!err)
            err = sk_store_delete(sp->store, id);
        if (err)
            return err;
        lose(sp, id, priority, sp->shed_now);
    }
    return 0;
}

int sk_spool_shed_rows(struct sk_spool *sp)
{
    int err = 0;

    memset(sp->shed_now, 0, sizeof(sp->shed_now));
    for (int p = SK_LEVEL_N - 1; p >= 0 && !err && sk_store_excess(sp->store); p--)
        err = shed_priority(sp, (enum sk_level)p);
    return err;
}

void sk_spool_count_shed(struct sk_spool *sp)
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        struct sk_output_stat *st = &sp->all->out[i].stat;

        if (!sp->now[i].there || sp->all->out[i].fresh)
            continue;
        for (int p = 0; p < SK_LEVEL_N; p++) {
            st->shed[p] += sp->shed_now[i][p];
            st->spooled -= SK_MIN(sp->shed_now[i][p], st->spooled);
            sp->shed_episode[i][p] += sp->shed_now[i][p];
        }
    }
    memset(sp->shed_now, 0, sizeof(sp->shed_now));
}

static void remove_from(struct sk_held *held, struct sk_item **at)
{
    struct sk_item *it = *at;

    *at = it->held;
    if (!*at)
        held->last = at;
    held->n--;
    held->bytes -= it->bytes;
    sk_item_unref(it);
}

void sk_spool_shed_held(struct sk_spool *sp)
{
    memset(sp->shed_now, 0, sizeof(sp->shed_now));
    for (int p = SK_LEVEL_N - 1; p >= 0; p--) {
        struct sk_item **at = &sp->held.first;

        while (*at && sp->held.bytes > sp->max_bytes) {
            struct sk_item *it = *at;

            if ((int)it->priority != p) {
                at = &it->held;
                continue;
            }
            lose(sp, it->id, it->priority, sp->shed_now);
            remove_from(&sp->held, at);
        }
    }
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        for (int p = 0; p < SK_LEVEL_N; p++)
            sp->shed_unsaved[i][p] += sp->shed_now[i][p];
    }
    pthread_mutex_lock(&sp->all->lock);
    sk_spool_count_shed(sp);
    pthread_mutex_unlock(&sp->all->lock);
}

/* "siem: 12 Debug, 3 Notice"; false: nothing. */
static bool list(const struct sk_spool *sp, struct sk_buf *out)
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        const char *between = out->n ? "; %s: " : "%s: ";

        for (int p = SK_LEVEL_N - 1; p >= 0; p--) {
            if (!sp->shed_episode[i][p])
                continue;
            sk_buf_printf(out, between, sp->now[i].name);
            sk_buf_printf(out, "%llu %s", (unsigned long long)sp->shed_episode[i][p],
                          sk_level_name(p));
            between = ", ";
        }
    }
    return out->n > 0;
}

void sk_spool_tell_shed(struct sk_spool *sp, bool over)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(65536);

    if (!list(sp, &text))
        return;
    if (!sp->shedding) {
        sp->shedding = true;
        sk_log(SK_WARNING,
               "the spool is full (%llu MiB): the oldest alerts of the lowest priority are shed",
               (unsigned long long)(sp->max_bytes >> 20));
    }
    /* An output that is down for long makes one episode, not one for each alert. */
    if (!over && SK_MAX(sk_store_bytes(sp->store), sp->held.bytes) > sp->max_bytes / 10 * 9)
        return;
    sk_log(SK_WARNING, "alerts that the full spool has shed: %s", text.p);
    memset(sp->shed_episode, 0, sizeof(sp->shed_episode));
    sp->shedding = false;
}
