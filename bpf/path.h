/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* path.h - the name of a dentry as its task sees it: up the tree, across mounts, to the task's root.
 *
 * bpf_d_path() is not allowed in tracepoints, so the walk is done here.  Components are written from the
 * end of a per-CPU buffer backwards; the result is appended to the open parameter of the record. */
#pragma once
#include "send.h"

#define SK_PATH_DEPTH 96 /* components and mounts */

/* Words of tmp->w during a walk. */
enum {
    WALK_POS,
    WALK_DENTRY,
    WALK_MNT,
    WALK_ROOT_DENTRY,
    WALK_ROOT_MNT,
    WALK_FLAGS,
    WALK_MNT_ROOT
};

/* One component or one mount up.  1: the walk has ended and w[WALK_FLAGS] says how.  A function of its
 * own, so that the verifier looks at one step and not at the paths through all of them ("BPF program is
 * too large"). */
__noinline int walk_step(void)
{
    struct sk_tmp *t = tmp_get();
    __u64 pos, parent, dentry, vfsmnt;
    struct dentry *d;
    struct qstr name = {};
    __u32 len;

    if (!t)
        return 1;
    pos = t->w[WALK_POS];
    dentry = t->w[WALK_DENTRY];
    vfsmnt = t->w[WALK_MNT];
    if (dentry == t->w[WALK_ROOT_DENTRY] && vfsmnt == t->w[WALK_ROOT_MNT]) {
        t->w[WALK_FLAGS] = 0;
        return 1;
    }
    d = (struct dentry *)dentry;
    if (dentry == t->w[WALK_MNT_ROOT]) {
        struct mount *mp = (struct mount *)(vfsmnt - bpf_core_field_offset(struct mount, mnt));
        struct mount *up = BPF_CORE_READ(mp, mnt_parent);

        if (!up || up == mp)
            return 1; /* root of the mount namespace, or a detached mount */
        t->w[WALK_DENTRY] = (__u64)BPF_CORE_READ(mp, mnt_mountpoint);
        vfsmnt = (__u64)up + bpf_core_field_offset(struct mount, mnt);
        t->w[WALK_MNT] = vfsmnt;
        t->w[WALK_MNT_ROOT] = (__u64)BPF_CORE_READ((struct vfsmount *)vfsmnt, mnt_root);
        return 0;
    }
    parent = (__u64)BPF_CORE_READ(d, d_parent);
    if (dentry == parent || !parent)
        return 1; /* a file system that is not mounted: pipes, memfd */
    READ_KERNEL(name, (char *)d + bpf_core_field_offset(struct dentry, d_name));
    len = name.len;
    if (len > SK_NAME_MAX - 1)
        len = SK_NAME_MAX - 1;
    if (pos < (__u64)len + 1) {
        t->w[WALK_FLAGS] = SK_FILE_TRUNCATED;
        return 1;
    }
    pos -= len;
    SK_OPAQUE(pos);
    if (pos > SK_TMP_PATH - 1)
        return 1;
    bpf_probe_read_kernel(&t->path[pos], len, name.name);
    pos--;
    SK_OPAQUE(pos);
    if (pos > SK_TMP_PATH - 1)
        return 1;
    t->path[pos] = '/';
    t->w[WALK_POS] = pos;
    t->w[WALK_DENTRY] = parent;
    return 0;
}

/* Walks from (dentry, vfsmount) up to (root_dentry, root_mnt).  Leaves the text in tmp->path, its offset
 * in tmp->w[WALK_POS]; returns enum sk_file_flag bits. */
__noinline int walk_path(__u64 dentry, __u64 vfsmnt, __u64 root_dentry, __u64 root_mnt)
{
    struct sk_tmp *t = tmp_get();
    int i;

    if (!t)
        return SK_FILE_UNREACHABLE;
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[WALK_POS] = SK_TMP_PATH - 1;
    t->w[WALK_DENTRY] = dentry;
    t->w[WALK_MNT] = vfsmnt;
    t->w[WALK_ROOT_DENTRY] = root_dentry;
    t->w[WALK_ROOT_MNT] = root_mnt;
    t->w[WALK_FLAGS] = SK_FILE_UNREACHABLE;
    t->w[WALK_MNT_ROOT] = (__u64)BPF_CORE_READ((struct vfsmount *)vfsmnt, mnt_root);
    for (i = 0; i < SK_PATH_DEPTH; i++)
        if (walk_step())
            break;
    if (i == SK_PATH_DEPTH)
        t->w[WALK_FLAGS] = SK_FILE_TRUNCATED;
    if (t->w[WALK_POS] == SK_TMP_PATH - 1 && !t->w[WALK_FLAGS]) {
        t->path[SK_TMP_PATH - 2] = '/';
        t->w[WALK_POS] = SK_TMP_PATH - 2;
    }
    return t->w[WALK_FLAGS];
}

#define END_SLASH   1 /* a directory: its name ends with '/' */
#define END_DELETED 2 /* " (deleted)" behind the name, as the kernel prints it */

/* Appends the walked path with its NUL and closes the parameter, which `before` bytes belong to already. */
__noinline int end_path(__u32 before, __u32 mode)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    __u64 at, n, pos;
    long got;

    if (!r || !t)
        return 0;
    at = room(r, SK_PATH_MAX + 16);
    pos = t->w[0];
    SK_OPAQUE(pos);
    if (!at || pos > SK_TMP_PATH - 1) {
        r->len[r->nparams & 63] = before;
        r->nparams++;
        return 0;
    }
    got = bpf_probe_read_kernel_str(&r->buf[at], SK_PATH_MAX, &t->path[pos]);
    n = got < 0 ? 0 : got;
    SK_OPAQUE(n);
    if (n > SK_PATH_MAX)
        n = 0;
    if (mode && n > 1) {
        __u64 end = at + n - 1;

        SK_OPAQUE(end);
        if (end > SK_HEAD_MAX + SK_DATA_MAX)
            return 0;
        if (mode == END_SLASH && n > 2) {
            __builtin_memcpy(&r->buf[end], "/", 2);
            n++;
        } else if (mode == END_DELETED) {
            __builtin_memcpy(&r->buf[end], " (deleted)", 11);
            n += 10;
        }
    }
    r->len[r->nparams & 63] = before + n;
    r->nparams++;
    r->used += n;
    return 0;
}

/* Text "" as the path. */
static __always_inline void no_path(struct sk_tmp *t)
{
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[0] = SK_TMP_PATH - 1;
}

/* Walks a struct path of the current record's task below that task's root. */
static __always_inline int walk_of(__u64 dentry, __u64 mnt, struct task_struct *task)
{
    struct fs_struct *fs = BPF_CORE_READ(task, fs);

    return walk_path(dentry, mnt, (__u64)BPF_CORE_READ(fs, root.dentry),
                     (__u64)BPF_CORE_READ(fs, root.mnt));
}
