/* SPDX-License-Identifier: Apache-2.0 */
/* record_fuzz.c - arbitrary bytes as a record: decoding must refuse or give only what is there.
 *
 * The first two bytes choose the type, so that most inputs get past the header. */
#include "event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void touch(const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        sink += b[i];
}

static void read_everything(const struct sk_event *ev)
{
    int64_t i64;
    uint64_t u64;

    for (unsigned i = 0; i <= ev->info->nparams; i++) {
        struct sk_str s = sk_event_bytes(ev, i);

        touch(s.p, s.n);
        s = sk_event_text(ev, i);
        touch(s.p, s.n ? s.n + 1 : 0);
        sink += sk_event_i64(ev, i, &i64) + sk_event_u64(ev, i, &u64);
    }
    sink += sk_event_result(ev, &i64) + sk_event_fd(ev, &i64);
    touch(sk_event_name(ev), strlen(sk_event_name(ev)));
    if (ev->task)
        touch(ev->task, sizeof(*ev->task));
    if (ev->exec)
        touch(ev->exec, sizeof(*ev->exec));
    if (ev->file.x)
        touch(ev->file.x, sizeof(*ev->file.x));
    if (ev->sock.x)
        touch(ev->sock.x, sizeof(*ev->sock.x));
    for (int k = 0; k < 2; k++)
        touch(ev->dir[k].path.p, ev->dir[k].path.n + 1);
    touch(ev->file.path.p, ev->file.path.n + 1);
    touch(ev->sock.path.p, ev->sock.path.n + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sk_event ev;
    struct sk_rec_hdr h;
    uint16_t type;
    uint8_t *rec;

    if (size < 2 + sizeof(h))
        return 0;
    memcpy(&type, data, 2);
    rec = malloc(size - 2);
    if (!rec)
        return 0;
    memcpy(rec, data + 2, size - 2);
    if (sk_event_decode(rec, size - 2, 0, &ev) == 0)
        read_everything(&ev);
    memcpy(&h, rec, sizeof(h));
    h.len = (uint32_t)(size - 2);
    h.type = type % SK_EVENT_N;
    h.nparams %= SK_REC_MAX_PARAMS + 1;
    memcpy(rec, &h, sizeof(h));
    if (sk_event_decode(rec, size - 2, 1, &ev) == 0)
        read_everything(&ev);
    if (sk_event_cut(rec, size - 2, 1, &ev))
        read_everything(&ev);
    h.nparams = sk_events[h.type].nparams;
    memcpy(rec, &h, sizeof(h));
    if (sk_event_cut(rec, size - 2, 1, &ev))
        read_everything(&ev);
    free(rec);
    return 0;
}
