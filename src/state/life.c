/* SPDX-License-Identifier: Apache-2.0 */
/* life.c - creation, execution and end of threads.
 *
 * Creation is told twice: by the child (result 0), which knows itself, and by the caller (result:
 * the child's id).  Either may come first or be lost; whoever comes second finds the entry and
 * leaves it. */
#include "state/internal.h"

/* Parameters of the rows of clone, fork, vfork and clone3; execve and execveat begin alike. */
enum {
    P_RES,
    P_EXE,
    P_ARGS,
    P_TID,
    P_PID,
    P_PTID,
    P_CWD,
    P_FDLIMIT,
    P_PGFT_MAJ,
    P_PGFT_MIN,
    P_VM_SIZE,
    P_VM_RSS,
    P_VM_SWAP,
    P_COMM,
    P_CGROUPS,
    P_CLONE_FLAGS = 15,
    P_CLONE_UID,
    P_CLONE_GID,
    P_CLONE_VTID,
    P_CLONE_VPID,
    P_CLONE_PIDNS,
    P_EXEC_ENV = 15,
    P_EXEC_TTY,
    P_EXEC_VPGID,
    P_EXEC_LOGINUID,
    P_EXEC_FLAGS,
    P_EXEC_CAP_INH,
    P_EXEC_CAP_PRM,
    P_EXEC_CAP_EFF,
    P_EXEC_INO,
    P_EXEC_CTIME,
    P_EXEC_MTIME,
    P_EXEC_UID,
    P_EXEC_TRUSTED,
    P_EXEC_PGID,
    P_EXEC_GID,
    P_EXEC_FILENAME,
};

/* Falco's numbers (flag table clone_flags). */
enum {
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

/* Flag table execve_flags. */
enum { EXE_WRITABLE = 1, EXE_UPPER = 2, EXE_MEMFD = 4, EXE_LOWER = 8 };

/* A capture may hold any number: ids outside of 1..2^32-1 are none. */
static uint32_t get_id(const struct sk_event *ev, unsigned i)
{
    int64_t v;

    return sk_event_i64(ev, i, &v) && v > 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static void get_u64(const struct sk_event *ev, unsigned i, uint64_t *out)
{
    uint64_t v;

    if (sk_event_u64(ev, i, &v))
        *out = v;
}

static void get_i64(const struct sk_event *ev, unsigned i, int64_t *out)
{
    int64_t v;

    if (sk_event_i64(ev, i, &v))
        *out = v;
}

static void get_u32(const struct sk_event *ev, unsigned i, uint32_t *out)
{
    uint64_t v;

    if (sk_event_u64(ev, i, &v))
        *out = (uint32_t)v;
}

static void set_memory(struct sk_proc *p, const struct sk_event *ev)
{
    get_i64(ev, P_FDLIMIT, &p->fdlimit);
    get_u64(ev, P_PGFT_MAJ, &p->pgft_maj);
    get_u64(ev, P_PGFT_MIN, &p->pgft_min);
    get_u64(ev, P_VM_SIZE, &p->vm_size_kb);
    get_u64(ev, P_VM_RSS, &p->vm_rss_kb);
    get_u64(ev, P_VM_SWAP, &p->vm_swap_kb);
}

static void set_cgroups(struct sk_state *st, struct sk_proc *p, const struct sk_event *ev)
{
    struct sk_str cgroups = sk_event_bytes(ev, P_CGROUPS);

    if (ev->task && ev->task->pid == p->pid && ev->task->cgroup_id)
        p->cgroup_id = ev->task->cgroup_id;
    if (cgroups.n != 0)
        sk_proc_set_cgroups(st, p, cgroups);
}

static void set_exec_ext(struct sk_proc *p, const struct sk_x_exec *x)
{
    if (!x)
        return;
    p->sid = x->sid;
    p->ns_pid = x->ns_pid;
    p->ns_mnt = x->ns_mnt;
    p->ns_net = x->ns_net;
    p->ns_user = x->ns_user;
    p->ns_uts = x->ns_uts;
    p->ns_ipc = x->ns_ipc;
    p->ns_cgroup = x->ns_cgroup;
}

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
}

static void inherit_thread(struct sk_thread *th, const struct sk_thread *from)
{
    memcpy(th->comm, from->comm, sizeof(th->comm));
    if (th->tid == th->proc->pid)
        memcpy(th->proc->comm, th->comm, sizeof(th->comm));
    th->uid = from->uid;
    th->gid = from->gid;
    th->cap_inheritable = from->cap_inheritable;
    th->cap_permitted = from->cap_permitted;
    th->cap_effective = from->cap_effective;
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
    }
    th = sk_thread_new(st, p, b->tid);
    if (!th) {
        sk_proc_drop_empty(st, p);
        return NULL;
    }
    th->flags = b->flags;
    caller = sk_state_thread(st, b->caller_tid);
    if (caller && caller != th)
        inherit_thread(th, caller);
    return th;
}

/* Process of an id that may be that of a thread: ptid is the thread that called. */
static struct sk_proc *proc_of(struct sk_state *st, uint32_t tid)
{
    struct sk_thread *th = tid ? sk_state_thread(st, tid) : NULL;

    return th ? th->proc : NULL;
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
    sk_thread_set_comm(th, sk_ev_text(ev, P_COMM));
    get_u32(ev, P_CLONE_UID, &th->uid);
    get_u32(ev, P_CLONE_GID, &th->gid);
    get_i64(ev, P_CLONE_VTID, &th->vtid);
    get_i64(ev, P_CLONE_VPID, &p->vpid);
    if (b->tid != b->pid)
        return;
    set_memory(p, ev);
    set_pidns_start(st, p, ev);
    set_cgroups(st, p, ev);
    set_exec_ext(p, ev->exec);
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
    struct sk_proc *from = proc_of(st, ptid);

    *b = (struct birth){.tid = get_id(ev, P_TID), .pid = get_id(ev, P_PID)};
    if (b->tid == 0 && ev->tid <= UINT32_MAX)
        b->tid = (uint32_t)ev->tid;
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
    if (th && !already_made(st, ev, th, &b))
        th = create(st, &b, ev->ts_ns);
    else if (!th && b.from_pid == 0 && b.tid == b.pid) /* nobody to inherit from */
        th = sk_state_look_up(st, b.pid, b.tid);
    if (!th)
        th = create(st, &b, ev->ts_ns);
    if (th)
        describe_child(st, ev, th, &b);
    *out = th;
}

static void fork_caller(struct sk_state *st, const struct sk_event *ev, struct sk_thread *caller,
                        uint32_t child)
{
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
    th->vtid = child;
    if (child == b.pid) {
        th->proc->vpid = child;
        set_cgroups(st, th->proc, ev);
    }
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
    if (*out && res > 0 && res <= UINT32_MAX) {
        uint32_t tid = (*out)->tid;

        fork_caller(st, ev, *out, (uint32_t)res);
        *out = sk_state_thread(st, tid);
    }
}

static struct sk_str cut_deleted(struct sk_str path)
{
    struct sk_str mark = SK_STR(" (deleted)");

    if (sk_str_ends(path, mark))
        path.n -= mark.n;
    return path;
}

static void exec_image(struct sk_state *st, const struct sk_event *ev, struct sk_proc *p)
{
    struct sk_str filename = sk_ev_text(ev, P_EXEC_FILENAME);
    struct sk_str trusted = sk_ev_text(ev, P_EXEC_TRUSTED);
    struct sk_image im = {
        .comm = sk_ev_text(ev, P_COMM),
        .exe = sk_ev_text(ev, P_EXE),
        .args = sk_event_bytes(ev, P_ARGS),
        .env = sk_event_bytes(ev, P_EXEC_ENV),
        .filename = filename,
        .exepath = cut_deleted(trusted),
        .exec_ns = ev->ts_ns,
        .exe_dev = ev->exec ? ev->exec->exe_dev : 0,
    };
    uint32_t flags = 0;

    if (trusted.n == 0 && filename.n != 0)
        im.exepath = cut_deleted(sk_path_join(st->tmp, p->cwd, filename));
    get_u32(ev, P_EXEC_FLAGS, &flags);
    im.exe_writable = flags & EXE_WRITABLE;
    im.exe_upper = flags & EXE_UPPER;
    im.exe_lower = flags & EXE_LOWER;
    im.exe_memfd = flags & EXE_MEMFD;
    im.exe_deleted = sk_str_ends(trusted, SK_STR(" (deleted)"));
    get_u64(ev, P_EXEC_INO, &im.exe_ino);
    get_u64(ev, P_EXEC_CTIME, &im.exe_ctime_ns);
    get_u64(ev, P_EXEC_MTIME, &im.exe_mtime_ns);
    sk_image_set(st, p, sk_image_new(st, &im, p->parent ? p->parent->image : NULL));
}

/* The caller becomes the only thread, under the id of the leader. */
static struct sk_thread *take_over(struct sk_state *st, struct sk_thread *th)
{
    struct sk_proc *p = th->proc;

    if (th->tid != p->pid) {
        struct sk_thread *leader = p->leader ? p->leader : sk_thread_new(st, p, p->pid);

        if (!leader)
            return th;
        inherit_thread(leader, th);
        leader->vtid = p->vpid;
        th = leader;
    }
    sk_proc_remove_threads(st, p, th);
    return th;
}

void sk_state_exec(struct sk_state *st, const struct sk_event *ev, struct sk_thread **thread)
{
    struct sk_thread *th = *thread;
    uint32_t ptid = get_id(ev, P_PTID);
    struct sk_proc *p;
    int64_t res;

    if (!sk_event_i64(ev, P_RES, &res) || res != 0)
        return;
    th = *thread = take_over(st, th);
    p = th->proc;
    if (!ev->task && ptid && (p->fake || !p->parent)) {
        struct sk_proc *parent = proc_of(st, ptid);

        sk_proc_set_parent(st, p, parent ? parent->pid : ptid);
    }
    sk_string_set_dir(st, &p->cwd, sk_ev_text(ev, P_CWD));
    exec_image(st, ev, p);
    set_memory(p, ev);
    set_cgroups(st, p, ev);
    set_exec_ext(p, ev->exec);
    sk_thread_set_comm(th, sk_ev_text(ev, P_COMM));
    get_u32(ev, P_EXEC_TTY, &p->tty);
    get_i64(ev, P_EXEC_VPGID, &p->vpgid);
    get_i64(ev, P_EXEC_PGID, &p->pgid);
    get_u32(ev, P_EXEC_LOGINUID, &p->loginuid);
    get_u64(ev, P_EXEC_CAP_INH, &th->cap_inheritable);
    get_u64(ev, P_EXEC_CAP_PRM, &th->cap_permitted);
    get_u64(ev, P_EXEC_CAP_EFF, &th->cap_effective);
    get_u32(ev, P_EXEC_UID, &th->uid);
    get_u32(ev, P_EXEC_GID, &th->gid);
    th->flags = 0;
    p->fake = false;
}

void sk_state_exit(struct sk_state *st, const struct sk_event *ev, struct sk_thread **thread)
{
    struct sk_thread *th = *thread;

    st->dying = th;
    st->dying_reaper = get_id(ev, 4);
    st->recent[th->tid % SK_STATE_RECENT] =
        (struct sk_recent){.tid = th->tid, .ppid = th->proc->ppid, .ts_ns = ev->ts_ns};
}
