/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* life.h - how processes begin and change.
 *
 * A successful execve is taken from sched_process_exec: the new image is in place, the requested file
 * name is still known (bprm->filename), and arm64 reports no number at the call's exit.  A child is taken
 * from sched_process_fork, in the parent's context before the child runs: no event of the child can come
 * first, and clones that never return to user mode are seen.  Failures and the parent's side of a fork
 * come from sys_exit (fill_* below). */
#pragma once
#include "exit.h"

/* Registers of the current task at its entry to the kernel. */
static __always_inline struct pt_regs *current_regs(struct task_struct *task)
{
    __u64 stack;

    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()); /* 5.15 */
    stack = (__u64)BPF_CORE_READ(task, stack);
    return (struct pt_regs *)(stack + 4 * 4096 - sizeof(struct pt_regs));
}

static __always_inline void zero_call(struct sk_rec *r, struct task_struct *task)
{
    r->ret = 0;
    r->nr = 0xffff;
    r->compat = 0;
    r->paths = r->relative = 0;
    r->task = (__u64)task;
}

/* Which of the fork or exec calls is the current task in?  `dflt` when it is in none. */
static __always_inline __u32 current_call(struct sk_rec *r, struct task_struct *task, bool exec,
                                          __u32 dflt)
{
    struct pt_regs *regs = current_regs(task);
    bool compat = is_compat(task);
    __s32 nr = native_nr(saved_nr(regs), compat);
    __u32 key = nr;
    struct sk_bpf_syscall *s = nr < 0 ? 0 : bpf_map_lookup_elem(&sk_syscalls, &key);

    if (!s)
        return dflt;
    if (exec ? !is_exec(s->exit_event) : !is_fork(s->exit_event))
        return dflt;
    r->nr = nr;
    r->compat = compat;
    load_regs(r, regs, compat);
    return s->exit_event;
}

/* Parameters 0..14 of the fork and exec rows: res .. cgroups. */
static __always_inline void put_process(struct sk_rec *r, struct task_struct *task, __u64 argv)
{
    put_int(r->ret, 8);
    if (argv)
        put_argv(argv, r->compat ? 4 : 8);
    else
        put_exe_args((__u64)current_task());
    put_int(BPF_CORE_READ(task, pid), 8);
    put_int(BPF_CORE_READ(task, tgid), 8);
    put_int(BPF_CORE_READ(task, real_parent, tgid), 8);
    put_cwd((__u64)task);
    put_usage((__u64)task);
    put_comm((__u64)task);
    put_cgroups((__u64)task);
}

__noinline int put_exec(__u64 task_ptr, __u64 argv, __u64 filename)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct sk_rec *r = rec_get();

    if (!r)
        return 0;
    put_process(r, task, argv);
    if (argv)
        put_empty(); /* the environment of a failed call is not looked at */
    else
        put_user_strings(BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
    put_int(tty_of(task), 4);
    put_int(group_id(task, 2, pid_level(task)), 8);
    put_int(bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : ~0u, 4);
    put_exe_facts(task_ptr);
    put_int(group_id(task, 2, 0), 8);
    put_int(BPF_CORE_READ(task, cred, egid.val), 4);
    if (r->type == SK_EV_SYSCALL_EXECVE_19_X) {
        if (argv)
            put_user_str(filename);
        else
            put_kernel_str(filename);
    }
    put_x_task(r, config_get());
    put_x_exec(task_ptr);
    submit();
    return 0;
}

SK_HOOK(sched_process_exec)
int sk_sched_exec(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct task_struct *task = current_task();
    struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
    struct sk_rec *r;
    __u32 ev;

    if (!cfg || !in_scope(cfg, bpf_get_current_pid_tgid() >> 32))
        return 0;
    r = rec_get();
    if (!r)
        return 0;
    zero_call(r, task);
    ev = current_call(r, task, true, SK_EV_SYSCALL_EXECVE_19_X);
    r->type = ev;
    if (!wanted(cfg, ev) || !fill_begin())
        return 0;
    put_exec((__u64)task, 0, (__u64)BPF_CORE_READ(bprm, filename));
    return 0;
}

SK_HOOK(sys_exit)
int fill_293_execve(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();

    if (r)
        put_exec(r->task, r->arg[1], r->arg[0]);
    return 0;
}

SK_HOOK(sys_exit)
int fill_331_execveat(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();

    if (r)
        put_exec(r->task, r->arg[2], r->arg[1]);
    return 0;
}

/* Clone flags of the call in r, as wire flags. */
static __always_inline __u32 fork_flags(struct sk_rec *r, struct task_struct *task, bool child)
{
    __u64 v = 0;
    __u32 out;

    if (r->type == SK_EV_SYSCALL_CLONE_20_X && r->nr != 0xffff)
        v = r->arg[0];
    else if (r->type == SK_EV_SYSCALL_CLONE3_X)
        v = msg_word(r->arg[0], 0);
    else if (r->type == SK_EV_SYSCALL_VFORK_20_X)
        v = 0x4100; /* CLONE_VFORK | CLONE_VM */
    out = translate(KF_clone, v);
    if (child && pid_level(task))
        out |= 0x20000000; /* CLONE_CHILD_IN_PIDNS */
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
    put_process(r, task, 0);
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

#define FILL_FORK(code, name)                                                                    \
    SK_HOOK(sys_exit)                                                                            \
    int fill_##code##_##name(__u64 *ctx)                                                         \
    {                                                                                            \
        struct sk_rec *r = fill_begin();                                                         \
                                                                                                 \
        if (r)                                                                                   \
            put_fork(r->task, 0);                                                                \
        return 0;                                                                                \
    }
FILL_FORK(223, clone)
FILL_FORK(225, fork)
FILL_FORK(227, vfork)
FILL_FORK(335, clone3)

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
