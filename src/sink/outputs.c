/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - alerts into the queues of the outputs that want them.
 *
 * The event thread pushes and never waits: a full queue is a counted loss, for its output alone.
 * Each output has a thread (worker.c), the only one that touches its sink: a sink needs no locks,
 * and one that is slow, blocked or dead delays nobody else.  The memory that may wait is shared out
 * in equal parts, so that it takes nothing from the others either.  A sink that blocks is reported
 * by whoever looks next (push or statistics): nobody else would notice. */
#include <errno.h>

#include "sink/spool.h"

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

int sk_fitting_open(struct sk_fitting *f, struct sk_diag *dg)
{
    int err;

    f->self = calloc(1, f->ops->size);
    if (!f->self)
        return -ENOMEM;
    f->opt.over = &f->over;
    err = f->ops->open(f->self, &f->opt, dg);
    f->late = false;
    f->opt.conf = NULL;
    if (err)
        sk_fitting_close(f);
    return err;
}

int sk_fitting_new(const struct sk_sink_ops *ops, const struct sk_sink_options *opt, bool late,
                   struct sk_fitting **out, struct sk_diag *dg)
{
    struct sk_fitting *f = calloc(1, sizeof(*f));
    int err;

    if (!f)
        return -ENOMEM;
    f->ops = ops;
    f->late = late;
    if (opt)
        f->opt = *opt;
    if (f->opt.fields_checksum) {
        snprintf(f->checksum, sizeof(f->checksum), "%s", f->opt.fields_checksum);
        f->opt.fields_checksum = f->checksum;
    }
    err = late ? 0 : sk_fitting_open(f, dg);
    if (err)
        sk_fitting_free(f);
    else
        *out = f;
    return err;
}

void sk_fitting_close(struct sk_fitting *f)
{
    if (f->self)
        f->ops->close(f->self);
    if (f->self && f->ops->holds)
        f->held_id = f->ops->holds(f->self, &f->held_n);
    mem_freep((char **)&f->self);
}

void sk_fitting_free(struct sk_fitting *f)
{
    if (!f)
        return;
    sk_fitting_close(f);
    free(f);
}

bool sk_place_wants(const struct sk_output *t, enum sk_level priority)
{
    return t->place == SK_PLACE_LIVE && !t->mute && priority <= t->min_priority;
}

struct sk_output *sk_place_find(struct sk_outputs *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->out[i].place == SK_PLACE_LIVE && !strcmp(o->out[i].name, name))
            return &o->out[i];
    }
    return NULL;
}

struct sk_output *sk_place_take(struct sk_outputs *o, const char *name)
{
    struct sk_output *t = o->out;

    while (t < o->out + SK_OUTPUTS_MAX && t->place != SK_PLACE_FREE)
        t++;
    if (t == o->out + SK_OUTPUTS_MAX)
        return NULL;
    *t = (struct sk_output){.all = o, .place = SK_PLACE_HELD, .index = (size_t)(t - o->out)};
    t->last = &t->first;
    snprintf(t->name, sizeof(t->name), "%s", name);
    snprintf(t->stat.name, sizeof(t->stat.name), "%s", name);
    sk_outputs_cond_init(&t->wake);
    o->n = SK_MAX(o->n, t->index + 1);
    return t;
}

uint64_t sk_place_free(struct sk_output *t)
{
    struct sk_outputs *o = t->all;
    uint64_t lost;

    sk_output_abandon(t);
    lost = t->lost + (o->spool ? t->stat.spooled : 0);
    o->gone_written += t->stat.delivered;
    o->gone_failed += t->stat.failed + (o->spool ? t->stat.spooled : 0);
    o->cast = true;
    pthread_cond_destroy(&t->wake);
    t->place = SK_PLACE_FREE;
    t->hand = NULL;
    while (o->n && o->out[o->n - 1].place == SK_PLACE_FREE)
        o->n--;
    return lost;
}

void sk_place_set(struct sk_output *t, const struct sk_sink_ops *ops,
                  const struct sk_sink_options *opt)
{
    t->min_priority = opt && opt->has_min ? opt->min_priority : SK_DEBUG;
    t->form = opt ? opt->form : SK_FORM_TEXT;
    t->mute = opt && opt->mute;
    t->stat.kind = ops->name;
}

static size_t count(const struct sk_outputs *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++)
        n += o->out[i].place == SK_PLACE_LIVE && !o->out[i].mute;
    return n;
}

void sk_places_changed(struct sk_outputs *o)
{
    o->forms = 0;
    for (size_t i = 0; i < o->n; i++) {
        if (o->out[i].place == SK_PLACE_LIVE && !o->out[i].mute)
            o->forms |= 1u << o->out[i].form;
    }
    o->max_bytes = SK_OUTPUTS_MAX_BYTES / SK_MAX(count(o), 1u);
}

/* fit NULL: it is absent. */
static int add(struct sk_outputs *o, const struct sk_sink_ops *ops,
               const struct sk_sink_options *opt, struct sk_fitting *fit)
{
    struct sk_output *t;

    pthread_mutex_lock(&o->lock);
    t = sk_place_take(o, opt && opt->name ? opt->name : ops->name);
    if (t) {
        sk_place_set(t, ops, opt);
        t->next = fit;
        t->absent = t->gave_up = !fit;
        t->place = SK_PLACE_LIVE;
        sk_places_changed(o);
    }
    pthread_mutex_unlock(&o->lock);
    return t ? 0 : -ENOSPC;
}

int sk_outputs_add(struct sk_outputs *o, const struct sk_sink_ops *ops,
                   const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct sk_fitting *fit = NULL;
    int err;

    if (o->n == SK_OUTPUTS_MAX)
        return sk_err(dg, -ENOSPC, NULL, "more than %d outputs", SK_OUTPUTS_MAX);
    err = sk_fitting_new(ops, opt, false, &fit, dg);
    if (!err)
        err = add(o, ops, opt, fit);
    if (err)
        sk_fitting_free(fit);
    return err;
}

int sk_outputs_add_absent(struct sk_outputs *o, const struct sk_sink_ops *ops,
                          const struct sk_sink_options *opt)
{
    return add(o, ops, opt, NULL);
}

int sk_outputs_spool(struct sk_outputs *o, const struct sk_spool_options *opt, struct sk_diag *dg)
{
    if (o->recovery == SK_RECOVER_EMPTY)
        o->recovery = SK_RECOVER_CONTINUE;
    return sk_spool_new(o, opt, &o->spool, dg);
}

int sk_outputs_start(struct sk_outputs *o)
{
    int err = 0;

    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n && !err; i++) {
        if (!o->out[i].absent)
            err = sk_hand_start(&o->out[i]);
    }
    if (!err && o->spool)
        err = sk_spool_start(o->spool);
    pthread_mutex_unlock(&o->lock);
    return err;
}

unsigned sk_outputs_forms(struct sk_outputs *o)
{
    unsigned forms;

    pthread_mutex_lock(&o->lock);
    forms = o->forms;
    pthread_mutex_unlock(&o->lock);
    return forms;
}

uint64_t sk_outputs_next_id(struct sk_outputs *o)
{
    uint64_t id;

    pthread_mutex_lock(&o->lock);
    id = ++o->last_id;
    pthread_mutex_unlock(&o->lock);
    return id;
}

/* What has to be logged when the lock is no longer held. */
struct told {
    bool first, alone;
    enum sk_recovery recovery;
    size_t n;
    struct {
        char name[SK_OUTPUT_NAME_BYTES];
        bool blocked;
        uint64_t again; /* dropped until there was room again */
    } of[2 * SK_OUTPUTS_MAX];
};

static void note(struct told *told, const struct sk_output *t, uint64_t again)
{
    memcpy(told->of[told->n].name, t->name, sizeof(t->name));
    told->of[told->n].blocked = !again;
    told->of[told->n++].again = again;
}

/* With the lock. */
static void watch(struct sk_outputs *o, struct told *told)
{
    const uint64_t now = sk_boottime_ns(), limit = o->timeout_ms * 1000000ull;

    for (size_t i = 0; i < o->n && limit; i++) {
        struct sk_hand *h = o->out[i].place == SK_PLACE_FREE ? NULL : o->out[i].hand;
        uint64_t began = h ? atomic_load(&h->call_ns) : 0;

        if (began && now >= began + limit && !atomic_exchange(&h->reported, true))
            note(told, &o->out[i], 0);
    }
    told->alone = count(o) == 1;
    told->recovery = o->recovery;
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

/* How many outputs could not take it. With the lock. */
static size_t offer(struct sk_outputs *o, enum sk_level priority, struct sk_item *it,
                    struct told *told)
{
    const bool spooled = o->spool && sk_spool_take(o->spool, it);
    size_t lost = 0;

    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];

        if (!sk_place_wants(t, priority))
            continue;
        if (o->spool ? !spooled : t->absent || !has_room(t, it)) {
            overflow(t);
            lost++;
            continue;
        }
        if (!o->spool) { /* else the spool does */
            t->stat.queued++;
            sk_output_queue(t, it);
        }
        if (t->full) {
            note(told, t, t->full_dropped);
            t->full_dropped = 0;
            t->full = false;
        }
    }
    return lost;
}

static void tell(struct sk_outputs *o, const struct told *told)
{
    static const char *const text[] = {
        [SK_RECOVER_CONTINUE] = "Outputs queue out of memory. Drop event and continue on ...",
        [SK_RECOVER_EXIT] = "Fatal error: Outputs queue out of memory. Exiting ...",
        [SK_RECOVER_EMPTY] = ("Outputs queue out of memory. Drop event plus events in queue due to "
                              "emptying the queue; continue on ..."),
    };

    if (told->first)
        sk_log(SK_ERROR, "%s", text[told->recovery]);
    for (size_t i = 0; i < told->n; i++) {
        const char *name = told->of[i].name;

        if (!told->of[i].blocked)
            sk_log(SK_NOTICE, "%s: its queue has room again; %llu alerts were dropped", name,
                   (unsigned long long)told->of[i].again);
        else if (told->alone)
            sk_log(SK_CRITICAL, "\"%s\" output timeout, all output channels are blocked", name);
        else
            sk_log(SK_CRITICAL,
                   "\"%s\" output timeout, this output channel is blocked (the others are not)",
                   name);
    }
    if (atomic_load(&o->changing))
        sk_outputs_look(o);
}

/* The copy of an alert as the outputs want it now. Returns with the lock. */
static struct sk_item *copy(struct sk_outputs *o, const struct sk_sink_alert *alert)
{
    pthread_mutex_lock(&o->lock);
    for (;;) {
        const size_t n = o->n;
        const unsigned forms = o->forms;
        struct sk_item *it;

        pthread_mutex_unlock(&o->lock);
        it = sk_item_new(alert, forms, n);
        pthread_mutex_lock(&o->lock);
        if (!it || (o->n <= n && !(o->forms & ~forms)))
            return it;
        sk_item_unref(it); /* a reload came between */
    }
}

bool sk_outputs_push(struct sk_outputs *o, const struct sk_sink_alert *alert)
{
    struct sk_item *it = copy(o, alert);
    struct told told;
    size_t lost;

    told.n = 0;
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
    watch(o, &told);
    pthread_mutex_unlock(&o->lock);
    sk_item_unref(it);
    tell(o, &told);
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
        struct sk_output *t = &o->out[i];

        if (t->place == SK_PLACE_FREE || !t->hand)
            continue;
        t->reopen = true;
        pthread_cond_signal(&t->wake);
    }
    pthread_mutex_unlock(&o->lock);
}

void sk_outputs_get_stats(struct sk_outputs *o, struct sk_outputs_stats *out)
{
    struct told told;

    told.n = 0;
    told.first = false;
    *out = (struct sk_outputs_stats){0};
    pthread_mutex_lock(&o->lock);
    out->queued = o->queued;
    out->dropped = o->dropped;
    out->written = o->gone_written;
    out->failed = o->gone_failed;
    for (size_t i = 0; i < o->n; i++) {
        if (o->out[i].place == SK_PLACE_FREE)
            continue;
        out->written += o->out[i].stat.delivered;
        out->failed += o->out[i].stat.failed;
    }
    watch(o, &told);
    pthread_mutex_unlock(&o->lock);
    tell(o, &told);
}

size_t sk_outputs_count(struct sk_outputs *o)
{
    size_t n;

    pthread_mutex_lock(&o->lock);
    n = count(o);
    pthread_mutex_unlock(&o->lock);
    return n;
}

bool sk_outputs_stat(struct sk_outputs *o, size_t i, struct sk_output_stat *out)
{
    struct told told;
    bool there = false;

    told.n = 0;
    told.first = false;
    pthread_mutex_lock(&o->lock);
    for (size_t k = 0; k < o->n && !there; k++) {
        there = o->out[k].place == SK_PLACE_LIVE && !o->out[k].mute && !i--;
        if (there)
            *out = o->out[k].stat;
    }
    watch(o, &told);
    pthread_mutex_unlock(&o->lock);
    tell(o, &told);
    return there;
}
