/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h - symbolic links of a path, followed inside the root of the process that named it. */
#pragma once
#include "field/field.h"

/* Resolves `path` (absolute, or relative to `base`, which is absolute) as the process of the event
 * would: links of parent directories always, of the last component when `follow`.  The last
 * component need not exist.  The result is seen from the root of the process and lives in cx->tmp.
 *
 * {NULL, 0}: not live, process and relatives gone, no such directory, or the file system would make
 * us wait (FUSE, network): callers fall back to the text.  Some system calls a component; nothing
 * is kept.  What it tells is a moment later than the event. */
struct sk_str sk_path_resolve(const struct sk_ctx *cx, struct sk_str base, struct sk_str path,
                              bool follow);
