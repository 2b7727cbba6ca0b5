/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c - one number for what rules can ask: two programs with the same one know the same fields.
 *
 * Names, types and how a field may be used count, in the order of the names; descriptions do not, nor
 * does where a row stands. */
#include <errno.h>

#include "field/field.h"
#include "field/list.h"

#define TEXT_MAX (1u << 20)
#define USE                                                                                  \
    (SK_FF_LIST | SK_FF_ARG_REQUIRED | SK_FF_ARG_ALLOWED | SK_FF_ARG_INDEX | SK_FF_ARG_KEY | \
     SK_FF_FILTER_ONLY | SK_FF_PRINT_ONLY | SK_FF_NO_RHS | SK_FF_NO_TRANSFORMER | SK_FF_DOT_ARG)

static int by_name(const void *a, const void *b)
{
    const struct sk_field *const *fa = a, *const *fb = b;

    return strcmp((*fa)->name, (*fb)->name);
}

int sk_fields_checksum(const struct sk_field *field, size_t n, char out[SK_SHA256_TEXT])
{
    sk_auto(mem) const struct sk_field **sorted = calloc(n + 1, sizeof(const struct sk_field *));
    sk_auto(buf) struct sk_buf text = SK_BUF(TEXT_MAX);

    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &field[i];
    qsort(sorted, n, sizeof(const struct sk_field *), by_name);
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(&text, "%s %s %x\n", sorted[i]->name, sk_type_name(sorted[i]->type),
                      sorted[i]->flags & USE);
    if (text.failed)
        return -ENOMEM;
    sk_sha256(sk_buf_str(&text), out);
    return 0;
}
