/* SPDX-License-Identifier: Apache-2.0 */
/* apply.h - what is wanted, written into the configuration of the kernel side. */
#pragma once
#include "source/ebpf/load.h"
#include "source/source.h"

/* Keeps what the configuration needs between two calls. */
struct sk_apply {
    struct sk_capture cap; /* strings are our own */
    char *cgroup;          /* of cap.scope_cgroup */
    int cgroup_fd;
    uint32_t pid; /* leader of the pid scope that the map holds; 0: none */
    bool done;    /* applied once */
    /* Events whose programs are still to come: their calls are not asked for. */
    struct sk_event_set pending;
};

/* Writes the scope first and what is wanted after, so that no event passes that is out of scope. */
SK_MUST int sk_apply_capture(struct sk_apply *ap, struct sk_bpf *b, const struct sk_rings *rs,
                             const struct sk_capture *cap, struct sk_diag *dg);
/* As sk_source_ops.admit; the kernel side takes the process out again when it ends. */
SK_MUST int sk_apply_admit(const struct sk_apply *ap, const struct sk_bpf *b, uint32_t pid);
void sk_apply_done(struct sk_apply *ap);

/* "/proc", or that of the host where $HOST_ROOT says so. */
void sk_apply_proc(char *out, size_t size);
/* Fills everything of the configuration that does not depend on the scope's objects. */
void sk_apply_config(const struct sk_capture *cap, const struct sk_rings *rs, const char *proc,
                     struct sk_bpf_config *out);
