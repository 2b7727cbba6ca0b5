/* SPDX-License-Identifier: Apache-2.0 */
/* static.c - static.*: fields with a fixed value, which the configuration names. */
#include <errno.h>

#include "field/field.h"

#define PREFIX "static."

static const struct sk_field_class class = {
    .name = "static",
    .of = "",
    .desc = "Fixed values that the configuration gives (static_fields).",
    .sources = "",
};

static bool extract(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    (void)cx;
    out->v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = sk_str(ref->field->value)};
    out->n = 1;
    return true;
}

/* What the filter language takes for a part of a field's name. */
static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

    return *s && !s[n] && !strchr("0123456789._", *s) && s[n - 1] != '.' && !strstr(s, "..");
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct sk_field *)a)->name, ((const struct sk_field *)b)->name);
}

int sk_static_fields(const struct sk_static_field *row, size_t n, struct sk_arena *mem,
                     struct sk_field_set *out, const char **bad)
{
    struct sk_field *f = sk_arena_alloc(mem, (n + 1) * sizeof(*f));

    if (!f)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(PREFIX) + strlen(row[i].key);
        char *name = sk_arena_alloc(mem, len + 1);

        if (!name)
            return -ENOMEM;
        if (!is_name(row[i].key)) {
            *bad = row[i].key;
            return -EINVAL;
        }
        snprintf(name, len + 1, PREFIX "%s", row[i].key);
        f[i] = (struct sk_field){.name = name,
                                 .name_n = len,
                                 .type = SK_T_CHARBUF,
                                 .flags = SK_FF_SUGGESTED,
                                 .extract = extract,
                                 .klass = &class,
                                 .since = "0.2",
                                 .doc = "Always the value that the configuration gives it.",
                                 .value = row[i].value};
    }
    qsort(f, n, sizeof(*f), by_key);
    *out = (struct sk_field_set){f, n};
    return 0;
}
