/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - layout, all little endian: u32 checksum, u32 forms (bits) and version (top byte), u64
 * time, u32 length of the rule, u32 length of each form that is there, rule, forms. */
#include "sink/record.h"

#include <errno.h>
#include <zlib.h>

#define VERSION 1u
#define HEAD    20

static void put_le(struct sk_buf *b, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sk_buf_addc(b, (char)(v >> 8 * i));
}

static uint64_t get_le(const char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)(uint8_t)p[i] << 8 * i;
    return v;
}

uint32_t sk_record_sum(uint64_t id, uint32_t priority, struct sk_str bytes)
{
    uint8_t key[12];
    uLong sum;

    for (int i = 0; i < 8; i++)
        key[i] = (uint8_t)(id >> 8 * i);
    for (int i = 0; i < 4; i++)
        key[8 + i] = (uint8_t)(priority >> 8 * i);
    sum = crc32(crc32(0, NULL, 0), key, sizeof(key));
    if (bytes.n > 4)
        sum = crc32_z(sum, (const Bytef *)bytes.p + 4, bytes.n - 4);
    return (uint32_t)sum;
}

void sk_record_write(const struct sk_item *it, struct sk_buf *out)
{
    const size_t start = out->n;
    unsigned forms = 0;
    uint32_t sum;

    for (int f = 0; f < SK_FORM_N; f++)
        forms |= it->form[f].p ? 1u << f : 0;
    put_le(out, 0, 4);
    put_le(out, forms | VERSION << 24, 4);
    put_le(out, it->ts_ns, 8);
    put_le(out, it->rule.n, 4);
    for (int f = 0; f < SK_FORM_N; f++) {
        if (it->form[f].p)
            put_le(out, it->form[f].n, 4);
    }
    sk_buf_adds(out, it->rule);
    for (int f = 0; f < SK_FORM_N; f++) {
        if (it->form[f].p)
            sk_buf_adds(out, it->form[f]);
    }
    if (out->failed)
        return;
    sum = sk_record_sum(it->id, it->priority, (struct sk_str){out->p + start, out->n - start});
    for (int i = 0; i < 4; i++)
        out->p[start + (size_t)i] = (char)(sum >> 8 * i);
}

/* Cuts n bytes off the front; false: they are not there. */
static bool cut(struct sk_str *from, uint64_t n, struct sk_str *out)
{
    if (n > from->n)
        return false;
    *out = (struct sk_str){from->p, (size_t)n};
    from->p += n;
    from->n -= (size_t)n;
    return true;
}

/* Where the lines are in the record; they stay there. */
static bool parse(struct sk_str bytes, struct sk_sink_alert *alert,
                  struct sk_str form[static SK_FORM_N])
{
    struct sk_str rest = bytes, head, lengths;
    unsigned forms;
    size_t n = 0;

    if (!cut(&rest, HEAD, &head) || get_le(head.p + 4, 4) >> 24 != VERSION)
        return false;
    forms = (unsigned)get_le(head.p + 4, 4) & 0xffffff;
    if (!forms || forms >= 1u << SK_FORM_N)
        return false;
    alert->ts_ns = get_le(head.p + 8, 8);
    if (!cut(&rest, 4 * (size_t)__builtin_popcount(forms), &lengths) ||
        !cut(&rest, get_le(head.p + 16, 4), &alert->rule))
        return false;
    for (int f = 0; f < SK_FORM_N; f++) {
        if (!(forms & 1u << f))
            continue;
        if (!cut(&rest, get_le(lengths.p + 4 * n++, 4), &form[f]))
            return false;
        if (!alert->line.p)
            alert->line = form[f];
    }
    return rest.n == 0;
}

int sk_record_read(uint64_t id, uint32_t priority, struct sk_str bytes, unsigned forms,
                   size_t links, struct sk_item **out)
{
    struct sk_str form[SK_FORM_N] = {{0}};
    struct sk_sink_alert alert = {.id = id, .priority = priority, .forms = form};

    if (priority >= SK_LEVEL_N || bytes.n < HEAD ||
        get_le(bytes.p, 4) != sk_record_sum(id, priority, bytes) || !parse(bytes, &alert, form))
        return -EBADMSG;
    *out = sk_item_new(&alert, forms, links);
    return *out ? 0 : -ENOMEM;
}
