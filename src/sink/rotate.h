/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.h - within sink/: a file that is put aside when it is too long or too old. */
#pragma once
#include <sys/types.h>

#include "base/base.h"

struct sk_rotate {
    uint64_t max_bytes; /* 0: any length */
    uint32_t max_age_s; /* 0: any age */
    uint32_t keep;      /* old files: PATH.1 (the newest) to PATH.<keep> */
    /* The file that was looked at last, and since when: for file systems that do not tell. */
    dev_t dev;
    ino_t ino;
    uint64_t seen_ns;
};

/* Is it time, before `more` bytes are added to it? Never for an empty file. */
bool sk_rotate_due(struct sk_rotate *r, int fd, size_t more);
/* PATH becomes PATH.1, that PATH.2...; the oldest goes. 0 or -errno: then PATH is still there. */
SK_MUST int sk_rotate_shift(const struct sk_rotate *r, const char *path);
