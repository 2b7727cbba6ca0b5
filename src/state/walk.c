/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c - all that the state knows, for who writes it down. */
#include "state/walk.h"

#include "state/internal.h"
#include "state/names.h"

struct sk_thread *sk_state_next(const struct sk_state *st, size_t *it)
{
    return sk_map_next(st->threads, it);
}

static void of_image(const struct sk_image *im, struct sk_task_info *ti)
{
    ti->exe = im->exe;
    ti->exepath = im->exepath;
    ti->args = im->args;
    ti->env = im->env;
    ti->exe_dev = im->exe_dev;
    ti->exe_ino = im->exe_ino;
    ti->exe_ctime_ns = im->exe_ctime_ns;
    ti->exe_mtime_ns = im->exe_mtime_ns;
    ti->exe_writable = im->exe_writable;
    ti->exe_upper = im->exe_upper;
    ti->exe_lower = im->exe_lower;
    ti->exe_memfd = im->exe_memfd;
}

static void of_proc(const struct sk_proc *p, struct sk_task_info *ti)
{
    ti->pid = p->pid;
    ti->ppid = p->ppid;
    ti->vpid = p->vpid;
    ti->sid = p->sid;
    ti->pgid = p->pgid;
    ti->vpgid = p->vpgid;
    ti->cwd = p->cwd;
    ti->root = p->root;
    ti->cgroups = p->cgroups;
    ti->loginuid = p->loginuid;
    ti->tty = p->tty;
    ti->fdlimit = p->fdlimit;
    ti->vm_size_kb = p->vm_size_kb;
    ti->vm_rss_kb = p->vm_rss_kb;
    ti->vm_swap_kb = p->vm_swap_kb;
    ti->start_ns = p->start_ns;
    ti->clone_ns = p->clone_ns;
    ti->pidns_init_start_ns = p->pidns_init_start_ns;
    ti->cgroup_id = p->cgroup_id;
    ti->ns_pid = p->ns_pid;
    ti->ns_mnt = p->ns_mnt;
    ti->ns_net = p->ns_net;
    ti->ns_user = p->ns_user;
    ti->ns_uts = p->ns_uts;
    ti->ns_ipc = p->ns_ipc;
    ti->ns_cgroup = p->ns_cgroup;
}

void sk_state_task_info(const struct sk_thread *th, struct sk_task_info *out)
{
    *out = (struct sk_task_info){
        .tid = th->tid,
        .vtid = th->vtid,
        .comm = sk_whole_comm(th->comm, th->proc->image),
        .uid = th->uid,
        .gid = th->gid,
        .flags = th->flags,
        .cap_inheritable = th->cap_inheritable,
        .cap_permitted = th->cap_permitted,
        .cap_effective = th->cap_effective,
        .pgft_maj = th->pgft_maj,
        .pgft_min = th->pgft_min,
    };
    of_image(th->proc->image, out);
    of_proc(th->proc, out);
}

void sk_state_add_more(struct sk_state *st, const struct sk_task_info *ti)
{
    struct sk_proc *p = sk_state_proc(st, ti->tid);

    if (!p)
        return;
    st->changes++;
    p->start_ns = ti->start_ns;
    p->clone_ns = ti->clone_ns;
    p->ns_pid = ti->ns_pid;
    p->ns_mnt = ti->ns_mnt;
    p->ns_net = ti->ns_net;
    p->ns_user = ti->ns_user;
    p->ns_uts = ti->ns_uts;
    p->ns_ipc = ti->ns_ipc;
    p->ns_cgroup = ti->ns_cgroup;
    sk_proc_set_cgroup_id(st, p, ti->cgroup_id);
}

const struct sk_iface *sk_state_ifaces(const struct sk_state *st, size_t *out_n)
{
    *out_n = st->ifaces_n;
    return st->ifaces;
}
