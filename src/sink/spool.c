/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c - the thread that writes alerts to the disk before the outputs get them.
 *
 * While one batch is written the next one collects, so that batches are as large as they have to be
 * and no alert waits for a timer.  A disk that refuses (full, broken) does not stop anything: alerts
 * stay in memory, outputs get them from there, and once a second the disk is asked again. */
#include "sink/spool.h"

#include <errno.h>

#define SAVE_NS  100000000ull  /* at most this long a cursor is ahead of the disk */
#define RETRY_NS 1000000000ull /* between attempts to write */

static void push(struct sk_held *h, struct sk_item *it, size_t link)
{
    it->next[link] = NULL;
    *h->last = it;
    h->last = &it->next[link];
    h->n++;
    h->bytes += it->bytes;
}

static void pop(struct sk_held *h, size_t link)
{
    struct sk_item *it = h->first;

    h->first = it->next[link];
    if (!h->first)
        h->last = &h->first;
    h->n--;
    h->bytes -= it->bytes;
    sk_item_unref(it);
}

bool sk_spool_take(struct sk_spool *sp, struct sk_item *it)
{
    if (!it || sp->ended || sp->in.n >= sp->all->capacity ||
        sp->in.bytes + it->bytes > SK_SPOOL_IN_BYTES)
        return false;
    atomic_fetch_add(&it->refs, 1);
    push(&sp->in, it, sp->all->n);
    pthread_cond_signal(&sp->wake);
    return true;
}

static bool has_window(const struct sk_output *t)
{
    return t->stat.waiting < SK_MIN(SK_SPOOL_WINDOW, t->all->capacity) &&
           t->stat.waiting_bytes < t->all->spool->window_bytes;
}

static bool is_hungry(const struct sk_output *t)
{
    return t->behind && !t->gave_up && !t->orphan &&
           t->stat.waiting <= SK_MIN(SK_SPOOL_WINDOW, t->all->capacity) / 2 &&
           t->stat.waiting_bytes <= t->all->spool->window_bytes / 2;
}

void sk_spool_settled(struct sk_spool *sp, const struct sk_output *t)
{
    bool first = !sp->dirty;

    if (first)
        sp->dirty_ns = sk_boottime_ns();
    sp->dirty = true;
    if (first || sp->all->stop || is_hungry(t))
        pthread_cond_signal(&sp->wake);
}

/* What an output has behind it: nothing up to there is needed for it. */
static uint64_t cursor_of(const struct sk_output *t)
{
    const uint64_t id = t->stat.waiting ? t->done_id : t->queued_id;

    return t->held_id ? SK_MIN(id, t->held_id - 1) : id;
}

static void take_snapshot(struct sk_spool *sp)
{
    pthread_mutex_lock(&sp->all->lock);
    for (size_t i = 0; i < sp->all->n; i++) {
        const struct sk_output *t = &sp->all->out[i];

        sp->now[i] = (struct sk_snapshot){.cursor = cursor_of(t), .queued_id = t->queued_id};
    }
    sp->dirty = false;
    pthread_mutex_unlock(&sp->all->lock);
}

/* Everything up to there has been settled by all. */
static uint64_t settled_by_all(const struct sk_spool *sp)
{
    uint64_t id = sp->offered_id;

    for (size_t i = 0; i < sp->all->n; i++)
        id = SK_MIN(id, sp->now[i].cursor);
    return id;
}

static int save_outputs(struct sk_spool *sp)
{
    const struct sk_outputs *o = sp->all;
    int err = 0;

    for (size_t i = 0; i < o->n && !err; i++) {
        if (sp->now[i].cursor != sp->cursor[i])
            err = sk_store_set_cursor(sp->store, o->out[i].name, sp->now[i].cursor);
        for (int p = 0; p < SK_LEVEL_N && !err; p++) {
            const uint64_t n = sp->shed_now[i][p] + sp->shed_unsaved[i][p];

            if (n)
                err = sk_store_add_shed(sp->store, o->out[i].name, (enum sk_level)p, n);
        }
    }
    return err;
}

/* One transaction: new alerts in, settled ones out, cursors, and what is too much. */
static int save(struct sk_spool *sp, bool with_new)
{
    int err;

    take_snapshot(sp);
    memset(sp->shed_now, 0, sizeof(sp->shed_now));
    err = sk_store_begin(sp->store);
    if (!err)
        err = sk_store_forget(sp->store, settled_by_all(sp));
    for (struct sk_item *it = sp->held.first; it && with_new && !err; it = it->next[sp->all->n])
        err = sk_store_put(sp->store, it);
    if (!err && (!sp->held.first || !with_new))
        err = sk_spool_shed_rows(sp);
    if (!err)
        err = save_outputs(sp);
    if (!err)
        err = sk_store_commit(sp->store);
    if (err) {
        sk_store_rollback(sp->store);
        return err;
    }
    for (size_t i = 0; i < sp->all->n; i++)
        sp->cursor[i] = sp->now[i].cursor;
    memset(sp->shed_unsaved, 0, sizeof(sp->shed_unsaved));
    pthread_mutex_lock(&sp->all->lock);
    sk_spool_count_shed(sp);
    pthread_mutex_unlock(&sp->all->lock);
    return 0;
}

/* The file was replaced: what it no longer has is lost for those who had not read it. */
static void recount(struct sk_spool *sp)
{
    for (size_t i = 0; i < sp->all->n; i++) {
        struct sk_output *t = &sp->all->out[i];
        uint64_t held = 0, n = 0, queued_id;

        sp->cursor[i] = UINT64_MAX; /* to be written again */
        pthread_mutex_lock(&sp->all->lock);
        queued_id = t->queued_id;
        pthread_mutex_unlock(&sp->all->lock);
        if (sk_store_count(sp->store, queued_id, t->min_priority, &n))
            continue;
        for (const struct sk_item *it = sp->held.first; it; it = it->next[sp->all->n])
            held +=
                it->id <= sp->offered_id && it->id > queued_id && it->priority <= t->min_priority;
        pthread_mutex_lock(&sp->all->lock);
        if (t->stat.spooled > n + held) {
            t->stat.failed += t->stat.spooled - n - held;
            t->stat.spooled = n + held;
        }
        pthread_mutex_unlock(&sp->all->lock);
    }
}

static int repair(struct sk_spool *sp)
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
    sp->retry_ns = err ? sk_boottime_ns() + RETRY_NS : 0;
}

static bool try_save(struct sk_spool *sp)
{
    int err = save(sp, true);

    if (err == -EBADMSG && !repair(sp))
        err = save(sp, true);
    /* No room for what is new: without it there may be room after what is settled has gone. */
    if (err == -ENOSPC && !save(sp, false))
        err = save(sp, true);
    note(sp, err);
    return !err;
}

/* A new alert to those who are not behind; the others read it later. With the lock. */
static void offer(struct sk_spool *sp, struct sk_item *it)
{
    for (size_t i = 0; i < sp->all->n; i++) {
        struct sk_output *t = &sp->all->out[i];
        const bool wanted = it->priority <= t->min_priority;

        t->stat.queued += wanted;
        if (wanted && (t->behind || t->gave_up || !has_window(t))) {
            t->behind = true;
            t->stat.spooled++;
        } else if (!t->behind && !t->gave_up) {
            if (wanted)
                sk_output_queue(t, it);
            t->queued_id = it->id;
        }
    }
    sp->offered_id = it->id;
}

static void offer_held(struct sk_spool *sp)
{
    pthread_mutex_lock(&sp->all->lock);
    for (struct sk_item *it = sp->held.first; it; it = it->next[sp->all->n]) {
        if (it->id > sp->offered_id)
            offer(sp, it);
    }
    pthread_mutex_unlock(&sp->all->lock);
}

/* Without the disk: memory keeps what somebody has not settled yet. */
static void trim_held(struct sk_spool *sp)
{
    uint64_t upto;

    take_snapshot(sp);
    upto = settled_by_all(sp);
    while (sp->held.first && sp->held.first->id <= upto)
        pop(&sp->held, sp->all->n);
    sk_spool_shed_held(sp);
}

/* The next alert for an output that is behind, from the disk, then from memory. */
static struct sk_item *next_for(struct sk_spool *sp, struct sk_output *t, uint64_t after,
                                uint64_t *out_id, int *err)
{
    struct sk_item *it = NULL;

    *err = sk_store_next(sp->store, after, t->min_priority, sp->all->forms, sp->all->n + 1, &it,
                         out_id);
    if (it || *err)
        return it;
    for (it = sp->held.first; it; it = it->next[sp->all->n]) {
        if (it->id > after && it->id <= sp->offered_id && it->priority <= t->min_priority) {
            atomic_fetch_add(&it->refs, 1);
            *out_id = it->id;
            return it;
        }
    }
    return NULL;
}

/* A row that is damaged is passed over. With the lock. */
static void skip(struct sk_output *t, uint64_t id)
{
    t->queued_id = id;
    t->stat.failed++;
    t->stat.spooled -= t->stat.spooled > 0;
    t->stat.last_error_ns = sk_now_ns();
    snprintf(t->stat.last_error, sizeof(t->stat.last_error), "a damaged alert in the spool");
}

/* One step; false: there is nothing more for it, or no room. */
static bool feed(struct sk_spool *sp, struct sk_output *t, uint64_t *skipped)
{
    struct sk_outputs *o = sp->all;
    struct sk_item *it;
    uint64_t after, id = 0;
    bool more;
    int err;

    pthread_mutex_lock(&o->lock);
    after = t->queued_id;
    more = t->behind && !t->gave_up && has_window(t);
    pthread_mutex_unlock(&o->lock);
    if (!more)
        return false;
    it = next_for(sp, t, after, &id, &err);
    if (err == -EBADMSG && !repair(sp))
        return true;
    pthread_mutex_lock(&o->lock);
    if (t->gave_up) {
        more = false;
    } else if (err == -EILSEQ) {
        ++*skipped;
        skip(t, id);
    } else if (it) {
        sk_output_queue(t, it);
        t->queued_id = id;
        t->stat.spooled -= t->stat.spooled > 0;
    } else {
        more = false;
        t->behind = err; /* all is read; or it cannot be read now, and is tried again */
        if (!err)
            t->queued_id = SK_MAX(t->queued_id, sp->offered_id);
    }
    pthread_mutex_unlock(&o->lock);
    if (err && err != -EILSEQ) {
        sp->unreadable = true;
        sp->retry_ns = sk_boottime_ns() + RETRY_NS;
    }
    sk_item_unref(it);
    return more;
}

static void feed_all(struct sk_spool *sp)
{
    for (size_t i = 0; i < sp->all->n; i++) {
        uint64_t skipped = 0;

        while (feed(sp, &sp->all->out[i], &skipped))
            ;
        if (skipped)
            sk_log(SK_ERROR, "%s: %llu damaged alerts in the spool were passed over",
                   sp->all->out[i].name, (unsigned long long)skipped);
    }
}

/* Nobody has anything to do, or the time is over. With the lock. */
static bool drained(const struct sk_spool *sp)
{
    const struct sk_outputs *o = sp->all;

    if (!o->stop || sp->in.n)
        return false;
    if (sk_boottime_ns() >= o->end_ns)
        return true;
    for (size_t i = 0; i < o->n; i++) {
        const struct sk_output *t = &o->out[i];

        if (!t->gave_up && (t->stat.waiting || t->behind))
            return false;
    }
    return true;
}

/* When the thread has to look again, at the latest. With the lock. */
static uint64_t next_look(const struct sk_spool *sp)
{
    uint64_t at = sk_boottime_ns() + 3600000000000ull;

    if (sp->failing || sp->unreadable)
        at = SK_MIN(at, sp->retry_ns);
    else if (sp->dirty)
        at = SK_MIN(at, sp->dirty_ns + SAVE_NS);
    if (sp->all->stop && sp->all->feeding)
        at = SK_MIN(at, sp->all->end_ns);
    return at;
}

static bool hungry(const struct sk_spool *sp)
{
    for (size_t i = 0; i < sp->all->n; i++) {
        if (is_hungry(&sp->all->out[i]))
            return true;
    }
    return false;
}

/* One batch. With the lock. */
static void take_incoming(struct sk_spool *sp)
{
    const size_t link = sp->all->n;

    for (size_t bytes = 0; sp->in.first && bytes < sp->batch_bytes;) {
        struct sk_item *it = sp->in.first;

        bytes += it->bytes + 1;

        atomic_fetch_add(&it->refs, 1);
        pop(&sp->in, link);
        push(&sp->held, it, link);
    }
}

/* false: the end. Otherwise there is something to do: *out_write: on the disk. */
static bool wait_for_work(struct sk_spool *sp, bool *out_write)
{
    struct sk_outputs *o = sp->all;
    uint64_t look;
    bool more;

    pthread_mutex_lock(&o->lock);
    for (;;) {
        if (o->feeding && drained(sp)) {
            o->feeding = false;
            for (size_t i = 0; i < o->n; i++)
                pthread_cond_signal(&o->out[i].wake);
        }
        look = next_look(sp);
        if (sp->in.n || sp->finish || sk_boottime_ns() >= look || (!sp->unreadable && hungry(sp)))
            break;
        sk_outputs_wait(o, &sp->wake, look);
    }
    take_incoming(sp);
    if (sp->failing || sp->unreadable)
        *out_write = sk_boottime_ns() >= sp->retry_ns;
    else
        *out_write = sp->held.n || (sp->dirty && sk_boottime_ns() >= sp->dirty_ns + SAVE_NS);
    more = !sp->finish || sp->in.n;
    pthread_mutex_unlock(&o->lock);
    return more;
}

static void turn(struct sk_spool *sp, bool write)
{
    const bool written = write && try_save(sp);

    offer_held(sp);
    while (written && sp->held.first)
        pop(&sp->held, sp->all->n);
    if (!written && sp->held.first)
        trim_held(sp);
    /* Only now it is known who has what is new in its queue, and what can be shed. */
    if (written && sk_store_excess(sp->store))
        (void)try_save(sp);
    feed_all(sp);
    sk_spool_tell_shed(sp, false);
}

/* What only memory has when the end comes is lost for those who did not get it. */
static void lose_held(struct sk_spool *sp)
{
    uint64_t lost = 0;

    pthread_mutex_lock(&sp->all->lock);
    for (const struct sk_item *it = sp->held.first; it; it = it->next[sp->all->n]) {
        for (size_t i = 0; i < sp->all->n; i++) {
            struct sk_output *t = &sp->all->out[i];

            if (it->id <= cursor_of(t) || it->priority > t->min_priority)
                continue;
            t->stat.failed++;
            t->stat.spooled -= t->stat.spooled > 0;
            lost++;
        }
    }
    pthread_mutex_unlock(&sp->all->lock);
    if (lost)
        sk_log(SK_ERROR, "spool: %llu deliveries are lost: their alerts were in memory alone",
               (unsigned long long)lost);
}

void *sk_spool_run(void *arg)
{
    struct sk_spool *sp = arg;
    struct sk_outputs *o = sp->all;
    bool write = false;

    while (wait_for_work(sp, &write))
        turn(sp, write);
    if (!try_save(sp))
        lose_held(sp);
    sk_spool_tell_shed(sp, true);
    sk_store_free(SK_TAKE(sp->store));
    pthread_mutex_lock(&o->lock);
    sp->ended = true;
    pthread_cond_signal(&o->gone);
    pthread_mutex_unlock(&o->lock);
    sk_outputs_unref(o);
    return NULL;
}

/* Where the output goes on: an output that was never there begins now; when there are no cursors at
 * all (a file that was damaged), everything is for everybody. */
static int begin_output(struct sk_spool *sp, struct sk_output *t, bool known)
{
    uint64_t id = 0, n = 0, shed = 0, one = 0;
    int err = sk_store_cursor(sp->store, t->name, &id);

    if (err == -ENOENT) {
        id = known ? sk_store_last_id(sp->store) : 0;
        err = 0;
    }
    if (!err)
        err = sk_store_count(sp->store, id, t->min_priority, &n);
    for (int p = 0; p < SK_LEVEL_N && !err; p++, shed += one)
        err = sk_store_shed(sp->store, t->name, (enum sk_level)p, &one);
    if (err)
        return err;
    t->done_id = t->queued_id = id;
    t->behind = n > 0 || t->gave_up;
    if (!t->behind)
        t->queued_id = sk_store_last_id(sp->store);
    t->stat.queued = t->stat.spooled = n;
    if (n || shed)
        sk_log(SK_NOTICE, "%s: %llu alerts of earlier runs are in the spool; %llu were shed so far",
               t->name, (unsigned long long)n, (unsigned long long)shed);
    sp->cursor[t->index] = UINT64_MAX;
    return 0;
}

static int begin(struct sk_spool *sp)
{
    struct sk_outputs *o = sp->all;
    const char *name[SK_OUTPUTS_MAX];
    const bool known = sk_store_has_cursors(sp->store);
    int err = 0;

    for (size_t i = 0; i < o->n && !err; i++) {
        name[i] = o->out[i].name;
        err = begin_output(sp, &o->out[i], known);
    }
    if (!err)
        err = sk_store_begin(sp->store);
    if (!err)
        err = sk_store_keep_cursors(sp->store, name, o->n);
    if (!err)
        err = sk_store_commit(sp->store);
    if (err)
        sk_store_rollback(sp->store);
    return err == -ENOSPC ? 0 : err;
}

int sk_spool_new(struct sk_outputs *o, const struct sk_spool_options *opt, struct sk_spool **out,
                 struct sk_diag *dg)
{
    struct sk_spool *sp = calloc(1, sizeof(*sp));
    int err = sp ? sk_store_open(opt, &sp->store, dg) : -ENOMEM;

    if (err) {
        free(sp);
        return err;
    }
    sp->all = o;
    sp->max_bytes = opt->max_bytes;
    sp->window_bytes = (size_t)SK_MIN(SK_SPOOL_WINDOW_BYTES, opt->max_bytes / 16);
    sp->batch_bytes = (size_t)SK_MIN(SK_SPOOL_BATCH_BYTES, opt->max_bytes / 8);
    sp->in.last = &sp->in.first;
    sp->held.last = &sp->held.first;
    err = begin(sp);
    if (err == -EBADMSG && !sk_store_repair(sp->store))
        err = begin(sp);
    if (err) {
        sk_store_free(sp->store);
        free(sp);
        return sk_err(dg, err, NULL, "the spool in '%s' cannot be used: %s", opt->dir,
                      strerror(-err));
    }
    sp->offered_id = o->last_id = sk_store_last_id(sp->store);
    sk_outputs_cond_init(&sp->wake);
    *out = sp;
    return 0;
}

void sk_spool_free(struct sk_spool *sp)
{
    if (!sp)
        return;
    sk_store_free(sp->store);
    while (sp->in.first)
        pop(&sp->in, sp->all->n);
    while (sp->held.first)
        pop(&sp->held, sp->all->n);
    pthread_cond_destroy(&sp->wake);
    free(sp);
}
