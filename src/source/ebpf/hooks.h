/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.h - which tracepoints the kernel has: some are called differently in older ones, some are missing.
 *
 * A program whose tracepoint does not exist is left out before the kernel is asked: each refusal costs
 * another attempt to load all the others. */
#pragma once
#include "base/base.h"

/* The names in a description of types (BTF). */
struct sk_hooks {
    char *names; /* n bytes: texts with their NULs */
    size_t n;
};

/* Of the file at `path` ("/sys/kernel/btf/vmlinux").  What is no such file has no names: then
 * sk_hooks_known() is false, and nothing is left out. */
void sk_hooks_read(struct sk_hooks *h, const char *path);
void sk_hooks_done(struct sk_hooks *h);
bool sk_hooks_known(const struct sk_hooks *h);
/* Is there a type or function of that name? */
bool sk_hooks_has(const struct sk_hooks *h, const char *name);
/* Can a program of this section ("tp_btf/NAME", "raw_tp/NAME") be attached?  true where that is not known. */
bool sk_hooks_fit(const struct sk_hooks *h, const char *section);
/* io_uring is there, but older than 6.0: its tracepoints do not tell the request. */
bool sk_hooks_old_uring(const struct sk_hooks *h);

static inline void hooks_freep(struct sk_hooks *h)
{
    sk_hooks_done(h);
}
