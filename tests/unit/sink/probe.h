/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - a sink that the test steers: waits for `gate`, then answers `answer`; and a second one
 * of the same kind. */
#pragma once
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/sink/util.h"

struct probe {
    sem_t gate, entered;
    atomic_bool gated;
    atomic_int answer;
    const char *why;                  /* NULL: the errno says enough */
    atomic_uint_fast64_t holds, held; /* the holder: the oldest alert that it has, and how many */
    pthread_mutex_t lock;
    char text[16384];
    uint64_t last_id;
    atomic_uint written, closed, reopened;
};
static struct probe probe, other;

static inline int probe_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    (void)self;
    return opt && opt->json ? sk_err(dg, -EACCES, NULL, "no") : 0;
}

static inline int probe_take(struct probe *p, const struct sk_sink_alert *a)
{
    size_t n;

    sem_post(&p->entered);
    if (p->gated)
        sem_wait(&p->gate);
    if (p->answer)
        return p->answer;
    assert_true(a->id > p->last_id);
    p->last_id = a->id;
    n = strlen(p->text);
    snprintf(p->text + n, sizeof(p->text) - n, "%u:%.*s\n", a->priority, (int)a->line.n, a->line.p);
    p->written++;
    return 0;
}

static inline int probe_write(void *self, const struct sk_sink_alert *a)
{
    (void)self;
    return probe_take(&probe, a);
}

static inline int other_write(void *self, const struct sk_sink_alert *a)
{
    (void)self;
    return probe_take(&other, a);
}

static inline int probe_reopen(void *self)
{
    (void)self;
    probe.reopened++;
    return probe.answer;
}

static inline int other_reopen(void *self)
{
    (void)self;
    other.reopened++;
    return 0;
}

static inline void probe_close(void *self)
{
    (void)self;
    probe.closed++;
}

static inline void other_close(void *self)
{
    (void)self;
    other.closed++;
}

static inline const char *probe_why(const void *self)
{
    (void)self;
    return probe.why;
}

static const struct sk_sink_ops probe_ops = {
    .name = "probe",
    .size = 8,
    .open = probe_open,
    .write = probe_write,
    .reopen = probe_reopen,
    .close = probe_close,
    .why = probe_why,
};
static const struct sk_sink_ops other_ops = {
    .name = "other",
    .size = 8,
    .open = probe_open,
    .write = other_write,
    .reopen = other_reopen,
    .close = other_close,
};

static inline uint64_t probe_holds(const void *self, uint64_t *out_n)
{
    (void)self;
    *out_n = probe.held;
    return probe.holds;
}

/* The first probe, but what it has taken is not yet delivered. */
static const struct sk_sink_ops holder_ops = {
    .name = "holder",
    .size = 8,
    .open = probe_open,
    .write = probe_write,
    .reopen = probe_reopen,
    .close = probe_close,
    .holds = probe_holds,
};

static inline void probes_begin(void)
{
    memset(&probe, 0, sizeof(probe));
    memset(&other, 0, sizeof(other));
    sem_init(&probe.gate, 0, 0);
    sem_init(&probe.entered, 0, 0);
    sem_init(&other.gate, 0, 0);
    sem_init(&other.entered, 0, 0);
}

/* One probe, or both. */
static inline struct sk_outputs *probes(size_t capacity, uint32_t timeout_ms, bool both)
{
    struct sk_outputs *o = NULL;

    probes_begin();
    assert_int_equal(sk_outputs_new(capacity, timeout_ms, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, NULL), 0);
    if (both)
        assert_int_equal(sk_outputs_add(o, &other_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    return o;
}

static inline struct sk_output_stat stat_of(struct sk_outputs *o, size_t i)
{
    struct sk_output_stat st;

    (void)sk_outputs_stat(o, i, &st);
    return st;
}
