/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - the bounded queue and its one thread.
 *
 * The event thread pushes and never waits: a full queue is a counted loss.  The output thread is
 * the only one that touches the sinks, so a sink needs no locks.  A sink that fails loses its
 * alerts, not those of the others; its first failure is logged, the rest are counted until it works
 * again.  A sink that blocks is reported by whoever looks next (push or statistics): nobody else
 * would notice. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "sink/sink.h"

#define SK_OUTPUTS_MAX_SINKS 16
#define SK_OUTPUTS_MAX_BYTES (256u << 20)

struct item {
    struct item *next;
    enum sk_level priority;
    uint64_t id, ts_ns;
    size_t n, nrule;
    char text[]; /* the line, then the rule's name */
};

struct target {
    const struct sk_sink_ops *ops;
    void *self;
    uint64_t lost; /* since it last worked; output thread */
};

struct sk_outputs {
    pthread_mutex_t lock; /* guards the queue, the flags and the counters */
    pthread_cond_t more;
    struct item *first, **last;
    size_t waiting, waiting_bytes, capacity;
    bool stop, reopen, started;
    bool ended, orphan; /* a thread that outlives sk_outputs_free() frees *o itself */
    struct sk_outputs_stats stats;
    uint64_t last_id;

    struct target target[SK_OUTPUTS_MAX_SINKS];
    size_t ntargets;
    pthread_t thread;
    uint32_t timeout_ms;
    /* Watchdog: when the running call began (0: none runs) and in which sink; written by the output
     * thread, read by others who only compare times, so no order is needed. */
    atomic_uint_fast64_t call_ns;
    atomic_size_t call_sink;
    atomic_bool reported;
};

int sk_outputs_new(size_t capacity, uint32_t timeout_ms, struct sk_outputs **out)
{
    struct sk_outputs *o = calloc(1, sizeof(*o));

    if (!o)
        return -ENOMEM;
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->more, NULL);
    o->last = &o->first;
    o->capacity = capacity ? capacity : SIZE_MAX;
    o->timeout_ms = timeout_ms;
    *out = o;
    return 0;
}

int sk_outputs_add(struct sk_outputs *o, const struct sk_sink_ops *ops,
                   const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct target *t = &o->target[o->ntargets];
    int err;

    if (o->ntargets == SK_OUTPUTS_MAX_SINKS)
        return sk_err(dg, -ENOSPC, NULL, "more than %d outputs", SK_OUTPUTS_MAX_SINKS);
    t->ops = ops;
    t->self = calloc(1, ops->size);
    if (!t->self)
        return -ENOMEM;
    err = ops->open(t->self, opt, dg);
    if (err) {
        ops->close(t->self);
        free(t->self);
        t->self = NULL;
        return err;
    }
    o->ntargets++;
    return 0;
}

static void result(struct target *t, int err)
{
    if (err && !t->lost++)
        sk_log(SK_ERROR, "%s: %s: the alert is lost for this output (further losses are counted)",
               t->ops->name, strerror(-err));
    if (!err && t->lost) {
        sk_log(SK_NOTICE, "%s: works again; %llu alerts were lost", t->ops->name,
               (unsigned long long)t->lost);
        t->lost = 0;
    }
}

static void call_begins(struct sk_outputs *o, size_t i)
{
    atomic_store(&o->call_sink, i);
    atomic_store(&o->reported, false);
    atomic_store(&o->call_ns, sk_boottime_ns());
}

/* Hands one alert to every sink; returns how many refused it. */
static uint64_t deliver(struct sk_outputs *o, const struct item *it)
{
    const struct sk_sink_alert alert = {
        .line = {it->text, it->n},
        .priority = it->priority,
        .id = it->id,
        .ts_ns = it->ts_ns,
        .rule = {it->text + it->n, it->nrule},
    };
    uint64_t failed = 0;

    for (size_t i = 0; i < o->ntargets; i++) {
        struct target *t = &o->target[i];
        int err;

        call_begins(o, i);
        err = t->ops->write(t->self, &alert);
        atomic_store(&o->call_ns, 0);
        result(t, err);
        failed += err != 0;
    }
    return failed;
}

static void reopen_all(struct sk_outputs *o)
{
    for (size_t i = 0; i < o->ntargets; i++) {
        int err;

        call_begins(o, i);
        err = o->target[i].ops->reopen(o->target[i].self);
        atomic_store(&o->call_ns, 0);
        if (err)
            sk_log(SK_ERROR, "%s: cannot reopen: %s; the old target stays in use",
                   o->target[i].ops->name, strerror(-err));
    }
}

static void close_all(struct sk_outputs *o)
{
    for (size_t i = 0; i < o->ntargets; i++) {
        call_begins(o, i);
        o->target[i].ops->close(o->target[i].self);
        free(o->target[i].self);
        atomic_store(&o->call_ns, 0);
    }
    o->ntargets = 0;
}

static void drop_queue(struct sk_outputs *o)
{
    for (struct item *it = o->first, *next; it; it = next) {
        next = it->next;
        free(it);
    }
    o->first = NULL;
    o->last = &o->first;
}

/* Waits for work; NULL: the queue is empty and stopped.  *reopen: asked for since the last call. */
static struct item *take(struct sk_outputs *o, bool *reopen)
{
    struct item *it;

    pthread_mutex_lock(&o->lock);
    while (!o->first && !o->stop && !o->reopen)
        pthread_cond_wait(&o->more, &o->lock);
    if (o->orphan)
        drop_queue(o);
    *reopen = o->reopen;
    o->reopen = false;
    it = o->first;
    if (it) {
        o->first = it->next;
        if (!o->first)
            o->last = &o->first;
        o->waiting--;
        o->waiting_bytes -= it->n + it->nrule;
    }
    pthread_mutex_unlock(&o->lock);
    return it;
}

static void destroy(struct sk_outputs *o)
{
    drop_queue(o);
    pthread_cond_destroy(&o->more);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

static void *run(void *arg)
{
    struct sk_outputs *o = arg;
    bool orphan;

    for (;;) {
        bool reopen = false;
        sk_auto(mem) struct item *it = take(o, &reopen);

        if (reopen)
            reopen_all(o);
        if (!it && reopen)
            continue;
        if (!it)
            break;
        uint64_t failed = deliver(o, it);
        pthread_mutex_lock(&o->lock);
        o->stats.written++;
        o->stats.failed += failed;
        pthread_mutex_unlock(&o->lock);
    }
    close_all(o);
    pthread_mutex_lock(&o->lock);
    o->ended = true;
    orphan = o->orphan;
    pthread_mutex_unlock(&o->lock);
    if (orphan)
        destroy(o);
    return NULL;
}

int sk_outputs_start(struct sk_outputs *o)
{
    sigset_t all, old;
    int err;

    sigfillset(&all); /* signals belong to the control thread; a closed pipe is EPIPE here */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&o->thread, NULL, run, o);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    o->started = !err;
    return -err;
}

static void watch(struct sk_outputs *o)
{
    uint64_t began = atomic_load(&o->call_ns);

    if (!o->timeout_ms || !began || sk_boottime_ns() < began + o->timeout_ms * 1000000ull)
        return;
    if (!atomic_exchange(&o->reported, true))
        sk_log(SK_CRITICAL, "\"%s\" output timeout, all output channels are blocked",
               o->target[atomic_load(&o->call_sink)].ops->name);
}

static struct item *copy(const struct sk_sink_alert *a)
{
    struct item *it = malloc(sizeof(*it) + a->line.n + a->rule.n);

    if (!it)
        return NULL;
    *it = (struct item){
        .priority = a->priority, .ts_ns = a->ts_ns, .n = a->line.n, .nrule = a->rule.n};
    if (a->line.n)
        memcpy(it->text, a->line.p, a->line.n);
    if (a->rule.n)
        memcpy(it->text + a->line.n, a->rule.p, a->rule.n);
    return it;
}

bool sk_outputs_push(struct sk_outputs *o, const struct sk_sink_alert *alert)
{
    const size_t n = alert->line.n + alert->rule.n;
    struct item *it = copy(alert);
    bool full, first;

    pthread_mutex_lock(&o->lock);
    full = !it || o->waiting >= o->capacity || o->waiting_bytes + n > SK_OUTPUTS_MAX_BYTES;
    first = full && !o->stats.dropped;
    if (full) {
        o->stats.dropped++;
    } else {
        it->id = ++o->last_id;
        *o->last = it;
        o->last = &it->next;
        o->waiting++;
        o->waiting_bytes += n;
        o->stats.queued++;
        pthread_cond_signal(&o->more);
    }
    pthread_mutex_unlock(&o->lock);
    if (full)
        free(it);
    if (first)
        sk_log(SK_ERROR, "Outputs queue out of memory. Drop event and continue on ...");
    watch(o);
    return !full;
}

void sk_outputs_reopen(struct sk_outputs *o)
{
    pthread_mutex_lock(&o->lock);
    o->reopen = true;
    pthread_cond_signal(&o->more);
    pthread_mutex_unlock(&o->lock);
}

void sk_outputs_get_stats(struct sk_outputs *o, struct sk_outputs_stats *out)
{
    pthread_mutex_lock(&o->lock);
    *out = o->stats;
    pthread_mutex_unlock(&o->lock);
    watch(o);
}

/* true: the thread has ended and the sinks are closed. */
static bool finish(struct sk_outputs *o)
{
    uint64_t wait_ms = o->timeout_ms ? o->timeout_ms : 2000;
    struct timespec end;

    if (!o->started) {
        close_all(o);
        return true;
    }
    pthread_mutex_lock(&o->lock);
    o->stop = true;
    pthread_cond_signal(&o->more);
    pthread_mutex_unlock(&o->lock);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (time_t)(wait_ms / 1000);
    end.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    return !pthread_timedjoin_np(o->thread, NULL, &end);
}

/* The thread is stuck in a sink. true: it ended just now after all. */
static bool give_up(struct sk_outputs *o)
{
    bool ended;

    pthread_mutex_lock(&o->lock);
    o->orphan = true;
    ended = o->ended;
    if (!ended)
        pthread_detach(o->thread);
    pthread_mutex_unlock(&o->lock);
    if (ended)
        pthread_join(o->thread, NULL);
    return ended;
}

void sk_outputs_free(struct sk_outputs *o)
{
    if (!o)
        return;
    if (!finish(o)) {
        sk_log(SK_NOTICE, "output channels still blocked, discarding all remaining notifications");
        if (!give_up(o))
            return;
    }
    destroy(o);
}

void outputs_freep(struct sk_outputs **o)
{
    sk_outputs_free(*o);
    *o = NULL;
}
