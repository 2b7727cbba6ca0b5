/* SPDX-License-Identifier: Apache-2.0 */
/* losses.c - differences between two looks at the counters of cgroups; see losses.h.
 *
 * Only called after a loss, at most once a second. */
#include "source/ebpf/losses.h"

#include <bpf/bpf.h>

#include "base/map.h"

#define SK_LOSSES_MAX 4096 /* more than the kernel's table has */

struct known {
    struct sk_drop_cgroup was;
    uint32_t turn; /* the last one in which it was there */
};

/* Entries that a look did not find are gone from the kernel's table. */
static void forget(struct sk_losses *l, bool all)
{
    struct known *k;
    size_t it = 0;

    while (l->known && (k = sk_map_next(l->known, &it))) {
        if (!all && k->turn == l->turn)
            continue;
        sk_map_del_u64(l->known, sk_map_key_u64(l->known, it));
        free(k);
    }
}

void sk_losses_done(struct sk_losses *l)
{
    forget(l, true);
    sk_map_free(l->known);
    *l = (struct sk_losses){0};
}

static struct known *known_of(struct sk_losses *l, uint64_t id)
{
    struct known *k;

    if (!l->known)
        l->known = sk_map_new(SK_LOSSES_MAX);
    if (!l->known)
        return NULL;
    k = sk_map_get_u64(l->known, id);
    if (k)
        return k;
    k = calloc(1, sizeof(*k));
    if (k && sk_map_put_u64(l->known, id, k)) {
        free(k);
        k = NULL;
    }
    return k;
}

bool sk_losses_add(struct sk_losses *l, uint64_t id, const struct sk_drop_cgroup *now,
                   struct sk_cgroup_drops *out)
{
    struct known *k = now->born_ns ? known_of(l, id) : NULL;
    bool any = false;

    if (!k)
        return false;
    /* It had to make room, and came again. */
    if (k->was.born_ns != now->born_ns)
        k->was = (struct sk_drop_cgroup){0};
    *out = (struct sk_cgroup_drops){.id = id, .last_ns = now->last_ns};
    /* A look takes a moment: what was lost during the last one may be told by this one. */
    out->first_ns = SK_MIN(SK_MAX(now->first_ns, l->asked_ns), now->last_ns);
    for (size_t c = 0; c < SK_CLASS_MAX; c++) {
        for (size_t why = 0; why < SK_DROP_N; why++) {
            out->drops[c][why] = (uint32_t)(now->drops[c][why] - k->was.drops[c][why]);
            any = any || out->drops[c][why];
        }
    }
    k->was = *now;
    k->turn = l->turn;
    return any;
}

size_t sk_losses_take(struct sk_losses *l, int map_fd, int asked_fd, const struct sk_clock *clock,
                      struct sk_cgroup_drops *out, size_t max)
{
    uint64_t id, *from = NULL, begin_ns = sk_boottime_ns();
    uint32_t zero = 0;
    struct sk_drop_cgroup v;
    size_t n = 0, looks = 0;

    l->turn++;
    /* An entry that goes while it is the one to go on from makes the walk begin anew. */
    while (n < max && !bpf_map_get_next_key(map_fd, from, &id)) {
        from = &id;
        if (++looks > 2ul * SK_LOSSES_MAX)
            break;
        if (bpf_map_lookup_elem(map_fd, &id, &v) || !sk_losses_add(l, id, &v, &out[n]))
            continue;
        out[n].first_ns = sk_clock_real(clock, out[n].first_ns);
        out[n].last_ns = sk_clock_real(clock, out[n].last_ns);
        n++;
    }
    if (n < max && looks <= 2ul * SK_LOSSES_MAX)
        forget(l, false);
    /* Behind the last entry: from now on a loss is the first of a new time. */
    if (!bpf_map_update_elem(asked_fd, &zero, &begin_ns, BPF_ANY))
        l->asked_ns = begin_ns;
    return n;
}
