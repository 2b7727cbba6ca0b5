/* SPDX-License-Identifier: Apache-2.0 */
/* shape.h - alerts in the JSON shapes of other programs: the rows of tbl/shapes.def. */
#pragma once
#include "fmt/alert.h"

/* The fields that the rows name, parsed once. Immutable: any thread may use it. */
struct sk_shapes;
SK_MUST int sk_shapes_new(struct sk_shapes **out); /* -ENOMEM */
void sk_shapes_free(struct sk_shapes *s);
void shapes_freep(struct sk_shapes **s);

/* One alert, as the rows see it. */
struct sk_shape_alert {
    const struct sk_alert_options *opt;
    const struct sk_ctx *cx; /* NULL: an internal message, no field is present */
    uint64_t ts_ns;
    enum sk_level priority;
    const char *rule, *origin; /* origin: the event's source */
    const char *const *tags;
    size_t ntags;
    struct sk_str line, message;
    struct sk_str fields; /* output_fields, as JSON */
    uint64_t count;       /* of a summary: how many were folded, the first of them at first_ns, */
    uint64_t first_ns;    /* the last at ts_ns; 0: it is no summary */
};

/* Appends the object; form: one of those that have rows. */
void sk_shape_write(enum sk_form form, const struct sk_shape_alert *a, struct sk_buf *out);
