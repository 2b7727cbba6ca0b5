/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_eval.c - a prefilter asked by userspace: the facts are those of a decoded event and of the
 * state, the tests and clauses are the code that the kernel side runs (abi/prefilter_eval.h). */
#include <sys/socket.h>

#include "rule/prefilter_own.h"

#define END_BYTES_MAX 16

/* What the address of a peer tells only where there is one. */
static const struct sk_x_sock *peer_of(const struct sk_event *ev)
{
    static const uint8_t zero[END_BYTES_MAX];
    const struct sk_x_sock *x = ev->sock.x;

    if (!x || (x->family != AF_INET && x->family != AF_INET6))
        return NULL;
    return memcmp(x->raddr, zero, x->family == AF_INET ? 4 : 16) ? x : NULL;
}

static bool fd_type(const struct sk_event *ev, uint64_t *out)
{
    unsigned t = ev->sock.x ? ev->sock.x->type : ev->file.x ? ev->file.x->type : SK_FD_UNKNOWN;

    *out = t == SK_FD_IPV4_SERVSOCK   ? SK_FD_IPV4_SOCK
           : t == SK_FD_IPV6_SERVSOCK ? SK_FD_IPV6_SOCK
           : t == SK_FD_FILE_V1       ? SK_FD_FILE
                                      : t;
    return sk_pf_resolves(ev->type);
}

static bool fact(const struct sk_ctx *cx, const struct sk_pf_atom *a, uint64_t *out)
{
    const struct sk_event *ev = cx->ev;
    int64_t num;

    switch (a->fact) {
    case SK_PF_F_RET:
        return sk_event_result(ev, (int64_t *)out);
    case SK_PF_F_PARAM:
        return sk_event_u64(ev, a->n, out);
    case SK_PF_F_EUID:
        *out = ev->task->uid;
        return true;
    case SK_PF_F_EGID:
        *out = ev->task->gid;
        return true;
    case SK_PF_F_FDTYPE:
        return fd_type(ev, out);
    case SK_PF_F_FDNUM:
        if (!sk_event_fd(ev, &num))
            return false;
        *out = num < 0 ? UINT64_MAX : (uint64_t)num;
        return true;
    case SK_PF_F_L4PROTO:
        *out = ev->sock.x ? ev->sock.x->l4proto : 0;
        return ev->sock.x || ev->file.x;
    case SK_PF_F_LPORT:
    case SK_PF_F_RPORT:
        if (!peer_of(ev))
            return false;
        *out = a->fact == SK_PF_F_LPORT ? ev->sock.x->lport : ev->sock.x->rport;
        return *out || a->fact == SK_PF_F_RPORT; /* an end without address and port is none */
    case SK_PF_F_CONTAINER:
        *out = cx->proc && cx->proc->container_id.n;
        return cx->proc;
    default:
        return false;
    }
}

static void numbers(const struct sk_pf *pf, const struct sk_ctx *cx, uint64_t *value,
                    uint64_t *known)
{
    const struct sk_pf_event *e = &pf->event[cx->ev->type];

    for (uint32_t i = 0; i < e->natoms; i++) {
        const struct sk_pf_atom *a = &pf->atom[e->first_atom + i];
        uint64_t v;

        if (!fact(cx, a, &v))
            continue;
        *known |= 1ull << i;
        *value |= (uint64_t)(sk_pf_holds(pf, a, v) != 0) << i;
    }
}

static void comm(const struct sk_pf *pf, const struct sk_ctx *cx, uint64_t *value, uint64_t *known)
{
    const char *p = cx->ev->task->comm;
    uint64_t hash = sk_pf_hash(pf, p, strnlen(p, SK_COMM_MAX));

    *value = sk_pf_mark_find(pf, sk_pf_mark_key(pf, SK_PF_S_COMM, hash));
    *known = sk_pf_known(pf, SK_PF_COMM, *value, 0);
}

static uint64_t marks(const struct sk_pf *pf, uint32_t space, struct sk_str s)
{
    return sk_pf_mark_find(pf, sk_pf_mark_key(pf, space, sk_pf_hash(pf, s.p, s.n)));
}

/* Components of an absolute path without "." and ".."; -1: it is none. */
static int components(struct sk_str path, struct sk_str *out, int max)
{
    int n = 0;

    if (!path.n || path.p[0] != '/')
        return -1;
    if (path.n == 1)
        return 0;
    for (size_t at = 1; at <= path.n; n++) {
        const char *slash = at < path.n ? memchr(path.p + at, '/', path.n - at) : NULL;
        struct sk_str one = {path.p + at, slash ? (size_t)(slash - path.p) - at : path.n - at};

        if (n == max || !one.n || one.n >= SK_PF_NAME_MAX || sk_str_eqz(one, ".") ||
            sk_str_eqz(one, ".."))
            return -1;
        out[n] = one;
        at += one.n + 1;
    }
    return n;
}

static void path_bits(const struct sk_pf *pf, uint32_t word, struct sk_str path, uint64_t *value,
                      uint64_t *known)
{
    struct sk_str part[SK_PF_DEPTH], last;
    int n = components(path, part, SK_PF_DEPTH);
    struct sk_pf_walk w;
    const char *dot;

    if (n < 0)
        return;
    sk_pf_walk_begin(pf, &w, word, (uint32_t)n);
    for (int i = 0; i < n; i++)
        sk_pf_walk_step(pf, &w, sk_pf_hash(pf, part[i].p, part[i].n), (uint32_t)(n - i - 1));
    if (n && pf->names >> word & 1) {
        last = part[n - 1];
        w.value |= marks(pf, SK_PF_S_NAME | word << 8, last);
        dot = memrchr(last.p, '.', last.n);
        if (dot)
            w.value |= marks(pf, SK_PF_S_EXT | word << 8,
                             (struct sk_str){dot, (size_t)(last.p + last.n - dot)});
    }
    *value = w.value;
    *known = sk_pf_known(pf, word, w.value, w.unknown);
}

static void exe(const struct sk_pf *pf, const struct sk_ctx *cx, uint64_t *value, uint64_t *known)
{
    if (!cx->proc)
        return;
    path_bits(pf, SK_PF_EXE, cx->proc->image->exepath, value, known);
    if (cx->proc->image->exe_memfd)
        *known = 0; /* /proc gives such a file a name below the root */
}

/* Marks of an address, for each length of a prefix. */
static uint64_t networks(const struct sk_pf *pf, const uint8_t *addr, size_t n)
{
    const uint8_t *lens = n == 4 ? pf->plen4 : pf->plen6;
    uint64_t bits = 0;

    for (uint32_t i = 0; i < SK_PF_PLENS && lens[i] != 0xff; i++) {
        uint8_t m[END_BYTES_MAX] = {0};

        memcpy(m, addr, lens[i] / 8);
        if (lens[i] % 8)
            m[lens[i] / 8] = (uint8_t)(addr[lens[i] / 8] & 0xff00 >> lens[i] % 8);
        bits |= marks(pf, (n == 4 ? SK_PF_S_NET4 : SK_PF_S_NET6) | (uint32_t)lens[i] << 8,
                      (struct sk_str){(const char *)m, n});
    }
    return bits;
}

static bool is_mapped(const uint8_t *a)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(a, prefix, sizeof(prefix)) == 0;
}

static void net(const struct sk_pf *pf, const struct sk_ctx *cx, uint64_t *value, uint64_t *known)
{
    static const uint8_t zero[END_BYTES_MAX];
    const struct sk_x_sock *x = peer_of(cx->ev);
    size_t n = x && x->family == AF_INET ? 4 : 16;
    uint64_t unknown = 0;

    if (!x || (n == 16 && (is_mapped(x->raddr) || is_mapped(x->laddr))))
        return;
    *value = networks(pf, x->raddr, n) & pf->net_end[SK_PF_REMOTE];
    if (memcmp(x->laddr, zero, n))
        *value |= networks(pf, x->laddr, n) & pf->net_end[SK_PF_LOCAL];
    else
        unknown = pf->net_end[SK_PF_LOCAL];
    *known = sk_pf_known(pf, SK_PF_NET, *value, unknown);
}

static void path(const struct sk_pf *pf, const struct sk_ctx *cx, uint64_t *value, uint64_t *known)
{
    const struct sk_event *ev = cx->ev;
    const uint8_t odd = SK_FILE_DELETED | SK_FILE_TRUNCATED | SK_FILE_UNREACHABLE;
    const struct sk_x_file *x = ev->file.x;

    if (!sk_pf_resolves(ev->type))
        return;
    if (ev->sock.x) {
        if (ev->sock.x->family != AF_UNIX)
            *known = ~0ull; /* "IP:PORT->IP:PORT", or nothing */
        return;
    }
    if (!x || x->flags & odd)
        return;
    if (x->type == SK_FD_FILE || x->type == SK_FD_FILE_V1 || x->type == SK_FD_DIRECTORY)
        path_bits(pf, SK_PF_PATH, ev->file.path, value, known);
    else if (!ev->file.path.n)
        *known = ~0ull;
}

void sk_prefilter_facts(const struct sk_pf *pf, const struct sk_ctx *cx, enum sk_pf_word word,
                        uint64_t *out_value, uint64_t *out_known)
{
    *out_value = *out_known = 0;
    if (!cx->ev->task)
        return; /* of another driver: descriptors are known to the state alone */
    switch (word) {
    case SK_PF_NUM:
        numbers(pf, cx, out_value, out_known);
        break;
    case SK_PF_COMM:
        comm(pf, cx, out_value, out_known);
        break;
    case SK_PF_EXE:
        exe(pf, cx, out_value, out_known);
        break;
    case SK_PF_NET:
        net(pf, cx, out_value, out_known);
        break;
    case SK_PF_PATH:
        path(pf, cx, out_value, out_known);
        break;
    default:
        break;
    }
}

bool sk_prefilter_pass(const struct sk_pf *pf, const struct sk_ctx *cx)
{
    const struct sk_pf_event *e = &pf->event[cx->ev->type & (SK_PF_EVENTS - 1)];
    uint64_t alive, value, known;

    if (!e->filtered || !cx->ev->task)
        return true;
    alive = e->nclauses == 64 ? ~0ull : (1ull << e->nclauses) - 1;
    for (uint32_t w = 0; alive && w < SK_PF_WORDS; w++) {
        if (!(e->words >> w & 1))
            continue;
        sk_prefilter_facts(pf, cx, (enum sk_pf_word)w, &value, &known);
        alive = sk_pf_narrow(pf, e, w, alive, value, known);
    }
    return alive != 0;
}
