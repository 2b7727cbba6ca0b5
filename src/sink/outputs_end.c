/* SPDX-License-Identifier: Apache-2.0 */
/* outputs_end.c - the end of the outputs: what waits is delivered as long as there is time, and who is
 * stuck then is left behind. */
#include "sink/spool.h"

#define SPOOL_END_NS 5000000000ull /* for the last transaction */

static void destroy(struct sk_outputs *o)
{
    sk_spool_free(o->spool);
    for (size_t i = 0; i < o->n; i++) {
        struct sk_output *t = &o->out[i];

        if (t->place == SK_PLACE_FREE)
            continue;
        (void)sk_output_clear(t);
        sk_item_unref(t->flight);
        sk_fitting_free(t->next);
        pthread_cond_destroy(&t->wake);
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
    for (size_t i = 0; i < o->n; i++) {
        if (o->out[i].hand)
            pthread_cond_signal(&o->out[i].wake);
    }
    if (o->spool)
        pthread_cond_signal(&o->spool->wake);
    pthread_mutex_unlock(&o->lock);
}

/* false: the thread is stuck in its sink, and ends by itself when that lets it. */
static bool join(struct sk_output *t, uint64_t end_ns)
{
    struct sk_outputs *o = t->all;
    char name[SK_OUTPUT_NAME_BYTES];
    struct sk_hand *h;
    uint64_t lost = 0;
    bool stuck;

    pthread_mutex_lock(&o->lock);
    while (t->hand && !t->hand->ended && sk_boottime_ns() < end_ns)
        sk_outputs_wait(o, &o->gone, end_ns);
    h = t->hand;
    stuck = h && !h->ended;
    memcpy(name, t->name, sizeof(name));
    if (stuck) {
        sk_hand_leave(t);
        sk_output_abandon(t);
    }
    if (stuck && t->place == SK_PLACE_LEAVING)
        lost = sk_place_free(t);
    t->hand = NULL;
    pthread_mutex_unlock(&o->lock);
    sk_outputs_say_left(name, lost);
    if (h && !stuck) {
        pthread_join(h->thread, NULL);
        free(h);
    }
    return !stuck;
}

static void say_losses(struct sk_outputs *o)
{
    struct sk_output_stat st;

    for (size_t i = 0; sk_outputs_stat(o, i, &st); i++) {
        uint64_t shed = 0, stay, lost;

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
            runs |= o->out[i].hand && !o->out[i].hand->ended;
        if (runs)
            sk_outputs_wait(o, &o->gone, o->end_ns);
    } while (runs && sk_boottime_ns() < o->end_ns);
    for (size_t i = 0; i < o->n; i++) {
        struct sk_hand *h = o->out[i].hand;

        if (h && h->fit)
            atomic_store(&h->fit->over, true);
    }
    pthread_mutex_unlock(&o->lock);
}

/* Whether one of them had to be given up. */
static bool finish(struct sk_outputs *o)
{
    bool over = false;

    stop(o);
    drain(o);
    for (size_t i = 0; i < o->n; i++) {
        if (!join(&o->out[i], o->end_ns + SK_OUTPUTS_GRACE_NS))
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
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n; i++)
        over |= o->out[i].place == SK_PLACE_LIVE && o->out[i].gave_up && !o->out[i].absent;
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
