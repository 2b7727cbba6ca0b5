/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* exe.h - the executable of a process: who may change it, where it came from; the namespaces it runs in. */
#pragma once
#include "cgroup.h"

/* Since 6.13 a bit above the nanoseconds says that somebody has asked for the time. */
#define CTIME_NSEC_MASK 0x3fffffff

struct inode___511 { /* 6.11 */
    __s64 i_ctime_sec, i_mtime_sec;
    __u32 i_ctime_nsec, i_mtime_nsec;
} __attribute__((preserve_access_index));
struct timespec64___any {
    __s64 tv_sec;
    long tv_nsec;
} __attribute__((preserve_access_index));
struct inode___66 { /* 6.6 */
    struct timespec64___any __i_ctime, i_mtime;
} __attribute__((preserve_access_index));
struct inode___67 { /* 6.7 */
    struct timespec64___any __i_ctime, __i_mtime;
} __attribute__((preserve_access_index));
struct inode___old {
    struct timespec64___any i_ctime, i_mtime;
} __attribute__((preserve_access_index));

static __always_inline __u64 inode_ctime(struct inode *inode)
{
    struct inode___511 *n = (void *)inode;
    struct inode___66 *m = (void *)inode;
    struct inode___old *o = (void *)inode;

    if (bpf_core_field_exists(n->i_ctime_sec))
        return BPF_CORE_READ(n, i_ctime_sec) * 1000000000ull +
               (BPF_CORE_READ(n, i_ctime_nsec) & CTIME_NSEC_MASK);
    if (bpf_core_field_exists(m->__i_ctime))
        return BPF_CORE_READ(m, __i_ctime.tv_sec) * 1000000000ull +
               BPF_CORE_READ(m, __i_ctime.tv_nsec);
    return BPF_CORE_READ(o, i_ctime.tv_sec) * 1000000000ull + BPF_CORE_READ(o, i_ctime.tv_nsec);
}

static __always_inline __u64 inode_mtime(struct inode *inode)
{
    struct inode___511 *n = (void *)inode;
    struct inode___67 *m = (void *)inode;
    struct inode___old *o = (void *)inode;

    if (bpf_core_field_exists(n->i_mtime_sec))
        return BPF_CORE_READ(n, i_mtime_sec) * 1000000000ull + BPF_CORE_READ(n, i_mtime_nsec);
    if (bpf_core_field_exists(m->__i_mtime))
        return BPF_CORE_READ(m, __i_mtime.tv_sec) * 1000000000ull +
               BPF_CORE_READ(m, __i_mtime.tv_nsec);
    return BPF_CORE_READ(o, i_mtime.tv_sec) * 1000000000ull + BPF_CORE_READ(o, i_mtime.tv_nsec);
}
#define FLAG_EXE_WRITABLE 1
#define FLAG_EXE_UPPER    2
#define FLAG_EXE_MEMFD    4
#define FLAG_EXE_LOWER    8

static __always_inline bool in_groups(const struct cred *cred, __u32 gid)
{
    struct group_info *g = BPF_CORE_READ(cred, group_info);
    __u32 n = BPF_CORE_READ(g, ngroups), one = 0;

    if (BPF_CORE_READ(cred, fsgid.val) == gid)
        return true;
    for (__u32 i = 0; i < 32; i++) {
        if (i >= n)
            break;
        READ_KERNEL(one, (char *)g + bpf_core_field_offset(struct group_info, gid) + 4 * i);
        if (one == gid)
            return true;
    }
    return false;
}

#define CAPS_OVER_MODES (1 << 1 | 1 << 3) /* CAP_DAC_OVERRIDE, CAP_FOWNER */

/* Could the task change its own executable?  Its owner can, whatever the mode is now, and who has the
 * capabilities that override modes; else the mode decides.  ACLs are not looked at. */
static __always_inline bool may_write(struct inode *inode, struct task_struct *task)
{
    const struct cred *cred = BPF_CORE_READ(task, cred);
    __u32 mode = BPF_CORE_READ(inode, i_mode);

    if (cap_word(task, 2) & CAPS_OVER_MODES)
        return true;
    if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val))
        return true;
    return mode & (in_groups(cred, BPF_CORE_READ(inode, i_gid.val)) ? 0020 : 0002);
}

static __always_inline struct file *exe_of(struct task_struct *task)
{
    struct mm_struct *mm = BPF_CORE_READ(task, mm);

    return mm ? BPF_CORE_READ(mm, exe_file) : 0;
}

/* flags, capabilities, exe_ino, ctime, mtime, uid, trusted_exepath. */
__noinline int put_exe_facts(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct file *exe = exe_of(task);
    struct inode *inode = BPF_CORE_READ(exe, f_inode);
    struct dentry *d = BPF_CORE_READ(exe, f_path.dentry);
    struct sk_tmp *t = tmp_get();
    __u32 flags = 0, layer, mode = 0;
    bool memfd;

    if (!t)
        return 0;
    memfd = inode && is_memfd(d, BPF_CORE_READ(inode, i_sb, s_magic));
    if (inode) {
        layer = layer_of(inode);
        flags = (may_write(inode, task) ? FLAG_EXE_WRITABLE : 0) |
                (layer & SK_FILE_UPPER ? FLAG_EXE_UPPER : 0) | (memfd ? FLAG_EXE_MEMFD : 0) |
                (layer & SK_FILE_LOWER ? FLAG_EXE_LOWER : 0);
    }
    put_int(flags, 4);
    put_int(cap_word(task, 0), 8);
    put_int(cap_word(task, 1), 8);
    put_int(cap_word(task, 2), 8);
    put_int(inode ? BPF_CORE_READ(inode, i_ino) : 0, 8);
    put_int(inode ? inode_ctime(inode) : 0, 8);
    put_int(inode ? inode_mtime(inode) : 0, 8);
    put_int(BPF_CORE_READ(task, cred, euid.val), 4);
    no_path(t);
    if (memfd) {
        name_as_path(t, d);
    } else if (inode) {
        walk_of((__u64)d, (__u64)BPF_CORE_READ(exe, f_path.mnt), task);
        if (is_deleted(d, inode))
            mode = END_DELETED;
    }
    end_path(0, mode);
    return 0;
}

static __always_inline struct pid_namespace *pidns_of(struct task_struct *task)
{
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    struct upid up = {};

    READ_KERNEL(up, (char *)pid + bpf_core_field_offset(struct pid, numbers) +
                        (BPF_CORE_READ(pid, level) & 31) * bpf_core_type_size(struct upid));
    return up.ns;
}

/* Extension SK_X_EXEC. */
__noinline int put_x_exec(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);
    struct file *exe = exe_of(task);
    struct sk_rec *r = rec_get();
    struct sk_x_exec x = {.tag = SK_X_EXEC};

    if (!r)
        return 0;
    if (exe)
        x.exe_dev = inode_dev(BPF_CORE_READ(exe, f_inode));
    x.sid = group_id(task, 3, 0);
    x.ns_pid = BPF_CORE_READ(pidns_of(task), ns.inum);
    x.ns_mnt = BPF_CORE_READ(ns, mnt_ns, ns.inum);
    x.ns_net = BPF_CORE_READ(ns, net_ns, ns.inum);
    x.ns_user = BPF_CORE_READ(task, cred, user_ns, ns.inum);
    x.ns_uts = BPF_CORE_READ(ns, uts_ns, ns.inum);
    x.ns_ipc = BPF_CORE_READ(ns, ipc_ns, ns.inum);
    x.ns_cgroup = BPF_CORE_READ(ns, cgroup_ns, ns.inum);
    put_struct(r, &x, sizeof(x), false);
    return 0;
}
