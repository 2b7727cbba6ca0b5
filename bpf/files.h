/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* files.h - what a struct file is: its kind, device, layer, name. */
#pragma once
#include "msg.h"

#define S_IFMT_   0170000
#define S_IFSOCK_ 0140000
#define S_IFREG_  0100000
#define S_IFDIR_  0040000
#define S_IFIFO_  0010000

#define SOCKFS_MAGIC_    0x534F434B
#define PIPEFS_MAGIC_    0x50495045
#define ANON_MAGIC_      0x09041934
#define TMPFS_MAGIC_     0x01021994
#define OVERLAY_MAGIC_   0x794c7630
#define NSFS_MAGIC_      0x6e736673
#define PIDFS_MAGIC_     0x50494446
#define HUGETLBFS_MAGIC_ 0x958458f6

static __always_inline __u64 file_of(struct task_struct *task, __s64 fd)
{
    __u64 fdt;

    if (fd < 0)
        return 0;
    fdt = (__u64)BPF_CORE_READ(task, files, fdt);
    if (!fdt || (__u64)fd >= BPF_CORE_READ((struct fdtable *)fdt, max_fds))
        return 0;
    return kernel_word((__u64)BPF_CORE_READ((struct fdtable *)fdt, fd) + 8 * fd);
}

/* struct file of the descriptor that the call was given as its first argument. */
static __always_inline __u64 given_file(struct sk_rec *r)
{
    return r->ring ? r->ring_file : file_of((struct task_struct *)r->task, (__s32)r->arg[0]);
}

/* struct file of the descriptor that the call returned; found once a record. */
static __always_inline __u64 result_file(struct sk_rec *r)
{
    if (!r->file_known) {
        r->file = file_of((struct task_struct *)r->task, r->ret);
        r->file_known = 1;
    }
    return r->file;
}

/* major << 20 | minor of the kernel -> the encoding of stat(2), which the dev parameters hold. */
static __always_inline __u32 dev_encode(__u32 dev)
{
    __u32 major = dev >> 20, minor = dev & 0xfffff;

    return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/* As the kernel numbers it: what the extensions hold. */
static __always_inline __u32 inode_dev(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_sb, s_dev);
}

/* No directory holds the name any more: the kernel took it out of its table of names, or the last link
 * is gone (file systems that keep such names: overlay, NFS). */
static __always_inline bool is_deleted(struct dentry *d, struct inode *inode)
{
    return (!BPF_CORE_READ(d, d_hash.pprev) && BPF_CORE_READ(d, d_parent) != d) ||
           !BPF_CORE_READ(inode, __i_nlink);
}

/* overlayfs puts the upper dentry right behind the inode it embeds (struct ovl_inode).  Its type lives in
 * a module, so CO-RE cannot name it; the order has held since 4.14. */
static __always_inline __u32 layer_in(struct inode *inode, __u32 magic)
{
    __u64 upper = 0;

    if (magic != OVERLAY_MAGIC_)
        return 0;
    READ_KERNEL(upper, (char *)inode + bpf_core_type_size(struct inode));
    return upper ? SK_FILE_UPPER : SK_FILE_LOWER;
}

static __always_inline __u32 layer_of(struct inode *inode)
{
    return layer_in(inode, BPF_CORE_READ(inode, i_sb, s_magic));
}

static __always_inline __u8 anon_type(struct dentry *d)
{
    char name[16] = {};

    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(d, d_name.name));
    /* "[eventfd]", "[eventpoll]", "bpf-map", "bpf-prog", "inotify" ... with or without the bracket. */
    char a = name[0] == '[' ? name[1] : name[0], b = name[0] == '[' ? name[2] : name[1];
    char g = name[0] == '[' ? name[6] : name[5];

    if (a == 'e' && b == 'v')
        return g == 'f' ? SK_FD_EVENT : g == 'p' ? SK_FD_EVENTPOLL : SK_FD_UNSUPPORTED;
    if (a == 's' && b == 'i')
        return SK_FD_SIGNALFD;
    if (a == 't' && b == 'i')
        return SK_FD_TIMERFD;
    if (a == 'i' && b == 'n')
        return SK_FD_INOTIFY;
    if (a == 'b' && b == 'p')
        return SK_FD_BPF;
    if (a == 'u' && b == 's')
        return SK_FD_USERFAULTFD;
    if (a == 'i' && b == 'o')
        return SK_FD_IO_URING;
    if (a == 'p' && b == 'i')
        return SK_FD_PIDFD;
    return SK_FD_UNSUPPORTED;
}

static __always_inline bool is_memfd(struct dentry *d, __u32 magic)
{
    char name[8] = {};

    if (magic != TMPFS_MAGIC_ && magic != HUGETLBFS_MAGIC_)
        return false;
    if (BPF_CORE_READ(d, d_parent) != d)
        return false;
    bpf_probe_read_kernel(name, 6, BPF_CORE_READ(d, d_name.name));
    return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' &&
           name[5] == ':';
}

static __always_inline __u8 type_of(struct dentry *d, __u32 magic, __u32 mode)
{
    if (magic == ANON_MAGIC_)
        return anon_type(d);
    if (magic == PIDFS_MAGIC_)
        return SK_FD_PIDFD;
    if (magic == PIPEFS_MAGIC_ || (mode & S_IFMT_) == S_IFIFO_)
        return SK_FD_FIFO;
    if (is_memfd(d, magic))
        return SK_FD_MEMFD;
    if ((mode & S_IFMT_) == S_IFDIR_)
        return SK_FD_DIRECTORY;
    return SK_FD_FILE;
}

/* "net:[4026531840]": what the kernel calls a file that stands for a namespace. */
static __always_inline void ns_as_path(struct sk_tmp *t, struct inode *inode)
{
    struct ns_common *ns = BPF_CORE_READ(inode, i_private);
    const char *name = BPF_CORE_READ(ns, ops, name);
    __u32 n = BPF_CORE_READ(inode, i_ino), len, at = SK_TMP_PATH - 2;
    __u64 begin;

    t->path[SK_TMP_PATH - 1] = 0;
    t->path[at] = ']';
    for (int i = 0; i < 10; i++) { /* inode numbers of namespaces have ten digits */
        t->path[--at] = '0' + n % 10;
        n /= 10;
    }
    t->path[--at] = '[';
    t->path[--at] = ':';
    len = bpf_probe_read_kernel_str(&t->path[SK_TMP_PATH], 32, name);
    if (len < 2 || len > 32)
        return;
    begin = at - (len - 1);
    SK_OPAQUE(begin);
    if (begin > SK_TMP_PATH - 1)
        return;
    bpf_probe_read_kernel(&t->path[begin], len - 1, &t->path[SK_TMP_PATH]);
    t->w[0] = begin;
}

/* The dentry's own name, for what no directory holds ("memfd:x"); `slash` puts a '/' in front. */
static __always_inline void name_as_path(struct sk_tmp *t, struct dentry *d)
{
    __u64 at = SK_TMP_PATH - SK_NAME_MAX;
    __u32 len = BPF_CORE_READ(d, d_name.len);

    if (len > SK_NAME_MAX - 2)
        len = SK_NAME_MAX - 2;
    at = SK_TMP_PATH - 1 - len;
    SK_OPAQUE(at);
    if (at > SK_TMP_PATH - 1)
        return;
    bpf_probe_read_kernel(&t->path[at], len, BPF_CORE_READ(d, d_name.name));
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[0] = at;
}
