/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - event blocks, old and new; see record.h. */
#include "source/scap/record.h"

#include <errno.h>

#define OLD_HEADER_BYTES 22u /* without the number of parameters */
/* Old writers of these two gave a length that is three bytes too long. */
#define NOTIFICATION_E   280u
#define INFRASTRUCTURE_E 286u
#define OLD_EXCESS       3u

/* The largest number of parameters, up to the row's, whose lengths add up to the payload. */
static int count_params(const uint8_t *payload, size_t n, unsigned max)
{
    for (int params = (int)max; params >= 0; params--) {
        size_t sum = 2 * (size_t)params;

        if (sum > n)
            continue;
        for (int i = 0; i < params && sum <= n; i++)
            sum += payload[2 * i] | (size_t)payload[2 * i + 1] << 8;
        if (sum == n)
            return params;
        if (sum < n) /* with fewer it only gets shorter */
            break;
    }
    return -EBADMSG;
}

static int read_old(const uint8_t *ev, size_t n, struct sk_buf *buffer, struct sk_scap_record *out)
{
    struct sk_scap_cursor c = {.p = ev, .n = n};
    struct sk_rec_hdr h = {.ts_ns = sk_scap_u64(&c), .tid = sk_scap_u64(&c)};
    uint32_t len = sk_scap_u32(&c);
    int params;

    h.type = sk_scap_u16(&c);
    if (c.bad)
        return -EBADMSG;
    if (h.type >= SK_EVENT_N)
        return -ENOENT;
    if ((h.type == NOTIFICATION_E || h.type == INFRASTRUCTURE_E) && len > OLD_EXCESS)
        len -= OLD_EXCESS;
    if (len < OLD_HEADER_BYTES || len > n)
        return -EBADMSG;
    params = count_params(ev + OLD_HEADER_BYTES, len - OLD_HEADER_BYTES, sk_events[h.type].nparams);
    if (params < 0)
        return params;
    h.nparams = (uint32_t)params;
    h.len = len + (SK_REC_HDR_BYTES - OLD_HEADER_BYTES);
    sk_buf_reset(buffer);
    sk_buf_add(buffer, &h, sizeof(h));
    sk_buf_add(buffer, ev + OLD_HEADER_BYTES, len - OLD_HEADER_BYTES);
    if (buffer->failed) {
        buffer->failed = false;
        return -EMSGSIZE;
    }
    out->rec = (const uint8_t *)buffer->p;
    out->len = h.len;
    out->type = h.type;
    return 0;
}

static int read_new(const uint8_t *ev, size_t n, struct sk_scap_record *out)
{
    struct sk_rec_hdr h;

    if (n < sizeof(h))
        return -EBADMSG;
    memcpy(&h, ev, sizeof(h));
    if (h.type >= SK_EVENT_N)
        return -ENOENT;
    if (h.len < sizeof(h) || h.len > n)
        return -EBADMSG;
    out->rec = ev;
    out->len = h.len;
    out->type = h.type;
    return 0;
}

int sk_scap_read_event(const uint8_t *body, size_t n, unsigned version, bool has_flags,
                       struct sk_buf *buffer, struct sk_scap_record *out)
{
    struct sk_scap_cursor c = {.p = body, .n = n};
    struct sk_scap_record r = {.cpu = sk_scap_u16(&c)};
    int err;

    if (has_flags)
        r.flags = sk_scap_u32(&c);
    if (c.bad)
        return -EBADMSG;
    err = version == 1 ? read_old(body + c.at, n - c.at, buffer, &r)
                       : read_new(body + c.at, n - c.at, &r);
    if (!err)
        *out = r;
    return err;
}
