/* SPDX-License-Identifier: Apache-2.0 */
/* preseed.c - paths that userspace knows, as bits; see preseed.h. */
#include "source/ebpf/preseed.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/prefilter_eval.h"
#include "state/walk.h"

static uint64_t hash(const struct sk_pf *pf, struct sk_str s)
{
    uint64_t h = pf->seed;

    for (size_t i = 0; i < s.n; i += 8) {
        uint64_t w = 0;

        memcpy(&w, s.p + i, SK_MIN(s.n - i, 8));
        h = sk_pf_mix(h, w);
    }
    return sk_pf_hash_end(h, s.n);
}

/* As the kernel writes paths; -1: it is none of those. */
static int components(struct sk_str path, struct sk_str *out, int max)
{
    int n = 0;

    if (!path.n || path.p[0] != '/')
        return -1;
    for (size_t at = 1; path.n > 1 && at <= path.n; n++) {
        const char *slash = memchr(path.p + at, '/', path.n - at);
        struct sk_str one = {path.p + at, slash ? (size_t)(slash - path.p) - at : path.n - at};

        if (n == max || !one.n || one.n >= SK_PF_NAME_MAX || sk_str_eqz(one, ".") ||
            sk_str_eqz(one, ".."))
            return -1;
        out[n] = one;
        at += one.n + 1;
    }
    return n;
}

static uint64_t mark(const struct sk_pf *pf, uint32_t space, struct sk_str s)
{
    return sk_pf_mark_find(pf, sk_pf_mark_key(pf, space, hash(pf, s)));
}

void sk_prefilter_path(const struct sk_pf *pf, enum sk_pf_word word, struct sk_str path,
                       uint64_t *value, uint64_t *known)
{
    struct sk_str part[SK_PF_DEPTH];
    int n = components(path, part, SK_PF_DEPTH);
    struct sk_pf_walk w;

    *value = *known = 0;
    if (n < 0)
        return;
    sk_pf_walk_begin(pf, &w, word, (uint32_t)n);
    for (int i = 0; i < n; i++)
        sk_pf_walk_step(pf, &w, hash(pf, part[i]), (uint32_t)(n - i - 1));
    if (n && pf->names >> word & 1) {
        struct sk_str last = part[n - 1];
        const char *dot = memrchr(last.p, '.', last.n);

        w.value |= mark(pf, SK_PF_S_NAME | (uint32_t)word << 8, last);
        if (dot)
            w.value |= mark(pf, SK_PF_S_EXT | (uint32_t)word << 8,
                            (struct sk_str){dot, (size_t)(last.p + last.n - dot)});
    }
    *value = w.value;
    *known = sk_pf_known(pf, word, w.value, w.unknown);
}

/* The prefilter that the kernel side has, unmapped by the caller; NULL: none. */
static const struct sk_pf *map_current(const struct sk_bpf *b, size_t *out_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at;

    if (!b->pf_now)
        return NULL;
    *out_bytes = (sizeof(struct sk_pf) + page - 1) / page * page;
    at = mmap(NULL, *out_bytes, PROT_READ, MAP_SHARED, b->pf_fd[b->pf_now & 1], 0);
    return at == MAP_FAILED ? NULL : at;
}

static void seed_one(int map, const struct sk_pf *pf, const struct sk_proc *p, const char *proc)
{
    struct sk_pf_exe e = {.gen = pf->gen};
    char path[PATH_MAX];

    sk_prefilter_path(pf, SK_PF_EXE, p->image->exepath, &e.value, &e.known);
    /* A file in memory has no path, though /proc writes one. */
    if (!e.known || p->image->exe_memfd || bpf_map_update_elem(map, &p->pid, &e, BPF_NOEXIST))
        return;
    /* Its end may have been told before it was added: the number must not wait for its next owner. */
    snprintf(path, sizeof(path), "%s/%u", proc, p->pid);
    if (access(path, F_OK))
        bpf_map_delete_elem(map, &p->pid);
}

void sk_prefilter_seed(const struct sk_bpf *b, const struct sk_state *st, const char *proc)
{
    int map = sk_bpf_map_fd(b, "sk_pf_exe");
    const struct sk_pf *pf;
    struct sk_thread *th;
    size_t it = 0, bytes = 0;

    pf = map < 0 ? NULL : map_current(b, &bytes);
    if (!pf)
        return;
    while ((th = sk_state_next(st, &it)))
        if (th->proc && th->tid == th->proc->pid)
            seed_one(map, pf, th->proc, proc);
    munmap((void *)(uintptr_t)pf, bytes);
}
