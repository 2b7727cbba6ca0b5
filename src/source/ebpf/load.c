/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - loads, retries without what was refused, fills maps, attaches; see load.h. */
#include "source/ebpf/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "source/ebpf/bpflog.h"
#include "source/ebpf/hooks.h"
#include "source/ebpf/share.h"
#include "source/ebpf/tables.h"

/* Without these there is no capture. */
static const char *const essential[] = {"sk_sys_exit", "sk_sched_exec", "sk_sched_fork",
                                        "sk_sched_exit", "fill_any"};

/* Their events are made by nobody else: fill_any does not know how. */
static const char *const alone[] = {"fill_293_331_exec", "fill_51_55_mmsg"};
/* Not essential, but of the first part: the state needs it. */
static const char *const early[] = {"fill_223_225_227_335_fork"};

static bool listed(const char *const *list, size_t n, const char *program)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(program, list[i]) == 0)
            return true;
    return false;
}

static bool is_essential(const char *program)
{
    return listed(essential, SK_ARRAY_LEN(essential), program);
}

static bool is_in(enum sk_bpf_part part, const char *program)
{
    bool first = is_essential(program) || listed(early, SK_ARRAY_LEN(early), program);

    return part == SK_BPF_WHOLE || first == (part == SK_BPF_FIRST);
}

void sk_bpf_pending(struct sk_event_set *out)
{
    *out = (struct sk_event_set){0};
    for (size_t i = 0; i < SK_ARRAY_LEN(alone); i++) {
        int code;

        for (unsigned n = 0; (code = sk_fill_code(alone[i], n)) >= 0; n++)
            sk_event_set_add(out, (unsigned)code);
    }
}

/* Remembers a program that stays out. false: the list is full. */
static bool degrade(struct sk_bpf *b, const char *program, const char *reason)
{
    if (b->ndegraded == SK_BPF_DEGRADED_MAX)
        return false;
    struct sk_bpf_degraded *d = &b->degraded[b->ndegraded++];
    snprintf(d->program, sizeof(d->program), "%s", program);
    snprintf(d->reason, sizeof(d->reason), "%s", reason);
    return true;
}

static bool is_degraded(const struct sk_bpf *b, const char *program)
{
    for (uint32_t i = 0; i < b->ndegraded; i++)
        if (strcmp(b->degraded[i].program, program) == 0)
            return true;
    return false;
}

/* Rings were made before, so that a refusal could be told apart. */
static int prepare_maps(struct bpf_object *obj, const struct sk_rings *rs)
{
    struct bpf_map *critical = bpf_object__find_map_by_name(obj, "sk_critical");
    struct bpf_map *bulk = bpf_object__find_map_by_name(obj, "sk_bulk");
    struct bpf_map *fair = bpf_object__find_map_by_name(obj, "sk_fair");
    int err;

    if (!critical || !bulk || !fair)
        return -ENOENT;
    err = bpf_map__set_max_entries(critical, rs->critical_bytes);
    if (!err)
        err = bpf_map__reuse_fd(critical, sk_rings_critical_fd(rs));
    /* The pattern that the kernel compares the slots' rings with. */
    if (!err)
        err = bpf_map__set_inner_map_fd(bulk, rs->fd[0]);
    if (!err)
        err = bpf_map__set_max_entries(fair, rs->bulk + 1);
    return err;
}

/* Both objects come from one image: their maps have one order. */
static int share_maps(struct bpf_object *obj, const struct bpf_object *first)
{
    struct bpf_map *map = NULL, *of = NULL;

    for (;;) {
        map = bpf_object__next_map(obj, map);
        of = bpf_object__next_map(first, of);
        if (!map || !of)
            return map == of ? 0 : -EINVAL;
        int err = bpf_map__reuse_fd(map, bpf_map__fd(of));
        if (err)
            return err;
    }
}

static bool is_ring_program(const char *name)
{
    return strncmp(name, "sk_ring_", 8) == 0 || strcmp(name, "fill_341_io_uring_enter") == 0;
}

/* Programs that shall not be tried: refused before, or without a tracepoint here. */
static int leave_out(struct bpf_object *obj, const struct sk_hooks *h, const struct sk_bpf *b)
{
    struct bpf_program *prog;
    int err = 0;

    bpf_object__for_each_program(prog, obj)
    {
        const char *name = bpf_program__name(prog);
        bool out = is_degraded(b, name) || !is_in(b->part, name) ||
                   strcmp(name, "sk_call_exit") == 0; /* fexit.h */

        if (is_ring_program(name))
            out |= sk_hooks_old_uring(h) || !sk_hooks_fit(h, bpf_program__section_name(prog));
        if (out && !err)
            err = bpf_program__set_autoload(prog, false);
    }
    return err;
}

/* Where an object's maps come from: rings, or another object that has them. */
struct maps_from {
    const struct sk_rings *rings;
    const struct bpf_object *first;
};

/* One attempt. *log then tells what was refused. */
static int try_load(const struct sk_bpf_image *im, const struct maps_from *from,
                    const struct sk_hooks *h, struct sk_bpf *b, struct sk_bpflog *log)
{
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "saker");
    int err;

    sk_bpflog_begin(log);
    struct bpf_object *obj = bpf_object__open_mem(im->data, im->bytes, &opts);
    if (!obj)
        return -errno;
    err = leave_out(obj, h, b);
    if (!err)
        err = from->first ? share_maps(obj, from->first) : prepare_maps(obj, from->rings);
    if (!err)
        err = bpf_object__load(obj);
    if (err) {
        bpf_object__close(obj);
        return err;
    }
    b->obj = obj;
    b->kind = im->kind;
    b->image = im;
    return 0;
}

/* Loads one image, leaving out one refused program after the other. */
static int load_image(const struct sk_bpf_image *im, const struct maps_from *from,
                      const struct sk_hooks *h, struct sk_bpf *b, struct sk_buf *why)
{
    if (sk_hooks_old_uring(h) && is_in(b->part, "sk_ring_submit"))
        degrade(
            b, "sk_ring_submit",
            "before Linux 6.0 io_uring does not tell enough of its requests: they are not seen");
    for (;;) {
        sk_auto(bpflog) struct sk_bpflog log;
        int err = try_load(im, from, h, b, &log);

        sk_bpflog_end();
        if (!err)
            return 0;
        char text[128];
        libbpf_strerror(err, text, sizeof(text));
        const char *reason = log.reason.n ? log.reason.p : text;
        /* Essential, blamed on nobody, or blamed twice: there is no other attempt. */
        if (log.program[0] && !is_essential(log.program) && !is_degraded(b, log.program) &&
            degrade(b, log.program, reason))
            continue;
        if (why->n)
            sk_buf_addz(why, "; ");
        sk_buf_printf(why, "%s: ", im->kind);
        if (log.program[0])
            sk_buf_printf(why, "program '%s': ", log.program);
        else if (log.map[0])
            sk_buf_printf(why, "map '%s': ", log.map);
        sk_buf_addz(why, reason);
        return err;
    }
}

static void tell_degraded(const struct sk_bpf *b, struct sk_diag *dg)
{
    for (uint32_t i = 0; i < b->ndegraded; i++)
        sk_warn(dg, NULL, "degraded: %s: %s", b->degraded[i].program, b->degraded[i].reason);
}

int sk_bpf_load(const struct sk_bpf_image *images, enum sk_bpf_part part, const struct sk_rings *rs,
                struct sk_diag *dg, struct sk_bpf *out)
{
    const struct maps_from from = {.rings = rs};
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);
    sk_auto(hooks) struct sk_hooks hooks = {0};
    int err = -ENOENT;

    sk_hooks_read(&hooks, "/sys/kernel/btf/vmlinux");
    for (const struct sk_bpf_image *im = images; im->data; im++) {
        struct sk_bpf b = {.part = part};

        err = load_image(im, &from, &hooks, &b, &why);
        if (err)
            continue;
        tell_degraded(&b, dg);
        *out = b;
        return 0;
    }
    return sk_err(
        dg, err, NULL,
        "the kernel refuses Saker's eBPF programs (%s): 'saker probe' lists what it offers",
        why.n ? why.p : "none are built in");
}

int sk_bpf_load_rest(const struct sk_bpf *first, struct sk_diag *dg, struct sk_bpf *out)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);
    sk_auto(hooks) struct sk_hooks hooks = {0};
    const struct maps_from from = {.first = first->obj};
    struct sk_bpf b = {.part = SK_BPF_REST};

    if (!first->obj)
        return sk_err(dg, -ENOENT, NULL, "there is no first part");
    sk_hooks_read(&hooks, "/sys/kernel/btf/vmlinux");
    int err = load_image(first->image, &from, &hooks, &b, &why);
    if (err)
        return sk_err(dg, err, NULL, "%s", why.n ? why.p : strerror(-err));
    tell_degraded(&b, dg);
    *out = b;
    return 0;
}

int sk_bpf_program_fd(const struct sk_bpf *b, const char *name)
{
    struct bpf_program *prog = b->obj ? bpf_object__find_program_by_name(b->obj, name) : NULL;
    int fd = prog ? bpf_program__fd(prog) : -1;

    return fd < 0 && b->rest ? sk_bpf_program_fd(b->rest, name) : fd;
}

int sk_bpf_map_fd(const struct sk_bpf *b, const char *name)
{
    struct bpf_map *map = b->obj ? bpf_object__find_map_by_name(b->obj, name) : NULL;

    return map ? bpf_map__fd(map) : -1;
}

static int put_array(const struct sk_bpf *b, const char *name, const void *values, size_t size)
{
    struct bpf_map *map = bpf_object__find_map_by_name(b->obj, name);

    if (!map)
        return -ENOENT;
    if (bpf_map__value_size(map) != size)
        return -EINVAL;
    for (uint32_t i = 0; i < bpf_map__max_entries(map) && i < SK_BPF_SYSCALLS; i++)
        if (bpf_map_update_elem(bpf_map__fd(map), &i, (const char *)values + i * size, BPF_ANY))
            return -errno;
    return 0;
}

static int put_syscalls(const struct sk_bpf *b)
{
    sk_auto(mem) struct sk_syscall_tables *t = malloc(sizeof(*t));
    int err;

    if (!t)
        return -ENOMEM;
    sk_syscall_tables_fill(t);
    err = put_array(b, "sk_syscalls", t->native, sizeof(t->native[0]));
    if (!err && sk_bpf_map_fd(b, "sk_syscalls32") >= 0)
        err = put_array(b, "sk_syscalls32", t->ia32, sizeof(t->ia32[0]));
    if (!err)
        err = put_array(b, "sk_ring_calls", t->ring, sizeof(t->ring[0]));
    return err;
}

static void put_fillers(struct sk_bpf *b, int map)
{
    struct bpf_program *prog;

    bpf_object__for_each_program(prog, b->obj)
    {
        const char *name = bpf_program__name(prog);
        int fd = bpf_program__fd(prog), code;

        for (unsigned i = 0; fd >= 0 && (code = sk_fill_code(name, i)) >= 0; i++) {
            if (bpf_map_update_elem(map, &code, &fd, BPF_ANY)) {
                degrade(b, name, strerror(errno));
                break;
            }
        }
    }
}

/* fill_any everywhere, then the straight-line programs over it. */
int sk_bpf_put_programs(struct sk_bpf *b)
{
    struct bpf_program *any = bpf_object__find_program_by_name(b->obj, "fill_any");
    int map = sk_bpf_map_fd(b, "sk_fill"), fd = any ? bpf_program__fd(any) : -1;
    struct sk_event_set pending = {0};

    if (map < 0 || fd < 0)
        return -ENOENT;
    if (b->part == SK_BPF_FIRST)
        sk_bpf_pending(&pending);
    for (uint32_t code = 0; code < SK_EVENT_N; code++)
        if (!sk_event_set_has(&pending, code) && bpf_map_update_elem(map, &code, &fd, BPF_ANY))
            return -errno;
    put_fillers(b, map);
    return 0;
}

/* A precaution; a kernel that cannot freeze this kind of map works as well. */
static void freeze(const struct sk_bpf *b, const char *name)
{
    int fd = sk_bpf_map_fd(b, name);

    if (fd >= 0 && bpf_map_freeze(fd))
        sk_log(SK_DEBUG, "map '%s' stays writable: %s", name, strerror(errno));
}

int sk_bpf_put_rest(struct sk_bpf *rest)
{
    int map = sk_bpf_map_fd(rest, "sk_fill");

    if (map < 0)
        return -ENOENT;
    put_fillers(rest, map);
    freeze(rest, "sk_fill");
    return 0;
}

static int put_rings(const struct sk_bpf *b, const struct sk_rings *rs)
{
    int map = sk_bpf_map_fd(b, "sk_bulk");

    for (uint32_t slot = 0; slot < rs->slots; slot++)
        if (bpf_map_update_elem(map, &slot, &rs->fd[slot % rs->bulk], BPF_ANY))
            return -errno;
    return 0;
}

int sk_bpf_fill_maps(struct sk_bpf *b, const struct sk_rings *rs, struct sk_diag *dg)
{
    static const char *const fixed[] = {"sk_syscalls", "sk_syscalls32", "sk_ring_calls", "sk_bulk"};
    int err = put_syscalls(b);

    if (err)
        return sk_err(dg, err, NULL, "cannot fill the map of system calls: %s", strerror(-err));
    err = sk_bpf_put_programs(b);
    if (err)
        return sk_err(dg, err, NULL, "cannot fill the map of programs: %s", strerror(-err));
    err = put_rings(b, rs);
    if (err)
        return sk_err(dg, err, NULL, "cannot fill the map of rings: %s", strerror(-err));
    err = sk_share_put(sk_bpf_map_fd(b, "sk_fair"), rs);
    if (err)
        return sk_err(dg, err, NULL, "cannot fill the map of shares: %s", strerror(-err));
    for (size_t i = 0; i < SK_ARRAY_LEN(fixed); i++)
        freeze(b, fixed[i]);
    if (b->part == SK_BPF_WHOLE)
        freeze(b, "sk_fill");
    return 0;
}

int sk_bpf_attach(struct sk_bpf *b, struct sk_diag *dg)
{
    struct bpf_program *prog;

    bpf_object__for_each_program(prog, b->obj)
    {
        const char *name = bpf_program__name(prog);

        if (strncmp(name, "sk_", 3) != 0 || bpf_program__fd(prog) < 0)
            continue;
        if (b->nlinks == SK_BPF_LINKS_MAX)
            return sk_err(dg, -E2BIG, NULL, "more than %d programs to attach", SK_BPF_LINKS_MAX);
        struct bpf_link *link = bpf_program__attach(prog);
        if (link && strcmp(name, "sk_sys_exit") == 0) {
            b->exit = link;
            continue;
        }
        if (link) {
            b->link[b->nlinks++] = link;
            continue;
        }
        int err = -errno;
        if (is_essential(name))
            return sk_err(dg, err, NULL, "the kernel refuses to attach the program '%s': %s", name,
                          strerror(-err));
        degrade(b, name, strerror(-err));
        sk_warn(dg, NULL, "degraded: %s: %s", name, strerror(-err));
    }
    return 0;
}

int sk_bpf_attach_exit(struct sk_bpf *b)
{
    struct bpf_program *prog = bpf_object__find_program_by_name(b->obj, "sk_sys_exit");

    if (!b->exit)
        b->exit = prog ? bpf_program__attach(prog) : NULL;
    return b->exit ? 0 : -errno;
}

void sk_bpf_detach_exit(struct sk_bpf *b)
{
    bpf_link__destroy(SK_TAKE(b->exit));
}

bool sk_bpf_has_exit(const struct sk_bpf *b)
{
    return b->exit;
}

void sk_bpf_close(struct sk_bpf *b)
{
    for (int i = 0; b->pf_now && i < 2; i++)
        close(b->pf_fd[i]);
    sk_bpf_detach_exit(b);
    for (uint32_t i = 0; i < b->nlinks; i++)
        bpf_link__destroy(b->link[i]);
    bpf_object__close(b->obj);
    *b = (struct sk_bpf){0};
}

static bool runs_are_counted(void)
{
    sk_auto(mem) char *text = NULL;
    size_t n;

    return !sk_read_file("/proc/sys/kernel/bpf_stats_enabled", 64, &text, &n) && text[0] == '1';
}

size_t sk_bpf_runs(const struct sk_bpf *b, struct sk_prog_stats *out, size_t max)
{
    struct bpf_program *prog;
    size_t n = 0;

    if (!b->obj || !runs_are_counted())
        return 0;
    bpf_object__for_each_program(prog, b->obj)
    {
        const char *name = bpf_program__name(prog);
        struct bpf_prog_info info = {0};
        uint32_t len = sizeof(info);

        if (n == max || strncmp(name, "sk_", 3) != 0 || bpf_program__fd(prog) < 0 ||
            bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
            continue;
        out[n] = (struct sk_prog_stats){.runs = info.run_cnt, .time_ns = info.run_time_ns};
        snprintf(out[n++].name, sizeof(out->name), "%s", name + 3);
    }
    return n;
}
