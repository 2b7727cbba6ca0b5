/* SPDX-License-Identifier: Apache-2.0 */
/* spooled.h - the two probes behind a spool in a directory of the test. */
#pragma once
#include "tests/unit/sink/probe.h"
#include "tests/unit/sink/stored.h"

/* Which outputs a run has. */
enum { PROBE = 1, OTHER = 2, OTHER_ABSENT = 4, HOLDER = 8 };

static inline struct sk_outputs *spooled(const struct stored *s, unsigned which, uint64_t max_bytes,
                                         uint32_t timeout_ms)
{
    const struct sk_spool_options opt = {.dir = s->dir, .max_bytes = max_bytes};
    struct sk_outputs *o = NULL;

    probes_begin();
    assert_int_equal(sk_outputs_new(0, timeout_ms, &o), 0);
    if (which & PROBE)
        assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, NULL), 0);
    if (which & HOLDER)
        assert_int_equal(sk_outputs_add(o, &holder_ops, NULL, NULL), 0);
    if (which & OTHER)
        assert_int_equal(sk_outputs_add(o, &other_ops, NULL, NULL), 0);
    if (which & OTHER_ABSENT)
        assert_int_equal(sk_outputs_add_absent(o, &other_ops, NULL), 0);
    assert_int_equal(sk_outputs_spool(o, &opt, s->dg), 0);
    return o;
}

static inline struct sk_outputs *spooling(const struct stored *s, unsigned which)
{
    struct sk_outputs *o = spooled(s, which, 64 << 20, 5000);

    assert_int_equal(sk_outputs_start(o), 0);
    return o;
}

static inline void push_n(struct sk_outputs *o, unsigned n, enum sk_level priority)
{
    for (unsigned i = 0; i < n; i++)
        assert_true(push(o, SK_STR("x"), priority));
}

static inline uint64_t shed_of(struct sk_outputs *o, size_t i)
{
    const struct sk_output_stat st = stat_of(o, i);
    uint64_t n = 0;

    for (int p = 0; p < SK_LEVEL_N; p++)
        n += st.shed[p];
    return n;
}
