/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - the thread of one output: takes alerts in order, and does not let go of one until the
 * sink has it or says that it never will.
 *
 * A failure for the moment is tried again after 100 ms, then twice as long each time up to 30 s;
 * the alerts behind it wait in the queue, nobody else does.  The first failure is logged, then
 * nothing until it works again.  Between two calls it may find another sink for its place: it closes
 * its own and goes on with that one, with the alert that it still has.  A thread that was left behind
 * in a call touches nothing of the place any more. */
#include <errno.h>
#include <signal.h>

#include "sink/spool.h"

static void call_begins(struct sk_hand *h)
{
    atomic_store(&h->reported, false);
    atomic_store(&h->call_ns, sk_boottime_ns());
}

static void call_ends(struct sk_hand *h)
{
    atomic_store(&h->call_ns, 0);
}

static bool permanent(int err)
{
    return err == -EMSGSIZE || err == -EINVAL || err == -EBADMSG || err == -ENOBUFS ||
           err == -ESHUTDOWN;
}

uint64_t sk_output_clear(struct sk_output *t)
{
    uint64_t n = 0;

    for (struct sk_item *it = t->first, *next; it; it = next, n++) {
        next = it->next[t->index];
        t->stat.waiting--;
        t->stat.waiting_bytes -= it->bytes;
        sk_item_unref(it);
    }
    t->first = NULL;
    t->last = &t->first;
    return n;
}

/* The alert that was with the sink leaves it. With the lock. */
static void land(struct sk_output *t)
{
    t->stat.waiting--;
    t->stat.waiting_bytes -= t->flight->bytes;
    sk_item_unref(t->flight);
    t->flight = NULL;
}

/* It is delivered, or never will be. With the lock. */
static void settle(struct sk_output *t)
{
    t->done_id = SK_MAX(t->done_id, t->flight->id);
    land(t);
    if (t->all->spool)
        sk_spool_settled(t->all->spool, t);
}

/* What the sink itself holds stays in the spool: a crash would lose it. */
static void look_at_held(struct sk_hand *h)
{
    struct sk_output *t = h->of;
    struct sk_outputs *o = t->all;
    uint64_t n = 0, id;

    if (!h->fit->ops->holds)
        return;
    id = h->fit->ops->holds(h->fit->self, &n);
    pthread_mutex_lock(&o->lock);
    if (o->spool && !h->left && t->held_id != id) {
        t->held_id = id;
        sk_spool_settled(o->spool, t);
    }
    pthread_mutex_unlock(&o->lock);
}

/* What the sink held when it was closed comes again: in the next run, or from the next sink, for which
 * what is queued behind it is read again after it. With the lock. */
static void take_back(struct sk_output *t, const struct sk_fitting *f)
{
    struct sk_outputs *o = t->all;
    const bool over = o->stop || t->place == SK_PLACE_LEAVING;

    if (!o->spool || !f->ops->holds)
        return;
    t->held_id = over ? f->held_id : 0;
    t->stat.delivered -= SK_MIN(f->held_n, t->stat.delivered);
    t->stat.spooled += f->held_n;
    if (f->held_id && !over) {
        t->stat.spooled += t->flight != NULL;
        if (t->flight)
            land(t);
        t->stat.spooled += sk_output_clear(t);
        t->done_id = t->queued_id = SK_MIN(t->done_id, f->held_id - 1);
        t->behind = true;
    }
    sk_spool_settled(o->spool, t);
}

static const char *why(const struct sk_hand *h, int err)
{
    const char *text = h->fit->ops->why ? h->fit->ops->why(h->fit->self) : NULL;

    return text && *text ? text : strerror(-err);
}

/* With the lock. */
static void note_error(struct sk_hand *h, int err)
{
    struct sk_output_stat *st = &h->of->stat;

    st->last_error_ns = sk_now_ns();
    snprintf(st->last_error, sizeof(st->last_error), "%s", why(h, err));
}

static void say_recovered(const struct sk_hand *h)
{
    if (h->lost)
        sk_log(SK_NOTICE, "%s: works again; %llu alerts were lost", h->name,
               (unsigned long long)h->lost);
    else if (h->tries)
        sk_log(SK_NOTICE, "%s: works again after %llu attempts; nothing was lost", h->name,
               (unsigned long long)h->tries);
}

static void delivered(struct sk_hand *h)
{
    struct sk_output *t = h->of;

    pthread_mutex_lock(&t->all->lock);
    if (!h->left) {
        t->stat.delivered++;
        t->stat.last_ok_ns = sk_now_ns();
        settle(t);
    }
    pthread_mutex_unlock(&t->all->lock);
    say_recovered(h);
    h->lost = 0;
    h->tries = 0;
    h->backoff_ms = 0;
}

static void refused(struct sk_hand *h, int err)
{
    struct sk_output *t = h->of;

    if (!h->lost++)
        sk_log(SK_ERROR, "%s: %s: the alert is lost for this output (further losses are counted)",
               h->name, why(h, err));
    h->backoff_ms = 0;
    pthread_mutex_lock(&t->all->lock);
    if (!h->left) {
        t->stat.failed++;
        note_error(h, err);
        settle(t);
    }
    pthread_mutex_unlock(&t->all->lock);
}

void sk_output_abandon(struct sk_output *t)
{
    struct sk_outputs *o = t->all;
    const bool stays = o->spool && t->place != SK_PLACE_LEAVING;
    uint64_t *count = stays ? &t->stat.spooled : &t->stat.failed;
    const uint64_t before = t->stat.failed;

    if (!t->flight && !t->first && !t->behind)
        return;
    t->gave_up = true;
    if (t->flight) {
        land(t);
        ++*count;
    }
    *count += sk_output_clear(t);
    if (t->place == SK_PLACE_LEAVING)
        t->lost = t->stat.failed - before;
    if (o->spool) {
        t->queued_id = t->done_id;
        t->behind = true;
        sk_spool_settled(o->spool, t);
    }
}

/* Its time is over. With the lock. */
static bool give_up(struct sk_output *t)
{
    const struct sk_outputs *o = t->all;
    const uint64_t now = sk_boottime_ns();

    if (!(o->stop && now >= o->end_ns) && !(t->place == SK_PLACE_LEAVING && now >= t->leave_ns))
        return false;
    sk_output_abandon(t);
    return true;
}

/* When it has to look again whether its time is over. With the lock. */
static uint64_t next_look(const struct sk_output *t)
{
    uint64_t at = sk_boottime_ns() + 3600000000000ull;

    if (t->all->stop)
        at = SK_MIN(at, t->all->end_ns);
    if (t->place == SK_PLACE_LEAVING)
        at = SK_MIN(at, t->leave_ns);
    return at;
}

/* After a failure for the moment: sleeps, or less when the end or a change comes. */
static void postpone(struct sk_hand *h, int err)
{
    struct sk_output *t = h->of;
    struct sk_outputs *o = t->all;
    /* Room with the sink itself costs nothing to ask for. */
    const uint32_t max_ms = h->fit->ops->holds ? SK_TEND_MS : SK_RETRY_MAX_MS;
    enum sk_place place;
    bool stopping;
    uint64_t again;

    pthread_mutex_lock(&o->lock);
    place = t->place;
    stopping = o->stop;
    if (!h->left) {
        h->backoff_ms = h->backoff_ms ? SK_MIN(h->backoff_ms * 2, max_ms) : SK_RETRY_FIRST_MS;
        if (stopping || place == SK_PLACE_LEAVING)
            h->backoff_ms = SK_RETRY_FIRST_MS;
        note_error(h, err);
    }
    again = SK_MIN(sk_boottime_ns() + h->backoff_ms * 1000000ull, next_look(t));
    while (!h->left && sk_boottime_ns() < again && !t->reopen && !t->next && o->stop == stopping &&
           t->place == place)
        sk_outputs_wait(o, &t->wake, again);
    if (!h->left && !give_up(t))
        t->stat.retried++;
    pthread_mutex_unlock(&o->lock);
}

static void deliver(struct sk_hand *h)
{
    const struct sk_item *it = h->item;
    const struct sk_sink_alert alert = {
        .line = sk_item_line(it, h->fit->opt.form),
        .priority = it->priority,
        .id = it->id,
        .ts_ns = it->ts_ns,
        .rule = it->rule,
    };
    int err;

    call_begins(h);
    err = h->fit->ops->write(h->fit->self, &alert);
    call_ends(h);
    look_at_held(h);
    if (!err) {
        delivered(h);
    } else if (permanent(err)) {
        refused(h, err);
    } else {
        if (!h->tries++)
            sk_log(SK_ERROR, "%s: %s: it is tried again, later alerts wait", h->name, why(h, err));
        postpone(h, err);
    }
    sk_item_unref(SK_TAKE(h->item));
}

static void reopen(struct sk_hand *h)
{
    int err;

    call_begins(h);
    err = h->fit->ops->reopen(h->fit->self);
    call_ends(h);
    if (err)
        sk_log(SK_ERROR, "%s: cannot reopen: %s; the old target stays in use", h->name,
               why(h, err));
}

/* Nobody will bring another alert. With the lock. */
static bool ending(const struct sk_output *t)
{
    const struct sk_outputs *o = t->all;

    if (t->place == SK_PLACE_LEAVING)
        return !o->spool || sk_spool_gave_all(o->spool, t) || sk_boottime_ns() >= t->leave_ns;
    return o->stop && (!o->feeding || sk_boottime_ns() >= o->end_ns);
}

static bool has_work(const struct sk_hand *h)
{
    const struct sk_output *t = h->of;

    return h->left || t->next || t->reopen || t->flight || t->first || ending(t);
}

/* Waits for a while; gives the sink a moment when nothing comes. With the lock. */
static void tend(struct sk_hand *h)
{
    struct sk_outputs *o = h->of->all;
    const uint64_t until = sk_boottime_ns() + SK_TEND_MS * 1000000ull;

    while (!has_work(h) && !o->stop && sk_boottime_ns() < until)
        sk_outputs_wait(o, &h->of->wake, until);
    if (has_work(h) || o->stop)
        return;
    pthread_mutex_unlock(&o->lock);
    if (h->fit->ops->tend) {
        call_begins(h);
        h->fit->ops->tend(h->fit->self);
        call_ends(h);
    }
    look_at_held(h);
    pthread_mutex_lock(&o->lock);
}

enum todo { TODO_END = 0, TODO_CHANGE = 1, TODO_REOPEN = 2, TODO_DELIVER = 4 };

/* Waits for work. */
static unsigned take(struct sk_hand *h)
{
    struct sk_output *t = h->of;
    struct sk_outputs *o = t->all;
    unsigned todo = 0;

    pthread_mutex_lock(&o->lock);
    while (!has_work(h)) {
        if ((h->fit->ops->tend || t->held_id) && !o->stop)
            tend(h);
        else
            sk_outputs_wait(o, &t->wake, next_look(t));
    }
    if (h->left || t->next) {
        todo = h->left ? TODO_END : TODO_CHANGE;
        pthread_mutex_unlock(&o->lock);
        return todo;
    }
    (void)give_up(t);
    todo = t->reopen ? TODO_REOPEN : 0;
    t->reopen = false;
    if (!t->flight && t->first) {
        t->flight = t->first;
        t->first = t->flight->next[t->index];
        if (!t->first)
            t->last = &t->first;
    }
    if (t->flight) {
        todo |= TODO_DELIVER;
        h->item = t->flight;
        atomic_fetch_add(&h->item->refs, 1);
    }
    pthread_mutex_unlock(&o->lock);
    return todo;
}

static void close_sink(struct sk_hand *h)
{
    struct sk_outputs *o = h->of->all;
    struct sk_fitting *f = h->fit;

    if (!f)
        return;
    call_begins(h);
    sk_fitting_close(f);
    call_ends(h);
    pthread_mutex_lock(&o->lock); /* until now it could be told that its time is over */
    h->fit = NULL;
    if (!h->left)
        take_back(h->of, f);
    pthread_mutex_unlock(&o->lock);
    sk_fitting_free(f);
}

/* The sink that runs goes, the next one takes its place. */
static void change(struct sk_hand *h)
{
    struct sk_output *t = h->of;

    close_sink(h);
    pthread_mutex_lock(&t->all->lock);
    if (!h->left)
        h->fit = SK_TAKE(t->next);
    pthread_mutex_unlock(&t->all->lock);
    h->lost = h->tries = 0;
    h->backoff_ms = 0;
}

/* Opens what is late. false: that is not possible, the place is without a sink. */
static bool fit_out(struct sk_hand *h)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_output *t = h->of;
    int err = 0;

    if (h->fit && h->fit->late) {
        call_begins(h);
        err = dg ? sk_fitting_open(h->fit, dg) : -ENOMEM;
        call_ends(h);
    }
    if (err)
        sk_log(SK_ERROR, "Failed to init output: %s: %s (the next reload tries it again)", h->name,
               dg ? sk_diag_text(dg, SK_DIAG_ERROR) : strerror(-err));
    pthread_mutex_lock(&t->all->lock);
    if (!h->left)
        t->opening = false;
    if (err && !h->left) {
        sk_output_abandon(t);
        t->absent = t->gave_up = true;
        sk_hand_leave(t);
    }
    pthread_cond_broadcast(&t->all->gone);
    pthread_mutex_unlock(&t->all->lock);
    return !err;
}

void sk_outputs_say_left(const char *name, uint64_t lost)
{
    if (lost)
        sk_log(SK_WARNING,
               "%s: it is no output any more, and its last %llu alerts could not be delivered",
               name, (unsigned long long)lost);
}

/* The thread's last act. */
static void end(struct sk_hand *h)
{
    struct sk_output *t = h->of;
    struct sk_outputs *o = t->all;
    bool mine = true;
    uint64_t lost = 0;

    pthread_mutex_lock(&o->lock);
    if (!h->left && t->place == SK_PLACE_LEAVING) {
        lost = sk_place_free(t);
        pthread_detach(h->thread);
    } else if (!h->left) {
        h->ended = true; /* it is joined, and freed then */
        mine = false;
    }
    pthread_cond_broadcast(&o->gone);
    pthread_mutex_unlock(&o->lock);
    sk_outputs_say_left(h->name, lost);
    if (mine)
        free(h);
    sk_outputs_unref(o);
}

static void *run(void *arg)
{
    struct sk_hand *h = arg;
    bool fits = fit_out(h);
    unsigned todo;

    while (fits && (todo = take(h))) {
        if (todo & TODO_CHANGE) {
            change(h);
            fits = h->fit && fit_out(h);
        }
        if (todo & TODO_REOPEN)
            reopen(h);
        if (todo & TODO_DELIVER)
            deliver(h);
    }
    close_sink(h);
    end(h);
    return NULL;
}

int sk_hand_start(struct sk_output *t)
{
    struct sk_hand *h = calloc(1, sizeof(*h));
    sigset_t all, old;
    int err;

    if (!h)
        return -EAGAIN;
    h->of = t;
    h->fit = t->next;
    memcpy(h->name, t->name, sizeof(h->name));
    sigfillset(&all); /* signals belong to the control thread; a closed pipe is EPIPE here */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&h->thread, NULL, run, h);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        free(h);
        return -EAGAIN;
    }
    t->next = NULL;
    t->hand = h;
    t->all->refs++;
    return 0;
}

void sk_hand_leave(struct sk_output *t)
{
    struct sk_hand *h = SK_TAKE(t->hand);

    h->left = true;
    pthread_detach(h->thread);
    pthread_cond_broadcast(&t->wake);
}
