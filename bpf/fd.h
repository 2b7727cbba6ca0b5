/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* fd.h - what a descriptor or a directory argument really is, as extension parameters. */
#pragma once
#include "peer.h"

/* Extension SK_X_FILE of one file. */
__noinline int put_x_file(__u64 file_ptr, __s64 fd, __u32 role, __u64 task_ptr)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct file *file = (struct file *)file_ptr;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    struct dentry *d = BPF_CORE_READ(file, f_path.dentry);
    __u32 magic = BPF_CORE_READ(inode, i_sb, s_magic);
    struct sk_x_file x = {.tag = SK_X_FILE, .role = role, .fd = fd};
    int flags = 0;

    if (!r || !t)
        return 0;
    x.mode = BPF_CORE_READ(inode, i_mode);
    x.ino = BPF_CORE_READ(inode, i_ino);
    x.dev = inode_dev(inode);
    x.type = type_of(d, magic, x.mode);
    x.flags = layer_in(inode, magic);
    no_path(t);
    if (x.type == SK_FD_MEMFD) {
        name_as_path(t, d);
    } else if (magic == NSFS_MAGIC_) {
        ns_as_path(t, inode);
    } else if (x.type == SK_FD_FILE || x.type == SK_FD_DIRECTORY ||
               (x.type == SK_FD_FIFO && magic != PIPEFS_MAGIC_)) {
        flags = walk_of((__u64)d, (__u64)BPF_CORE_READ(file, f_path.mnt),
                        (struct task_struct *)task_ptr);
        if (is_deleted(d, inode) && !(flags & SK_FILE_UNREACHABLE))
            flags |= SK_FILE_DELETED;
    }
    x.flags |= flags;
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}
/* The extension of whatever fd is; nothing when it is not open. */
static __always_inline void put_x_fd(struct task_struct *task, __u64 file, __s64 fd, __u32 role,
                                     __u32 server)
{
    if (!file)
        return;
    if (BPF_CORE_READ((struct file *)file, f_inode, i_sb, s_magic) == SOCKFS_MAGIC_)
        put_x_sock(file, fd, role, server);
    else
        put_x_file(file, fd, role, (__u64)task);
}

/* Extension SK_X_DIR: the directory behind dirfd, or the working directory for AT_FDCWD. */
__noinline int put_x_dir(__s64 dirfd, __u32 role, __u64 task_ptr)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct sk_x_dir x = {.tag = SK_X_DIR, .role = role};
    __u64 dentry, mnt;

    if (!r || !t)
        return 0;
    if ((__s32)dirfd == -100) {
        struct fs_struct *fs = BPF_CORE_READ(task, fs);

        dentry = (__u64)BPF_CORE_READ(fs, pwd.dentry);
        mnt = (__u64)BPF_CORE_READ(fs, pwd.mnt);
    } else {
        struct file *file = (struct file *)file_of(task, (__s32)dirfd);

        if (!file)
            return 0;
        dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
        mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
    }
    no_path(t);
    x.flags = walk_of(dentry, mnt, task);
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}
