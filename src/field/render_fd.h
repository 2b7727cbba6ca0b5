/* SPDX-License-Identifier: Apache-2.0 */
/* render_fd.h - descriptors among the parameters of events as texts.
 *
 * Live the kernel resolves the event's own descriptor and directories; captures have a table that
 * knows the others too. */
#pragma once
#include "field/field.h"

/* What number `fd` of parameter `at` stands for: "<f>/etc/passwd", "<4t>1.2.3.4:5->6.7.8.9:10",
 * "AT_FDCWD", "ENOENT"; nothing when it is not known. */
void sk_render_fd(const struct sk_ctx *cx, int64_t fd, unsigned at, struct sk_buf *out);
/* Bytes that text takes at most. */
size_t sk_render_fd_room(const struct sk_ctx *cx, int64_t fd);
/* FDLIST: "3:f1 4:41": number, kind and the flags asked for. */
void sk_render_fdlist(const struct sk_ctx *cx, struct sk_str bytes, struct sk_buf *out);
