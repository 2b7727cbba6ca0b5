/* SPDX-License-Identifier: Apache-2.0 */
/* targets.h - functions of system calls in the kernel's types. */
#pragma once
#include "source/ebpf/calls.h"

struct btf;

struct sk_target {
    uint32_t id;    /* of the function */
    uint32_t proto; /* of its type: programs can call each other where these are the same */
    const char *fn; /* its name; lives as long as the types */
};

/* out[i] is calls->fn[i].  -ENOENT: *missing has no description; -EINVAL: it takes other arguments than
 * registers. */
SK_MUST int sk_targets_find(const struct btf *btf, const struct sk_calls *calls,
                            struct sk_target *out, const char **missing);
