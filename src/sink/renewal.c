/* SPDX-License-Identifier: Apache-2.0 */
/* renewal.c - the outputs of the next configuration in the place of those of this one.
 *
 * A queue belongs to a name, not to a sink.  So an output that changes gets a sink only: its thread
 * closes the one that runs when the call into it has ended, and goes on with the next one and with the
 * alert that it holds; order and completeness need no care.  What may fail (opening, threads) comes
 * before the commit, what takes long (closing) is done by the thread of the output or of the reload.
 * A sink that does not let go of its thread is left behind with it, and the place gets another one. */
#include <errno.h>

#include "sink/spool.h"

#define LOOK_NS  100000000ull /* how often somebody who waits looks after the others */
#define LEAVE_MS 2000         /* where no limit is set */

struct entry {
    char name[SK_OUTPUT_NAME_BYTES];
    struct sk_output *held; /* a new place, whose thread waits; NULL: there is one */
    struct sk_fitting *fit; /* NULL: it stays as it is, or is with `held` */
    const struct sk_sink_ops *ops;
    struct sk_sink_options opt; /* NULL ops: it stays as it is */
};

struct sk_renewal {
    struct sk_outputs *o;
    struct sk_renewal_limits limits;
    bool committed;
    size_t n, nlost;
    struct entry entry[SK_OUTPUTS_MAX];
    struct {
        char name[SK_OUTPUT_NAME_BYTES];
        uint64_t alerts;
        struct sk_fitting *fit; /* never used */
    } lost[SK_OUTPUTS_MAX];
};

int sk_renewal_new(struct sk_outputs *o, struct sk_renewal **out)
{
    struct sk_renewal *r = calloc(1, sizeof(*r));

    if (!r)
        return -ENOMEM;
    r->o = o;
    pthread_mutex_lock(&o->lock);
    r->limits = (struct sk_renewal_limits){o->capacity, o->timeout_ms, o->recovery};
    pthread_mutex_unlock(&o->lock);
    *out = r;
    return 0;
}

void sk_renewal_limits(struct sk_renewal *r, const struct sk_renewal_limits *l)
{
    r->limits = *l;
    r->limits.capacity = l->capacity ? l->capacity : SIZE_MAX;
}

static struct entry *add(struct sk_renewal *r, const char *name)
{
    struct entry *e = &r->entry[r->n];

    if (r->n == SK_OUTPUTS_MAX)
        return NULL;
    r->n++;
    *e = (struct entry){0};
    snprintf(e->name, sizeof(e->name), "%s", name);
    return e;
}

bool sk_renewal_keep(struct sk_renewal *r, const char *name, bool absent_too)
{
    struct sk_outputs *o = r->o;
    const struct sk_output *t;
    bool there;

    pthread_mutex_lock(&o->lock);
    t = sk_place_find(o, name);
    there = t && (absent_too || !t->absent);
    pthread_mutex_unlock(&o->lock);
    return there && add(r, name);
}

static bool is_leaving(const struct sk_outputs *o, const char *name)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->out[i].place == SK_PLACE_LEAVING && !strcmp(o->out[i].name, name))
            return true;
    }
    return false;
}

/* Who had the name before is on its way out, for as long as outputs may take. With the lock. */
static void wait_for_name(struct sk_outputs *o, const char *name)
{
    while (is_leaving(o, name)) {
        sk_outputs_wait(o, &o->gone, sk_boottime_ns() + LOOK_NS);
        pthread_mutex_unlock(&o->lock);
        sk_outputs_look(o);
        pthread_mutex_lock(&o->lock);
    }
}

/* A place for a new name. *out NULL: the name has one. */
static int find_place(struct sk_renewal *r, const char *name, struct sk_output **out,
                      struct sk_diag *dg)
{
    struct sk_outputs *o = r->o;
    int err = 0;

    *out = NULL;
    pthread_mutex_lock(&o->lock);
    wait_for_name(o, name);
    if (!sk_place_find(o, name)) {
        *out = sk_place_take(o, name);
        err = *out ? 0 : -ENOSPC;
        if (err)
            (void)sk_err(dg, err, NULL, "more than %d outputs", SK_OUTPUTS_MAX);
    }
    pthread_mutex_unlock(&o->lock);
    return err;
}

static int man(struct sk_output *t, const struct sk_sink_ops *ops,
               const struct sk_sink_options *opt, struct sk_fitting *fit, struct sk_diag *dg)
{
    int err;

    pthread_mutex_lock(&t->all->lock);
    sk_place_set(t, ops, opt);
    t->next = fit;
    err = sk_hand_start(t);
    if (err)
        t->next = NULL;
    pthread_mutex_unlock(&t->all->lock);
    return err ? sk_err(dg, err, NULL, "no thread for it: %s", strerror(-err)) : 0;
}

static void cancel(struct sk_output *t)
{
    pthread_mutex_lock(&t->all->lock);
    t->place = SK_PLACE_LEAVING;
    t->leave_ns = sk_boottime_ns();
    if (t->hand)
        pthread_cond_signal(&t->wake);
    else
        (void)sk_place_free(t);
    pthread_mutex_unlock(&t->all->lock);
}

int sk_renewal_add(struct sk_renewal *r, const struct sk_sink_ops *ops,
                   const struct sk_sink_options *opt, bool late, struct sk_diag *dg)
{
    const char *name = opt && opt->name ? opt->name : ops->name;
    struct sk_fitting *fit = NULL;
    struct sk_output *held;
    struct entry *e;
    int err = find_place(r, name, &held, dg);

    if (err)
        return err;
    err = sk_fitting_new(ops, opt, late && !held, &fit, dg);
    if (!err && held)
        err = man(held, ops, opt, fit, dg);
    e = err ? NULL : add(r, name);
    if (!e) {
        if (held)
            cancel(held);
        if (!held || err)
            sk_fitting_free(fit);
        return err ? err : sk_err(dg, -ENOSPC, NULL, "more than %d outputs", SK_OUTPUTS_MAX);
    }
    e->held = held;
    e->fit = held ? NULL : fit;
    e->ops = ops;
    if (opt)
        e->opt = *opt;
    return 0;
}

static struct entry *entry_of(struct sk_renewal *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!strcmp(r->entry[i].name, name))
            return &r->entry[i];
    }
    return NULL;
}

unsigned sk_renewal_forms(const struct sk_renewal *r)
{
    unsigned forms = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct entry *e = &r->entry[i];
        const struct sk_output *t;

        if (e->ops) {
            forms |= e->opt.mute ? 0 : 1u << e->opt.form;
            continue;
        }
        pthread_mutex_lock(&r->o->lock);
        t = sk_place_find(r->o, e->name);
        forms |= t && !t->mute ? 1u << t->form : 0;
        pthread_mutex_unlock(&r->o->lock);
    }
    return forms;
}

static uint64_t patience(const struct sk_outputs *o)
{
    return sk_boottime_ns() + (o->timeout_ms ? o->timeout_ms : LEAVE_MS) * 1000000ull;
}

/* It is no output of the next configuration. With the lock. */
static void dismiss(struct sk_renewal *r, struct sk_output *t)
{
    t->place = SK_PLACE_LEAVING;
    t->leave_ns = patience(r->o);
    t->until_id = r->o->pushed_id;
    t->opening = false;
    memcpy(r->lost[r->nlost].name, t->name, sizeof(t->name));
    r->lost[r->nlost].fit = SK_TAKE(t->next);
    if (!t->hand)
        r->lost[r->nlost].alerts = sk_place_free(t);
    else
        pthread_cond_signal(&t->wake);
    r->nlost++;
    atomic_store(&r->o->changing, true);
}

/* Another sink for it; the entry has what was not used of before. With the lock. */
static void replace(struct sk_outputs *o, struct sk_output *t, struct entry *e)
{
    struct sk_fitting *before = t->next;

    t->next = SK_TAKE(e->fit);
    e->fit = before;
    t->opening = t->next->late;
    sk_place_set(t, e->ops, &e->opt);
    t->leave_ns = patience(o);
    if (t->absent)
        t->gave_up = false;
    t->absent = false;
    if (t->hand)
        pthread_cond_signal(&t->wake);
    else if (sk_hand_start(t))
        t->absent = t->gave_up = true;
    atomic_store(&o->changing, true);
}

/* With the lock. */
static void enter(struct sk_outputs *o, struct sk_output *t)
{
    t->place = SK_PLACE_LIVE;
    t->since_id = t->done_id = t->queued_id = o->pushed_id;
    t->fresh = true;
}

void sk_renewal_commit(struct sk_renewal *r)
{
    struct sk_outputs *o = r->o;

    pthread_mutex_lock(&o->lock);
    o->capacity = r->limits.capacity;
    o->timeout_ms = r->limits.timeout_ms;
    o->recovery = r->limits.recovery;
    if (o->spool && o->recovery == SK_RECOVER_EMPTY)
        o->recovery = SK_RECOVER_CONTINUE;
    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];
        struct entry *e = t->place == SK_PLACE_LIVE ? entry_of(r, t->name) : NULL;

        if (t->place == SK_PLACE_LIVE && !e)
            dismiss(r, t);
        else if (e && e->fit)
            replace(o, t, e);
    }
    for (size_t i = 0; i < r->n; i++) {
        if (r->entry[i].held)
            enter(o, r->entry[i].held);
    }
    sk_places_changed(o);
    if (o->spool)
        sk_spool_changed(o->spool);
    r->committed = true;
    pthread_mutex_unlock(&o->lock);
}

/* What the sinks that are opened late borrow is given back. */
static void wait_for_openings(struct sk_outputs *o)
{
    bool waits = true;

    while (waits) {
        waits = false;
        sk_outputs_look(o);
        pthread_mutex_lock(&o->lock);
        for (size_t i = 0; i < o->n; i++)
            waits |= o->out[i].place == SK_PLACE_LIVE && o->out[i].opening;
        if (waits)
            sk_outputs_wait(o, &o->gone, sk_boottime_ns() + LOOK_NS);
        pthread_mutex_unlock(&o->lock);
    }
}

void sk_renewal_free(struct sk_renewal *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++) {
        sk_fitting_free(r->entry[i].fit);
        if (r->entry[i].held && !r->committed)
            cancel(r->entry[i].held);
    }
    for (size_t i = 0; i < r->nlost; i++) {
        sk_fitting_free(r->lost[i].fit);
        sk_outputs_say_left(r->lost[i].name, r->lost[i].alerts);
    }
    if (r->committed)
        wait_for_openings(r->o);
    free(r);
}

void renewal_freep(struct sk_renewal **r)
{
    sk_renewal_free(*r);
    *r = NULL;
}

struct verdict {
    char name[SK_OUTPUT_NAME_BYTES];
    uint64_t lost;
    bool left; /* its sink was left behind */
};

/* One place whose change is under way. With the lock. false: there is none. */
static bool look(struct sk_output *t, uint64_t now, struct verdict *v)
{
    struct sk_hand *h = t->hand;

    if (t->place == SK_PLACE_FREE || !h || (!t->next && t->place != SK_PLACE_LEAVING))
        return false;
    if (now >= t->leave_ns && h->fit)
        atomic_store(&h->fit->over, true);
    if (now < t->leave_ns + SK_OUTPUTS_GRACE_NS || !atomic_load(&h->call_ns))
        return true;
    memcpy(v->name, t->name, sizeof(v->name));
    v->left = true;
    sk_hand_leave(t);
    if (t->place == SK_PLACE_LEAVING)
        v->lost = sk_place_free(t);
    else if (sk_hand_start(t))
        t->absent = t->gave_up = true;
    pthread_cond_broadcast(&t->all->gone);
    return false;
}

void sk_outputs_look(struct sk_outputs *o)
{
    const uint64_t now = sk_boottime_ns();
    struct verdict v[SK_OUTPUTS_MAX];
    bool more = false;
    size_t n = 0;

    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < SK_OUTPUTS_MAX && !o->stop; i++) {
        v[n] = (struct verdict){0};
        more |= look(&o->out[i], now, &v[n]);
        n += v[n].left;
    }
    atomic_store(&o->changing, more);
    pthread_mutex_unlock(&o->lock);
    for (size_t i = 0; i < n; i++) {
        sk_log(SK_ERROR,
               "%s: the output of before the reload does not end, and is left behind; what it was "
               "given last may come twice",
               v[i].name);
        sk_outputs_say_left(v[i].name, v[i].lost);
    }
}
