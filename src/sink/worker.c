/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - the thread of one output: takes alerts in order, and does not let go of one until the
 * sink has it or says that it never will.
 *
 * A failure for the moment is tried again after 100 ms, then twice as long each time up to 30 s;
 * the alerts behind it wait in the queue, nobody else does.  The first failure is logged, then
 * nothing until it works again. */
#include <errno.h>

#include "sink/spool.h"

static void call_begins(struct sk_output *t)
{
    atomic_store(&t->reported, false);
    atomic_store(&t->call_ns, sk_boottime_ns());
}

static void call_ends(struct sk_output *t)
{
    atomic_store(&t->call_ns, 0);
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
    t->done_id = t->flight->id;
    land(t);
    if (t->all->spool)
        sk_spool_settled(t->all->spool, t);
}

/* What the sink itself holds stays in the spool: a crash would lose it. */
static void look_at_held(struct sk_output *t, bool over)
{
    uint64_t n = 0, id;

    if (!t->all->spool || !t->ops->holds)
        return;
    id = t->ops->holds(t->self, &n);
    pthread_mutex_lock(&t->all->lock);
    if (t->held_id != id) {
        t->held_id = id;
        sk_spool_settled(t->all->spool, t);
    }
    if (over) { /* it comes again in the next run */
        t->stat.delivered -= SK_MIN(n, t->stat.delivered);
        t->stat.spooled += n;
    }
    pthread_mutex_unlock(&t->all->lock);
}

static const char *why(const struct sk_output *t, int err)
{
    const char *text = t->ops->why ? t->ops->why(t->self) : NULL;

    return text && *text ? text : strerror(-err);
}

static void note_error(struct sk_output *t, int err)
{
    t->stat.last_error_ns = sk_now_ns();
    snprintf(t->stat.last_error, sizeof(t->stat.last_error), "%s", why(t, err));
}

static void say_recovered(const struct sk_output *t, uint64_t lost, uint64_t tries)
{
    if (lost)
        sk_log(SK_NOTICE, "%s: works again; %llu alerts were lost", t->name,
               (unsigned long long)lost);
    else if (tries)
        sk_log(SK_NOTICE, "%s: works again after %llu attempts; nothing was lost", t->name,
               (unsigned long long)tries);
}

static void delivered(struct sk_output *t)
{
    uint64_t lost = t->lost, tries = t->tries;

    pthread_mutex_lock(&t->all->lock);
    t->stat.delivered++;
    t->stat.last_ok_ns = sk_now_ns();
    settle(t);
    pthread_mutex_unlock(&t->all->lock);
    t->lost = 0;
    t->tries = 0;
    t->backoff_ms = 0;
    say_recovered(t, lost, tries);
}

static void refused(struct sk_output *t, int err)
{
    if (!t->lost++)
        sk_log(SK_ERROR, "%s: %s: the alert is lost for this output (further losses are counted)",
               t->name, why(t, err));
    t->backoff_ms = 0;
    pthread_mutex_lock(&t->all->lock);
    t->stat.failed++;
    note_error(t, err);
    settle(t);
    pthread_mutex_unlock(&t->all->lock);
}

/* Its time is over: what it has stays in the spool, or is counted as not delivered. With the lock. */
static bool give_up(struct sk_output *t)
{
    struct sk_outputs *o = t->all;
    uint64_t *count = o->spool ? &t->stat.spooled : &t->stat.failed;

    if (!t->orphan && !(o->stop && sk_boottime_ns() >= o->end_ns))
        return false;
    if (!t->flight && !t->first && !t->behind)
        return true;
    t->gave_up = true;
    if (t->flight) {
        land(t);
        ++*count;
    }
    *count += sk_output_clear(t);
    if (o->spool) {
        t->queued_id = t->done_id;
        t->behind = true;
        sk_spool_settled(o->spool, t);
    }
    return true;
}

/* After a failure for the moment: sleeps, or less when the end or a reopening comes. With the lock. */
static void postpone(struct sk_output *t, int err)
{
    struct sk_outputs *o = t->all;
    const bool stopping = o->stop;
    /* Room with the sink itself costs nothing to ask for. */
    const uint32_t max_ms = t->ops->holds ? SK_TEND_MS : SK_RETRY_MAX_MS;
    uint64_t again;

    t->backoff_ms = t->backoff_ms ? SK_MIN(t->backoff_ms * 2, max_ms) : SK_RETRY_FIRST_MS;
    if (stopping)
        t->backoff_ms = SK_RETRY_FIRST_MS;
    note_error(t, err);
    again = sk_boottime_ns() + t->backoff_ms * 1000000ull;
    if (stopping)
        again = SK_MIN(again, o->end_ns);
    while (sk_boottime_ns() < again && !t->reopen && !t->orphan && o->stop == stopping)
        sk_outputs_wait(o, &t->wake, again);
    if (!give_up(t))
        t->stat.retried++;
}

static void deliver(struct sk_output *t)
{
    const struct sk_item *it = t->flight;
    const struct sk_sink_alert alert = {
        .line = it->form[t->form],
        .priority = it->priority,
        .id = it->id,
        .ts_ns = it->ts_ns,
        .rule = it->rule,
    };
    int err;

    call_begins(t);
    err = t->ops->write(t->self, &alert);
    call_ends(t);
    look_at_held(t, false);
    if (!err) {
        delivered(t);
    } else if (permanent(err)) {
        refused(t, err);
    } else {
        if (!t->tries++)
            sk_log(SK_ERROR, "%s: %s: it is tried again, later alerts wait", t->name, why(t, err));
        pthread_mutex_lock(&t->all->lock);
        postpone(t, err);
        pthread_mutex_unlock(&t->all->lock);
    }
}

static void reopen(struct sk_output *t)
{
    int err;

    call_begins(t);
    err = t->ops->reopen(t->self);
    call_ends(t);
    if (err)
        sk_log(SK_ERROR, "%s: cannot reopen: %s; the old target stays in use", t->name,
               why(t, err));
}

/* Nobody will bring another alert. With the lock. */
static bool ending(const struct sk_outputs *o)
{
    return o->stop && (!o->feeding || sk_boottime_ns() >= o->end_ns);
}

/* Waits for a while; gives the sink a moment when nothing comes. With the lock. */
static void tend(struct sk_output *t)
{
    struct sk_outputs *o = t->all;
    const uint64_t until = sk_boottime_ns() + SK_TEND_MS * 1000000ull;

    while (!t->first && !o->stop && !t->reopen && sk_boottime_ns() < until)
        sk_outputs_wait(o, &t->wake, until);
    if (t->first || o->stop || t->reopen)
        return;
    pthread_mutex_unlock(&o->lock);
    if (t->ops->tend) {
        call_begins(t);
        t->ops->tend(t->self);
        call_ends(t);
    }
    look_at_held(t, false);
    pthread_mutex_lock(&o->lock);
}

/* Waits for work. false: there will be none. *out_reopen: asked for since the last call. */
static bool take(struct sk_output *t, bool *out_reopen)
{
    struct sk_outputs *o = t->all;
    bool more;

    pthread_mutex_lock(&o->lock);
    while (!t->flight && !t->first && !ending(o) && !t->reopen) {
        if (o->stop)
            sk_outputs_wait(o, &t->wake, o->end_ns);
        else if (t->ops->tend || t->held_id)
            tend(t);
        else
            pthread_cond_wait(&t->wake, &o->lock);
    }
    (void)give_up(t);
    *out_reopen = t->reopen;
    t->reopen = false;
    if (!t->flight && t->first) {
        t->flight = t->first;
        t->first = t->flight->next[t->index];
        if (!t->first)
            t->last = &t->first;
    }
    more = t->flight || *out_reopen;
    pthread_mutex_unlock(&o->lock);
    return more;
}

void sk_output_close(struct sk_output *t)
{
    call_begins(t);
    t->ops->close(t->self);
    call_ends(t);
    look_at_held(t, true);
    free(t->self);
    t->self = NULL;
}

void *sk_output_run(void *arg)
{
    struct sk_output *t = arg;
    bool again = false;

    while (take(t, &again)) {
        if (again)
            reopen(t);
        if (t->flight)
            deliver(t);
    }
    sk_output_close(t);
    pthread_mutex_lock(&t->all->lock);
    t->ended = true;
    pthread_cond_signal(&t->all->gone);
    pthread_mutex_unlock(&t->all->lock);
    sk_outputs_unref(t->all);
    return NULL;
}
