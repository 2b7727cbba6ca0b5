/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* scope.h - is a task to be traced: by cgroup, process tree, or because it is in a container. */
#pragma once
#include "task.h"

#define HEX_(c) [c] = 0xff
static const __u8 hex_mask[256] = {
    HEX_('0'), HEX_('1'), HEX_('2'), HEX_('3'), HEX_('4'), HEX_('5'), HEX_('6'), HEX_('7'),
    HEX_('8'), HEX_('9'), HEX_('a'), HEX_('b'), HEX_('c'), HEX_('d'), HEX_('e'), HEX_('f'),
};

/* 64 hexadecimal digits in a row somewhere in the name: what runtimes call a container's cgroup.  The
 * length of the run comes from a table, not from branches: the verifier would follow each of them. */
__noinline int name_is_container(__u64 name_ptr)
{
    struct sk_tmp *t = tmp_get();
    __u8 run = 0;
    long n;

    if (!t)
        return 0;
    n = bpf_probe_read_kernel_str(t->path, 128, (void *)name_ptr);
    if (n < 65)
        return 0;
    for (int i = 0; i < 128; i++) {
        if (i >= n)
            break;
        run = (run + 1) & hex_mask[t->path[i]];
        if (run == 64)
            return 1;
    }
    return 0;
}

static __always_inline bool cgroup_is_container(struct cgroup *cg)
{
    struct kernfs_node *kn = BPF_CORE_READ(cg, kn);

    for (int i = 0; i < 4; i++) {
        if (!kn)
            break;
        if (name_is_container((__u64)BPF_CORE_READ(kn, name)))
            return true;
        kn = kn_parent(kn);
    }
    return false;
}

/* Own program part of the scope test: tail calls and function calls must not meet in one program before
 * 5.10, so sk_sys_exit leaves containers to the fillers. */
__noinline int task_in_container(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct cgroup *cg = BPF_CORE_READ(task, cgroups, dfl_cgrp);
    __u64 id;
    __u8 *kind, value;

    if (pid_level(task))
        return 1;
    id = BPF_CORE_READ(cg, kn, id);
    kind = bpf_map_lookup_elem(&sk_cg_kind, &id);
    if (kind)
        return *kind == 2;
    value = cgroup_is_container(cg) ? 2 : 1;
    if (value == 1 && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
        /* Hybrid hosts: the runtime may have put the process into the v1 hierarchies only. */
        __u32 i = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
        struct css_set *set = BPF_CORE_READ(task, cgroups);
        struct cgroup_subsys_state *css = 0;

        READ_KERNEL(css, (char *)set + bpf_core_field_offset(struct css_set, subsys) + i * 8);
        if (css && cgroup_is_container(BPF_CORE_READ(css, cgroup)))
            return 1; /* not remembered: the v2 cgroup is shared with the host */
    }
    bpf_map_update_elem(&sk_cg_kind, &id, &value, 0);
    return value == 2;
}

/* Everything but containers. `pid`: thread group of the current task. */
static __always_inline bool in_scope(struct sk_bpf_config *cfg, __u32 pid)
{
    if (!cfg->ready || pid == cfg->self_pid)
        return false;
    switch (cfg->scope) {
    case SK_SCOPE_HOST:
    case SK_SCOPE_CONTAINERS:
        return true;
    case SK_SCOPE_CGROUP:
        return bpf_current_task_under_cgroup(&sk_scope_cg, 0) == 1;
    case SK_SCOPE_PID:
        return bpf_map_lookup_elem(&sk_scope_pid, &pid) != 0;
    }
    return false;
}
