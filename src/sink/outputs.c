/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - alerts into the queues of the outputs that want them.
 *
 * The event thread pushes and never waits: a full queue is a counted loss, for its output alone.
 * Each output has a thread (worker.c), the only one that touches its sink: a sink needs no locks,
 * and one that is slow, blocked or dead delays nobody else.  The memory that may wait is shared out
 * in equal parts, so that it takes nothing from the others either.  A sink that blocks is reported
 * by whoever looks next (push or statistics): nobody else would notice. */
#include <errno.h>
#include <signal.h>

#include "sink/spool.h"

#define SPOOL_END_NS 5000000000ull /* for the last transaction */
#define GRACE_NS     3000000000ull /* at the end: for threads that give up by themselves */

void sk_outputs_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

void sk_outputs_wait(struct sk_outputs *o, pthread_cond_t *cond, uint64_t boottime_ns)
{
    const uint64_t now = sk_boottime_ns();
    const uint64_t left = boottime_ns > now ? boottime_ns - now : 0;
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)((left + (uint64_t)at.tv_nsec) / 1000000000);
    at.tv_nsec = (long)((left + (uint64_t)at.tv_nsec) % 1000000000);
    (void)pthread_cond_timedwait(cond, &o->lock, &at);
}

int sk_outputs_new(size_t capacity, uint32_t timeout_ms, struct sk_outputs **out)
{
    struct sk_outputs *o = calloc(1, sizeof(*o));

    if (!o)
        return -ENOMEM;
    pthread_mutex_init(&o->lock, NULL);
    sk_outputs_cond_init(&o->gone);
    o->refs = 1;
    o->capacity = capacity ? capacity : SIZE_MAX;
    o->timeout_ms = timeout_ms;
    *out = o;
    return 0;
}

void sk_outputs_recovery(struct sk_outputs *o, enum sk_recovery how)
{
    o->recovery = how;
}

static int init(struct sk_output *t, const struct sk_sink_ops *ops,
                const struct sk_sink_options *opt)
{
    t->ops = ops;
    t->min_priority = opt && opt->has_min ? opt->min_priority : SK_DEBUG;
    t->form = opt ? opt->form : SK_FORM_TEXT;
    t->name = strdup(opt && opt->name ? opt->name : ops->name);
    t->self = calloc(1, ops->size);
    if (!t->name || !t->self)
        return -ENOMEM;
    t->last = &t->first;
    t->stat.name = t->name;
    t->stat.kind = ops->name;
    sk_outputs_cond_init(&t->wake);
    return 0;
}

static void added(struct sk_outputs *o, const struct sk_output *t)
{
    o->n++;
    o->forms |= 1u << t->form;
    o->max_bytes = SK_OUTPUTS_MAX_BYTES / o->n;
}

/* What only serves has no queue and no thread. */
static int add_mute(struct sk_outputs *o, const struct sk_sink_ops *ops,
                    const struct sk_sink_options *opt, struct sk_diag *dg)
{
    void *self = o->nmute < SK_OUTPUTS_MUTE_MAX ? calloc(1, ops->size) : NULL;
    int err = self ? ops->open(self, opt, dg) : -ENOMEM;

    if (err) {
        if (self)
            ops->close(self);
        free(self);
        return err;
    }
    o->mute[o->nmute++] = (struct sk_mute){ops, self};
    return 0;
}

int sk_outputs_add(struct sk_outputs *o, const struct sk_sink_ops *ops,
                   const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct sk_output *t = &o->out[o->n];
    struct sk_sink_options own = opt ? *opt : (struct sk_sink_options){0};
    int err;

    if (opt && opt->mute)
        return add_mute(o, ops, opt, dg);
    if (o->n == SK_OUTPUTS_MAX)
        return sk_err(dg, -ENOSPC, NULL, "more than %d outputs", SK_OUTPUTS_MAX);
    *t = (struct sk_output){.all = o, .index = o->n};
    own.over = &o->over;
    err = init(t, ops, opt);
    if (!err) {
        err = ops->open(t->self, &own, dg);
        if (err)
            ops->close(t->self);
    }
    if (err) {
        free(t->self);
        free(t->name);
        return err;
    }
    added(o, t);
    return 0;
}

int sk_outputs_add_absent(struct sk_outputs *o, const struct sk_sink_ops *ops,
                          const struct sk_sink_options *opt)
{
    struct sk_output *t = &o->out[o->n];
    int err;

    if (o->n == SK_OUTPUTS_MAX)
        return -ENOSPC;
    *t = (struct sk_output){.all = o, .index = o->n, .absent = true, .gave_up = true};
    err = init(t, ops, opt);
    free(SK_TAKE(t->self));
    if (err)
        free(t->name);
    else
        added(o, t);
    return err;
}

int sk_outputs_spool(struct sk_outputs *o, const struct sk_spool_options *opt, struct sk_diag *dg)
{
    if (o->recovery == SK_RECOVER_EMPTY)
        o->recovery = SK_RECOVER_CONTINUE;
    return sk_spool_new(o, opt, &o->spool, dg);
}

int sk_outputs_start(struct sk_outputs *o)
{
    sigset_t all, old;
    int err = 0;

    sigfillset(&all); /* signals belong to the control thread; a closed pipe is EPIPE here */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n && !err; i++) {
        struct sk_output *t = &o->out[i];

        if (t->absent)
            continue;
        err = pthread_create(&t->thread, NULL, sk_output_run, t);
        t->started = !err;
        o->refs += !err;
    }
    if (!err && o->spool) {
        err = pthread_create(&o->spool->thread, NULL, sk_spool_run, o->spool);
        o->feeding = o->spool->started = !err;
        o->refs += !err;
    }
    pthread_mutex_unlock(&o->lock);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -err;
}

unsigned sk_outputs_forms(const struct sk_outputs *o)
{
    return o->forms;
}

uint64_t sk_outputs_next_id(struct sk_outputs *o)
{
    uint64_t id;

    pthread_mutex_lock(&o->lock);
    id = ++o->last_id;
    pthread_mutex_unlock(&o->lock);
    return id;
}

static void watch(struct sk_outputs *o)
{
    for (size_t i = 0; i < o->n && o->timeout_ms; i++) {
        struct sk_output *t = &o->out[i];
        uint64_t began = atomic_load(&t->call_ns);

        if (!began || sk_boottime_ns() < began + o->timeout_ms * 1000000ull ||
            atomic_exchange(&t->reported, true))
            continue;
        if (o->n == 1)
            sk_log(SK_CRITICAL, "\"%s\" output timeout, all output channels are blocked", t->name);
        else
            sk_log(SK_CRITICAL,
                   "\"%s\" output timeout, this output channel is blocked (the others are not)",
                   t->name);
    }
}

void sk_output_queue(struct sk_output *t, struct sk_item *it)
{
    it->next[t->index] = NULL;
    *t->last = it;
    t->last = &it->next[t->index];
    atomic_fetch_add(&it->refs, 1);
    t->stat.waiting++;
    t->stat.waiting_bytes += it->bytes;
    pthread_cond_signal(&t->wake);
}

static bool has_room(const struct sk_output *t, const struct sk_item *it)
{
    const struct sk_outputs *o = t->all;
    const bool flies = t->flight; /* it has left the queue */

    return it && t->stat.waiting - flies < o->capacity &&
           t->stat.waiting_bytes - (flies ? t->flight->bytes : 0) + it->bytes <= o->max_bytes;
}

/* With the lock. */
static void overflow(struct sk_output *t)
{
    uint64_t lost = 1;

    if (t->all->recovery == SK_RECOVER_EMPTY)
        lost += sk_output_clear(t);
    t->all->fatal |= t->all->recovery == SK_RECOVER_EXIT;
    t->stat.queued++;
    t->stat.dropped += lost;
    t->full_dropped += lost;
    t->full = true;
}

struct told { /* what push has to log when it no longer holds the lock */
    bool first;
    uint64_t again[SK_OUTPUTS_MAX]; /* dropped until there was room again */
};

/* How many outputs could not take it. With the lock. */
static size_t offer(struct sk_outputs *o, enum sk_level priority, struct sk_item *it,
                    struct told *told)
{
    const bool spooled = o->spool && sk_spool_take(o->spool, it);
    size_t lost = 0;

    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];

        told->again[i] = 0;
        if (priority > t->min_priority)
            continue;
        if (o->spool ? !spooled : !has_room(t, it)) {
            overflow(t);
            lost++;
            continue;
        }
        if (!o->spool) { /* else the spool does */
            t->stat.queued++;
            sk_output_queue(t, it);
        }
        if (t->full) {
            told->again[i] = t->full_dropped;
            t->full_dropped = 0;
            t->full = false;
        }
    }
    return lost;
}

static void tell(const struct sk_outputs *o, const struct told *told)
{
    static const char *const text[] = {
        [SK_RECOVER_CONTINUE] = "Outputs queue out of memory. Drop event and continue on ...",
        [SK_RECOVER_EXIT] = "Fatal error: Outputs queue out of memory. Exiting ...",
        [SK_RECOVER_EMPTY] = ("Outputs queue out of memory. Drop event plus events in queue due to "
                              "emptying the queue; continue on ..."),
    };

    if (told->first)
        sk_log(SK_ERROR, "%s", text[o->recovery]);
    for (size_t i = 0; i < o->n; i++) {
        if (told->again[i])
            sk_log(SK_NOTICE, "%s: its queue has room again; %llu alerts were dropped",
                   o->out[i].name, (unsigned long long)told->again[i]);
    }
}

bool sk_outputs_push(struct sk_outputs *o, const struct sk_sink_alert *alert)
{
    struct sk_item *it = sk_item_new(alert, o->forms, o->n + 1);
    struct told told = {0};
    size_t lost;

    pthread_mutex_lock(&o->lock);
    /* Another thread may have taken an id earlier and come later: the cursors of the spool are past
     * it, so the alert goes on under a new one (what its text shows is as unique as before). */
    if (it && it->id <= o->pushed_id)
        it->id = ++o->last_id;
    if (it)
        o->pushed_id = it->id;
    o->queued++;
    lost = offer(o, alert->priority, it, &told);
    o->dropped += lost != 0;
    told.first = lost && !o->warned;
    o->warned |= lost != 0;
    pthread_mutex_unlock(&o->lock);
    sk_item_unref(it);
    tell(o, &told);
    watch(o);
    return !lost;
}

bool sk_outputs_fatal(struct sk_outputs *o)
{
    bool fatal;

    pthread_mutex_lock(&o->lock);
    fatal = o->fatal;
    pthread_mutex_unlock(&o->lock);
    return fatal;
}

void sk_outputs_reopen(struct sk_outputs *o)
{
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n; i++) {
        o->out[i].reopen = true;
        pthread_cond_signal(&o->out[i].wake);
    }
    pthread_mutex_unlock(&o->lock);
    for (size_t i = 0; i < o->nmute; i++) {
        if (o->mute[i].ops->reopen(o->mute[i].self))
            sk_log(SK_ERROR, "%s: cannot reopen; what was in use stays in use",
                   o->mute[i].ops->name);
    }
}

void sk_outputs_get_stats(struct sk_outputs *o, struct sk_outputs_stats *out)
{
    *out = (struct sk_outputs_stats){0};
    pthread_mutex_lock(&o->lock);
    out->queued = o->queued;
    out->dropped = o->dropped;
    for (size_t i = 0; i < o->n; i++) {
        out->written += o->out[i].stat.delivered;
        out->failed += o->out[i].stat.failed;
    }
    pthread_mutex_unlock(&o->lock);
    watch(o);
}

size_t sk_outputs_count(const struct sk_outputs *o)
{
    return o->n;
}

void sk_outputs_stat(struct sk_outputs *o, size_t i, struct sk_output_stat *out)
{
    pthread_mutex_lock(&o->lock);
    *out = o->out[i].stat;
    pthread_mutex_unlock(&o->lock);
    watch(o);
}

static void destroy(struct sk_outputs *o)
{
    sk_spool_free(o->spool);
    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];

        (void)sk_output_clear(t);
        sk_item_unref(t->flight);
        pthread_cond_destroy(&t->wake);
        free(t->name);
    }
    pthread_cond_destroy(&o->gone);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

void sk_outputs_unref(struct sk_outputs *o)
{
    bool last;

    pthread_mutex_lock(&o->lock);
    last = --o->refs == 0;
    pthread_mutex_unlock(&o->lock);
    if (last)
        destroy(o);
}

static void stop(struct sk_outputs *o)
{
    const uint64_t wait_ms = o->timeout_ms ? o->timeout_ms : 2000;

    pthread_mutex_lock(&o->lock);
    o->stop = true;
    o->end_ns = sk_boottime_ns() + wait_ms * 1000000;
    for (size_t i = 0; i < o->n; i++)
        pthread_cond_signal(&o->out[i].wake);
    if (o->spool)
        pthread_cond_signal(&o->spool->wake);
    pthread_mutex_unlock(&o->lock);
}

/* false: the thread is stuck in its sink, and ends by itself when that lets it. */
static bool join(struct sk_output *t, uint64_t end_ns)
{
    struct sk_outputs *o = t->all;
    bool ended;

    pthread_mutex_lock(&o->lock);
    while (!t->ended && sk_boottime_ns() < end_ns)
        sk_outputs_wait(o, &o->gone, end_ns);
    ended = t->ended;
    t->orphan = !ended;
    if (!ended)
        pthread_detach(t->thread);
    pthread_mutex_unlock(&o->lock);
    if (ended)
        pthread_join(t->thread, NULL);
    return ended;
}

static void say_losses(struct sk_outputs *o)
{
    for (size_t i = 0; i < o->n; i++) {
        struct sk_output_stat st;
        uint64_t shed = 0, stay, lost;

        sk_outputs_stat(o, i, &st);
        for (int p = 0; p < SK_LEVEL_N; p++)
            shed += st.shed[p];
        stay = o->spool ? st.spooled + st.waiting : 0;
        lost = st.failed + (o->spool ? 0 : st.waiting);
        if (!(lost + st.dropped + shed + stay))
            continue;
        if (o->spool)
            sk_log(SK_NOTICE,
                   "%s: %llu alerts delivered, %llu lost, %llu dropped, %llu shed, %llu stay in "
                   "the spool",
                   st.name, (unsigned long long)st.delivered, (unsigned long long)lost,
                   (unsigned long long)st.dropped, (unsigned long long)shed,
                   (unsigned long long)stay);
        else
            sk_log(SK_NOTICE, "%s: %llu alerts delivered, %llu lost, %llu dropped", st.name,
                   (unsigned long long)st.delivered, (unsigned long long)lost,
                   (unsigned long long)st.dropped);
    }
}

/* The outputs have ended: their cursors go to the disk. */
static void finish_spool(struct sk_outputs *o)
{
    struct sk_spool *sp = o->spool;
    const uint64_t end_ns = sk_boottime_ns() + SPOOL_END_NS;
    bool ended;

    if (!sp || !sp->started)
        return;
    pthread_mutex_lock(&o->lock);
    sp->finish = true;
    pthread_cond_signal(&sp->wake);
    while (!sp->ended && sk_boottime_ns() < end_ns)
        sk_outputs_wait(o, &o->gone, end_ns);
    ended = sp->ended;
    if (!ended)
        pthread_detach(sp->thread);
    pthread_mutex_unlock(&o->lock);
    if (ended)
        pthread_join(sp->thread, NULL);
    else
        sk_log(SK_ERROR, "spool: the disk does not answer: cursors may be older than deliveries");
}

/* Until every thread has come to its end, or its time is over, which sinks are then told. */
static void drain(struct sk_outputs *o)
{
    bool runs;

    pthread_mutex_lock(&o->lock);
    do {
        runs = false;
        for (size_t i = 0; i < o->n; i++)
            runs |= o->out[i].started && !o->out[i].ended;
        if (runs)
            sk_outputs_wait(o, &o->gone, o->end_ns);
    } while (runs && sk_boottime_ns() < o->end_ns);
    pthread_mutex_unlock(&o->lock);
    atomic_store(&o->over, true);
}

/* Whether one of them had to be given up. */
static bool finish(struct sk_outputs *o)
{
    bool over = false;

    stop(o);
    drain(o);
    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];

        if (t->absent)
            continue;
        if (!t->started)
            sk_output_close(t);
        else if (!join(t, o->end_ns + GRACE_NS))
            over = true;
    }
    return over;
}

void sk_outputs_free(struct sk_outputs *o)
{
    bool over;

    if (!o)
        return;
    over = finish(o);
    finish_spool(o);
    while (o->nmute) {
        struct sk_mute *m = &o->mute[--o->nmute];

        m->ops->close(m->self);
        free(m->self);
    }
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n; i++)
        over |= o->out[i].gave_up && !o->out[i].absent;
    pthread_mutex_unlock(&o->lock);
    if (over)
        sk_log(SK_NOTICE, "output channels still blocked, %s",
               o->spool ? "the remaining notifications stay in the spool"
                        : "discarding all remaining notifications");
    say_losses(o);
    sk_outputs_unref(o);
}

void outputs_freep(struct sk_outputs **o)
{
    sk_outputs_free(*o);
    *o = NULL;
}
