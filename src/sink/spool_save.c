/* SPDX-License-Identifier: Apache-2.0 */
/* spool_save.c - one transaction of the spool: what is new, what is settled, where everybody is.
 *
 * It begins with a copy of what it needs to know of the outputs, which go on meanwhile, and may come and
 * go. */
#include "sink/spool.h"

#include <errno.h>

bool sk_spool_serves(const struct sk_output *t)
{
    return (t->place == SK_PLACE_LIVE && !t->mute) || t->place == SK_PLACE_LEAVING;
}

uint64_t sk_spool_cursor_of(const struct sk_output *t)
{
    const uint64_t id = t->stat.waiting ? t->done_id : t->queued_id;

    return t->held_id ? SK_MIN(id, t->held_id - 1) : id;
}

/* Another output than before has the place. With the lock. */
static void meet(struct sk_spool *sp, struct sk_output *t)
{
    const size_t i = t->index;

    t->fresh = false;
    sp->cursor[i] = UINT64_MAX;
    memset(sp->shed_now[i], 0, sizeof(sp->shed_now[i]));
    memset(sp->shed_unsaved[i], 0, sizeof(sp->shed_unsaved[i]));
    memset(sp->shed_episode[i], 0, sizeof(sp->shed_episode[i]));
}

void sk_spool_take_snapshot(struct sk_spool *sp)
{
    pthread_mutex_lock(&sp->all->lock);
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        struct sk_output *t = &sp->all->out[i];
        struct sk_snapshot *now = &sp->now[i];

        now->there = i < sp->all->n && sk_spool_serves(t);
        if (!now->there)
            continue;
        if (t->fresh)
            meet(sp, t);
        memcpy(now->name, t->name, sizeof(now->name));
        now->min_priority = t->min_priority;
        now->cursor = sk_spool_cursor_of(t);
        now->queued_id = t->queued_id;
    }
    sp->dirty = false;
    sp->cast = sp->all->cast;
    sp->all->cast = false;
    pthread_mutex_unlock(&sp->all->lock);
}

uint64_t sk_spool_settled_by_all(const struct sk_spool *sp)
{
    uint64_t id = sp->offered_id;

    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        if (sp->now[i].there)
            id = SK_MIN(id, sp->now[i].cursor);
    }
    return id;
}

/* Who is no output any more has no cursor either. */
static int forget_others(struct sk_spool *sp)
{
    const char *name[SK_OUTPUTS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        if (sp->now[i].there)
            name[n++] = sp->now[i].name;
    }
    return sk_store_keep_cursors(sp->store, name, n);
}

static int save_outputs(struct sk_spool *sp)
{
    int err = sp->cast ? forget_others(sp) : 0;

    for (size_t i = 0; i < SK_OUTPUTS_MAX && !err; i++) {
        const struct sk_snapshot *now = &sp->now[i];

        if (!now->there)
            continue;
        if (now->cursor != sp->cursor[i])
            err = sk_store_set_cursor(sp->store, now->name, now->cursor);
        for (int p = 0; p < SK_LEVEL_N && !err; p++) {
            const uint64_t n = sp->shed_now[i][p] + sp->shed_unsaved[i][p];

            if (n)
                err = sk_store_add_shed(sp->store, now->name, (enum sk_level)p, n);
        }
    }
    return err;
}

/* One transaction: new alerts in, settled ones out, cursors, and what is too much. */
static int save(struct sk_spool *sp, bool with_new)
{
    int err;

    sk_spool_take_snapshot(sp);
    memset(sp->shed_now, 0, sizeof(sp->shed_now));
    err = sk_store_begin(sp->store);
    if (!err)
        err = sk_store_forget(sp->store, sk_spool_settled_by_all(sp));
    for (struct sk_item *it = sp->held.first; it && with_new && !err; it = it->held)
        err = sk_store_put(sp->store, it);
    if (!err && (!sp->held.first || !with_new))
        err = sk_spool_shed_rows(sp);
    if (!err)
        err = save_outputs(sp);
    if (!err)
        err = sk_store_commit(sp->store);
    if (err) {
        sk_store_rollback(sp->store);
        pthread_mutex_lock(&sp->all->lock);
        sp->all->cast |= sp->cast;
        pthread_mutex_unlock(&sp->all->lock);
        return err;
    }
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        if (sp->now[i].there)
            sp->cursor[i] = sp->now[i].cursor;
    }
    memset(sp->shed_unsaved, 0, sizeof(sp->shed_unsaved));
    pthread_mutex_lock(&sp->all->lock);
    sk_spool_count_shed(sp);
    pthread_mutex_unlock(&sp->all->lock);
    return 0;
}

/* One output of them. */
static void recount_one(struct sk_spool *sp, struct sk_output *t)
{
    uint64_t held = 0, n = 0, queued_id;
    enum sk_level min;
    bool there;

    pthread_mutex_lock(&sp->all->lock);
    there = sk_spool_serves(t);
    queued_id = t->queued_id;
    min = t->min_priority;
    pthread_mutex_unlock(&sp->all->lock);
    if (!there || sk_store_count(sp->store, queued_id, min, &n))
        return;
    for (const struct sk_item *it = sp->held.first; it; it = it->held)
        held += it->id <= sp->offered_id && it->id > queued_id && it->priority <= min;
    pthread_mutex_lock(&sp->all->lock);
    if (t->stat.spooled > n + held && sk_spool_serves(t)) {
        t->stat.failed += t->stat.spooled - n - held;
        t->stat.spooled = n + held;
    }
    pthread_mutex_unlock(&sp->all->lock);
}

/* The file was replaced: what it no longer has is lost for those who had not read it. */
static void recount(struct sk_spool *sp)
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        sp->cursor[i] = UINT64_MAX; /* to be written again */
        recount_one(sp, &sp->all->out[i]);
    }
}

int sk_spool_repair(struct sk_spool *sp)
{
    int err = sk_store_repair(sp->store);

    if (!err)
        recount(sp);
    return err;
}

/* The outcome of an attempt to write. */
static void note(struct sk_spool *sp, int err)
{
    if (err && !sp->failing)
        sk_log(SK_ERROR, "spool: %s: alerts are kept in memory until it can be written again",
               strerror(-err));
    if (!err && sp->failing)
        sk_log(SK_NOTICE, "spool: it is written again");
    sp->failing = err;
    sp->unreadable = false;
    sp->retry_ns = err ? sk_boottime_ns() + SK_SPOOL_RETRY_NS : 0;
}

bool sk_spool_try_save(struct sk_spool *sp)
{
    int err = save(sp, true);

    if (err == -EBADMSG && !sk_spool_repair(sp))
        err = save(sp, true);
    /* No room for what is new: without it there may be room after what is settled has gone. */
    if (err == -ENOSPC && !save(sp, false))
        err = save(sp, true);
    note(sp, err);
    return !err;
}
