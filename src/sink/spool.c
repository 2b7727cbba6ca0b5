/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c - the thread that writes alerts to the disk before the outputs get them.
 *
 * While one batch is written the next one collects, so that batches are as large as they have to be
 * and no alert waits for a timer.  A disk that refuses (full, broken) does not stop anything: alerts
 * stay in memory, outputs get them from there, and once a second the disk is asked again. */
#include "sink/spool.h"

#include <errno.h>
#include <signal.h>

#define SAVE_NS 100000000ull /* at most this long a cursor is ahead of the disk */

static void push(struct sk_held *h, struct sk_item *it)
{
    it->held = NULL;
    *h->last = it;
    h->last = &it->held;
    h->n++;
    h->bytes += it->bytes;
}

static void pop(struct sk_held *h)
{
    struct sk_item *it = h->first;

    h->first = it->held;
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
    push(&sp->in, it);
    pthread_cond_signal(&sp->wake);
    return true;
}

static bool has_window(const struct sk_output *t)
{
    return t->stat.waiting < SK_MIN(SK_SPOOL_WINDOW, t->all->capacity) &&
           t->stat.waiting_bytes < t->all->spool->window_bytes;
}

bool sk_spool_gave_all(const struct sk_spool *sp, const struct sk_output *t)
{
    return !t->behind && sp->offered_id >= t->until_id;
}

static bool is_hungry(const struct sk_output *t)
{
    return sk_spool_serves(t) && t->behind && !t->gave_up &&
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

/* A new alert to those who are not behind; the others read it later. With the lock. */
static void offer(struct sk_spool *sp, struct sk_item *it)
{
    for (size_t i = 0; i < sp->all->n; i++) {
        struct sk_output *t = &sp->all->out[i];
        const bool leaves = t->place == SK_PLACE_LEAVING, wanted = it->priority <= t->min_priority;

        if (leaves)
            pthread_cond_signal(&t->wake); /* it may be the last one */
        if (!sk_spool_serves(t) || it->id <= t->since_id || (leaves && it->id > t->until_id))
            continue;
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
    for (struct sk_item *it = sp->held.first; it; it = it->held) {
        if (it->id > sp->offered_id)
            offer(sp, it);
    }
    pthread_mutex_unlock(&sp->all->lock);
}

/* Without the disk: memory keeps what somebody has not settled yet. */
static void trim_held(struct sk_spool *sp)
{
    uint64_t upto;

    sk_spool_take_snapshot(sp);
    upto = sk_spool_settled_by_all(sp);
    while (sp->held.first && sp->held.first->id <= upto)
        pop(&sp->held);
    sk_spool_shed_held(sp);
}

/* What an output that is behind wants next. */
struct want {
    uint64_t after, until; /* ids */
    enum sk_level min_priority;
    unsigned forms;
    size_t links;
};

/* The next alert for it, from the disk, then from memory. */
static struct sk_item *next_for(struct sk_spool *sp, const struct want *w, uint64_t *out_id,
                                int *err)
{
    struct sk_item *it = NULL;

    *err = sk_store_next(sp->store, w->after, w->min_priority, w->forms, w->links, &it, out_id);
    for (struct sk_item *h = sp->held.first; h && !it && !*err; h = h->held) {
        if (h->id > w->after && h->id <= sp->offered_id && h->priority <= w->min_priority) {
            atomic_fetch_add(&h->refs, 1);
            *out_id = h->id;
            it = h;
        }
    }
    if (it && it->id > w->until)
        sk_item_unref(SK_TAKE(it));
    return it;
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

/* With the lock. */
static bool wants_more(const struct sk_output *t, struct want *out)
{
    if (!sk_spool_serves(t) || !t->behind || t->gave_up || !has_window(t))
        return false;
    *out = (struct want){
        .after = t->queued_id,
        .until = t->place == SK_PLACE_LEAVING ? t->until_id : UINT64_MAX,
        .min_priority = t->min_priority,
        .forms = t->all->forms | 1u << t->form,
        .links = t->all->n,
    };
    return true;
}

/* What was read for it. With the lock. */
static bool hand_over(struct sk_spool *sp, struct sk_output *t, struct sk_item *it, uint64_t id,
                      int err)
{
    if (err == -EILSEQ) {
        skip(t, id);
        return true;
    }
    if (!it) {
        t->behind = err; /* all is read; or it cannot be read now, and is tried again */
        if (!err)
            t->queued_id = SK_MAX(t->queued_id, sp->offered_id);
        if (t->place == SK_PLACE_LEAVING)
            pthread_cond_signal(&t->wake);
        return false;
    }
    sk_output_queue(t, it);
    t->queued_id = id;
    t->stat.spooled -= t->stat.spooled > 0;
    return true;
}

struct skipped {
    char name[SK_OUTPUT_NAME_BYTES];
    uint64_t n;
};

/* One step; false: there is nothing more for it, or no room. */
static bool feed(struct sk_spool *sp, struct sk_output *t, struct skipped *skipped)
{
    struct sk_outputs *o = sp->all;
    struct sk_item *it;
    struct want want;
    uint64_t id = 0;
    bool more;
    int err;

    pthread_mutex_lock(&o->lock);
    more = wants_more(t, &want);
    pthread_mutex_unlock(&o->lock);
    if (!more)
        return false;
    it = next_for(sp, &want, &id, &err);
    if (err == -EBADMSG && !sk_spool_repair(sp))
        return true;
    pthread_mutex_lock(&o->lock);
    /* The place may be another's by now. */
    more = sk_spool_serves(t) && !t->gave_up && t->queued_id == want.after && !t->fresh;
    if (more) {
        skipped->n += err == -EILSEQ;
        memcpy(skipped->name, t->name, sizeof(skipped->name));
        more = hand_over(sp, t, it, id, err);
    }
    pthread_mutex_unlock(&o->lock);
    if (err && err != -EILSEQ) {
        sp->unreadable = true;
        sp->retry_ns = sk_boottime_ns() + SK_SPOOL_RETRY_NS;
    }
    sk_item_unref(it);
    return more;
}

static void feed_all(struct sk_spool *sp)
{
    for (size_t i = 0; i < SK_OUTPUTS_MAX; i++) {
        struct skipped skipped = {.n = 0};

        while (feed(sp, &sp->all->out[i], &skipped))
            ;
        if (skipped.n)
            sk_log(SK_ERROR, "%s: %llu damaged alerts in the spool were passed over", skipped.name,
                   (unsigned long long)skipped.n);
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

        if (sk_spool_serves(t) && !t->gave_up && (t->stat.waiting || t->behind))
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
    for (size_t bytes = 0; sp->in.first && bytes < sp->batch_bytes;) {
        struct sk_item *it = sp->in.first;

        bytes += it->bytes + 1;

        atomic_fetch_add(&it->refs, 1);
        pop(&sp->in);
        push(&sp->held, it);
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
            for (size_t i = 0; i < o->n; i++) {
                if (o->out[i].hand)
                    pthread_cond_signal(&o->out[i].wake);
            }
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
    const bool written = write && sk_spool_try_save(sp);

    offer_held(sp);
    while (written && sp->held.first)
        pop(&sp->held);
    if (!written && sp->held.first)
        trim_held(sp);
    /* Only now it is known who has what is new in its queue, and what can be shed. */
    if (written && sk_store_excess(sp->store))
        (void)sk_spool_try_save(sp);
    feed_all(sp);
    sk_spool_tell_shed(sp, false);
}

/* What only memory has when the end comes is lost for those who did not get it. */
static void lose_held(struct sk_spool *sp)
{
    uint64_t lost = 0;

    pthread_mutex_lock(&sp->all->lock);
    for (const struct sk_item *it = sp->held.first; it; it = it->held) {
        for (size_t i = 0; i < sp->all->n; i++) {
            struct sk_output *t = &sp->all->out[i];

            if (!sk_place_wants(t, it->priority) || it->id <= t->since_id ||
                it->id <= sk_spool_cursor_of(t))
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

static void *run(void *arg)
{
    struct sk_spool *sp = arg;
    struct sk_outputs *o = sp->all;
    bool write = false;

    while (wait_for_work(sp, &write))
        turn(sp, write);
    if (!sk_spool_try_save(sp))
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

int sk_spool_start(struct sk_spool *sp)
{
    sigset_t all, old;
    int err;

    sigfillset(&all); /* signals belong to the control thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&sp->thread, NULL, run, sp);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    sp->all->feeding = sp->started = !err;
    sp->all->refs += !err;
    return -err;
}

void sk_spool_changed(struct sk_spool *sp)
{
    if (!sp->dirty)
        sp->dirty_ns = sk_boottime_ns();
    sp->dirty = true;
    pthread_cond_signal(&sp->wake);
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
    size_t n = 0;
    int err = 0;

    for (size_t i = 0; i < o->n && !err; i++) {
        if (o->out[i].mute)
            continue;
        name[n++] = o->out[i].name;
        err = begin_output(sp, &o->out[i], known);
    }
    if (!err)
        err = sk_store_begin(sp->store);
    if (!err)
        err = sk_store_keep_cursors(sp->store, name, n);
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
        pop(&sp->in);
    while (sp->held.first)
        pop(&sp->held);
    pthread_cond_destroy(&sp->wake);
    free(sp);
}
