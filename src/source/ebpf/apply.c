/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c - scope and wanted events; see apply.h. */
#include "source/ebpf/apply.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "source/ebpf/prefilter.h"
#include "source/ebpf/scope.h"
#include "source/ebpf/tables.h"

/* Processes of the scope that fork while they are looked for are found by the next look; each look
 * that finds something means that a process slipped through the one before. */
#define SK_APPLY_LOOKS   32
#define IO_URING_ENTER_X 341

static_assert(sizeof(((struct sk_event_set *)0)->bit) <=
                  sizeof(((struct sk_bpf_config *)0)->wanted),
              "every event has its bit");

void sk_apply_proc(char *out, size_t size)
{
    const char *root = secure_getenv("HOST_ROOT");

    snprintf(out, size, "%s/proc", root ? root : "");
}

/* Our own number as the host sees it: its /proc/self. */
static uint32_t self_pid(const char *proc)
{
    char path[PATH_MAX + sizeof("/self")], to[32];
    uint64_t pid;

    snprintf(path, sizeof(path), "%s/self", proc);
    ssize_t n = readlink(path, to, sizeof(to));
    if (n > 0 && sk_parse_u64(to, (size_t)n, &pid) == 0)
        return (uint32_t)pid;
    return (uint32_t)getpid();
}

void sk_apply_config(const struct sk_capture *cap, const struct sk_rings *rs, const char *proc,
                     struct sk_bpf_config *out)
{
    *out = (struct sk_bpf_config){
        .ready = 1,
        .scope = cap->scope,
        .self_pid = self_pid(proc),
        .snap_bytes = cap->snap_bytes ? cap->snap_bytes : SK_SNAP_BYTES,
        .cpus_per_ring = rs->cpus_per_ring,
        .bulk_rings = rs->bulk,
        .drop_failed = cap->drop_failed,
        .host_pidns = sk_scope_host_ns(proc, "pid"),
        .host_mntns = sk_scope_host_ns(proc, "mnt"),
    };
    memcpy(out->wanted, cap->events.bit, sizeof(cap->events.bit));
    /* The kernel side looks for requests that were done unheard; sk_calls lets it see the call when
     * there are any. */
    out->tell_enter = sk_event_set_has(&cap->events, IO_URING_ENTER_X);
    out->wanted[IO_URING_ENTER_X / 64] |= 1ull << IO_URING_ENTER_X % 64;
}

static int set_cgroup(struct sk_apply *ap, const struct sk_bpf *b, const char *path,
                      struct sk_diag *dg)
{
    uint32_t key = 0;
    int fd = -1, err = sk_scope_open_cgroup(path, dg, &fd);

    if (err)
        return err;
    if (bpf_map_update_elem(sk_bpf_map_fd(b, "sk_scope_cg"), &key, &fd, BPF_ANY)) {
        err = -errno;
        close(fd);
        return sk_err(dg, err, NULL, "the kernel refuses the cgroup '%s' as a scope: %s", path,
                      strerror(-err));
    }
    fd_freep(&ap->cgroup_fd);
    ap->cgroup_fd = fd;
    return 0;
}

struct seed {
    int map;
    const char *proc;
    unsigned added;
};

static int add_pid(void *self, uint32_t pid)
{
    struct seed *s = self;
    char path[PATH_MAX];
    uint8_t one = 1;

    if (bpf_map_update_elem(s->map, &pid, &one, BPF_NOEXIST))
        return errno == EEXIST ? 0 : -errno;
    s->added++;
    /* Its end may have been told before it was added: the number must not wait for its next owner.
     */
    snprintf(path, sizeof(path), "%s/%u", s->proc, pid);
    if (access(path, F_OK))
        bpf_map_delete_elem(s->map, &pid);
    return 0;
}

static void clear_pids(int map)
{
    uint32_t key;

    while (bpf_map_get_next_key(map, NULL, &key) == 0)
        if (bpf_map_delete_elem(map, &key) && errno != ENOENT)
            return;
}

/* Another process than before: the map begins with it alone. */
static int set_pid(struct sk_apply *ap, const struct sk_bpf *b, const char *proc, uint32_t pid,
                   struct sk_diag *dg)
{
    struct seed s = {.map = sk_bpf_map_fd(b, "sk_scope_pid"), .proc = proc};
    uint32_t leader;
    int err;

    if (!pid || sk_scope_leader(proc, pid, &leader))
        return sk_err(dg, -ESRCH, NULL,
                      "no process '%u': the scope needs the number of one that runs", pid);
    if (leader == ap->pid)
        return 0;
    clear_pids(s.map);
    err = add_pid(&s, leader);
    if (err)
        return sk_err(dg, err, NULL, "cannot limit the scope to process '%u': %s", pid,
                      strerror(-err));
    ap->pid = leader;
    return 0;
}

/* Descendants that were there before; from now on the kernel side adds those that come. */
static int seed_descendants(const struct sk_apply *ap, const struct sk_bpf *b, const char *proc,
                            struct sk_diag *dg)
{
    for (int look = 0; look < SK_APPLY_LOOKS; look++) {
        struct seed s = {.map = sk_bpf_map_fd(b, "sk_scope_pid"), .proc = proc};
        int err = sk_scope_walk(proc, ap->pid, add_pid, &s);

        if (err == -ESRCH || (!err && !s.added))
            return 0;
        if (err)
            return sk_err(dg, err, NULL, "cannot add the descendants of process '%u': %s", ap->pid,
                          strerror(-err));
    }
    sk_warn(dg, NULL,
            "descendants of process '%u' fork faster than they can be listed: some that existed "
            "before the start may not be traced",
            ap->pid);
    return 0;
}

/* Takes a copy, because the caller's strings end with its call. */
static int keep(struct sk_apply *ap, const struct sk_capture *cap)
{
    char *path = cap->scope_cgroup ? strdup(cap->scope_cgroup) : NULL;

    if (cap->scope_cgroup && !path)
        return -ENOMEM;
    free(ap->cgroup);
    ap->cgroup = path;
    ap->cap = *cap;
    ap->cap.scope_cgroup = path;
    ap->cap.prefilter = NULL; /* not ours */
    if (cap->scope == SK_SCOPE_PID)
        ap->cap.scope_pid = ap->pid;
    return 0;
}

/* After the configuration: whatever this lets through is tested there. */
static int put_calls(const struct sk_apply *ap, const struct sk_bpf *b)
{
    sk_auto(mem) struct sk_syscall_tables *t = malloc(sizeof(*t));
    struct sk_event_set events = ap->cap.events;
    struct sk_bpf_calls calls;
    uint32_t key = 0;

    if (!t)
        return -ENOMEM;
    for (size_t i = 0; i < SK_ARRAY_LEN(events.bit); i++)
        events.bit[i] &= ~ap->pending.bit[i];
    sk_syscall_tables_fill(t);
    sk_syscall_bits(t, &events, &calls);
    return bpf_map_update_elem(sk_bpf_map_fd(b, ".data.calls"), &key, &calls, BPF_ANY) ? -errno : 0;
}

int sk_apply_capture(struct sk_apply *ap, struct sk_bpf *b, const struct sk_rings *rs,
                     const struct sk_capture *cap, struct sk_diag *dg)
{
    struct sk_bpf_config cfg;
    char proc[PATH_MAX];
    uint32_t key = 0;
    int err = 0;

    sk_apply_proc(proc, sizeof(proc));
    if (cap->scope == SK_SCOPE_CGROUP && !cap->scope_cgroup)
        err = sk_err(dg, -EINVAL, NULL, "the scope names no cgroup: give a directory");
    else if (cap->scope == SK_SCOPE_CGROUP)
        err = set_cgroup(ap, b, cap->scope_cgroup, dg);
    else if (cap->scope == SK_SCOPE_PID)
        err = set_pid(ap, b, proc, cap->scope_pid, dg);
    if (!err)
        err = keep(ap, cap);
    if (err)
        return err;
    /* Wider before anything else, narrower after it. */
    if (!cap->prefilter)
        err = sk_apply_prefilter(b, NULL, dg);
    if (err)
        return err;
    sk_apply_config(cap, rs, proc, &cfg);
    cfg.scope_cgroup = cap->scope == SK_SCOPE_CGROUP ? sk_scope_id(ap->cgroup_fd) : 0;
    if (bpf_map_update_elem(sk_bpf_map_fd(b, "sk_config"), &key, &cfg, BPF_ANY))
        return sk_err(dg, -errno, NULL, "cannot configure the eBPF programs: %s", strerror(errno));
    err = put_calls(ap, b);
    if (err)
        return sk_err(dg, err, NULL, "cannot list the system calls that are wanted: %s",
                      strerror(-err));
    if (cap->prefilter)
        err = sk_apply_prefilter(b, cap->prefilter, dg);
    if (err)
        return err;
    ap->done = true;
    return cap->scope == SK_SCOPE_PID ? seed_descendants(ap, b, proc, dg) : 0;
}

int sk_apply_admit(const struct sk_apply *ap, const struct sk_bpf *b, uint32_t pid)
{
    char proc[PATH_MAX];
    uint8_t one = 1;

    if (ap->cap.scope != SK_SCOPE_PID)
        return 0;
    sk_apply_proc(proc, sizeof(proc));
    if (self_pid(proc) != (uint32_t)getpid())
        return -ENOTSUP;
    return bpf_map_update_elem(sk_bpf_map_fd(b, "sk_scope_pid"), &pid, &one, BPF_ANY) ? -errno : 0;
}

void sk_apply_done(struct sk_apply *ap)
{
    fd_freep(&ap->cgroup_fd);
    free(ap->cgroup);
    *ap = (struct sk_apply){.cgroup_fd = -1};
}
