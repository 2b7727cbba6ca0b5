/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - where the relative path parameters of an event begin. */
#pragma once
#include "field/field.h"

/* The directory that parameter `i` (FSPATH, FSRELPATH) is relative to, ending in '/'; what the
 * kernel said when the event happened, else the working directory for those that begin there.
 * false: unknown. Points into the record, the state or cx->tmp. */
bool sk_path_base(const struct sk_ctx *cx, unsigned i, struct sk_str *out);
/* The directory extension that belongs to parameter `i`, a path or a dirfd; NULL: none. */
const struct sk_ev_dir *sk_path_dir(const struct sk_event *ev, unsigned i);
/* Of captures, where the table knows descriptors: the directory behind one or behind AT_FDCWD, with a
 * '/' at its end; "<UNKNOWN>". */
struct sk_str sk_path_of_dirfd(const struct sk_ctx *cx, int64_t dirfd);
/* The directory with a '/' behind it. */
struct sk_str sk_path_slash(const struct sk_ctx *cx, struct sk_str dir);
/* Text of parameter `i` as an absolute path without "." and "..", symbolic links not followed.
 * {NULL, 0}: it has no text, or its base is unknown. */
struct sk_str sk_path_text(const struct sk_ctx *cx, unsigned i);
