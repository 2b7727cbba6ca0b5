/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* proc.h - what execve and fork tell about a process: memory, limits, terminal, cgroups, executable. */
#pragma once
#include "value.h"

/* Members that moved or changed their type. */
struct mm_rss_stat___old { /* until 6.2 */
    int events;
} __attribute__((preserve_access_index));
struct mm_struct___old {
    struct mm_rss_stat___old rss_stat;
} __attribute__((preserve_access_index));

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
        return BPF_CORE_READ(n, i_ctime_sec) * 1000000000ull + BPF_CORE_READ(n, i_ctime_nsec);
    if (bpf_core_field_exists(m->__i_ctime))
        return BPF_CORE_READ(m, __i_ctime.tv_sec) * 1000000000ull + BPF_CORE_READ(m, __i_ctime.tv_nsec);
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
        return BPF_CORE_READ(m, __i_mtime.tv_sec) * 1000000000ull + BPF_CORE_READ(m, __i_mtime.tv_nsec);
    return BPF_CORE_READ(o, i_mtime.tv_sec) * 1000000000ull + BPF_CORE_READ(o, i_mtime.tv_nsec);
}

/* An array of atomics, of per-CPU counters since 6.2.  Functions of their own: the compiler would move the
 * offsets of both ahead of the branch, and the one that does not exist there is refused. */
static __noinline __u64 rss_at_old(__u64 mm, __u32 which)
{
    __s64 v = 0;

    READ_KERNEL(v, mm + bpf_core_field_offset(struct mm_struct___old, rss_stat) + 8 * which);
    return v < 0 ? 0 : v;
}

static __noinline __u64 rss_at_new(__u64 mm, __u32 which)
{
    __s64 v = 0;

    READ_KERNEL(v, mm + bpf_core_field_offset(struct mm_struct, rss_stat) +
                       bpf_core_type_size(struct percpu_counter) * which +
                       bpf_core_field_offset(struct percpu_counter, count));
    return v < 0 ? 0 : v;
}

static __always_inline __u64 rss_pages(struct mm_struct *mm, __u32 which)
{
    if (bpf_core_type_exists(struct mm_rss_stat___old))
        return rss_at_old((__u64)mm, which);
    return rss_at_new((__u64)mm, which);
}

/* fdlimit .. vm_swap: six parameters that execve and fork have in common. */
__noinline int put_usage(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);

    put_int(BPF_CORE_READ(task, signal, rlim[7].rlim_cur), 8);
    put_int(BPF_CORE_READ(task, maj_flt), 8);
    put_int(BPF_CORE_READ(task, min_flt), 8);
    put_int(mm ? BPF_CORE_READ(mm, total_vm) << 2 : 0, 4);
    put_int(mm ? (rss_pages(mm, 0) + rss_pages(mm, 1) + rss_pages(mm, 3)) << 2 : 0, 4);
    put_int(mm ? rss_pages(mm, 2) << 2 : 0, 4);
    return 0;
}

/* NUL-separated strings of [from, to) of the current address space; the last byte is always NUL. */
__noinline int put_user_strings(__u64 from, __u64 to)
{
    struct sk_rec *r = rec_get();
    __u64 n, last;

    if (!r)
        return 0;
    n = to > from ? to - from : 0;
    if (n > SK_ARGS_MAX)
        n = SK_ARGS_MAX;
    put_user_bytes(from, n);
    last = SK_HEAD_MAX + r->used - 1;
    SK_OPAQUE(last);
    if (!r->len[(r->nparams - 1) & 63] || last > SK_HEAD_MAX + SK_DATA_MAX)
        return 0;
    r->buf[last] = 0;
    return 0;
}

/* exe and args from the address space of the current task. */
__noinline int put_exe_args(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct sk_rec *r = rec_get();
    __u64 start, end;

    if (!r)
        return 0;
    start = BPF_CORE_READ(mm, arg_start);
    end = BPF_CORE_READ(mm, arg_end);
    put_user_str(start);
    put_user_strings(start + r->len[(r->nparams - 1) & 63], end);
    return 0;
}

/* exe and args of an execve that failed: still in the caller's argv. */
__noinline int put_argv(__u64 argv, __u32 word)
{
    struct sk_rec *r = rec_get();
    __u32 first;
    __u64 at, ptr = 0;

    if (!r)
        return 0;
    bpf_probe_read_user(&ptr, word & 15, (void *)argv);
    put_user_str(ptr);
    first = r->used;
    for (int i = 1; i < 64; i++) {
        long n;

        ptr = 0;
        if (bpf_probe_read_user(&ptr, word & 15, (void *)(argv + i * word)) || !ptr)
            break;
        if (r->used - first >= SK_ARGS_MAX - 1)
            break;
        at = room(r, SK_PATH_MAX);
        if (!at)
            break;
        n = bpf_probe_read_user_str(&r->buf[at], SK_PATH_MAX, (void *)ptr);
        if (n <= 0)
            break;
        if (r->used - first + n > SK_ARGS_MAX)
            break;
        r->used += n;
    }
    r->len[r->nparams & 63] = r->used - first;
    r->nparams++;
    return 0;
}

__noinline int put_cwd(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    struct sk_tmp *t = tmp_get();

    if (!t)
        return 0;
    no_path(t);
    walk_of((__u64)BPF_CORE_READ(fs, pwd.dentry), (__u64)BPF_CORE_READ(fs, pwd.mnt), task);
    end_path(0, END_SLASH);
    return 0;
}

__noinline int put_comm(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;

    put_kernel_str((__u64)&task->comm);
    return 0;
}

/* One "name=path" into the open cgroups parameter.  name: up to 8 characters with '=', little-endian. */
__noinline int add_cgroup(__u64 kn_ptr, __u64 name, __u32 name_len)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct kernfs_node *kn = (struct kernfs_node *)kn_ptr;
    __u64 pos = SK_TMP_PATH - 1, at;
    long n;

    if (!r || !t)
        return 0;
    t->path[SK_TMP_PATH - 1] = 0;
    for (int i = 0; i < 24; i++) {
        struct kernfs_node *up = kn ? kn_parent(kn) : 0;
        long len;

        if (!up)
            break;
        /* Read to learn its length, then again to where it ends. */
        len = bpf_probe_read_kernel_str(&t->path[SK_TMP_PATH], SK_NAME_MAX, BPF_CORE_READ(kn, name));
        if (len <= 1 || len > SK_NAME_MAX || pos < (__u64)len + 1)
            break;
        pos -= len - 1;
        SK_OPAQUE(pos);
        if (pos > SK_TMP_PATH - 1)
            break;
        __u64 m = len - 1;
        SK_OPAQUE(m);
        if (m > SK_NAME_MAX - 1)
            break;
        bpf_probe_read_kernel(&t->path[pos], m, &t->path[SK_TMP_PATH]);
        pos--;
        SK_OPAQUE(pos);
        if (pos > SK_TMP_PATH - 1)
            break;
        t->path[pos] = '/';
        kn = up;
    }
    if (pos == SK_TMP_PATH - 1) {
        pos = SK_TMP_PATH - 2;
        t->path[SK_TMP_PATH - 2] = '/';
    }
    at = room(r, 1024);
    if (!at)
        return 0;
    __builtin_memcpy(&r->buf[at], &name, 8);
    r->used += name_len & 15;
    at = room(r, 1024);
    SK_OPAQUE(pos);
    if (!at || pos > SK_TMP_PATH - 1)
        return 0;
    n = bpf_probe_read_kernel_str(&r->buf[at], 1000, &t->path[pos]);
    if (n > 0)
        r->used += n;
    return 0;
}

#define ADD_SUBSYS(set, id, text, n)                                                             \
    if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id)) {                                 \
        struct cgroup_subsys_state *css_ = 0;                                                    \
                                                                                                 \
        READ_KERNEL(css_, (char *)(set) + bpf_core_field_offset(struct css_set, subsys) +        \
                              8 * bpf_core_enum_value(enum cgroup_subsys_id, id));               \
        if (css_)                                                                                \
            add_cgroup((__u64)BPF_CORE_READ(css_, cgroup, kn), text, n);                         \
    }

#define TEXT8(a, b, c, d, e, f, g, h)                                                            \
    ((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 |     \
     (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

__noinline int put_cgroups(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct css_set *set = BPF_CORE_READ(task, cgroups);
    struct sk_rec *r = rec_get();
    __u32 first;

    if (!r)
        return 0;
    first = r->used;
    ADD_SUBSYS(set, cpuset_cgrp_id, TEXT8('c', 'p', 'u', 's', 'e', 't', '=', 0), 7);
    ADD_SUBSYS(set, cpu_cgrp_id, TEXT8('c', 'p', 'u', '=', 0, 0, 0, 0), 4);
    ADD_SUBSYS(set, cpuacct_cgrp_id, TEXT8('c', 'p', 'u', 'a', 'c', 'c', 't', '='), 8);
    ADD_SUBSYS(set, io_cgrp_id, TEXT8('i', 'o', '=', 0, 0, 0, 0, 0), 3);
    ADD_SUBSYS(set, memory_cgrp_id, TEXT8('m', 'e', 'm', 'o', 'r', 'y', '=', 0), 7);
    add_cgroup((__u64)BPF_CORE_READ(set, dfl_cgrp, kn), TEXT8('u', 'n', 'i', 'f', 'i', 'e', 'd', '='), 8);
    r->len[r->nparams & 63] = r->used - first;
    r->nparams++;
    return 0;
}

static __always_inline __u32 tty_of(struct task_struct *task)
{
    struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
    __u32 major, minor;

    if (!tty)
        return 0;
    major = BPF_CORE_READ(tty, driver, major);
    minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
    return dev_encode(major << 20 | (minor & 0xfffff));
}

#define FLAG_EXE_WRITABLE 1
#define FLAG_EXE_UPPER    2
#define FLAG_EXE_MEMFD    4
#define FLAG_EXE_LOWER    8

/* Could the task's own credentials write to the executable?  Mode bits and CAP_DAC_OVERRIDE; ACLs and
 * supplementary groups are not looked at. */
static __always_inline bool may_write(struct inode *inode, struct task_struct *task)
{
    const struct cred *cred = BPF_CORE_READ(task, cred);
    __u32 mode = BPF_CORE_READ(inode, i_mode);

    if (cap_word(task, 2) & 2)
        return true;
    if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val))
        return mode & 0200;
    if (BPF_CORE_READ(cred, fsgid.val) == BPF_CORE_READ(inode, i_gid.val))
        return mode & 0020;
    return mode & 0002;
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
        if (!BPF_CORE_READ(inode, __i_nlink))
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
