/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - CPU, memory and addresses, of this process and of its machine. */
#pragma once
#include "metrics/metrics.h"

struct sk_host_options {
    const char *root;        /* prefix of the machine's /proc: "" or $HOST_ROOT */
    const char *self;        /* "/proc/self" */
    const char *memory_file; /* of the container's cgroup; NULL or unfit: the usual places */
    double uptime_s;         /* of this process */
};

/* Adds the group RESOURCES. What cannot be read is 0. */
void sk_host_resources(const struct sk_host_options *opt, struct sk_metrics *out);
/* Adds the addresses of the interfaces. */
void sk_host_addresses(struct sk_metrics *out);
