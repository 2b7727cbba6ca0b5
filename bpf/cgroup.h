/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* cgroup.h - the cgroups of a task by name. */
#pragma once
#include "mem.h"

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
        len =
            bpf_probe_read_kernel_str(&t->path[SK_TMP_PATH], SK_NAME_MAX, BPF_CORE_READ(kn, name));
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

#define ADD_SUBSYS(set, id, text, n)                                                      \
    if (bpf_core_enum_value_exists(enum cgroup_subsys_id, id)) {                          \
        struct cgroup_subsys_state *css_ = 0;                                             \
                                                                                          \
        READ_KERNEL(css_, (char *)(set) + bpf_core_field_offset(struct css_set, subsys) + \
                              8 * bpf_core_enum_value(enum cgroup_subsys_id, id));        \
        if (css_)                                                                         \
            add_cgroup((__u64)BPF_CORE_READ(css_, cgroup, kn), text, n);                  \
    }

#define TEXT8(a, b, c, d, e, f, g, h)                                                        \
    ((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | \
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
    add_cgroup((__u64)BPF_CORE_READ(set, dfl_cgrp, kn),
               TEXT8('u', 'n', 'i', 'f', 'i', 'e', 'd', '='), 8);
    r->len[r->nparams & 63] = r->used - first;
    r->nparams++;
    return 0;
}
