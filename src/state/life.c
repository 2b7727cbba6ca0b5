/* SPDX-License-Identifier: Apache-2.0 */
/* life.c - execution and end of programs. */
#include "state/life.h"
#include "state/fd_event.h"

/* Flag table execve_flags. */
enum { EXE_WRITABLE = 1, EXE_UPPER = 2, EXE_MEMFD = 4, EXE_LOWER = 8 };
/* Flag table execveat_flags, and the code of the event. */
enum { EXEC_EMPTY_PATH = 1, EV_EXECVEAT_ENTER = 330 };

void sk_life_set_memory(struct sk_proc *p, const struct sk_event *ev)
{
    get_i64(ev, P_FDLIMIT, &p->fdlimit);
    get_u64(ev, P_VM_SIZE, &p->vm_size_kb);
    get_u64(ev, P_VM_RSS, &p->vm_rss_kb);
    get_u64(ev, P_VM_SWAP, &p->vm_swap_kb);
}

void sk_life_set_faults(struct sk_thread *th, const struct sk_event *ev)
{
    get_u64(ev, P_PGFT_MAJ, &th->pgft_maj);
    get_u64(ev, P_PGFT_MIN, &th->pgft_min);
}

void sk_life_set_cgroups(struct sk_state *st, struct sk_proc *p, const struct sk_event *ev)
{
    struct sk_str cgroups = sk_event_bytes(ev, P_CGROUPS);

    if (ev->task && ev->task->pid == p->pid && ev->task->cgroup_id)
        p->cgroup_id = ev->task->cgroup_id;
    if (cgroups.n != 0)
        sk_proc_set_cgroups(st, p, cgroups);
}

void sk_life_set_exec(struct sk_proc *p, const struct sk_x_exec *x)
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

void sk_life_inherit_thread(struct sk_thread *th, const struct sk_thread *from)
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

struct sk_proc *sk_life_proc_of(struct sk_state *st, uint32_t tid)
{
    struct sk_thread *th = tid ? sk_state_thread(st, tid) : NULL;

    return th ? th->proc : NULL;
}

static struct sk_str cut_deleted(struct sk_str path)
{
    struct sk_str mark = SK_STR(" (deleted)");

    if (sk_str_ends(path, mark))
        path.n -= mark.n;
    return path;
}

/* Old captures have the file's name where the call began, and it may be one of a descriptor. */
static struct sk_str path_of_enter(struct sk_state *st, const struct sk_event *ev,
                                   struct sk_thread *th)
{
    const struct sk_enter *e = sk_enter_of(th, ev);
    struct sk_fd_op op = {.st = st, .ev = ev, .th = th};
    struct sk_str base;
    bool none;

    if (!e)
        return th->proc->image->exepath; /* nobody told: it stays what it was */
    none = sk_str_eqz(e->bytes, "<NA>");
    base = sk_fd_base(&op, e->dirfd, e->bytes);
    if ((none && !(e->type == EV_EXECVEAT_ENTER && e->flags & EXEC_EMPTY_PATH)) ||
        sk_str_eqz(base, "<UNKNOWN>"))
        return SK_STR("<NA>");
    if (e->type == EV_EXECVEAT_ENTER && e->flags & EXEC_EMPTY_PATH)
        return sk_path_join(st->tmp, SK_STR(""), base);
    return sk_path_join(st->tmp, base, e->bytes);
}

/* A program of a capture that nobody could name is called "<NA>", like all that is not known. */
static struct sk_str name_of(const struct sk_event *ev, unsigned i)
{
    return ev->task ? sk_ev_text(ev, i) : sk_fd_path(ev, i);
}

/* What a capture of an older version does not tell stays as it was. */
static void keep_untold(const struct sk_event *ev, const struct sk_image *old, struct sk_image *im)
{
    if (sk_event_bytes(ev, P_EXEC_ENV).n == 0)
        im->env = old->env;
    if (sk_event_bytes(ev, P_EXEC_FLAGS).n == 0) {
        im->exe_writable = old->exe_writable;
        im->exe_upper = old->exe_upper;
        im->exe_lower = old->exe_lower;
        im->exe_memfd = old->exe_memfd;
    }
    if (sk_event_bytes(ev, P_EXEC_MTIME).n == 0) {
        im->exe_ino = old->exe_ino;
        im->exe_ctime_ns = old->exe_ctime_ns;
        im->exe_mtime_ns = old->exe_mtime_ns;
    }
}

static void exec_image(struct sk_state *st, const struct sk_event *ev, struct sk_thread *th)
{
    struct sk_proc *p = th->proc;
    struct sk_str filename = sk_ev_text(ev, P_EXEC_FILENAME);
    struct sk_str trusted = sk_ev_text(ev, P_EXEC_TRUSTED);
    struct sk_image im = {
        .comm = name_of(ev, sk_event_bytes(ev, P_COMM).n ? P_COMM : P_EXE),
        .exe = name_of(ev, P_EXE),
        .args = sk_event_bytes(ev, P_ARGS),
        .env = sk_event_bytes(ev, P_EXEC_ENV),
        .filename = filename,
        .exepath = cut_deleted(trusted),
        .exec_ns = ev->ts_ns,
        .exe_dev = ev->exec ? ev->exec->exe_dev : 0,
    };
    uint32_t flags = 0;

    if (!ev->task && sk_event_bytes(ev, P_EXEC_TRUSTED).n == 0)
        im.exepath = cut_deleted(path_of_enter(st, ev, th));
    else if (ev->task && trusted.n == 0 && filename.n != 0)
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
    if (!ev->task)
        keep_untold(ev, p->image, &im);
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
        sk_life_inherit_thread(leader, th);
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
        struct sk_proc *parent = sk_life_proc_of(st, ptid);

        sk_proc_set_parent(st, p, parent ? parent->pid : ptid);
    }
    if (!ev->task && p->fake) {
        th->vtid = th->tid;
        p->vpid = p->pid;
    }
    sk_string_set_dir(st, &p->cwd, sk_ev_text(ev, P_CWD));
    exec_image(st, ev, th);
    sk_life_set_memory(p, ev);
    sk_life_set_faults(th, ev);
    sk_life_set_cgroups(st, p, ev);
    sk_life_set_exec(p, ev->exec);
    sk_thread_set_comm(th, name_of(ev, sk_event_bytes(ev, P_COMM).n ? P_COMM : P_EXE));
    if (!ev->task) {
        p->pgid = -1;
        sk_fd_on_exec(st, p);
    }
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
