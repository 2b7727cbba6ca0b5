/* SPDX-License-Identifier: Apache-2.0 */
/* pmatch.h - a tree of path prefixes: is one of the paths a prefix, by whole components, of
 * another?
 *
 * "/var" matches "/var" and "/var/lib", not "/variable"; a component with ?, * or [ is a glob. "/"
 * matches every path, even a relative one: leading slashes do not count. */
#pragma once
#include "base/arena.h"

struct sk_pmatch;

/* NULL: out of memory.  The arena owns it. */
struct sk_pmatch *sk_pmatch_new(struct sk_arena *mem);
SK_MUST int sk_pmatch_add(struct sk_pmatch *pm, struct sk_str path);
/* Immutable after the last add: any thread may call. */
bool sk_pmatch_has(const struct sk_pmatch *pm, struct sk_str path);
