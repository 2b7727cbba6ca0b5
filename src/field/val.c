/* SPDX-License-Identifier: Apache-2.0 */
/* val.c - how one value is written: integers by print format, addresses, times, texts. */
#include "field/val.h"

#include <arpa/inet.h>
#include <inttypes.h>

/* What a type's value is: decides which member of the union holds it. */
enum val_kind { KIND_OTHER, KIND_SIGNED, KIND_UNSIGNED, KIND_TEXT };

static const uint8_t kinds[SK_T_N] = {
    [SK_T_INT8] = KIND_SIGNED,          [SK_T_INT16] = KIND_SIGNED,
    [SK_T_INT32] = KIND_SIGNED,         [SK_T_INT64] = KIND_SIGNED,
    [SK_T_ERRNO] = KIND_SIGNED,         [SK_T_FD] = KIND_SIGNED,
    [SK_T_PID] = KIND_SIGNED,           [SK_T_FD32] = KIND_SIGNED,
    [SK_T_PID32] = KIND_SIGNED,         [SK_T_UINT8] = KIND_UNSIGNED,
    [SK_T_UINT16] = KIND_UNSIGNED,      [SK_T_UINT32] = KIND_UNSIGNED,
    [SK_T_UINT64] = KIND_UNSIGNED,      [SK_T_SYSCALLID] = KIND_UNSIGNED,
    [SK_T_SIGTYPE] = KIND_UNSIGNED,     [SK_T_RELTIME] = KIND_UNSIGNED,
    [SK_T_ABSTIME] = KIND_UNSIGNED,     [SK_T_PORT] = KIND_UNSIGNED,
    [SK_T_L4PROTO] = KIND_UNSIGNED,     [SK_T_SOCKFAMILY] = KIND_UNSIGNED,
    [SK_T_FLAGS8] = KIND_UNSIGNED,      [SK_T_FLAGS16] = KIND_UNSIGNED,
    [SK_T_FLAGS32] = KIND_UNSIGNED,     [SK_T_UID] = KIND_UNSIGNED,
    [SK_T_GID] = KIND_UNSIGNED,         [SK_T_SIGSET] = KIND_UNSIGNED,
    [SK_T_CHARBUFARRAY] = KIND_OTHER,   [SK_T_MODE] = KIND_UNSIGNED,
    [SK_T_ENUMFLAGS8] = KIND_UNSIGNED,  [SK_T_ENUMFLAGS16] = KIND_UNSIGNED,
    [SK_T_ENUMFLAGS32] = KIND_UNSIGNED, [SK_T_CHARBUF] = KIND_TEXT,
    [SK_T_FSPATH] = KIND_TEXT,          [SK_T_FSRELPATH] = KIND_TEXT,
};

static enum val_kind kind_of(enum sk_type t)
{
    return (unsigned)t < SK_T_N ? (enum val_kind)kinds[t] : KIND_OTHER;
}

bool sk_type_is_signed(enum sk_type t)
{
    return kind_of(t) == KIND_SIGNED;
}

bool sk_type_is_text(enum sk_type t)
{
    return kind_of(t) == KIND_TEXT;
}

bool sk_type_is_int(enum sk_type t)
{
    return kind_of(t) == KIND_SIGNED || kind_of(t) == KIND_UNSIGNED;
}

/* The bits of a negative number beyond its type's width are not printed: INT32 -1 is FFFFFFFF. */
static uint64_t bits_of(const struct sk_val *v)
{
    unsigned size = sk_type_size(v->type);

    return size && size < 8 ? v->u64 & ((1ull << size * 8) - 1) : v->u64;
}

static void add_int(const struct sk_val *v, enum sk_print fmt, struct sk_buf *out)
{
    switch (fmt) {
    case SK_PF_HEX:
        sk_buf_printf(out, "%" PRIX64, bits_of(v));
        return;
    case SK_PF_OCT:
        sk_buf_printf(out, "%" PRIo64, bits_of(v));
        return;
    case SK_PF_10_PADDED_DEC:
        sk_buf_printf(out, "%09" PRIu64, v->u64);
        return;
    default:
        if (sk_type_is_signed(v->type))
            sk_buf_printf(out, "%" PRId64, v->i64);
        else
            sk_buf_printf(out, "%" PRIu64, v->u64);
    }
}

static void add_ip(struct sk_str s, struct sk_buf *out)
{
    char text[INET6_ADDRSTRLEN];

    if (s.n == 4 && inet_ntop(AF_INET, s.p, text, sizeof(text)))
        sk_buf_addz(out, text);
    else if (s.n == 16 && inet_ntop(AF_INET6, s.p, text, sizeof(text)))
        sk_buf_addz(out, text);
    else
        sk_buf_addz(out, "<NA>");
}

/* Bytes that are not printable ASCII become dots; what is behind a final NUL is not text. */
static void add_bytes(struct sk_str s, struct sk_buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        sk_buf_addc(out, s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '.');
}

void sk_add_base64(struct sk_str s, struct sk_buf *out)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.n; i += 3) {
        size_t n = SK_MIN(s.n - i, (size_t)3);
        uint32_t v = 0;

        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (k < n ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            sk_buf_addc(out, k <= n ? digit[v >> (18 - 6 * k) & 63] : '=');
    }
}

void sk_val_text(const struct sk_val *v, enum sk_print fmt, struct sk_buf *out)
{
    switch (v->type) {
    case SK_T_BOOL:
        sk_buf_addz(out, v->b ? "true" : "false");
        return;
    case SK_T_DOUBLE:
        sk_buf_printf(out, "%.1f", v->dbl);
        return;
    case SK_T_IPADDR:
    case SK_T_IPV4ADDR:
    case SK_T_IPV6ADDR:
        add_ip(v->s, out);
        return;
    case SK_T_IPNET:
    case SK_T_IPV4NET:
    case SK_T_IPV6NET:
        sk_buf_addz(out, "<IPNET>");
        return;
    case SK_T_BYTEBUF:
        if (fmt == SK_PF_BASE64)
            sk_add_base64(v->s, out);
        else
            add_bytes(v->s, out);
        return;
    default:
        if (sk_type_is_int(v->type))
            add_int(v, v->fmt ? v->fmt : fmt, out);
        else
            sk_buf_adds(out, v->s);
    }
}

/* A number that JSON can hold: times always, other integers unless the format asks for digits that
 * are no decimal number. */
static bool json_is_number(const struct sk_val *v, enum sk_print fmt)
{
    if (v->type == SK_T_RELTIME || v->type == SK_T_ABSTIME)
        return true;
    return sk_type_is_int(v->type) && fmt != SK_PF_HEX && fmt != SK_PF_OCT &&
           fmt != SK_PF_10_PADDED_DEC;
}

void sk_val_json(const struct sk_val *v, enum sk_print fmt, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(out->max);

    if (v->type == SK_T_BOOL || v->type == SK_T_DOUBLE) {
        sk_val_text(v, fmt, out);
        return;
    }
    if (json_is_number(v, fmt)) {
        add_int(v, SK_PF_DEC, out);
        return;
    }
    sk_buf_addc(out, '"');
    if (sk_type_is_text(v->type)) {
        sk_buf_add_json(out, v->s);
    } else {
        sk_val_text(v, fmt, &text);
        out->failed = out->failed || text.failed;
        sk_buf_add_json(out, sk_buf_str(&text));
    }
    sk_buf_addc(out, '"');
}
