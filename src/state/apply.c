/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c - one event changes the state: whose event it is, and a table of handlers by event code.
 *
 * Records of Saker's drivers say who made them (struct sk_x_task): ids, names and credentials are
 * refreshed from it, a reused pid is told by its start time, and a thread whose creation was lost
 * is made from it.  Captures of others have only the number of the thread. */
#include <errno.h>

#include "state/capture.h"
#include "state/fd_event.h"

/* Falco's numbers. */
enum {
    PR_NAME_SET = 15,
    PR_SUBREAPER_SET = 36,
    PR_SUBREAPER_GET = 37,
    RESOURCE_NOFILE = 7,
    EV_PROCINFO = 234, /* code of an event */
    NEWIPC = 0x8,
    NEWNET = 0x10,
    NEWNS = 0x20,
    NEWPID = 0x40,
    NEWUTS = 0x80,
    NEWUSER = 0x100000,
    NEWCGROUP = 0x10000000,
    ALL_CAPS_N = 41,
};
#define ALL_CAPS  ((1ull << ALL_CAPS_N) - 1)
#define FAKE_NAME SK_STR("<NA>") /* Falco's name of the unknown */

struct sk_str sk_ev_text(const struct sk_event *ev, unsigned i)
{
    struct sk_str s = sk_event_text(ev, i);

    return s.p && !sk_str_eqz(s, "<NA>") && !sk_str_eqz(s, "(NULL)") ? s : SK_STR("");
}

static bool succeeded(const struct sk_event *ev)
{
    int64_t res;

    return sk_event_i64(ev, 0, &res) && res >= 0;
}

typedef void handler(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th);

static void on_chdir(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;
    struct sk_str path = sk_event_text(ev, 1);

    if (!succeeded(ev))
        return;
    /* Drivers read descriptors and directories when the call returns: both are the new one. */
    if (ev->file.x)
        sk_string_set_dir(st, &p->cwd, ev->file.path);
    else if (ev->dir[0].x)
        sk_string_set_dir(st, &p->cwd, ev->dir[0].path);
    else if (path.p && path.n == 0) /* no kernel goes there: the text was lost; as Falco */
        sk_string_set_dir(st, &p->cwd, SK_STR("/"));
    else
        sk_string_set_dir(st, &p->cwd, sk_path_join(st->tmp, p->cwd, sk_ev_text(ev, 1)));
}

static void on_fchdir(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    if (!succeeded(ev))
        return;
    if (ev->file.x)
        sk_string_set_dir(st, &(*th)->proc->cwd, ev->file.path);
    else if (st->ev_fd.fd)
        sk_string_set_dir(st, &(*th)->proc->cwd, st->ev_fd.fd->name);
}

static void on_getcwd(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    if (succeeded(ev))
        sk_string_set_dir(st, &(*th)->proc->cwd, sk_ev_text(ev, 1));
}

static void on_chroot(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;

    if (!succeeded(ev))
        return;
    if (ev->file.x)
        sk_string_set_dir(st, &p->root, ev->file.path);
    else
        sk_string_set_dir(st, &p->root, sk_path_join(st->tmp, p->cwd, sk_ev_text(ev, 1)));
}

static void on_setsid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;
    int64_t sid;

    (void)st;
    if (!sk_event_i64(ev, 0, &sid) || sid < 0)
        return;
    p->sid = sid;
    if (ev->task) { /* the result is a number of the caller's namespace; the leader is itself */
        p->sid = p->pid;
        p->pgid = p->pid;
        p->vpgid = p->vpid;
        p->tty = 0;
    }
}

/* Falco does not follow setpgid: neither does a replay of its captures. */
static void on_setpgid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;
    int64_t pid, pgid;

    if (!ev->task || !succeeded(ev) || !sk_event_i64(ev, 1, &pid) || !sk_event_i64(ev, 2, &pgid))
        return;
    if (pid == 0 || pid == p->vpid) {
        if (pgid == 0)
            pgid = p->vpid;
    } else if (p->vpid == p->pid && pid > 0 && pid <= UINT32_MAX) {
        p = sk_state_proc(st, (uint32_t)pid);
        if (pgid == 0)
            pgid = pid;
    } else {
        return;
    }
    if (!p)
        return;
    p->vpgid = pgid;
    if (p->vpid == p->pid)
        p->pgid = pgid;
    else if (pgid == p->vpid)
        p->pgid = p->pid;
}

static void set_id(const struct sk_event *ev, unsigned i, uint32_t *out)
{
    uint64_t id;

    if (succeeded(ev) && sk_event_u64(ev, i, &id) && (uint32_t)id != UINT32_MAX)
        *out = (uint32_t)id;
}

static void on_setuid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    set_id(ev, 1, &(*th)->uid);
}

static void on_setgid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    set_id(ev, 1, &(*th)->gid);
}

/* setreuid, setresuid: the second is the effective one. */
static void on_setreuid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    set_id(ev, 2, &(*th)->uid);
}

static void on_setregid(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    set_id(ev, 2, &(*th)->gid);
}

static void on_capset(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_thread *t = *th;

    (void)st;
    if (!succeeded(ev))
        return;
    sk_event_u64(ev, 1, &t->cap_inheritable);
    sk_event_u64(ev, 2, &t->cap_permitted);
    sk_event_u64(ev, 3, &t->cap_effective);
}

/* Which namespace it is now is only told by the next execve: until then it is unknown. */
static void forget_ns(struct sk_proc *p, uint32_t flags)
{
    if (flags & NEWNS)
        p->ns_mnt = 0;
    if (flags & NEWNET)
        p->ns_net = 0;
    if (flags & NEWUSER)
        p->ns_user = 0;
    if (flags & NEWUTS)
        p->ns_uts = 0;
    if (flags & NEWIPC)
        p->ns_ipc = 0;
    if (flags & NEWCGROUP)
        p->ns_cgroup = 0;
}

static void change_ns(const struct sk_event *ev, struct sk_thread *th, unsigned i)
{
    uint64_t flags = 0;

    if (!succeeded(ev) || !sk_event_u64(ev, i, &flags))
        return;
    if (flags & NEWUSER)
        th->cap_inheritable = th->cap_permitted = th->cap_effective = ALL_CAPS;
    forget_ns(th->proc, (uint32_t)flags);
}

static void on_unshare(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    change_ns(ev, *th, 1);
}

static void on_setns(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    (void)st;
    change_ns(ev, *th, 2);
}

static void on_prctl(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    int64_t option, arg = 0;

    (void)st;
    if (!succeeded(ev) || !sk_event_i64(ev, 1, &option))
        return;
    if (option == PR_NAME_SET)
        sk_thread_set_comm(*th, sk_ev_text(ev, 2));
    else if ((option == PR_SUBREAPER_SET || option == PR_SUBREAPER_GET) &&
             sk_event_i64(ev, 3, &arg))
        (*th)->proc->reaper = arg != 0 || (*th)->proc->pid == 1 || (*th)->proc->vpid == 1;
}

/* getrlimit, setrlimit: cur, max, resource. */
static void on_rlimit(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    int64_t resource;

    (void)st;
    if (succeeded(ev) && sk_event_i64(ev, 3, &resource) && resource == RESOURCE_NOFILE)
        sk_event_i64(ev, 1, &(*th)->proc->fdlimit);
}

/* newcur, newmax, oldcur, oldmax, pid, resource. */
static void on_prlimit(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    int64_t resource, cur, tid;
    struct sk_thread *target = *th;

    if (!succeeded(ev) || !sk_event_i64(ev, 6, &resource) || resource != RESOURCE_NOFILE ||
        !sk_event_i64(ev, 1, &cur) || cur == -1)
        return;
    if (sk_event_i64(ev, 5, &tid) && tid > 0 && tid <= UINT32_MAX)
        target = sk_state_thread(st, (uint32_t)tid);
    if (target)
        target->proc->fdlimit = cur;
}

/* brk, mmap, munmap: size, rss, swap behind the result. */
static void on_memory(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;

    (void)st;
    sk_event_u64(ev, 1, &p->vm_size_kb);
    sk_event_u64(ev, 2, &p->vm_rss_kb);
    sk_event_u64(ev, 3, &p->vm_swap_kb);
}

/* next, faults, memory: of who is going to wait. */
static void on_switch(struct sk_state *st, const struct sk_event *ev, struct sk_thread **th)
{
    struct sk_proc *p = (*th)->proc;

    (void)st;
    if (sk_event_bytes(ev, 5).n == 0)
        return;
    sk_event_u64(ev, 1, &(*th)->pgft_maj);
    sk_event_u64(ev, 2, &(*th)->pgft_min);
    sk_event_u64(ev, 3, &p->vm_size_kb);
    sk_event_u64(ev, 4, &p->vm_rss_kb);
    sk_event_u64(ev, 5, &p->vm_swap_kb);
}

/* By event code; the name that the row must have is checked by the unit test. */
static handler *const handlers[SK_EVENT_N] = {
    [93] = on_getcwd,      [95] = on_chdir,       [97] = on_fchdir,      [141] = on_rlimit,
    [143] = on_rlimit,     [145] = on_prlimit,    [152] = on_switch,     [159] = on_memory,
    [161] = on_memory,     [163] = on_memory,     [165] = on_memory,     [186] = sk_state_exit,
    [193] = on_setreuid,   [195] = on_setregid,   [199] = on_setuid,     [201] = on_setgid,
    [223] = sk_state_fork, [225] = sk_state_fork, [227] = sk_state_fork, [241] = on_setns,
    [267] = on_chroot,     [275] = on_setsid,     [285] = on_unshare,    [293] = sk_state_exec,
    [295] = on_setpgid,    [331] = sk_state_exec, [335] = sk_state_fork, [353] = on_capset,
    [401] = on_prctl,      [427] = on_setreuid,   [429] = on_setregid,
};

static void names_changed(struct sk_state *st, const struct sk_event *ev)
{
    switch (ev->type) {
    case 354:
    case 356:
        sk_state_user_event(st, ev, ev->type == 354);
        break;
    case 358:
    case 360:
        sk_state_group_event(st, ev, ev->type == 358);
        break;
    default:
        break;
    }
}

/* Replaces an entry that is another process by now: its end was never seen. */
static struct sk_thread *check(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    const struct sk_x_task *task = ev->task;
    struct sk_proc *p = th && th->proc->pid == task->pid ? th->proc : sk_state_proc(st, task->pid);

    if (p && !sk_same_start(p->start_ns, task->start_ns)) {
        st->stats.repaired++;
        sk_proc_remove_threads(st, p, NULL);
        th = sk_state_thread(st, (uint32_t)ev->tid);
    }
    if (th && th->proc->pid != task->pid) {
        st->stats.repaired++;
        sk_thread_remove(st, th, 0);
        th = NULL;
    }
    return th;
}

static void refresh(struct sk_state *st, struct sk_thread *th, const struct sk_x_task *task)
{
    struct sk_proc *p = th->proc;

    if (memcmp(th->comm, task->comm, sizeof(th->comm)) != 0)
        sk_thread_set_comm(th, (struct sk_str){task->comm, strnlen(task->comm, SK_COMM_MAX)});
    th->uid = task->uid;
    th->gid = task->gid;
    th->vtid = task->vtid;
    p->vpid = task->vpid;
    p->start_ns = task->start_ns;
    if (task->vpid == 1)
        p->reaper = true;
    if (task->ppid != p->ppid || (!p->parent && p->ppid))
        sk_proc_set_parent(st, p, task->ppid);
    if (task->cgroup_id != p->cgroup_id)
        sk_proc_set_cgroup_id(st, p, task->cgroup_id);
}

struct sk_thread *sk_state_look_up(struct sk_state *st, uint32_t pid, uint32_t tid)
{
    struct sk_thread *th;

    if (!st->ops.live || !st->ops.lookup)
        return NULL;
    st->stats.lookups++;
    th = st->ops.lookup(st->ops.self, st, pid) == 0 ? sk_state_thread(st, tid) : NULL;
    if (!th)
        st->stats.lookup_misses++;
    return th;
}

static struct sk_thread *make(struct sk_state *st, const struct sk_event *ev, uint32_t pid,
                              uint32_t tid)
{
    struct sk_proc *p = sk_state_proc(st, pid), *parent;
    struct sk_image im = {.comm = FAKE_NAME, .exe = FAKE_NAME};
    struct sk_thread *th;

    if (!p) {
        p = sk_proc_new(st, pid);
        if (!p)
            return NULL;
        st->stats.fake++;
        p->fake = !ev->task;
        if (ev->task)
            im = (struct sk_image){.comm = {ev->task->comm, strnlen(ev->task->comm, SK_COMM_MAX)}};
        parent = ev->task ? sk_state_proc(st, ev->task->ppid) : NULL;
        sk_image_set(st, p, sk_image_new(st, &im, parent ? parent->image : NULL));
    }
    th = sk_thread_new(st, p, tid);
    if (!th) {
        sk_proc_drop_empty(st, p);
        return NULL;
    }
    sk_thread_set_comm(th, p->image->comm);
    if (tid == pid)
        th->vtid = p->vpid;
    return th;
}

struct sk_thread *sk_state_resolve(struct sk_state *st, const struct sk_event *ev)
{
    uint32_t tid = sk_narrow_id(ev->tid), pid = ev->task ? ev->task->pid : tid;
    struct sk_thread *th;
    handler *h = handlers[ev->type];

    if (!ev->task && (ev->info->flags & SK_EF_SKIPPARSERESET || ev->info->category & SK_EC_PLUGIN))
        return ev->type == EV_PROCINFO || ev->info->category & SK_EC_PLUGIN
                   ? sk_state_thread(st, tid)
                   : NULL;
    if (ev->tid == 0 || (ev->task && ev->tid > UINT32_MAX) || pid == 0 ||
        !(ev->info->category & (SK_EC_SYSCALL | SK_EC_TRACEPOINT)))
        return NULL;
    th = sk_state_thread(st, tid);
    if (ev->task)
        th = check(st, ev, th);
    /* Who ends is no more in /proc, or only half. */
    if (!th && !sk_state_proc(st, pid) && h != sk_state_exit) {
        th = sk_state_look_up(st, pid, tid);
        if (th && ev->task)
            th = check(st, ev, th);
    }
    /* Of a thread that ends or waits nothing else would be learnt. */
    if (!th && (ev->task || (h != sk_state_exit && h != on_switch)))
        th = make(st, ev, pid, tid);
    if (th && ev->task) {
        refresh(st, th, ev->task);
        memcpy(th->seen, &ev->task->pid, sizeof(th->seen));
        th->seen_at = st->changes;
    }
    return th;
}

static void remove_missing(struct sk_state *st)
{
    size_t it = 0;
    struct sk_thread *th;

    st->sweep_ns = 0;
    while ((th = sk_map_next(st->threads, &it)))
        if (th->missing)
            sk_thread_remove(st, th, 0);
}

/* What the last event closed goes now: its rules still saw it. */
static void begin_fds(struct sk_state *st)
{
    if (st->closing) {
        sk_fdtable_del(st, st->closing, st->closing_num);
        sk_fdtable_put(st, st->closing);
        st->closing = NULL;
    }
    st->ev_fd = (struct sk_event_fd){.num = -1};
    if (st->fds_fresh)
        sk_fds_guess_roles(st);
    if (st->scanning && !st->ops.live)
        sk_state_link(st);
}

/* Is anything left to do that the last event, or a scan, began? */
static bool is_pending(const struct sk_state *st)
{
    return st->closing || st->dying || st->sweep_ns || st->foreign || st->fds_fresh ||
           (st->scanning && !st->ops.live);
}

void sk_state_find_plain(struct sk_state *st)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        handler *h = handlers[code];
        bool call = sk_events[code].category & (SK_EC_SYSCALL | SK_EC_TRACEPOINT);

        st->plain[code] = !call ? 0 : !h ? 1 : h == on_memory ? 2 : 0;
    }
}

static_assert(sizeof(struct sk_x_task) - offsetof(struct sk_x_task, pid) ==
                  sizeof(((struct sk_thread *)NULL)->seen),
              "all of it but what differs from call to call");

static inline bool said_the_same(const struct sk_thread *th, const struct sk_x_task *task)
{
    const uint8_t *p = (const uint8_t *)&task->pid;
    uint64_t differs = 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(th->seen); i++) {
        uint64_t v;

        memcpy(&v, p + i * sizeof(v), sizeof(v));
        differs |= v ^ th->seen[i];
    }
    return differs == 0;
}

/* Nearly every event: of a thread that has told the same about itself before, when everything was as
 * it is, and that changes nothing.  NULL: it is not one. */
static inline struct sk_thread *known(const struct sk_state *st, const struct sk_event *ev)
{
    struct sk_thread *th = st->near[ev->tid % SK_STATE_NEAR];

    if (st->pending || !th || th->tid != ev->tid || th->seen_at != st->changes || th->enter ||
        !st->plain[ev->type] || !ev->task || !said_the_same(th, ev->task))
        return NULL;
    return th;
}

static void apply(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out)
{
    handler *h = handlers[ev->type];
    struct sk_thread *th = NULL;

    sk_arena_reset(st->tmp);
    begin_fds(st);
    st->foreign = !ev->task && !st->ops.live;
    if (st->dying)
        sk_thread_remove(st, st->dying, st->dying_reaper);
    if (st->sweep_ns && ev->ts_ns > st->sweep_ns)
        remove_missing(st);
    if (h == sk_state_fork) {
        sk_state_fork(st, ev, &th);
    } else {
        th = sk_state_resolve(st, ev);
        if (th && !ev->task)
            sk_fd_apply(st, ev, th);
        if (th && h)
            h(st, ev, &th);
        else if (ev->info->category & SK_EC_METAEVENT)
            names_changed(st, ev);
    }
    if (th && th->enter && ev->info->exit)
        sk_enter_drop(st, th);
    st->changes += h && !st->plain[ev->type];
    st->pending = is_pending(st);
    *out = th;
}

void sk_state_apply(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out)
{
    struct sk_thread *th = known(st, ev);

    st->seq++;
    if (SK_LIKELY(th)) {
        if (st->plain[ev->type] > 1)
            on_memory(st, ev, &th);
        *out = th;
        return;
    }
    apply(st, ev, out);
}
