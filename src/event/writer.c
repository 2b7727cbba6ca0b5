/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c - makes records: for tests, the synth source, captures, and converted old events. */
#include "event/event.h"

#include <errno.h>

void sk_event_write_begin(struct sk_event_writer *w, struct sk_buf *b)
{
    w->b = b;
    w->nparams = 0;
    w->used = 0;
    w->failed = false;
}

void sk_event_write_param(struct sk_event_writer *w, const void *p, size_t n)
{
    if (w->failed)
        return;
    if (w->nparams == SK_REC_MAX_PARAMS || n > sizeof(w->params) - w->used) {
        w->failed = true;
        return;
    }
    if (n)
        memcpy(w->params + w->used, p, n);
    w->len[w->nparams++] = (uint16_t)n;
    w->used += (uint32_t)n;
}

void sk_event_write_int(struct sk_event_writer *w, uint64_t v, unsigned bytes)
{
    uint8_t le[8];

    if (bytes > sizeof(le)) {
        w->failed = true;
        return;
    }
    for (unsigned i = 0; i < bytes; i++)
        le[i] = (uint8_t)(v >> (8 * i));
    sk_event_write_param(w, le, bytes);
}

void sk_event_write_text(struct sk_event_writer *w, struct sk_str s)
{
    uint8_t *at = w->params + w->used;

    if (w->failed || s.n >= sizeof(w->params) - w->used) {
        w->failed = true;
        return;
    }
    if (s.n)
        memcpy(at, s.p, s.n);
    at[s.n] = 0;
    sk_event_write_param(w, at, s.n + 1);
}

int sk_event_write_end(struct sk_event_writer *w, uint16_t type, uint64_t ts_ns, uint64_t tid)
{
    bool large = type < SK_EVENT_N && sk_events[type].flags & SK_EF_LARGE_PAYLOAD;
    struct sk_rec_hdr h = {.ts_ns = ts_ns, .tid = tid, .type = type, .nparams = w->nparams};
    size_t lens = (size_t)w->nparams * (large ? 4 : 2);
    size_t start = w->b->n;

    h.len = (uint32_t)(SK_REC_HDR_BYTES + lens + w->used);
    if (w->failed || (!large && h.len > UINT16_MAX))
        return -EMSGSIZE;
    sk_buf_add(w->b, &h, sizeof(h));
    for (uint32_t i = 0; i < w->nparams; i++) {
        uint32_t wide = w->len[i];

        sk_buf_add(w->b, large ? (const void *)&wide : (const void *)&w->len[i], large ? 4 : 2);
    }
    sk_buf_add(w->b, w->params, w->used);
    if (!w->b->failed)
        return 0;
    w->b->n = start; /* not half a record */
    return -EMSGSIZE;
}
