/* SPDX-License-Identifier: Apache-2.0 */
/* ebpf.c - the live source from its parts: programs, rings, scope, clock; see ebpf.h.
 *
 * Waking: see wake.h. */
#include "source/ebpf/ebpf.h"
#include "source/ebpf/bpflog.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "source/ebpf/apply.h"
#include "source/ebpf/clock.h"
#include "source/ebpf/features.h"
#include "source/ebpf/fexit.h"
#include "source/ebpf/later.h"
#include "source/ebpf/losses.h"
#include "source/ebpf/merge.h"
#include "source/ebpf/preseed.h"
#include "source/ebpf/rings.h"
#include "source/ebpf/stats.h"
#include "source/ebpf/wake.h"
#include "source/procfs.h"

struct ebpf {
    bool open;
    int epoll_fd;
    struct sk_rings rings;
    struct sk_bpf bpf;
    struct sk_later later; /* of a staged start */
    struct sk_fexit fexit;
    struct sk_merge merge;
    struct sk_clock clock;
    struct sk_wake wake;
    struct sk_apply apply;
    struct sk_losses losses;
    bool filled;               /* the state, with the processes of the scope */
    struct sk_state *unseeded; /* knows executables that the prefilter does not */
    uint64_t received, bad;
};

int sk_ebpf_check(const char *status_path, const char *btf_path, struct sk_diag *dg)
{
    if (!sk_caps_suffice(sk_caps_effective(status_path)))
        return sk_err(dg, -EPERM, NULL,
                      "no permission to load eBPF programs: run Saker as root, or give it CAP_BPF "
                      "and CAP_PERFMON");
    if (access(btf_path, R_OK))
        return sk_err(dg, -ENOENT, NULL,
                      "this kernel describes its types nowhere ('%s': %s): use one that was built "
                      "with CONFIG_DEBUG_INFO_BTF=y, as the distributions' kernels since 5.8 are",
                      btf_path, strerror(errno));
    return 0;
}

static int watch_rings(struct ebpf *e, struct sk_diag *dg)
{
    e->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (e->epoll_fd < 0)
        return sk_err(dg, -errno, NULL, "cannot make an epoll descriptor: %s", strerror(errno));
    for (uint32_t i = 0; i <= e->rings.bulk; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};

        if (epoll_ctl(e->epoll_fd, EPOLL_CTL_ADD, e->rings.fd[i], &ev))
            return sk_err(dg, -errno, NULL, "cannot wait for a ring buffer: %s", strerror(errno));
    }
    int err = sk_wake_init(&e->wake, sk_bpf_map_fd(&e->bpf, "sk_wake"), e->epoll_fd);
    return err ? sk_err(dg, err, NULL, "cannot wait for events: %s", strerror(-err)) : 0;
}

static int make_rings(struct ebpf *e, const struct sk_source_options *opt, struct sk_diag *dg)
{
    int possible = libbpf_num_possible_cpus();
    long present = sysconf(_SC_NPROCESSORS_CONF);
    int err = sk_rings_plan(opt, possible > 0 ? (uint32_t)possible : 1,
                            present > 0 ? (uint32_t)present : 1, dg, &e->rings);

    return err ? err : sk_rings_make(&e->rings, dg);
}

static int map_rings(struct ebpf *e, struct sk_diag *dg)
{
    struct sk_ring *ring = NULL;
    int err = sk_rings_map(&e->rings, dg, &ring);

    if (err)
        return err;
    err = sk_merge_init(&e->merge, ring, e->rings.bulk + 1);
    if (err)
        return sk_err(dg, err, NULL, "no memory for %u rings", e->rings.bulk + 1);
    return watch_rings(e, dg);
}

static void ebpf_close(void *self)
{
    struct ebpf *e = self;

    if (!e->open)
        return;
    /* Programs first: nothing writes into rings that are going away. */
    sk_later_done(&e->later);
    sk_fexit_done(&e->fexit);
    sk_bpf_close(&e->bpf);
    sk_merge_done(&e->merge);
    sk_wake_done(&e->wake);
    sk_rings_close(&e->rings);
    sk_apply_done(&e->apply);
    sk_losses_done(&e->losses);
    fd_freep(&e->epoll_fd);
    e->open = false;
}

/* The last image is the one of raw tracepoints. */
static const struct sk_bpf_image *images(const struct sk_source_options *opt)
{
    const struct sk_bpf_image *im = sk_bpf_images;

    while (opt->force_raw && im->data && im[1].data)
        im++;
    return im;
}

static int load_first(struct ebpf *e, const struct sk_source_options *opt, struct sk_diag *dg)
{
    enum sk_bpf_part part = opt->staged ? SK_BPF_FIRST : SK_BPF_WHOLE;
    int err = sk_bpf_load(images(opt), part, &e->rings, dg, &e->bpf);

    if (!err && opt->staged)
        sk_bpf_pending(&e->apply.pending);
    return err;
}

static int load_later(struct ebpf *e, struct sk_diag *dg)
{
    int err = sk_later_start(&e->later, &e->bpf, e->epoll_fd);

    return err ? sk_err(dg, err, NULL, "cannot start a thread: %s", strerror(-err)) : 0;
}

static bool ebpf_complete(void *self, struct sk_diag *dg)
{
    struct ebpf *e = self;

    if (!e->later.running)
        return true;
    if (!sk_later_over(&e->later, dg))
        return false;
    e->bpf.rest = &e->later.rest;
    e->apply.pending = (struct sk_event_set){0};
    /* Two threads that load would take each other's messages of libbpf. */
    if (e->apply.done && e->apply.cap.scope != SK_SCOPE_NONE)
        sk_fexit_after(&e->fexit, &e->apply.cap.events);
    return true;
}

static int ebpf_open(void *self, const struct sk_source_options *opt, struct sk_diag *dg)
{
    struct ebpf *e = self;
    int err = sk_ebpf_check("/proc/self/status", SK_BTF_PATH, dg);

    if (err)
        return err;
    memset(e, 0, sizeof(*e));
    e->epoll_fd = e->apply.cgroup_fd = e->wake.timer_fd = -1;
    for (size_t i = 0; i < SK_ARRAY_LEN(e->rings.fd); i++)
        e->rings.fd[i] = -1;
    e->open = true;
    sk_bpflog_tell(opt->libs_least);
    err = make_rings(e, opt, dg);
    if (!err)
        err = load_first(e, opt, dg);
    if (!err)
        err = sk_bpf_fill_maps(&e->bpf, &e->rings, dg);
    if (!err)
        err = map_rings(e, dg);
    if (!err)
        err = sk_bpf_attach(&e->bpf, dg);
    if (!err)
        err = sk_fexit_init(&e->fexit, opt->attach, images(opt), &e->bpf);
    if (!err && opt->staged)
        err = load_later(e, dg);
    if (err)
        ebpf_close(e);
    /* Loading needed the kernel's types and the objects: tens of megabytes that are free again. */
    malloc_trim(0);
    return err;
}

static bool same_scope(const struct sk_capture *a, const struct sk_capture *b)
{
    const char *one = a->scope_cgroup ? a->scope_cgroup : "";
    const char *two = b->scope_cgroup ? b->scope_cgroup : "";

    return a->scope == b->scope && a->scope_pid == b->scope_pid && strcmp(one, two) == 0;
}

static int ebpf_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                      struct sk_diag *dg)
{
    struct ebpf *e = self;
    char proc[PATH_MAX];
    bool known = e->filled && same_scope(&e->apply.cap, cap);
    int err = sk_fexit_before(&e->fexit, &cap->events, dg);

    if (!err)
        err = sk_apply_capture(&e->apply, &e->bpf, &e->rings, cap, dg);
    if (!err && cap->scope != SK_SCOPE_NONE && !e->later.running)
        sk_fexit_after(&e->fexit, &cap->events);
    if (!err)
        e->unseeded = cap->prefilter ? st : NULL;
    if (err || known || !st || cap->scope == SK_SCOPE_NONE)
        return err;
    /* After the events flow: what begins or ends while /proc is read is told by them. */
    sk_apply_proc(proc, sizeof(proc));
    err = sk_procfs_scan(proc, &e->apply.cap, st);
    if (err < 0)
        return sk_err(dg, err, NULL, "cannot read the processes in '%s': %s", proc, strerror(-err));
    e->filled = true;
    return 0;
}

static int ebpf_settled_fd(void *self)
{
    return sk_fexit_fd(&((struct ebpf *)self)->fexit);
}

static int ebpf_fd(void *self)
{
    return ((struct ebpf *)self)->epoll_fd;
}

bool sk_ebpf_sample(const uint8_t *sample, uint32_t len, uint64_t offset_ns, struct sk_event *out)
{
    struct sk_rec_hdr hdr;
    uint16_t cpu = 0;

    if (len < sizeof(hdr))
        return false;
    memcpy(&hdr, sample, sizeof(hdr));
    if (hdr.len < sizeof(hdr) || hdr.len > len)
        return false;
    if (len - hdr.len >= sizeof(cpu))
        memcpy(&cpu, sample + hdr.len, sizeof(cpu));
    if (sk_event_decode(sample, hdr.len, cpu, out))
        return false;
    out->ts_ns += offset_ns;
    return true;
}

static unsigned deliver(struct ebpf *e, unsigned max, sk_event_fn *fn, void *fn_self)
{
    unsigned n = 0;

    for (unsigned taken = 0; taken < max; taken++) {
        const uint8_t *sample;
        struct sk_event ev;
        uint32_t len;

        sample = sk_merge_next(&e->merge, &len);
        if (!sample)
            break;
        if (!sk_ebpf_sample(sample, len, e->clock.offset_ns, &ev)) {
            e->bad++;
            continue;
        }
        n++;
        e->received++;
        if (fn(fn_self, &ev))
            break;
    }
    return n;
}

/* Every event from before the prefilter has been delivered. */
static void seed(struct ebpf *e)
{
    char proc[PATH_MAX];

    sk_apply_proc(proc, sizeof(proc));
    sk_prefilter_seed(&e->bpf, e->unseeded, proc);
    e->unseeded = NULL;
}

static int ebpf_poll(void *self, unsigned max, sk_event_fn *fn, void *fn_self)
{
    struct ebpf *e = self;
    unsigned n;

    sk_clock_tick(&e->clock);
    sk_wake_visit(&e->wake);
    n = deliver(e, max, fn, fn_self);
    if (sk_wake_visited(&e->wake, n)) {
        n = deliver(e, max, fn, fn_self);
        if (n)
            sk_wake_visited(&e->wake, n); /* awake again: with events it asks for no more */
    }
    if (e->unseeded && n < max)
        seed(e);
    return (int)n;
}

static void ebpf_stats(void *self, struct sk_source_stats *out)
{
    struct ebpf *e = self;
    int map = e->open ? sk_bpf_map_fd(&e->bpf, "sk_stats") : -1;

    *out = (struct sk_source_stats){.received = e->received, .bad_records = e->bad + e->merge.bad};
    /* Without memory for it the driver's share is missing from this one answer. */
    if (map >= 0 && sk_stats_read(map, out))
        return;
}

static int ebpf_admit(void *self, uint32_t pid)
{
    const struct ebpf *e = self;

    return sk_apply_admit(&e->apply, &e->bpf, pid);
}

static size_t ebpf_by_cpu(void *self, struct sk_cpu_stats *out, size_t max)
{
    struct ebpf *e = self;
    int map = e->open ? sk_bpf_map_fd(&e->bpf, "sk_stats") : -1;

    return map >= 0 ? sk_stats_by_cpu(map, out, max) : 0;
}

static size_t ebpf_by_prog(void *self, struct sk_prog_stats *out, size_t max)
{
    struct ebpf *e = self;

    size_t n = e->open ? sk_bpf_runs(&e->bpf, out, max) : 0;

    return n + (e->later.running ? 0 : sk_bpf_runs(&e->later.rest, out + n, max - n));
}

static size_t ebpf_by_event(void *self, struct sk_event_stats *out, size_t max)
{
    struct ebpf *e = self;
    int map = e->open ? sk_bpf_map_fd(&e->bpf, "sk_event_hits") : -1;

    return map >= 0 ? sk_stats_by_event(map, out, max) : 0;
}

static size_t ebpf_by_cgroup(void *self, struct sk_cgroup_drops *out, size_t max)
{
    struct ebpf *e = self;
    int map = e->open ? sk_bpf_map_fd(&e->bpf, "sk_drop_cg") : -1;

    return map >= 0 ? sk_losses_take(&e->losses, map, sk_bpf_map_fd(&e->bpf, "sk_asked"), &e->clock,
                                     out, max)
                    : 0;
}

static int ebpf_refill(void *self, struct sk_state *st)
{
    struct ebpf *e = self;
    char proc[PATH_MAX];

    if (!e->apply.done)
        return 0;
    sk_apply_proc(proc, sizeof(proc));
    sk_state_mark(st);
    int n = sk_procfs_scan(proc, &e->apply.cap, st);
    /* A scan that failed found nothing: that is no reason to forget everybody. */
    if (n >= 0)
        sk_state_sweep(st);
    return n < 0 ? n : 0;
}

const struct sk_source_ops sk_source_ebpf = {
    .name = "ebpf",
    .caps = SK_SOURCE_LIVE | SK_SOURCE_RESOLVES | SK_SOURCE_SCOPES,
    .size = sizeof(struct ebpf),
    .open = ebpf_open,
    .apply = ebpf_apply,
    .complete = ebpf_complete,
    .fd = ebpf_fd,
    .poll = ebpf_poll,
    .stats = ebpf_stats,
    .admit = ebpf_admit,
    .by_cpu = ebpf_by_cpu,
    .by_prog = ebpf_by_prog,
    .by_event = ebpf_by_event,
    .by_cgroup = ebpf_by_cgroup,
    .refill = ebpf_refill,
    .settled_fd = ebpf_settled_fd,
    .close = ebpf_close,
};
