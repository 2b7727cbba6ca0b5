/* SPDX-License-Identifier: Apache-2.0 */
/* lists.h - entries of the lists in front of a capture's events: tasks, descriptors, addresses, users.
 *
 * Each function reads one entry from the start of the cursor's bytes.  false: it is damaged (or its
 * bytes end too early).  *out_size is how many bytes the entry takes, which may be more than the
 * cursor has: what a newer writer appended is skipped.  Texts point into the cursor's bytes or into
 * the scratch. */
#pragma once
#include "source/scap/format.h"
#include "state/state.h"

/* Every entry that is not damaged has its known part within so many bytes. */
#define SK_SCAP_ENTRY_BYTES (64u << 10)

/* Vectors of strings that miss their last NUL get it here. */
struct sk_scap_scratch {
    char args[SK_SCAP_ARGS_MAX + 1], env[SK_SCAP_ARGS_MAX + 1], cgroups[SK_SCAP_ARGS_MAX + 1];
    char name[32];
};

SK_MUST bool sk_scap_read_task(struct sk_scap_cursor *c, unsigned version,
                               struct sk_scap_scratch *s, struct sk_task_info *out,
                               uint64_t *out_size);
/* Times, cgroup and namespaces only; of which thread: out->tid. */
SK_MUST bool sk_scap_read_task_more(struct sk_scap_cursor *c, struct sk_task_info *out,
                                    uint64_t *out_size);
SK_MUST bool sk_scap_read_fd(struct sk_scap_cursor *c, unsigned version, struct sk_scap_scratch *s,
                             struct sk_fd_info *out, uint64_t *out_size);
SK_MUST bool sk_scap_read_iface(struct sk_scap_cursor *c, unsigned version, struct sk_iface *out,
                                uint64_t *out_size);

struct sk_scap_user {
    bool is_group;
    struct sk_user user;
    struct sk_group group;
};
SK_MUST bool sk_scap_read_user(struct sk_scap_cursor *c, unsigned version, struct sk_scap_user *out,
                               uint64_t *out_size);

/* Limits the cursor to an entry whose length, with itself, stands at its start (0: it has none). */
uint32_t sk_scap_entry_begin(struct sk_scap_cursor *c);
/* Size of the entry; false: it was longer than it said. */
SK_MUST bool sk_scap_entry_end(const struct sk_scap_cursor *c, uint32_t len, uint64_t *out_size);
