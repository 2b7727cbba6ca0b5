/* SPDX-License-Identifier: Apache-2.0 */
/* render_fd.h - descriptors among the parameters of events, as texts.  Included by src/field/ only. */
#pragma once
#include "field/field.h"

/* Name of a negative errno; nothing for other numbers. */
void sk_render_errno(int64_t v, struct sk_buf *out);
/* What descriptor `fd` of parameter `at` is: "<f>/etc/passwd", "AT_FDCWD"; nothing when unknown. */
void sk_render_fd(const struct sk_ctx *cx, unsigned at, int64_t fd, struct sk_buf *out);
/* A FDLIST parameter: "3:f1 4:41", number, kind and the flags asked for. */
void sk_render_fdlist(const struct sk_ctx *cx, struct sk_str list, struct sk_buf *out);
