/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - parses constants by type, with the quirks that rules have come to depend on: decimals
 * only, values wrap to the width of the type, times are plain nanoseconds. */
#include "rule/value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>

#include "field/val.h"

static int refuse(struct sk_buf *err, const char *what, struct sk_str text)
{
    sk_buf_addz(err, what);
    sk_buf_adds(err, text);
    return -EINVAL;
}

static int not_a_number(struct sk_buf *err, struct sk_str text)
{
    sk_buf_adds(err, text);
    sk_buf_addz(err, " is not a valid number");
    return -EINVAL;
}

uint64_t sk_const_truncate(enum sk_type type, uint64_t value)
{
    unsigned bits = sk_type_size(type) * 8;

    if (bits == 0 || bits >= 64)
        return value;
    if (sk_type_is_signed(type))
        return (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
    return value & ((1ull << bits) - 1);
}

/* sscanf is the specification here: leading blanks, a sign, wrapping, and nothing may follow. */
static int parse_int(enum sk_type type, const char *z, struct sk_str text, uint64_t *out,
                     struct sk_buf *err)
{
    bool wide = sk_type_size(type) == 8;
    unsigned long u = 0;
    unsigned u32 = 0;
    long i = 0;
    int i32 = 0, n;
    char rest;

    if (sk_type_is_signed(type)) {
        n = wide ? sscanf(z, "%ld%c", &i, &rest) : sscanf(z, "%d%c", &i32, &rest);
        *out = (uint64_t)(wide ? i : (long)i32);
    } else {
        n = wide ? sscanf(z, "%lu%c", &u, &rest) : sscanf(z, "%u%c", &u32, &rest);
        *out = wide ? u : u32;
    }
    if (n != 1)
        return not_a_number(err, text);
    *out = sk_const_truncate(type, *out);
    return 0;
}

static bool all_digits(struct sk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* Numbers wrap to 16 bits; names come from the system's list of services. */
static int parse_port(const char *z, struct sk_str text, uint64_t *out, struct sk_buf *err)
{
    struct servent row, *found = NULL;
    char buf[2048];
    unsigned long n;

    if (text.n == 0) {
        *out = 0;
        return 0;
    }
    if (all_digits(text)) {
        if (text.n > 10 || sscanf(z, "%lu", &n) != 1 || n > INT32_MAX)
            return not_a_number(err, text);
        *out = (uint16_t)n;
        return 0;
    }
    if (getservbyname_r(z, NULL, &row, buf, sizeof(buf), &found) || !found)
        return refuse(err, "unrecognized protocol ", text);
    *out = ntohs((uint16_t)found->s_port);
    return 0;
}

static int parse_bool(struct sk_str text, uint64_t *out, struct sk_buf *err)
{
    *out = sk_str_eqz(text, "true");
    if (*out || sk_str_eqz(text, "false"))
        return 0;
    return refuse(err, "filter error: unrecognized boolean value ", text);
}

static int store_addr(int family, const char *z, struct sk_arena *mem, struct sk_const *out)
{
    size_t n = family == AF_INET ? 4 : 16;
    char *p = sk_arena_alloc(mem, n);

    if (!p)
        return -ENOMEM;
    if (inet_pton(family, z, p) != 1)
        return -EINVAL;
    out->s = (struct sk_str){p, n};
    return 0;
}

static int parse_addr(const char *z, struct sk_str text, struct sk_arena *mem, struct sk_const *out,
                      struct sk_buf *err)
{
    bool v4 = strchr(z, '.') != NULL;
    int rc = store_addr(v4 ? AF_INET : AF_INET6, z, mem, out);

    if (rc != -EINVAL)
        return rc;
    return refuse(err, v4 ? "unrecognized IPv4 address " : "unrecognized IPv6 address ", text);
}

/* The mask of a v4 network is read as an 8-bit number: it wraps. */
static int parse_net(const char *z, struct sk_str text, struct sk_arena *mem, struct sk_const *out,
                     struct sk_buf *err)
{
    bool v4 = strchr(z, '.') != NULL;
    const char *slash = strchr(z, '/');
    unsigned bits = 0;
    char *addr;
    int rc;

    if (!slash)
        return refuse(err, "unrecognized IP network ", text);
    addr = sk_arena_dup(mem, (struct sk_str){z, (size_t)(slash - z)});
    if (!addr)
        return -ENOMEM;
    rc = store_addr(v4 ? AF_INET : AF_INET6, addr, mem, out);
    if (rc == -EINVAL)
        return refuse(err, "unrecognized IP address ", text);
    if (rc)
        return rc;
    if (!slash[1] || !all_digits(sk_str(slash + 1)) || sscanf(slash + 1, "%u", &bits) != 1)
        bits = UINT8_MAX;
    if (v4)
        bits = (uint8_t)bits;
    if (v4 && bits > 32)
        return refuse(err, "invalid netmask ", sk_str(slash + 1));
    if (!v4 && (bits < 1 || bits > 128))
        return refuse(err, "invalid v6 netmask ", sk_str(slash + 1));
    out->prefix = bits;
    return 0;
}

static int parse_text(enum sk_type type, const char *z, struct sk_str text, struct sk_const *out,
                      struct sk_buf *err)
{
    if (text.n >= SK_CONST_MAX && type == SK_T_BYTEBUF)
        return refuse(err, "filter parameter too long (byte buf)", SK_STR(""));
    if (text.n >= SK_CONST_MAX) {
        sk_buf_printf(err, "filter parameter too long (used=%zu, available=%d):", text.n,
                      SK_CONST_MAX);
        sk_buf_adds(err, text);
        return -EINVAL;
    }
    out->s = (struct sk_str){z, text.n};
    return 0;
}

int sk_const_parse(enum sk_type type, struct sk_str text, struct sk_arena *mem,
                   struct sk_const *out, struct sk_buf *err)
{
    struct sk_const c = {0};
    char *z = sk_arena_dup(mem, text);
    int rc;

    if (!z)
        return -ENOMEM;
    if (type != SK_T_BYTEBUF && text.n && memchr(text.p, '\0', text.n))
        return refuse(err, "filter value cannot contain a NUL byte", SK_STR(""));
    if (sk_type_is_text(type) || type == SK_T_BYTEBUF) {
        rc = parse_text(type, z, text, &c, err);
    } else if (type == SK_T_BOOL) {
        rc = parse_bool(text, &c.num, err);
    } else if (type == SK_T_PORT) {
        rc = parse_port(z, text, &c.num, err);
    } else if (type == SK_T_DOUBLE) {
        rc = parse_int(SK_T_INT32, z, text, &c.num, err);
        c.dbl = (double)(int64_t)c.num;
    } else if (type == SK_T_IPADDR || type == SK_T_IPV4ADDR || type == SK_T_IPV6ADDR) {
        rc = parse_addr(z, text, mem, &c, err);
    } else if (type == SK_T_IPNET || type == SK_T_IPV4NET || type == SK_T_IPV6NET) {
        rc = parse_net(z, text, mem, &c, err);
    } else if (sk_type_is_int(type)) {
        rc = parse_int(type, z, text, &c.num, err);
    } else {
        sk_buf_printf(err, "wrong parameter type %d", (int)type);
        rc = -EINVAL;
    }
    if (!rc)
        *out = c;
    return rc;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sk_const_parse_hex(struct sk_str text, struct sk_arena *mem, struct sk_const *out,
                       struct sk_buf *err)
{
    static const char wrong[] =
        "filter error: bcontains and bstartswith operator support hex strings only";
    char *p = sk_arena_alloc(mem, text.n / 2 + 1);

    if (!p)
        return -ENOMEM;
    if (text.n % 2)
        return refuse(err, wrong, SK_STR(""));
    for (size_t i = 0; i < text.n; i += 2) {
        int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);

        if (high < 0 || low < 0)
            return refuse(err, wrong, SK_STR(""));
        p[i / 2] = (char)(high << 4 | low);
    }
    if (text.n / 2 >= SK_CONST_MAX)
        return refuse(err, "filter parameter too long (byte buf)", SK_STR(""));
    *out = (struct sk_const){.s = {p, text.n / 2}};
    return 0;
}

bool sk_const_in_net(const struct sk_const *net, struct sk_str addr)
{
    size_t bytes = net->prefix / 8;
    unsigned bits = net->prefix % 8;

    if (addr.n != net->s.n || (bytes && memcmp(addr.p, net->s.p, bytes) != 0))
        return false;
    return bits == 0 || (uint8_t)(addr.p[bytes] ^ net->s.p[bytes]) >> (8 - bits) == 0;
}
