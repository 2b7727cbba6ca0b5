/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* life.h - how tasks begin.
 *
 * A child is taken from sched_process_fork, in the parent's context before the child runs: no event of the
 * child can come first, and clones that never return to user mode are seen.  The parent's side and failures
 * come from sys_exit. */
#pragma once
#include "exec.h"

#define CLONE_VM_              0x100
#define CLONE_VFORK_           0x4000
#define CLONE_NEWPID_          0x20000000
#define W_CLONE_CHILD_IN_PIDNS 0x20000000 /* of the wire */

/* Is the child of this task in a pid namespace that is not the initial one? */
static __always_inline bool makes_pidns_child(struct task_struct *parent, __u64 flags)
{
    return (flags & CLONE_NEWPID_) || pid_level(parent) ||
           BPF_CORE_READ(parent, nsproxy, pid_ns_for_children) != pidns_of(parent);
}

/* Clone flags of the call in r, as wire flags. */
static __always_inline __u32 fork_flags(struct sk_rec *r, struct task_struct *task, bool child)
{
    __u64 v = 0;
    __u32 out;

    if (r->type == SK_EV_SYSCALL_CLONE_20_X && r->nr != 0xffff)
        v = r->arg[0];
    else if (r->type == SK_EV_SYSCALL_CLONE3_X)
        v = user_u64(r->arg[0]);
    else if (r->type == SK_EV_SYSCALL_VFORK_20_X)
        v = CLONE_VFORK_ | CLONE_VM_;
    out = translate(KF_clone, v);
    if (child ? pid_level(task) != 0 : makes_pidns_child(task, v))
        out |= W_CLONE_CHILD_IN_PIDNS;
    return out;
}

__noinline int put_fork(__u64 task_ptr, __u32 child)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();
    __u64 start;

    if (!r || !cfg)
        return 0;
    put_process(r, task, false, 0);
    put_int(fork_flags(r, task, child), 4);
    put_int(BPF_CORE_READ(task, cred, euid.val), 4);
    put_int(BPF_CORE_READ(task, cred, egid.val), 4);
    put_int(vtid_of(task), 8);
    put_int(pid_in(BPF_CORE_READ(task, group_leader, thread_pid), pid_level(task)), 8);
    start = BPF_CORE_READ(pidns_of(task), child_reaper, start_boottime);
    put_int(start, 8);
    put_x_task(r, cfg);
    put_x_exec(task_ptr);
    submit();
    return 0;
}

/* The parent's side of clone, fork, vfork and clone3. */
SK_HOOK(sys_exit)
int fill_223_225_227_335_fork(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();

    if (r)
        put_fork(r->task, 0);
    return 0;
}

SK_HOOK(sched_process_fork)
int sk_sched_fork(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct task_struct *task = current_task();
    struct task_struct *child = (struct task_struct *)ctx[1];
    __u32 pid = bpf_get_current_pid_tgid() >> 32, child_pid;
    struct sk_rec *r;
    __u8 one = 1;

    if (!cfg || !in_scope(cfg, pid))
        return 0;
    if (BPF_CORE_READ(child, flags) & PF_KTHREAD_)
        return 0;
    child_pid = BPF_CORE_READ(child, tgid);
    if (cfg->scope == SK_SCOPE_PID && child_pid != pid)
        bpf_map_update_elem(&sk_scope_pid, &child_pid, &one, 0);
    if (child_pid != pid)
        pf_inherit_exe(pid, child_pid);
    r = rec_get();
    if (!r)
        return 0;
    zero_call(r, child);
    r->type = current_call(r, task, false, SK_EV_SYSCALL_CLONE_20_X);
    if (!wanted(cfg, r->type) || !fill_begin())
        return 0;
    r->tid = BPF_CORE_READ(child, pid);
    put_fork(r->task, 1);
    return 0;
}
