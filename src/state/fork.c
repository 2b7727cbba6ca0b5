/* SPDX-License-Identifier: Apache-2.0 */
/* fork.c - creation of threads and processes.
 *
 * It is told twice: by the child (result 0), which knows itself, and by the caller (result: the
 * child's id).  Either may come first or be lost; whoever comes second finds the entry and leaves
 * it. */
#include "state/fdtable.h"
#include "state/life.h"

/* Falco's numbers (flag table clone_flags). */
enum {
    CL_FILES = 0x1,
    CL_NEWIPC = 0x8,
    CL_NEWNET = 0x10,
    CL_NEWNS = 0x20,
    CL_NEWPID = 0x40,
    CL_NEWUTS = 0x80,
    CL_PARENT = 0x100,
    CL_THREAD = 0x2000,
    CL_NEWUSER = 0x100000,
    CL_VFORK = 0x8000000,
    CL_NEWCGROUP = 0x10000000,
    CL_CHILD_IN_PIDNS = 0x20000000,
};

static void inherit_ns(struct sk_proc *p, const struct sk_proc *from, uint32_t flags)
{
    p->ns_pid = flags & CL_NEWPID ? 0 : from->ns_pid;
    p->ns_mnt = flags & CL_NEWNS ? 0 : from->ns_mnt;
    p->ns_net = flags & CL_NEWNET ? 0 : from->ns_net;
    p->ns_user = flags & CL_NEWUSER ? 0 : from->ns_user;
    p->ns_uts = flags & CL_NEWUTS ? 0 : from->ns_uts;
    p->ns_ipc = flags & CL_NEWIPC ? 0 : from->ns_ipc;
    p->ns_cgroup = flags & CL_NEWCGROUP ? 0 : from->ns_cgroup;
}

/* Of captures only: a driver of ours resolves descriptors by itself. */
static void inherit_fds(struct sk_state *st, struct sk_proc *p, struct sk_proc *from,
                        uint32_t flags)
{
    if (st->ops.live || p == from)
        return;
    sk_fdtable_put(st, p->fds);
    p->fds =
        flags & CL_FILES ? sk_fdtable_ref(sk_proc_fds(st, from)) : sk_fdtable_copy(st, from->fds);
}

/* A child is what its parent is, until it executes something. */
static void inherit(struct sk_state *st, struct sk_proc *p, struct sk_proc *from, uint32_t flags)
{
    sk_image_set(st, p, sk_image_ref(from->image));
    sk_string_set(st, &p->cwd, from->cwd);
    sk_string_set(st, &p->root, from->root);
    sk_string_set(st, &p->cgroups, from->cgroups);
    sk_string_set(st, &p->container_id, from->container_id);
    p->cgroup_id = from->cgroup_id;
    p->sid = from->sid;
    p->pgid = from->pgid;
    p->vpgid = from->vpgid;
    p->tty = from->tty;
    p->loginuid = from->loginuid;
    p->fdlimit = from->fdlimit;
    p->pidns_init_start_ns = from->pidns_init_start_ns;
    inherit_ns(p, from, flags);
    inherit_fds(st, p, from, flags);
}

/* A program may have written over its arguments: then the event knows better than the image. */
static void check_image(struct sk_state *st, struct sk_proc *p, const struct sk_event *ev)
{
    struct sk_str exe = sk_ev_text(ev, P_EXE), args = sk_event_bytes(ev, P_ARGS);
    struct sk_image from = *p->image;

    if (sk_pool_used(st->text) > st->limit.bytes / 4 * 3 && p->image != st->empty)
        return; /* the image may lack its arguments for want of memory */
    if (exe.n == 0 || (sk_str_eq(exe, from.exe) && sk_str_eq(args, from.args)))
        return;
    from.exe = exe;
    from.args = args;
    if (from.comm.n == 0)
        from.comm = sk_ev_text(ev, P_COMM);
    sk_image_set(st, p, sk_image_new(st, &from, from.parent));
}

static bool ended_lately(const struct sk_state *st, const struct sk_event *ev, uint32_t tid,
                         uint32_t ppid)
{
    const struct sk_recent *r = &st->recent[tid % SK_STATE_RECENT];

    /* The end may be younger than this event: records of several rings are not in order. */
    return r->tid == tid && r->ppid == ppid &&
           (int64_t)(ev->ts_ns - r->ts_ns) < (int64_t)SK_STATE_RECENT_NS;
}

/* Who is being created, by whom: as ids, for entries may vanish while room is made. */
struct birth {
    uint32_t tid, pid, ppid, flags;
    uint32_t from_pid, caller_tid; /* 0: unknown */
};

/* Makes room: whoever had the ids before has ended unseen. */
static void evict_ids(struct sk_state *st, const struct birth *b)
{
    struct sk_proc *p = b->pid == b->tid ? sk_state_proc(st, b->pid) : NULL;
    struct sk_thread *old;

    if (p) {
        st->stats.repaired++;
        sk_proc_remove_threads(st, p, NULL);
    }
    old = sk_state_thread(st, b->tid);
    if (old) {
        st->stats.repaired++;
        sk_thread_remove(st, old, 0);
    }
}

/* NULL: refused by a cap. */
static struct sk_thread *create(struct sk_state *st, const struct birth *b, uint64_t ts_ns)
{
    struct sk_thread *th, *caller;
    struct sk_proc *p, *from;

    evict_ids(st, b);
    from = sk_state_proc(st, b->from_pid);
    p = sk_state_proc(st, b->pid);
    if (!p) {
        p = sk_proc_new(st, b->pid);
        if (!p)
            return NULL;
        p->clone_ns = ts_ns;
        sk_proc_set_parent(st, p, b->ppid);
        if (from)
            inherit(st, p, from, b->flags);
        /* Its leader was not seen, but must be there. */
        if (st->foreign && b->tid != b->pid && !sk_thread_new(st, p, b->pid)) {
            sk_proc_drop_empty(st, p);
            return NULL;
        }
    }
    th = sk_thread_new(st, p, b->tid);
    if (!th) {
        sk_proc_drop_empty(st, p);
        return NULL;
    }
    th->flags = b->flags;
    th->clone_ns = ts_ns;
    caller = sk_state_thread(st, b->caller_tid);
    if (caller && caller != th)
        sk_life_inherit_thread(th, caller);
    return th;
}

/* Was this very child already made: by the caller's event, or by a scan that was faster? */
static bool already_made(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th,
                         const struct birth *b)
{
    struct sk_proc *p = th->proc, *from = sk_state_proc(st, b->from_pid);

    if (p->pid != b->pid)
        return false;
    if (b->pid != b->tid)
        return true;
    if (ev->task && ev->task->pid == b->pid && p->start_ns != 0) {
        bool same = sk_same_start(p->start_ns, ev->task->start_ns);

        if (same && from && from != p) /* what the scan saw may come later in the stream */
            inherit(st, p, from, b->flags);
        return same;
    }
    return !th->inverted && !p->fake && p->clone_ns != 0 && p->image->exec_ns <= p->clone_ns &&
           p->ppid == b->ppid && ev->ts_ns >= p->clone_ns &&
           ev->ts_ns - p->clone_ns < SK_STATE_RECENT_NS;
}

/* Drivers tell it since the boot of the machine. */
static void set_pidns_start(struct sk_state *st, struct sk_proc *p, const struct sk_event *ev)
{
    uint64_t ns = 0, up = sk_boottime_ns(), now = sk_now_ns();

    get_u64(ev, P_CLONE_PIDNS, &ns);
    if (ns != 0)
        p->pidns_init_start_ns = st->ops.live && now > up ? ns + (now - up) : ns;
}

static void describe_child(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th,
                           const struct birth *b)
{
    struct sk_proc *p = th->proc;

    th->flags = b->flags;
    th->inverted = true;
    sk_thread_set_comm(th, sk_ev_text(ev, sk_event_bytes(ev, P_COMM).n ? P_COMM : P_EXE));
    get_u32(ev, P_CLONE_UID, &th->uid);
    get_u32(ev, P_CLONE_GID, &th->gid);
    get_i64(ev, P_CLONE_VTID, &th->vtid);
    get_i64(ev, P_CLONE_VPID, &p->vpid);
    sk_life_set_faults(th, ev);
    if (b->tid != b->pid && p->leader && !p->leader->comm[0]) { /* made with this thread */
        sk_thread_set_comm(p->leader, sk_ev_text(ev, P_COMM));
        p->leader->vtid = p->vpid;
        check_image(st, p, ev);
    }
    if (b->tid != b->pid)
        return;
    sk_life_set_memory(p, ev);
    set_pidns_start(st, p, ev);
    sk_life_set_cgroups(st, p, ev);
    sk_life_set_exec(p, ev->exec);
    if (p->cwd.n == 0)
        sk_string_set_dir(st, &p->cwd, sk_ev_text(ev, P_CWD));
    if (p->vpid == 1)
        p->reaper = true;
    if (ev->task && ev->task->pid == b->pid)
        p->start_ns = ev->task->start_ns;
    if (p->image->exepath.n == 0 || b->from_pid) /* else it was looked up just now */
        check_image(st, p, ev);
}

/* Ids of the child and of whom it is a copy. false: it has none. */
static bool child_ids(struct sk_state *st, const struct sk_event *ev, struct birth *b)
{
    uint32_t ptid = get_id(ev, P_PTID);
    struct sk_proc *from = sk_life_proc_of(st, ptid);

    *b = (struct birth){.tid = get_id(ev, P_TID), .pid = get_id(ev, P_PID)};
    if (b->tid == 0)
        b->tid = sk_narrow_id(ev->tid);
    if (b->pid == 0)
        b->pid = b->tid;
    get_u32(ev, P_CLONE_FLAGS, &b->flags);
    b->ppid = from ? from->pid : ptid;
    if (ev->task && ev->task->pid == b->pid) {
        b->ppid = ev->task->ppid;
        from = sk_state_proc(st, b->ppid);
    } else if (ev->task) { /* it describes the caller, who is not always the parent */
        from = sk_state_proc(st, ev->task->pid);
    }
    if (b->tid != b->pid)
        from = sk_state_proc(st, b->pid);
    b->from_pid = from ? from->pid : 0;
    b->caller_tid = from && from->leader ? from->leader->tid : 0;
    return b->tid != 0;
}

static void fork_child(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out)
{
    struct birth b;
    struct sk_thread *th;

    if (!child_ids(st, ev, &b))
        return;
    th = sk_state_thread(st, b.tid);
    if (st->foreign && th && th->clone_ns && ev->ts_ns - th->clone_ns < SK_STATE_RECENT_NS) {
        *out = th; /* its caller has told everything */
        return;
    }
    if (th && (st->foreign || !already_made(st, ev, th, &b)))
        th = create(st, &b, ev->ts_ns);
    else if (!th && b.from_pid == 0 && b.tid == b.pid) /* nobody to inherit from */
        th = sk_state_look_up(st, b.pid, b.tid);
    if (!th)
        th = create(st, &b, ev->ts_ns);
    if (th)
        describe_child(st, ev, th, &b);
    *out = th;
}

static void set_comm(struct sk_thread *th, const struct sk_event *ev)
{
    sk_thread_set_comm(th, sk_ev_text(ev, sk_event_bytes(ev, P_COMM).n ? P_COMM : P_EXE));
}

/* In a capture of others the caller's own names are what the child has, not what the table says. */
static void describe_by_caller(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    set_comm(th, ev);
    get_u32(ev, P_CLONE_UID, &th->uid);
    get_u32(ev, P_CLONE_GID, &th->gid);
    if (th->tid != th->proc->pid)
        return;
    sk_life_set_memory(th->proc, ev);
    sk_life_set_cgroups(st, th->proc, ev);
    check_image(st, th->proc, ev);
}

/* A caller of whom only the number was known tells now who it is. NULL: no room. */
static struct sk_thread *meet_caller(struct sk_state *st, const struct sk_event *ev,
                                     struct sk_thread *th)
{
    uint32_t tid = th->tid, pid = get_id(ev, P_PID);
    struct sk_proc *p = th->proc;

    if (pid == 0)
        return th;
    if (pid != p->pid) {
        sk_thread_remove(st, th, 0);
        p = sk_state_proc(st, pid);
        if (!p)
            p = sk_proc_new(st, pid);
        th = p ? sk_thread_new(st, p, tid) : NULL;
        if (!th) {
            if (p)
                sk_proc_drop_empty(st, p);
            return NULL;
        }
    }
    p->fake = false;
    p->vpid = -1;
    th->vtid = tid;
    get_i64(ev, P_CLONE_VTID, &th->vtid);
    get_i64(ev, P_CLONE_VPID, &p->vpid);
    sk_proc_set_parent(st, p, get_id(ev, P_PTID));
    set_comm(th, ev);
    check_image(st, p, ev);
    return th;
}

static void fork_caller(struct sk_state *st, const struct sk_event *ev, struct sk_thread *caller,
                        int64_t res)
{
    uint32_t child = sk_narrow_id((uint64_t)res);
    struct birth b = {.tid = child, .from_pid = caller->proc->pid, .caller_tid = caller->tid};
    struct sk_thread *th = sk_state_thread(st, child);

    get_u32(ev, P_CLONE_FLAGS, &b.flags);
    /* The number is one of the caller's namespace; the parent may be another; a vfork child has
     * ended or executed by now. */
    if (b.flags & (CL_NEWPID | CL_CHILD_IN_PIDNS | CL_PARENT | CL_VFORK) ||
        strcmp(ev->info->name, "vfork") == 0 || (caller->vtid != -1 && caller->vtid != caller->tid))
        return;
    b.pid = b.flags & CL_THREAD ? caller->proc->pid : child;
    b.ppid = b.flags & CL_THREAD ? caller->proc->ppid : caller->proc->pid;
    if (ended_lately(st, ev, child, b.ppid))
        return;
    if (th && (th->inverted || ev->task || th->proc == caller->proc))
        return;
    th = create(st, &b, ev->ts_ns);
    if (!th)
        return;
    th->vtid = res;
    if (child == b.pid)
        th->proc->vpid = res;
    if (st->foreign)
        describe_by_caller(st, ev, th);
    else if (child == b.pid)
        sk_life_set_cgroups(st, th->proc, ev);
}

void sk_state_fork(struct sk_state *st, const struct sk_event *ev, struct sk_thread **out)
{
    int64_t res;

    if (!sk_event_i64(ev, P_RES, &res))
        res = -1;
    if (res == 0) {
        fork_child(st, ev, out);
        return;
    }
    *out = sk_state_resolve(st, ev);
    if (*out && res > 0 && st->foreign && (*out)->proc->fake)
        *out = meet_caller(st, ev, *out);
    if (*out && res > 0) {
        uint32_t tid = (*out)->tid;

        fork_caller(st, ev, *out, res);
        *out = sk_state_thread(st, tid);
    }
}
