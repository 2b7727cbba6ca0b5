/* SPDX-License-Identifier: Apache-2.0 */
/* convert_fuzz.c - a stream of arbitrary old records: what comes out can be read to its end, and its
 * lengths add up.
 *
 * Input: pieces of (u16 type, u8 thread, u8 parameters, u16 bytes, bytes); the header is made so that
 * most of them get to a rule.  A piece with an odd thread is passed with the header it brings. */
#include "event/convert.h"
#include "event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void one(struct sk_converter *c, const uint8_t *rec, size_t len)
{
    struct sk_event ev;
    const char *why = NULL;
    const void *out;
    size_t n;
    int rc = sk_convert(c, rec, len, &out, &n, &why);

    if (rc < 0) {
        if (!why)
            abort();
        return;
    }
    if (rc == SK_CONVERT_DROP)
        return;
    for (size_t i = 0; i < n; i++)
        sink += ((const uint8_t *)out)[i];
    rc = sk_event_decode(out, n, 0, &ev);
    sink += (uint64_t)rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sk_auto(converter) struct sk_converter *c = NULL;
    size_t at = 0;

    if (sk_converter_new(&c))
        return 0;
    while (size - at >= 6) {
        uint16_t type, bytes;
        uint8_t tid = data[at + 2], nparams = data[at + 3];
        struct sk_rec_hdr h = {.ts_ns = 1, .tid = tid / 16};
        uint8_t *rec;
        size_t n;

        memcpy(&type, data + at, 2);
        memcpy(&bytes, data + at + 4, 2);
        at += 6;
        bytes = (uint16_t)SK_MIN(bytes, size - at);
        n = sizeof(h) + bytes;
        h.type = type % SK_EVENT_N;
        h.nparams = nparams % 36;
        h.len = (uint32_t)n;
        rec = malloc(n);
        if (!rec)
            return 0;
        memcpy(rec, &h, sizeof(h));
        memcpy(rec + sizeof(h), data + at, bytes);
        if (tid & 1)
            memcpy(rec, data + at, SK_MIN(bytes, sizeof(h)));
        one(c, rec, n);
        free(rec);
        at += bytes;
    }
    return 0;
}
