/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* preexe.h - EXE bits of processes: found when an image is loaded, inherited, forgotten at the end.
 *
 * An entry must never outlive what it is about, in or out of scope: a number that is used again, or an image
 * that was loaded while nobody looked, would be taken for the old one.  So exec and exit delete wherever they
 * do not know better.  A process without an entry is not known, and its events pass. */
#pragma once
#include "prenet.h"

static __always_inline void pf_forget_exe(__u32 tgid)
{
    bpf_map_delete_elem(&sk_pf_exe, &tgid);
}

/* The image that the current task has just loaded.  A function: it is verified once, and rarely called. */
__noinline int pf_learn_exe(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    __u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct file *exe = exe_of(task);
    const struct sk_pf *pf = pf_get();
    struct sk_tmp *t = tmp_get();
    struct sk_pf_exe e = {};
    struct inode *inode;
    struct dentry *d;

    if (!pf || !t || !exe) {
        pf_forget_exe(tgid);
        return 0;
    }
    inode = BPF_CORE_READ(exe, f_inode);
    d = BPF_CORE_READ(exe, f_path.dentry);
    t->pf.value = t->pf.known = 0;
    if (!is_deleted(d, inode) && !is_memfd(d, BPF_CORE_READ(inode, i_sb, s_magic)))
        pf_path(pf, t, SK_PF_EXE, (__u64)d, (__u64)BPF_CORE_READ(exe, f_path.mnt), task);
    e.gen = pf->gen;
    e.value = t->pf.value;
    e.known = t->pf.known;
    bpf_map_update_elem(&sk_pf_exe, &tgid, &e, BPF_ANY);
    return 0;
}

static __always_inline void pf_inherit_exe(__u32 parent, __u32 child)
{
    struct sk_pf_exe *e = bpf_map_lookup_elem(&sk_pf_exe, &parent), copy;

    if (!e) {
        pf_forget_exe(child);
        return;
    }
    copy = *e;
    bpf_map_update_elem(&sk_pf_exe, &child, &copy, BPF_ANY);
}
