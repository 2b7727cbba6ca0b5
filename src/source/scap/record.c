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

/* Bytes that n lengths of 16 bits add up to. */
static size_t sum16(const uint8_t *len, uint32_t n)
{
    size_t sum = 0;

    for (; n; n--, len += 2)
        sum += (uint32_t)len[0] | (uint32_t)len[1] << 8;
    return sum;
}

static size_t sum32(const uint8_t *len, uint32_t n)
{
    size_t sum = 0;

    for (; n; n--, len += 4)
        sum += (uint32_t)len[0] | (uint32_t)len[1] << 8 | (uint32_t)len[2] << 16 |
               (uint32_t)len[3] << 24;
    return sum;
}

/* Where the parameters end that the event has lengths for; 0: beyond the event. */
static size_t end_of_params(const uint8_t *ev, const struct sk_rec_hdr *h)
{
    bool large = sk_events[h->type].flags & SK_EF_LARGE_PAYLOAD;
    uint64_t end = SK_REC_HDR_BYTES + (uint64_t)h->nparams * (large ? 4 : 2);

    if (end > h->len)
        return 0;
    ev += SK_REC_HDR_BYTES;
    end += large ? sum32(ev, h->nparams) : sum16(ev, h->nparams);
    return end > h->len ? 0 : (size_t)end;
}

/* An event that ends before its header says so: a copy of it that agrees. */
static int read_cut(const uint8_t *ev, const struct sk_rec_hdr *h, size_t end,
                    struct sk_buf *buffer, struct sk_scap_record *out)
{
    struct sk_rec_hdr whole = *h;

    whole.len = (uint32_t)end;
    sk_buf_reset(buffer);
    sk_buf_add(buffer, &whole, sizeof(whole));
    sk_buf_add(buffer, ev + sizeof(whole), end - sizeof(whole));
    if (buffer->failed) {
        buffer->failed = false;
        return -EMSGSIZE;
    }
    out->rec = (const uint8_t *)buffer->p;
    out->len = whole.len;
    return 0;
}

/* An event that is longer than its parameters.  What Saker recorded there belongs to it; anything
 * else is cut off. */
static int read_longer(const uint8_t *ev, const struct sk_rec_hdr *h, size_t end,
                       struct sk_buf *buffer, struct sk_scap_record *out)
{
    const struct sk_event_info *info = &sk_events[h->type];
    struct sk_scap_cursor c = {.p = ev + end, .n = h->len - end};
    struct sk_rec_more *more = &out->more;

    if (sk_scap_u32(&c) != SK_REC_MORE_MAGIC || h->nparams != info->nparams ||
        info->flags & (SK_EF_LARGE_PAYLOAD | SK_EF_OLD_VERSION | SK_EF_UNUSED))
        return read_cut(ev, h, end, buffer, out);
    more->n = sk_scap_u16(&c);
    if (c.bad || c.n - c.at < 2 * (size_t)more->n)
        return -EBADMSG;
    more->lens = c.p + c.at;
    more->data = more->lens + 2 * (size_t)more->n;
    more->data_len = (uint32_t)sum16(more->lens, more->n);
    if (more->data_len > (size_t)(c.p + c.n - more->data))
        return -EBADMSG;
    out->len = (uint32_t)end;
    out->ours = true;
    return 0;
}

static int read_new(const uint8_t *ev, size_t n, struct sk_buf *buffer, struct sk_scap_record *out)
{
    struct sk_rec_hdr h;
    size_t end;

    if (n < sizeof(h))
        return -EBADMSG;
    memcpy(&h, ev, sizeof(h));
    if (h.type >= SK_EVENT_N)
        return -ENOENT;
    if (h.len < sizeof(h) || h.len > n)
        return -EBADMSG;
    end = end_of_params(ev, &h);
    if (!end)
        return -EBADMSG;
    out->rec = ev;
    out->len = h.len;
    out->type = h.type;
    return end == h.len ? 0 : read_longer(ev, &h, end, buffer, out);
}

int sk_scap_read_event(const uint8_t *body, size_t n, unsigned version, bool has_flags,
                       struct sk_buf *buffer, struct sk_scap_record *out)
{
    struct sk_scap_cursor c = {.p = body, .n = n};

    out->cpu = sk_scap_u16(&c);
    out->flags = has_flags ? sk_scap_u32(&c) : 0;
    out->ours = false;
    if (c.bad)
        return -EBADMSG;
    return version == 1 ? read_old(body + c.at, n - c.at, buffer, out)
                        : read_new(body + c.at, n - c.at, buffer, out);
}
