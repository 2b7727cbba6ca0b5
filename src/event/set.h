/* SPDX-License-Identifier: Apache-2.0 */
/* set.h - sets of event codes (rows of tbl/events.def). */
#pragma once
#include "base/str.h"

#define SK_EVENT_N 454 /* codes 0..453: even enter, odd exit */

struct sk_event_set {
    uint64_t bit[(SK_EVENT_N + 63) / 64];
};
static inline void sk_event_set_add(struct sk_event_set *s, unsigned code)
{
    s->bit[code / 64] |= 1ull << (code % 64);
}
static inline bool sk_event_set_has(const struct sk_event_set *s, unsigned code)
{
    return code < SK_EVENT_N && (s->bit[code / 64] >> (code % 64) & 1);
}
static inline void sk_event_set_or(struct sk_event_set *s, const struct sk_event_set *o)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(s->bit); i++)
        s->bit[i] |= o->bit[i];
}
static inline void sk_event_set_and(struct sk_event_set *s, const struct sk_event_set *o)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(s->bit); i++)
        s->bit[i] &= o->bit[i];
}
static inline void sk_event_set_not(struct sk_event_set *s)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(s->bit); i++)
        s->bit[i] = ~s->bit[i];
}
/* Every event whose evt.type is `name`: rows of that name, and GENERIC when only a system call
 * without a row of its own has it.  false: no event has that name. */
bool sk_event_set_by_name(struct sk_str name, struct sk_event_set *out);
