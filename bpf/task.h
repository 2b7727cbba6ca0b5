/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* task.h - who did it: identities, credentials, namespaces, cgroups. */
#pragma once
#include "fd.h"

#define PF_KTHREAD_ 0x00200000

/* Members that moved. */
struct kernfs_node___old {
    struct kernfs_node___old *parent;
} __attribute__((preserve_access_index));
struct kernfs_node___new {
    struct kernfs_node___new *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kn_parent(struct kernfs_node *kn)
{
    struct kernfs_node___new *n = (void *)kn;
    struct kernfs_node___old *o = (void *)kn;

    if (bpf_core_field_exists(n->__parent)) /* 6.15 */
        return (void *)BPF_CORE_READ(n, __parent);
    return (void *)BPF_CORE_READ(o, parent);
}

static __always_inline struct task_struct *current_task(void)
{
    return (struct task_struct *)bpf_get_current_task();
}

static __always_inline __u32 pid_in(struct pid *pid, __u32 level)
{
    struct upid up = {};

    READ_KERNEL(up, (char *)pid + bpf_core_field_offset(struct pid, numbers) +
                        (level & 31) * bpf_core_type_size(struct upid));
    return up.nr;
}

static __always_inline __u32 pid_level(struct task_struct *task)
{
    return BPF_CORE_READ(task, thread_pid, level);
}

static __always_inline __u32 vtid_of(struct task_struct *task)
{
    struct pid *pid = BPF_CORE_READ(task, thread_pid);

    return pid ? pid_in(pid, BPF_CORE_READ(pid, level)) : 0;
}

/* Number of a group leader's session or process group as seen from pid namespace level `level`. */
static __always_inline __s64 group_id(struct task_struct *task, int type, __u32 level)
{
    struct signal_struct *sig = BPF_CORE_READ(task, signal);
    struct pid *pid = 0;

    if (type == 2)
        pid = BPF_CORE_READ(sig, pids[PIDTYPE_PGID]);
    else
        pid = BPF_CORE_READ(sig, pids[PIDTYPE_SID]);
    return pid ? pid_in(pid, level) : -1;
}

static __always_inline __u64 start_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline __u64 cgroup_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void head_x_task(struct sk_x_task *x, __u32 level, __u32 mntns,
                                        struct sk_bpf_config *cfg)
{
    x->tag = SK_X_TASK;
    x->flags = level ? SK_TASK_PIDNS : 0;
    if (cfg && cfg->host_mntns && mntns != cfg->host_mntns)
        x->flags |= SK_TASK_MNTNS;
}

static __always_inline void finish_x_task(struct sk_rec *r, struct sk_x_task *x)
{
    x->sys_nr = r->nr;
    if (r->compat)
        x->flags |= SK_TASK_COMPAT;
    put_struct(r, x, sizeof(*x), false);
}

/* What extension SK_X_TASK says of a task; the call is not its business. */
static __always_inline void fill_x_task(struct sk_x_task *x, struct task_struct *task,
                                        const struct cred *cred, struct sk_bpf_config *cfg)
{
    __u32 level = pid_level(task);

    x->pid = BPF_CORE_READ(task, tgid);
    x->ppid = BPF_CORE_READ(task, real_parent, tgid);
    x->vtid = vtid_of(task);
    x->vpid = pid_in(BPF_CORE_READ(task, group_leader, thread_pid), level);
    x->uid = BPF_CORE_READ(cred, euid.val);
    x->gid = BPF_CORE_READ(cred, egid.val);
    x->start_ns = start_of(task);
    x->cgroup_id = cgroup_of(task);
    bpf_probe_read_kernel(x->comm, sizeof(x->comm), &task->comm);
    head_x_task(x, level, BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum), cfg);
}

/* Extension SK_X_TASK of r->task. */
static __always_inline void put_x_task(struct sk_rec *r, struct sk_bpf_config *cfg)
{
    struct task_struct *task = (struct task_struct *)r->task;
    struct sk_x_task x = {};

    fill_x_task(&x, task, BPF_CORE_READ(task, cred), cfg);
    finish_x_task(r, &x);
}

/* The helper waits for nobody either, but costs 50 ns. */
static __always_inline void current_comm(struct sk_x_task *x, __u64 task)
{
    __u64 at = task + bpf_core_field_offset(struct task_struct, comm), w[2] = {}, n = 0;

    if (!SK_DIRECT) {
        bpf_get_current_comm(x->comm, sizeof(x->comm));
        return;
    }
    w[0] = text_word(kernel_word(at), &n);
    if (n == 8)
        w[1] = text_word(kernel_word(at + 8), &n);
    __builtin_memcpy(x->comm, w, sizeof(w));
}

/* The same of the current task.  BTF-typed programs read it through pointers, which costs a tenth.  A
 * function of its own for its stack: with that of the deepest parameter it would pass 512 bytes
 * ("combined stack size of 4 calls is 544"). */
__noinline int put_x_current(void)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();

    if (!r)
        return 0;
#ifndef SK_RAW_TP
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) { /* 5.11 */
        struct task_struct *task = bpf_get_current_task_btf();
        __u64 ids = bpf_get_current_pid_tgid();
        __u32 level = task->thread_pid->level;
        struct sk_x_task x = {};

        x.pid = ids >> 32;
        x.ppid = task->real_parent->tgid;
        x.vpid = x.pid;
        x.vtid = (__u32)ids;
        if (level) {
            struct task_struct *plain = (struct task_struct *)r->task;

            x.vtid = vtid_of(plain);
            x.vpid = pid_in(BPF_CORE_READ(plain, group_leader, thread_pid), level);
        }
        x.uid = task->cred->euid.val;
        x.gid = task->cred->egid.val;
        x.start_ns = task->group_leader->start_boottime;
        x.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
        current_comm(&x, r->task);
        head_x_task(&x, level, task->nsproxy ? task->nsproxy->mnt_ns->ns.inum : 0, cfg);
        finish_x_task(r, &x);
        return 0;
    }
#endif
    put_x_task(r, cfg);
    return 0;
}
