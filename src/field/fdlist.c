/* SPDX-License-Identifier: Apache-2.0 */
/* fdlist.c - fdlist.*: the descriptors that poll and ppoll were given. */
#include "field/extract.h"

/* A FDLIST parameter: u16 count, then as often {i64 number, i16 flags}, little-endian, packed. */
#define FDLIST_ROW_BYTES 10

bool sk_f_fdlist_nums(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_event *ev = cx->ev;
    struct sk_str list = {NULL, 0};
    size_t count, used = 0;
    char *text;

    for (unsigned i = 0; i < ev->nparams && !list.p; i++)
        if (ev->info->param[i].type == SK_T_FDLIST)
            list = sk_event_bytes(ev, i);
    if (!list.p || list.n < 2)
        return false;
    count = (size_t)((uint8_t)list.p[0] | (uint8_t)list.p[1] << 8);
    count = SK_MIN(count, (list.n - 2) / FDLIST_ROW_BYTES);
    text = sk_arena_alloc(cx->tmp, count * 21 + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t num;

        memcpy(&num, list.p + 2 + i * FDLIST_ROW_BYTES, sizeof(num));
        used += (size_t)snprintf(text + used, count * 21 + 1 - used, i ? ",%lld" : "%lld",
                                 (long long)num);
    }
    return sk_give_text(ref, (struct sk_str){text, used}, out);
}
