/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter.c - a new map with the new prefilter, put where the old one was; see prefilter.h. */
#include "source/ebpf/prefilter.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static_assert(SK_EVENT_N <= SK_PF_EVENTS, "every event has its row");

/* Two of them: while programs read one the other is written. -errno. */
static int make_maps(struct sk_bpf *b)
{
    LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

    if (b->pf_now)
        return 0;
    for (int i = 0; i < 2; i++) {
        b->pf_fd[i] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sk_pf", sizeof(uint32_t),
                                     sizeof(struct sk_pf), 1, &opts);
        if (b->pf_fd[i] >= 0)
            continue;
        int err = b->pf_fd[i];
        if (i)
            close(b->pf_fd[0]);
        return err;
    }
    b->pf_now = 2;
    return 0;
}

static int write_map(int fd, const struct sk_pf *pf)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (sizeof(*pf) + page - 1) / page * page;
    void *to = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (to == MAP_FAILED)
        return -errno;
    memcpy(to, pf, sizeof(*pf));
    munmap(to, bytes);
    return 0;
}

/* Which events pass through the program that asks. */
static int put_checks(const struct sk_bpf *b, const struct sk_pf *pf, int check)
{
    int map = sk_bpf_map_fd(b, "sk_check");

    for (uint32_t code = 0; code < SK_EVENT_N; code++) {
        bool filtered = pf && pf->event[code].filtered;

        if (filtered ? bpf_map_update_elem(map, &code, &check, BPF_ANY)
                     : bpf_map_delete_elem(map, &code) && errno != ENOENT)
            return -errno;
    }
    return 0;
}

/* While there is no prefilter no entry is made; those that are left are of one that is gone. */
static void clear_exes(int map)
{
    uint32_t pid;

    while (bpf_map_get_next_key(map, NULL, &pid) == 0)
        if (bpf_map_delete_elem(map, &pid) && errno != ENOENT)
            return;
}

static int replace(struct sk_bpf *b, const struct sk_pf *pf, int check)
{
    int map = sk_bpf_map_fd(b, "sk_prefilter"), next, err = make_maps(b);
    uint32_t zero = 0;

    if (err)
        return err;
    if (!pf) {
        err = put_checks(b, NULL, check);
        if (!err && bpf_map_delete_elem(map, &zero) && errno != ENOENT)
            err = -errno;
        if (!err)
            clear_exes(sk_bpf_map_fd(b, "sk_pf_exe"));
        return err;
    }
    /* Putting a map into a map waits for the programs that use the one before: nobody reads it then. */
    next = b->pf_fd[(b->pf_now + 1) & 1];
    err = write_map(next, pf);
    if (err)
        return err;
    if (bpf_map_update_elem(map, &zero, &next, BPF_ANY))
        return -errno;
    b->pf_now++;
    return put_checks(b, pf, check);
}

int sk_apply_prefilter(struct sk_bpf *b, const struct sk_pf *pf, struct sk_diag *dg)
{
    int check = sk_bpf_program_fd(b, "check_event"), err;

    if (check < 0)
        return 0; /* listed as degraded, or still to come */
    err = replace(b, pf, check);
    if (err)
        return sk_err(dg, err, NULL, "cannot hand the rules' filter to the kernel: %s",
                      strerror(-err));
    return 0;
}
