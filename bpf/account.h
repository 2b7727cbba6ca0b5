/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* account.h - whose share of a ring a task uses: that of its container or service.
 *
 * Not that of its own cgroup: who may make cgroups (a user's session, a runtime inside of a container) would
 * get a share with each.  So the account is the outermost cgroup that has the name of a container; outside of
 * containers the one two levels below the root (/system.slice/x.service, /user.slice/user-1000.slice); and
 * where the scope is a cgroup, the child of it. */
#pragma once
#include "scope.h"

#define SK_ACCOUNT_LEVELS 16
#define SK_ACCOUNT_DEEP   0 /* no cgroup has this number */

/* cgroup id -> account: names are read once. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, __u64);
} sk_account SEC(".maps");

/* From a cgroup to the root, or to the scope.  Those that lie deeper share one account: whoever nests cgroups
 * wins nothing by it.  (bpf_get_current_ancestor_cgroup_id() is not for tracing programs before 5.15.) */
__noinline __u64 account_of(__u64 kn_ptr, __u64 scope_id)
{
    struct kernfs_node *kn = (struct kernfs_node *)kn_ptr;
    __u64 id = BPF_CORE_READ(kn, id), one = id, two = id, container = 0;

    for (int i = 0; i < SK_ACCOUNT_LEVELS; i++) {
        struct kernfs_node *up = kn_parent(kn);

        id = BPF_CORE_READ(kn, id);
        if (id == scope_id)
            return container ? container : one;
        if (!up)
            return container ? container : two;
        if (name_is_container((__u64)BPF_CORE_READ(kn, name)))
            container = id;
        two = one;
        one = id;
        kn = up;
    }
    return SK_ACCOUNT_DEEP;
}

__noinline __u64 current_account(void)
{
    struct sk_bpf_config *cfg = config_get();
    __u64 id = bpf_get_current_cgroup_id(), account;
    __u64 *known = bpf_map_lookup_elem(&sk_account, &id);

    if (known)
        return *known;
    account = account_of((__u64)BPF_CORE_READ(current_task(), cgroups, dfl_cgrp, kn),
                         cfg ? cfg->scope_cgroup : 0);
    bpf_map_update_elem(&sk_account, &id, &account, BPF_ANY);
    return account;
}
