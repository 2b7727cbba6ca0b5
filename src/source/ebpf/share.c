/* SPDX-License-Identifier: Apache-2.0 */
/* share.c - fills the map of shares; see share.h. */
#include "source/ebpf/share.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/random.h>

#include "fair.h"

/* A quarter of the ring is for everybody who comes, first and unasked. */
#define SK_FAIR_CALM(bytes) ((bytes) / 4)
/* Events of critical classes may go on for longer: losing one is worse than making others wait. */
#define SK_FAIR_EASE_BULK     1
#define SK_FAIR_EASE_CRITICAL 2

int sk_share_put(int map_fd, const struct sk_rings *rs)
{
    sk_auto(mem) struct sk_fair *f = calloc(1, sizeof(*f));

    if (!f)
        return -ENOMEM;
    if (getrandom(&f->seed, sizeof(f->seed), GRND_NONBLOCK) != sizeof(f->seed))
        f->seed = sk_boottime_ns(); /* early at boot */
    for (uint32_t i = 0; i <= rs->bulk; i++) {
        bool critical = i == rs->bulk;

        f->bytes = critical ? rs->critical_bytes : rs->bulk_bytes;
        f->calm = SK_FAIR_CALM(f->bytes);
        f->ease = critical ? SK_FAIR_EASE_CRITICAL : SK_FAIR_EASE_BULK;
        if (bpf_map_update_elem(map_fd, &i, f, BPF_ANY))
            return -errno;
    }
    return 0;
}
