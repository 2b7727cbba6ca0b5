/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* exec.h - execve and execveat.
 *
 * A successful one is taken from sched_process_exec: the new image is in place, the requested file name is
 * still known (bprm->filename), and arm64 reports no number at the call's exit.  Failures come from
 * sys_exit, where the caller's memory is still the one that the arguments point into. */
#pragma once
#include "mmsg.h"
#include "preexe.h"

#define SK_THREAD_SIZE (4 * 4096) /* of a kernel stack: both machines, before 5.15 */

/* Registers of the current task at its entry to the kernel. */
static __always_inline struct pt_regs *current_regs(struct task_struct *task)
{
    __u64 stack;

    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()); /* 5.15 */
    stack = (__u64)BPF_CORE_READ(task, stack);
    return (struct pt_regs *)(stack + SK_THREAD_SIZE - bpf_core_type_size(struct pt_regs));
}

static __always_inline void zero_call(struct sk_rec *r, struct task_struct *task)
{
    r->ret = 0;
    r->nr = 0xffff;
    r->compat = 0;
    r->paths = r->relative = 0;
    r->file = r->file_known = 0;
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
    load_saved_args(r, regs, compat);
    return s->exit_event;
}

/* Parameters 0..14 of the fork and exec rows: res .. cgroups. */
static __always_inline void put_process(struct sk_rec *r, struct task_struct *task,
                                        bool failed_exec, __u64 argv)
{
    put_int(r->ret, 8);
    if (failed_exec)
        put_argv(r, argv);
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

/* argv, envp and filename are the caller's when the call failed; else the task runs the new image, and the
 * name is the kernel's. */
__noinline int put_exec(__u64 task_ptr, __u64 argv, __u64 envp, __u64 filename)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct sk_rec *r = rec_get();
    bool failed;

    if (!r)
        return 0;
    failed = r->ret < 0;
    put_process(r, task, failed, argv);
    if (failed)
        put_vector(envp, 0);
    else
        put_user_strings(BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
    put_int(tty_of(task), 4);
    put_int(group_id(task, 2, pid_level(task)), 8);
    put_int(bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : ~0u, 4);
    put_exe_facts(task_ptr);
    put_int(group_id(task, 2, 0), 8);
    put_int(BPF_CORE_READ(task, cred, egid.val), 4);
    if (r->type == SK_EV_SYSCALL_EXECVE_19_X) {
        if (failed)
            put_user_str(filename);
        else
            put_kernel_str(filename);
    }
    put_x_task(r, config_get());
    put_x_exec(task_ptr);
    submit();
    return 0;
}

struct linux_binprm___fd { /* 5.9 */
    const char *fdpath;
} __attribute__((preserve_access_index));

/* x86 writes the number of execve over that of execveat when it loads the image; what is left is the name
 * that the kernel made of a descriptor, "/dev/fd/N". */
static __always_inline bool is_by_descriptor(struct linux_binprm *bprm)
{
    struct linux_binprm___fd *b = (void *)bprm;
    __u64 name = 0;

    if (bpf_core_field_exists(b->fdpath))
        return BPF_CORE_READ(b, fdpath);
    READ_KERNEL(name, BPF_CORE_READ(bprm, filename));
    return name == 0x2f64662f7665642f; /* "/dev/fd/" */
}

#if defined(__TARGET_ARCH_x86)
#define NR_EXECVEAT_ 322
#else
#define NR_EXECVEAT_ 281
#endif

SK_HOOK(sched_process_exec)
int sk_sched_exec(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct task_struct *task = current_task();
    struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct sk_rec *r;
    __u32 ev;

    if (!cfg || !in_scope(cfg, pid)) {
        pf_forget_exe(pid);
        return 0;
    }
    pf_learn_exe((__u64)task);
    r = rec_get();
    if (!r)
        return 0;
    zero_call(r, task);
    ev = current_call(r, task, true, SK_EV_SYSCALL_EXECVE_19_X);
    if (is_by_descriptor(bprm)) {
        ev = SK_EV_SYSCALL_EXECVEAT_X;
        r->nr = NR_EXECVEAT_;
    }
    r->type = ev;
    if (!wanted(cfg, ev) || !fill_begin())
        return 0;
    put_exec((__u64)task, 0, 0, (__u64)BPF_CORE_READ(bprm, filename));
    return 0;
}

SK_HOOK(sys_exit)
int fill_293_331_exec(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();

    if (!r)
        return 0;
    if (r->type == SK_EV_SYSCALL_EXECVEAT_X) { /* one argument more, in front */
        r->arg[0] = r->arg[1];
        r->arg[1] = r->arg[2];
        r->arg[2] = r->arg[3];
    }
    put_exec(r->task, r->arg[1], r->arg[2], r->arg[0]);
    return 0;
}
