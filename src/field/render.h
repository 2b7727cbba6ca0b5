/* SPDX-License-Identifier: Apache-2.0 */
/* render.h - parameters of events as texts: "3(<f>/etc/passwd)", "-2(ENOENT)",
 * "O_RDONLY|O_CLOEXEC".
 *
 * Each parameter has a raw text (the number) and may have a resolved one (what it stands for).
 * Results live in the record or in cx->tmp; nothing else is allocated. */
#pragma once
#include "field/field.h"

struct sk_rendered {
    struct sk_str raw;      /* "<NA>" or "NULL" when the parameter is empty */
    struct sk_str resolved; /* "": none */
};

/* false: the record has no parameter `i`, or out of memory. */
bool sk_render(const struct sk_ctx *cx, unsigned i, struct sk_rendered *out);
/* evt.arg: the resolved text, else the raw one. */
bool sk_render_arg(const struct sk_ctx *cx, unsigned i, struct sk_str *out);
/* evt.args: "name=raw(resolved) name=raw..."; "" for events without parameters. */
bool sk_render_args(const struct sk_ctx *cx, struct sk_str *out);
/* A JSON value: plain numbers as numbers, everything else as the text of sk_render_arg. */
void sk_render_json(const struct sk_ctx *cx, unsigned i, struct sk_buf *out);
