/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - numbers of the .scap format, and a cursor that never leaves its bytes.
 *
 * A file is a stream of blocks, plain or gzip: u32 type, u32 total length, body, padding to four
 * bytes, u32 total length again.  All integers are little-endian and packed. */
#pragma once
#include <endian.h>

#include "base/str.h"

enum sk_scap_kind {
    SK_SCAP_UNKNOWN,
    SK_SCAP_SECTION,
    SK_SCAP_MACHINE,
    SK_SCAP_TASKS,
    SK_SCAP_FDS,
    SK_SCAP_IFACES,
    SK_SCAP_USERS,
    SK_SCAP_TASKS_MORE,
    SK_SCAP_EVENT,
    SK_SCAP_EVENT_LARGE,
    SK_SCAP_EVENT_FLAGS,
    SK_SCAP_EVENT_FLAGS_LARGE,
};

enum sk_scap_id {
#define SCAP_BLOCK(id, name, kind, version) SK_SCAP_ID_##name = (id),
#include "scap_blocks.def"
};

#define SK_SCAP_MAGIC         0x1A2B3C4Du
#define SK_SCAP_MAGIC_SWAPPED 0x4D3C2B1Au
#define SK_SCAP_MAJOR         1
#define SK_SCAP_MINOR         2
#define SK_SCAP_HEADER_BYTES  8u  /* type and length */
#define SK_SCAP_TRAILER_BYTES 4u  /* the length again */
#define SK_SCAP_SECTION_BYTES 16u /* of the section header; options may follow */
#define SK_SCAP_MACHINE_BYTES 180u
#define SK_SCAP_HOSTNAME      128u
#define SK_SCAP_PATH_MAX      1024u       /* comm, exe, paths of a list */
#define SK_SCAP_ARGS_MAX      4096u       /* args, env, cgroups */
#define SK_SCAP_NAME_MAX      255u        /* of a user or group, homes, shells */
#define SK_SCAP_EVENT_BYTES   65536u      /* block of an ordinary event, without its header */
#define SK_SCAP_LARGE_BYTES   (16u << 20) /* of a large event; longer ones are skipped, counted */

/* Flags of an event block. */
enum { SK_SCAP_STATE_ONLY = 1, SK_SCAP_LARGE = 4 };

/* Types of an interface entry. */
enum { SK_SCAP_IPV4 = 1, SK_SCAP_IPV6, SK_SCAP_IPV4_NOSPEED, SK_SCAP_IPV6_NOSPEED };

/* Reads forward through borrowed bytes; past the end everything reads as 0 and `bad` is set. */
struct sk_scap_cursor {
    const uint8_t *p;
    size_t n, at;
    bool bad;
};

static inline void sk_scap_get(struct sk_scap_cursor *c, void *out, size_t n)
{
    if (c->bad || n > c->n - c->at) {
        c->bad = true;
        memset(out, 0, n);
        return;
    }
    memcpy(out, c->p + c->at, n);
    c->at += n;
}

static inline uint8_t sk_scap_u8(struct sk_scap_cursor *c)
{
    uint8_t v;

    sk_scap_get(c, &v, sizeof(v));
    return v;
}

static inline uint16_t sk_scap_u16(struct sk_scap_cursor *c)
{
    uint16_t v;

    sk_scap_get(c, &v, sizeof(v));
    return le16toh(v);
}

static inline uint32_t sk_scap_u32(struct sk_scap_cursor *c)
{
    uint32_t v;

    sk_scap_get(c, &v, sizeof(v));
    return le32toh(v);
}

static inline uint64_t sk_scap_u64(struct sk_scap_cursor *c)
{
    uint64_t v;

    sk_scap_get(c, &v, sizeof(v));
    return le64toh(v);
}

/* A number whose width is a matter of the file's version. */
static inline uint64_t sk_scap_int(struct sk_scap_cursor *c, unsigned bytes)
{
    uint64_t v = 0;

    sk_scap_get(c, &v, bytes);
    return le64toh(v);
}

/* u16 length and bytes; longer than max is bad. */
static inline struct sk_str sk_scap_text(struct sk_scap_cursor *c, size_t max)
{
    uint16_t n = sk_scap_u16(c);
    struct sk_str s;

    if (c->bad || n > max || n > c->n - c->at) {
        c->bad = true;
        return SK_STR("");
    }
    s = (struct sk_str){(const char *)c->p + c->at, n};
    c->at += n;
    return s;
}
