/* SPDX-License-Identifier: Apache-2.0 */
/* names.h - names of threads and processes. */
#pragma once
#include "state/state.h"

/* Linux cuts names behind 15 bytes.  Captures of others may have longer ones: the image has the
 * whole name, and the beginning of it tells that it is still the one that the thread has. */
static inline struct sk_str sk_whole_comm(const char comm[SK_COMM_MAX], const struct sk_image *im)
{
    size_t n = strnlen(comm, SK_COMM_MAX);

    if (n == SK_COMM_MAX - 1 && im->comm.n > n && memcmp(im->comm.p, comm, n) == 0)
        return im->comm;
    return (struct sk_str){comm, n};
}
