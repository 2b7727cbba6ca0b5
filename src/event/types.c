/* SPDX-License-Identifier: Apache-2.0 */
/* types.c - names and sizes of the types, from the one list in types.h. */
#include "event/types.h"

#include "base/base.h"

static const struct {
    const char *name;
    unsigned size;
} rows[SK_T_N] = {
#define X(n, s) [SK_T_##n] = {#n, s},
    SK_TYPES(X)
#undef X
};

const char *sk_type_name(enum sk_type t)
{
    return (unsigned)t < SK_T_N ? rows[t].name : "NONE";
}

unsigned sk_type_size(enum sk_type t)
{
    return (unsigned)t < SK_T_N ? rows[t].size : 0;
}
