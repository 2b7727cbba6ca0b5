/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringkeep.h - requests of io_uring while they are under way. */
#pragma once
#include "ringfill.h"

/* Copies of the texts, one behind the other, into a map. */
static __always_inline bool keep_texts(struct sk_ring_req *p, __u64 key)
{
    struct sk_rec *r = rec_get();
    __u64 n, m = 0;
    long got;

    if (!p->text[0])
        return true;
    if (!r)
        return false;
    got = bpf_probe_read_kernel_str(r->buf, SK_PATH_MAX, (void *)p->arg[(p->text[0] - 1) & 3]);
    n = got < 0 ? 0 : got;
    SK_OPAQUE(n);
    if (n > SK_PATH_MAX)
        return false;
    if (p->text[1]) {
        got = bpf_probe_read_kernel_str(&r->buf[n], SK_PATH_MAX,
                                        (void *)p->arg[(p->text[1] - 1) & 3]);
        m = got < 0 ? 0 : got;
    }
    p->text_len = n;
    if (n + m <= SK_RING_TEXT) {
        p->lies = TEXT_SHORT;
        return !bpf_map_update_elem(&sk_ring_text, &key, r->buf, BPF_ANY);
    }
    p->lies = TEXT_LONG;
    return !bpf_map_update_elem(&sk_ring_long, &key, r->buf, BPF_ANY);
}

static __always_inline void forget(struct sk_ring_req *p, __u64 key)
{
    struct ring_user user = {p->ctx, p->user_data};

    if (p->lies == TEXT_SHORT)
        bpf_map_delete_elem(&sk_ring_text, &key);
    else if (p->lies == TEXT_LONG)
        bpf_map_delete_elem(&sk_ring_long, &key);
    if (p->flags & RING_MANY)
        bpf_map_delete_elem(&sk_ring_user, &user);
    bpf_map_delete_elem(&sk_ring_req, &key);
}

static __always_inline bool keep(struct sk_ring_req *p, __u64 key)
{
    struct ring_user user = {p->ctx, p->user_data};
    bool ok = keep_texts(p, key);

    if (ok && p->flags & RING_MANY)
        ok = !bpf_map_update_elem(&sk_ring_user, &user, &key, BPF_ANY);
    if (ok)
        ok = !bpf_map_update_elem(&sk_ring_req, &key, p, BPF_ANY);
    if (!ok)
        forget(p, key);
    return ok;
}
