/* SPDX-License-Identifier: Apache-2.0 */
/* tuple.c - see tuple.h. */
#include "state/tuple.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static const uint8_t zeros[16];

/* Ports are little-endian. */
static uint16_t port_at(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static bool is_mapped(const uint8_t *ip)
{
    return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static bool read_unix(const uint8_t *p, size_t n, size_t skip, struct sk_tuple *t)
{
    if (n < skip + 1 || p[n - 1] != '\0')
        return false;
    t->path = sk_str((const char *)p + skip);
    return true;
}

bool sk_tuple_read(const struct sk_event *ev, unsigned i, struct sk_tuple *out)
{
    struct sk_str b = sk_event_bytes(ev, i);
    const uint8_t *p = (const uint8_t *)b.p;
    struct sk_tuple t = {.path = SK_STR(""), .sip = zeros, .dip = zeros};
    size_t ip;

    if (b.n == 0)
        return false;
    t.family = p[0];
    if (t.family == TUPLE_UNIX) {
        if (!read_unix(p, b.n, 17, &t))
            return false;
        memcpy(&t.src, p + 1, 8);
        memcpy(&t.dst, p + 9, 8);
        *out = t;
        return true;
    }
    ip = t.family == TUPLE_IP4 ? 4 : 16;
    if ((t.family != TUPLE_IP4 && t.family != TUPLE_IP6) || b.n < 1 + 2 * (ip + 2))
        return false;
    t.sip = p + 1;
    t.sport = port_at(t.sip + ip);
    t.dip = t.sip + ip + 2;
    t.dport = port_at(t.dip + ip);
    if (ip == 16 && is_mapped(t.sip) && is_mapped(t.dip)) {
        t.family = TUPLE_IP4;
        t.sip += 12;
        t.dip += 12;
    }
    *out = t;
    return true;
}

bool sk_tuple_read_addr(struct sk_str b, struct sk_tuple *out)
{
    const uint8_t *p = (const uint8_t *)b.p;
    struct sk_tuple t = {.path = SK_STR(""), .sip = zeros, .dip = zeros};
    size_t ip;

    if (b.n == 0)
        return false;
    t.family = p[0];
    if (t.family == TUPLE_UNIX) {
        if (!read_unix(p, b.n, 1, &t))
            return false;
        *out = t;
        return true;
    }
    ip = t.family == TUPLE_IP4 ? 4 : 16;
    if ((t.family != TUPLE_IP4 && t.family != TUPLE_IP6) || b.n < 1 + ip + 2)
        return false;
    t.dip = p + 1;
    t.dport = port_at(t.dip + ip);
    if (ip == 16 && is_mapped(t.dip)) {
        t.family = TUPLE_IP4;
        t.dip += 12;
    }
    *out = t;
    return true;
}

void sk_fd_swap_ends(struct sk_fd *fd)
{
    uint8_t ip[16];
    uint16_t port = fd->sport;

    memcpy(ip, fd->sip, sizeof(ip));
    memcpy(fd->sip, fd->dip, sizeof(ip));
    memcpy(fd->dip, ip, sizeof(ip));
    fd->sport = fd->dport;
    fd->dport = port;
}

static size_t ip_bytes(const struct sk_tuple *t)
{
    return t->family == TUPLE_IP4 ? 4 : 16;
}

bool sk_tuple_is_news(const struct sk_fd *fd, const struct sk_tuple *t)
{
    size_t n = ip_bytes(t);

    if (fd->type != (n == 4 ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK))
        return true;
    if (memcmp(fd->sip, t->sip, n) == 0 && fd->sport == t->sport &&
        memcmp(fd->dip, t->dip, n) == 0 && fd->dport == t->dport)
        return false;
    return memcmp(fd->sip, t->dip, n) != 0 || fd->sport != t->dport ||
           memcmp(fd->dip, t->sip, n) != 0 || fd->dport != t->sport;
}

bool sk_tuple_set_ends(struct sk_fd *fd, const struct sk_tuple *t)
{
    uint8_t type = ip_bytes(t) == 4 ? SK_FD_IPV4_SOCK : SK_FD_IPV6_SOCK;
    size_t n = ip_bytes(t);
    bool changed = false;

    if (fd->type != type) { /* what it was bound to says nothing about this peer */
        fd->type = type;
        memset(fd->sip, 0, sizeof(fd->sip));
        memset(fd->dip, 0, sizeof(fd->dip));
        fd->sport = fd->dport = 0;
    } else if (!sk_tuple_is_news(fd, t)) {
        return false;
    }
    if (memcmp(fd->sip, t->sip, n) != 0 || fd->sport != t->sport) {
        memcpy(fd->sip, t->sip, n);
        fd->sport = t->sport;
        changed = true;
    }
    if (memcmp(fd->dip, t->dip, n) != 0 || fd->dport != t->dport) {
        memcpy(fd->dip, t->dip, n);
        fd->dport = t->dport;
        changed = true;
    }
    return changed;
}

struct sk_str sk_tuple_unix_name(struct sk_arena *tmp, const struct sk_tuple *t)
{
    size_t max = t->path.n + 2 * 16 + sizeof("-> ");
    char *text = sk_arena_alloc(tmp, max);

    if (!text)
        return SK_STR("");
    snprintf(text, max, "%llx->%llx %s", (unsigned long long)t->src, (unsigned long long)t->dst,
             t->path.p);
    return sk_str(text);
}
