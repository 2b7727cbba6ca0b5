/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* end.h - how tasks end: sched_process_exit, in the dying thread, before its children find a new parent. */
#pragma once
#include "life.h"

/* Who gets the children of a task that ends: a living thread of its group, the nearest subreaper, or the
 * init of its pid namespace.  0 when there are no children. */
static __always_inline __u32 reaper_of(struct task_struct *task)
{
    struct signal_struct *sig = BPF_CORE_READ(task, signal);
    struct list_head *kids = BPF_CORE_READ(task, children.next);
    struct task_struct *t = task;

    if ((char *)kids == (char *)task + bpf_core_field_offset(struct task_struct, children))
        return 0;
    for (int i = 0; i < 16; i++) {
        struct list_head *next = BPF_CORE_READ(t, thread_node.next);

        if ((char *)next == (char *)sig + bpf_core_field_offset(struct signal_struct, thread_head))
            next = BPF_CORE_READ(sig, thread_head.next);
        t = (struct task_struct *)((char *)next -
                                   bpf_core_field_offset(struct task_struct, thread_node));
        if (t == task)
            break;
        if (!(BPF_CORE_READ(t, flags) & 4)) /* PF_EXITING */
            return BPF_CORE_READ(t, pid);
    }
    if (BPF_CORE_READ_BITFIELD_PROBED(sig, has_child_subreaper)) {
        t = task;
        for (int i = 0; i < 16; i++) {
            t = BPF_CORE_READ(t, real_parent);
            sig = BPF_CORE_READ(t, signal);
            if (BPF_CORE_READ(t, pid) <= 1)
                break;
            if (BPF_CORE_READ_BITFIELD_PROBED(sig, is_child_subreaper))
                return BPF_CORE_READ(t, pid);
        }
    }
    return BPF_CORE_READ(pidns_of(task), child_reaper, pid);
}

static __always_inline void tell_exit(struct sk_bpf_config *cfg, struct task_struct *task,
                                      __u32 pid)
{
    __u32 flags = BPF_CORE_READ(task, flags), code;
    struct sk_rec *r = rec_get();

    if (!r || flags & (PF_KTHREAD_ | 0x10)) /* PF_IO_WORKER: its beginning is no event either */
        return;
    zero_call(r, task);
    r->type = SK_EV_PROCEXIT_1_E;
    if (!wanted(cfg, r->type) || !fill_begin())
        return;
    code = BPF_CORE_READ(task, exit_code);
    put_int(code, 8);
    put_int(code >> 8 & 0xff, 8);
    put_int(code & 0x7f, 1);
    put_int((code & 0x80) != 0, 1);
    put_int(reaper_of(task), 8);
    put_x_task(r, cfg);
    submit();
}

SK_HOOK(sched_process_exit)
int sk_sched_exit(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct task_struct *task = current_task();
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    bool last;

    if (!cfg || !cfg->ready)
        return 0;
    last = !BPF_CORE_READ(task, signal, live.counter);
    if (last)
        pf_forget_exe(pid);
    if (!in_scope(cfg, pid))
        return 0;
    tell_exit(cfg, task, pid);
    if (last && cfg->scope == SK_SCOPE_PID)
        bpf_map_delete_elem(&sk_scope_pid, &pid);
    return 0;
}
