/* SPDX-License-Identifier: Apache-2.0 */
/* rings.c - plans and makes the rings; see rings.h.
 *
 * CPU numbers that are possible but do not exist (a machine that could be given more) have a slot,
 * for when they appear, but no ring of their own: they share those of the others. */
#include "source/ebpf/rings.h"

#include <bpf/bpf.h>
#include <errno.h>

#define SK_RINGS_DEFAULT_BYTES (8u << 20)

static int plan_size(uint32_t asked, const char *what, struct sk_diag *dg, uint32_t *out)
{
    uint32_t bytes = sk_ring_round(asked ? asked : SK_RINGS_DEFAULT_BYTES);

    if (!bytes)
        return sk_err(dg, -EINVAL, NULL, "a %s ring of '%u' bytes is too large: the most is 1 GiB",
                      what, asked);
    *out = bytes;
    return 0;
}

int sk_rings_plan(const struct sk_source_options *opt, uint32_t possible, uint32_t present,
                  struct sk_diag *dg, struct sk_rings *out)
{
    struct sk_rings rs = {.cpus_per_ring = opt->cpus_per_ring, .slots = 1, .bulk = 1};
    int err = plan_size(opt->ring_bytes, "bulk", dg, &rs.bulk_bytes);

    if (!err)
        err = plan_size(opt->critical_ring_bytes, "critical", dg, &rs.critical_bytes);
    if (err)
        return err;
    possible = SK_MAX(possible, 1u);
    present = SK_MIN(SK_MAX(present, 1u), possible);
    if (rs.cpus_per_ring) {
        uint32_t least = (possible + SK_BPF_BULK_MAX - 1) / SK_BPF_BULK_MAX;

        rs.cpus_per_ring = SK_MIN(SK_MAX(rs.cpus_per_ring, least), possible);
        rs.slots = (possible + rs.cpus_per_ring - 1) / rs.cpus_per_ring;
        rs.bulk = (present + rs.cpus_per_ring - 1) / rs.cpus_per_ring;
    }
    for (size_t i = 0; i < SK_ARRAY_LEN(rs.fd); i++)
        rs.fd[i] = -1;
    *out = rs;
    return 0;
}

int sk_rings_make(struct sk_rings *rs, struct sk_diag *dg)
{
    for (uint32_t i = 0; i <= rs->bulk; i++) {
        bool critical = i == rs->bulk;
        uint32_t bytes = critical ? rs->critical_bytes : rs->bulk_bytes;
        const char *name = critical ? "sk_critical" : "sk_bulk_ring";

        rs->fd[i] = bpf_map_create(BPF_MAP_TYPE_RINGBUF, name, 0, 0, bytes, NULL);
        if (rs->fd[i] >= 0)
            continue;
        int err = rs->fd[i];
        rs->fd[i] = -1;
        if (err == -EPERM)
            return sk_err(dg, err, NULL,
                          "the kernel refuses to make a BPF ring: run Saker as root in the initial "
                          "user namespace, or give it CAP_BPF and CAP_PERFMON");
        return sk_err(dg, err, NULL,
                      "the kernel refuses a ring buffer of %u bytes, number %u of %u (%s): ask for "
                      "less with '%s'%s",
                      bytes, i + 1, rs->bulk + 1, strerror(-err),
                      critical ? "engine.modern_ebpf.critical_ring_mib"
                               : "engine.modern_ebpf.buf_size_preset",
                      rs->bulk > 1 ? ", or for fewer with 'engine.modern_ebpf.cpus_for_each_buffer'"
                                   : "");
    }
    return 0;
}

int sk_rings_map(const struct sk_rings *rs, struct sk_diag *dg, struct sk_ring **out)
{
    sk_auto(mem) struct sk_ring *ring = calloc(rs->bulk + 1, sizeof(*ring));

    if (!ring)
        return sk_err(dg, -ENOMEM, NULL, "no memory for %u rings", rs->bulk + 1);
    for (uint32_t i = 0; i <= rs->bulk; i++) {
        uint32_t bytes = i == rs->bulk ? rs->critical_bytes : rs->bulk_bytes;
        int err = sk_ring_map(rs->fd[i], bytes, &ring[i]);

        if (!err)
            continue;
        for (uint32_t j = 0; j < i; j++)
            sk_ring_unmap(&ring[j]);
        return sk_err(dg, err, NULL, "cannot map a ring buffer of %u bytes: %s", bytes,
                      strerror(-err));
    }
    *out = SK_TAKE(ring);
    return 0;
}

void sk_rings_close(struct sk_rings *rs)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(rs->fd); i++)
        fd_freep(&rs->fd[i]);
}
