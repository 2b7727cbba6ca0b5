/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* prewalk.h - what the prefilter can tell of a path, without writing it down: up the tree by pointers alone,
 * then down again by the hashes of names, as far as a rule's path goes. */
#pragma once
#include "prehash.h"

/* A call costs 10 ns where returns must be safe, so the first steps of a walk are straight code and only what
 * is long or deep is called for. */
#define PF_NEAR_UP   10
#define PF_NEAR_DOWN 4

/* One component or one mount up; words of tmp->w say where.  1: the root, -1: it will not be reached. */
static __always_inline int pf_up(struct sk_tmp *t)
{
    const __u64 inside = bpf_core_field_offset(struct mount, mnt);
    __u64 dentry = t->w[WALK_DENTRY], vfsmnt = t->w[WALK_MNT], up, n = t->pf.n;

    if (dentry == t->w[WALK_ROOT_DENTRY] && vfsmnt == t->w[WALK_ROOT_MNT])
        return 1;
    if (dentry == t->w[WALK_MNT_ROOT]) {
        struct mount *mount = (struct mount *)(vfsmnt - inside);

        up = (__u64)BPF_CORE_READ(mount, mnt_parent);
        if (!up || up == (__u64)mount)
            return -1; /* root of the mount namespace, or a detached mount */
        t->w[WALK_DENTRY] = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
        vfsmnt = up + inside;
        t->w[WALK_MNT] = vfsmnt;
        t->w[WALK_MNT_ROOT] = (__u64)BPF_CORE_READ((struct vfsmount *)vfsmnt, mnt_root);
        return 0;
    }
    up = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_parent);
    SK_OPAQUE(n);
    if (dentry == up || !up || n >= SK_PF_DEPTH)
        return -1;
    t->pf.dentry[n] = dentry;
    t->pf.n = n + 1;
    t->pf.bytes += 1 + BPF_CORE_READ((struct dentry *)dentry, d_name.len);
    t->w[WALK_DENTRY] = up;
    return 0;
}

__noinline int pf_far_up(void)
{
    struct sk_tmp *t = tmp_get();

    return t ? pf_up(t) : -1;
}

/* Collects the dentries up to the task's root.  false: that was not reached, or it is too far. */
static __always_inline bool pf_climb(struct sk_tmp *t, __u64 dentry, __u64 vfsmnt,
                                     struct task_struct *task)
{
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    int end = 0;

    t->pf.n = t->pf.bytes = 0;
    t->w[WALK_DENTRY] = dentry;
    t->w[WALK_MNT] = vfsmnt;
    t->w[WALK_ROOT_DENTRY] = (__u64)BPF_CORE_READ(fs, root.dentry);
    t->w[WALK_ROOT_MNT] = (__u64)BPF_CORE_READ(fs, root.mnt);
    t->w[WALK_MNT_ROOT] = (__u64)BPF_CORE_READ((struct vfsmount *)vfsmnt, mnt_root);
    for (int i = 0; i < PF_NEAR_UP; i++) {
        end = pf_up(t);
        if (end)
            return end > 0 && t->pf.bytes < SK_PATH_MAX;
    }
    for (int i = PF_NEAR_UP; i < SK_PATH_DEPTH; i++) {
        end = pf_far_up();
        if (end)
            break;
    }
    return end > 0 && t->pf.bytes < SK_PATH_MAX;
}

/* Bits of the beginning `key`, with `left` components behind it; it is where the walk stands then. */
static __always_inline void pf_visit(const struct sk_pf *pf, struct sk_tmp *t, __u64 key,
                                     __u64 left)
{
    const struct sk_pf_node *node;
    __s64 at = sk_pf_node_find(pf, key);

    t->pf.node = 0;
    if (at < 0)
        return;
    node = &pf->node[at & (SK_PF_NODES - 1)];
    t->pf.node = key;
    if (!left) {
        t->pf.value |= node->exact;
        return;
    }
    t->pf.value |= node->below;
    t->pf.unknown |= node->maybe;
    if (left == 1)
        t->pf.value |= node->child;
}

/* One component down; `left` of them come behind it. */
static __always_inline void pf_down(const struct sk_pf *pf, struct sk_tmp *t, __u64 left)
{
    struct dentry *d = (struct dentry *)t->pf.dentry[left & (SK_PF_DEPTH - 1)];
    __u64 len = BPF_CORE_READ(d, d_name.len), hash;

    if (len > pf->longest) {
        t->pf.node = 0;
        return;
    }
    hash = pf_hash(pf, (__u64)BPF_CORE_READ(d, d_name.name), len);
    pf_visit(pf, t, sk_pf_node_key(t->pf.node, hash), left);
}

__noinline int pf_far_down(__u64 left)
{
    const struct sk_pf *pf = pf_get();
    struct sk_tmp *t = tmp_get();

    if (pf && t)
        pf_down(pf, t, left);
    return 0;
}

/* From the root to where no rule's path goes any further. */
static __always_inline void pf_descend(const struct sk_pf *pf, struct sk_tmp *t, __u64 root)
{
    __u64 n = t->pf.n;

    pf_visit(pf, t, root, n);
    for (__u32 i = 0; i < PF_NEAR_DOWN; i++) {
        if (i >= n || !t->pf.node)
            return;
        pf_down(pf, t, n - 1 - i);
    }
    for (__u32 i = PF_NEAR_DOWN; i < SK_PF_DEPTH; i++) {
        if (i >= n || !t->pf.node)
            return;
        pf_far_down(n - 1 - i);
    }
}

/* Marks of the last component. */
__noinline int pf_name_marks(__u32 word)
{
    const struct sk_pf *pf = pf_get();
    struct sk_tmp *t = tmp_get();
    __u64 name, len, hash;
    int dot;

    if (!pf || !t)
        return 0;
    len = BPF_CORE_READ((struct dentry *)t->pf.dentry[0], d_name.len);
    name = (__u64)BPF_CORE_READ((struct dentry *)t->pf.dentry[0], d_name.name);
    hash = pf_hash_long(name, len, pf->seed);
    t->pf.value |= sk_pf_mark_find(pf, sk_pf_mark_key(pf, SK_PF_S_NAME | word << 8, hash));
    dot = pf_last_dot(name, len);
    if (dot < 0)
        return 0;
    hash = pf_hash_long(name + dot, len - dot, pf->seed);
    t->pf.value |= sk_pf_mark_find(pf, sk_pf_mark_key(pf, SK_PF_S_EXT | word << 8, hash));
    return 0;
}

/* Bits of PATH or EXE of a path that the kernel has, as the task sees it; into value and known. */
static __always_inline void pf_path(const struct sk_pf *pf, struct sk_tmp *t, __u32 word,
                                    __u64 dentry, __u64 mnt, struct task_struct *task)
{
    t->pf.value = t->pf.unknown = t->pf.known = 0;
    if (!pf_climb(t, dentry, mnt, task))
        return;
    pf_descend(pf, t, pf->root[word]);
    if (t->pf.n && pf->names >> word & 1)
        pf_name_marks(word);
    t->pf.known = sk_pf_known(pf, word, t->pf.value, t->pf.unknown);
}
