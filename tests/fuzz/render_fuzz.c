/* SPDX-License-Identifier: Apache-2.0 */
/* render_fuzz.c - arbitrary bytes as a record: every field of it must have a text or be absent.
 *
 * The first two bytes choose the type, so that most inputs get past the header. */
#include "field/field.h"
#include "field/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sk_state *st;
static struct sk_arena *tmp;

static void every_field(const struct sk_ctx *cx)
{
    static struct sk_vals vals;
    struct sk_buf text = SK_BUF(1 << 20);

    for (size_t i = 0; i < sk_fields_n; i++) {
        struct sk_field_ref ref = {.field = &sk_fields[i],
                                   .type = sk_fields[i].type,
                                   .fmt = sk_fields[i].fmt,
                                   .arg_is_index = true,
                                   .has_arg = true,
                                   .index = (int64_t)(i % 8),
                                   .key = SK_STR("name"),
                                   .text = SK_STR("x")};

        if (sk_field_extract(cx, &ref, &vals))
            for (size_t k = 0; k < vals.n; k++)
                sk_val_json(&vals.v[k], ref.fmt, &text);
        sk_buf_reset(&text);
    }
    for (unsigned i = 0; i <= cx->ev->nparams; i++)
        sk_render_json(cx, i, &text);
    sk_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sk_event ev;
    struct sk_rec_hdr h;
    struct sk_ctx cx = {.ev = &ev, .source = "syscall", .hostname = "h"};
    uint16_t type;
    uint8_t *rec;

    if (!st && (sk_state_new(NULL, NULL, &st) < 0 || !(tmp = sk_arena_new(16 << 20))))
        return 0;
    if (size < 2 + sizeof(h))
        return 0;
    memcpy(&type, data, 2);
    memcpy(&h, data + 2, sizeof(h));
    h.len = (uint32_t)(size - 2);
    h.type = type % SK_EVENT_N;
    h.nparams %= SK_REC_MAX_PARAMS + 1;
    h.tid %= 4;
    rec = malloc(size - 2);
    if (!rec)
        return 0;
    memcpy(rec, data + 2, size - 2);
    memcpy(rec, &h, sizeof(h));
    if (sk_event_decode(rec, size - 2, 0, &ev) == 0) {
        sk_state_apply(st, &ev, &cx.th);
        cx.proc = cx.th ? cx.th->proc : NULL;
        cx.st = st;
        cx.tmp = tmp;
        every_field(&cx);
        sk_arena_reset(tmp);
    }
    free(rec);
    return 0;
}
