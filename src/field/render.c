/* SPDX-License-Identifier: Apache-2.0 */
/* render.c - see render.h.  Which text a type has is a fact that users of Falco know; rules compare
 * with it (evt.arg.flags contains O_TRUNC), so it is the same here. */
#include "field/render.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "field/extract.h"
#include "field/fd_view.h"
#include "field/names.h"
#include "field/path.h"
#include "field/render_fd.h"
#include "state/ids.h"
#include "state/names.h"

/* Longest text of a number, and of everything that is neither text nor path: all flags of a table,
 * two addresses, a user name. */
#define NUMBER_BYTES 32
#define WORDS_BYTES  1024

/* One value: a parameter, or what a DYN parameter holds. */
struct piece {
    const struct sk_param_info *info;
    enum sk_type type;
    enum sk_print fmt;
    struct sk_str bytes;
    unsigned at; /* index of the parameter */
};

/* A buffer of fixed size in the batch arena: never grows. */
static struct sk_buf arena_buf(const struct sk_ctx *cx, size_t bytes)
{
    char *p = sk_arena_alloc(cx->tmp, bytes + 1);

    return (struct sk_buf){.p = p, .cap = p ? bytes + 1 : 0, .max = p ? bytes : 0, .failed = !p};
}

static uint64_t read_u64(struct sk_str s)
{
    uint64_t v = 0;

    memcpy(&v, s.p, SK_MIN(s.n, sizeof(v)));
    return v;
}

static int64_t read_i64(struct sk_str s)
{
    uint64_t v = read_u64(s);

    if (s.n < 8 && v >> (8 * s.n - 1))
        v |= UINT64_MAX << (8 * s.n);
    return (int64_t)v;
}

/* Numbers by their print format; OCT with its leading zero, HEX without 0x. */
static void add_number(const struct piece *p, bool is_signed, struct sk_buf *raw)
{
    uint64_t v = read_u64(p->bytes);

    switch (p->fmt) {
    case SK_PF_OCT:
        sk_buf_printf(raw, "%#" PRIo64, v);
        return;
    case SK_PF_HEX:
        sk_buf_printf(raw, "%" PRIX64, v);
        return;
    case SK_PF_10_PADDED_DEC:
        sk_buf_printf(raw, "%09" PRIu64, v);
        return;
    default:
        if (is_signed)
            sk_buf_printf(raw, "%" PRId64, read_i64(p->bytes));
        else
            sk_buf_printf(raw, "%" PRIu64, v);
    }
}

static void add_word(struct sk_buf *b, const char *word)
{
    if (b->n)
        sk_buf_addc(b, '|');
    sk_buf_addz(b, word);
}

static void add_flags(const struct sk_flag_table *t, uint64_t v, struct sk_buf *out)
{
    uint64_t left = v;

    for (size_t i = 0; t && i < t->n; i++) {
        uint32_t f = t->row[i].value;

        if (f ? (left & f) != f : v != 0)
            continue;
        add_word(out, t->row[i].name);
        left &= ~(uint64_t)f;
    }
}

static void add_enum(const struct sk_flag_table *t, uint64_t v, struct sk_buf *out)
{
    for (size_t i = 0; t && i < t->n; i++)
        if (t->row[i].value == v)
            add_word(out, t->row[i].name);
}

static void add_comm(const struct sk_ctx *cx, int64_t tid, struct sk_buf *out)
{
    const struct sk_thread *th = NULL;

    if (tid > 0 && cx->st)
        th = sk_state_thread(cx->st, sk_narrow_id((uint64_t)tid));
    if (th)
        sk_buf_adds(out, sk_whole_comm(th->comm, th->proc->image));
}

static void add_id(const struct sk_ctx *cx, const struct piece *p, struct sk_buf *raw,
                   struct sk_buf *out)
{
    uint32_t id = (uint32_t)read_u64(p->bytes);
    struct sk_str name = SK_STR("");

    sk_buf_printf(raw, "%" PRId32, (int32_t)id);
    if (id == UINT32_MAX) {
        sk_buf_addz(out, "<NONE>");
        return;
    }
    if (p->type == SK_T_UID && cx->st && cx->proc) {
        const struct sk_user *u = sk_state_user(cx->st, cx->proc, id);

        name = u ? u->name : name;
    } else if (cx->st && cx->proc) {
        const struct sk_group *g = sk_state_group(cx->st, cx->proc, id);

        name = g ? g->name : name;
    }
    if (name.n)
        sk_buf_adds(out, name);
    else
        sk_buf_addz(out, id == 0 ? "root" : "<NA>");
}

static void add_ip(const void *ip, size_t n, struct sk_buf *out)
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(n == 4 ? AF_INET : AF_INET6, ip, text, sizeof(text)))
        sk_buf_addz(out, text);
}

/* Address in network order, then the port, little-endian. */
static void add_end(const uint8_t *p, size_t ip_bytes, struct sk_buf *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_v4 = ip_bytes == 16 && memcmp(p, mapped, sizeof(mapped)) == 0;

    add_ip(is_v4 ? p + 12 : p, is_v4 ? 4 : ip_bytes, out);
    sk_buf_printf(out, ":%u", p[ip_bytes] | p[ip_bytes + 1] << 8);
}

static void add_sockaddr(const struct piece *p, struct sk_buf *out)
{
    const uint8_t *b = (const uint8_t *)p->bytes.p;

    if (b[0] == AF_INET && p->bytes.n >= 1 + 6)
        add_end(b + 1, 4, out);
    else if (b[0] == AF_INET6 && p->bytes.n >= 1 + 18)
        add_end(b + 1, 16, out);
    else if (b[0] == AF_UNIX)
        sk_buf_add(out, b + 1, strnlen((const char *)b + 1, p->bytes.n - 1));
    else
        sk_buf_printf(out, "family %u", b[0]);
}

static void add_socktuple(const struct piece *p, struct sk_buf *out)
{
    const uint8_t *b = (const uint8_t *)p->bytes.p;
    size_t ip = b[0] == AF_INET ? 4 : 16, end = ip + 2;

    if ((b[0] == AF_INET || b[0] == AF_INET6) && p->bytes.n >= 1 + 2 * end) {
        add_end(b + 1, ip, out);
        sk_buf_addz(out, "->");
        add_end(b + 1 + end, ip, out);
    } else if (b[0] == AF_UNIX && p->bytes.n >= 17) {
        sk_buf_printf(out, "%" PRIx64 "->%" PRIx64, read_u64((struct sk_str){p->bytes.p + 1, 8}),
                      read_u64((struct sk_str){p->bytes.p + 9, 8}));
        if (p->bytes.n > 17 && b[17]) {
            sk_buf_addc(out, ' ');
            sk_buf_add(out, b + 17, strnlen((const char *)b + 17, p->bytes.n - 17));
        }
    } else {
        sk_buf_printf(out, "family %u", b[0]);
    }
}

static void add_sigset(uint64_t set, struct sk_buf *out)
{
    for (unsigned sig = 1; sig < 32; sig++) {
        if (!(set & 1ull << (sig - 1)) || !sk_signal_name(sig))
            continue;
        if (out->n)
            sk_buf_addc(out, ',');
        sk_buf_addz(out, sk_signal_name(sig));
    }
}

static void add_abstime(uint64_t ns, struct sk_buf *out)
{
    time_t sec = (time_t)(ns / 1000000000u);
    struct tm tm;
    char text[64];

    if (localtime_r(&sec, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
        sk_buf_printf(out, "%s.%09" PRIu64, text, ns % 1000000000u);
}

static void add_printable(struct sk_str s, struct sk_buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        sk_buf_addc(out, s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '.');
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Control characters are left out: a terminal must not obey the name of a file. */
static void add_text(struct sk_str s, struct sk_buf *out)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_control(s.p[i]))
            sk_buf_addc(out, s.p[i]);
}

static void add_path(const struct sk_ctx *cx, const struct piece *p, struct sk_buf *out)
{
    struct sk_str text = sk_str(p->bytes.p), whole;

    if (!text.n || text.p[0] == '/' || sk_str_eqz(text, "<NA>") || sk_str_eqz(text, "(NULL)"))
        return;
    whole = sk_path_text(cx, p->at);
    if (whole.p && !sk_str_eq(whole, text))
        add_text(whole, out);
}

/* Types that are a number with a name. */
static bool add_named(const struct sk_ctx *cx, const struct piece *p, struct sk_buf *raw,
                      struct sk_buf *res)
{
    uint64_t u = read_u64(p->bytes);
    int64_t i = read_i64(p->bytes);

    switch (p->type) {
    case SK_T_FLAGS8:
    case SK_T_FLAGS16:
    case SK_T_FLAGS32:
        sk_buf_printf(raw, "%" PRIu64, u);
        add_flags(p->info->flags, u, res);
        return true;
    case SK_T_MODE:
        sk_buf_printf(raw, "%#" PRIo64, u);
        if (u)
            add_flags(p->info->flags, u, res);
        return true;
    case SK_T_ENUMFLAGS8:
    case SK_T_ENUMFLAGS16:
    case SK_T_ENUMFLAGS32:
        sk_buf_printf(raw, "%" PRIu64, u);
        add_enum(p->info->flags, u, res);
        return true;
    case SK_T_ERRNO: /* in decimal, also where an address comes back */
        sk_buf_printf(raw, "%" PRId64, i);
        sk_render_errno(i, res);
        return true;
    case SK_T_FD:
    case SK_T_FD32:
        sk_buf_printf(raw, "%" PRId64, i);
        sk_render_fd(cx, p->at, read_i64(p->bytes), res);
        return true;
    case SK_T_PID:
    case SK_T_PID32:
        sk_buf_printf(raw, "%" PRId64, i);
        add_comm(cx, i, res);
        return true;
    case SK_T_UID:
    case SK_T_GID:
        add_id(cx, p, raw, res);
        return true;
    case SK_T_SYSCALLID:
        sk_buf_printf(raw, "%" PRIu64, u);
        if (u == 0)
            sk_buf_addz(res, "unknown");
        else if (u < sk_ppm_sc_n && sk_ppm_sc[u].name)
            sk_buf_addz(res, sk_ppm_sc[u].name);
        return true;
    case SK_T_SIGTYPE:
        sk_buf_printf(raw, "%" PRIu64, u);
        if (sk_signal_name((unsigned)u))
            sk_buf_addz(res, sk_signal_name((unsigned)u));
        return true;
    case SK_T_SIGSET:
        sk_buf_printf(raw, "%" PRIX64, u);
        add_sigset(u, res);
        return true;
    case SK_T_RELTIME:
        if (u == UINT64_MAX) {
            sk_buf_addz(raw, "none");
            return true;
        }
        sk_buf_printf(raw, "%" PRIu64, u);
        sk_buf_printf(res, "%gs", (double)u / 1e9);
        return true;
    default:
        return false;
    }
}

static bool is_empty_null(enum sk_type t)
{
    return t == SK_T_BYTEBUF || t == SK_T_SOCKTUPLE || t == SK_T_FDLIST || t == SK_T_DYN;
}

static void add_piece(const struct sk_ctx *cx, const struct piece *p, struct sk_buf *raw,
                      struct sk_buf *res)
{
    unsigned size = sk_type_size(p->type);

    if (!p->bytes.n || (size && p->bytes.n != size)) {
        sk_buf_addz(raw, is_empty_null(p->type) ? "NULL" : "<NA>");
        return;
    }
    if (add_named(cx, p, raw, res))
        return;
    switch (p->type) {
    case SK_T_CHARBUF:
    case SK_T_FSPATH:
    case SK_T_FSRELPATH:
        if (strcmp(p->bytes.p, "(NULL)") == 0)
            sk_buf_addz(raw, "<NA>");
        else
            add_text(sk_str(p->bytes.p), raw);
        if (p->type != SK_T_CHARBUF)
            add_path(cx, p, res);
        return;
    case SK_T_SOCKADDR:
        add_sockaddr(p, raw);
        return;
    case SK_T_SOCKTUPLE:
        add_socktuple(p, raw);
        return;
    case SK_T_FDLIST:
        sk_render_fdlist(cx, p->bytes, raw);
        return;
    case SK_T_ABSTIME:
        add_abstime(read_u64(p->bytes), raw);
        return;
    case SK_T_IPV4ADDR:
    case SK_T_IPV6ADDR:
        add_ip(p->bytes.p, size, raw);
        return;
    default:
        if (p->type == SK_T_BYTEBUF && cx->for_output && cx->base64)
            sk_add_base64(p->bytes, raw);
        else if (size && p->type != SK_T_CHARBUFARRAY)
            add_number(p, sk_type_is_signed(p->type), raw);
        else
            add_printable(p->bytes, raw);
    }
}

/* Room for both texts: what the type can become at most. */
static void rooms(const struct sk_ctx *cx, const struct piece *p, size_t *raw, size_t *res)
{
    switch (p->type) {
    case SK_T_CHARBUF:
    case SK_T_BYTEBUF:
        *raw = p->bytes.n + p->bytes.n / 3 + NUMBER_BYTES; /* also in base64 */
        *res = 1;
        return;
    case SK_T_FSPATH:
    case SK_T_FSRELPATH:
        *raw = p->bytes.n + NUMBER_BYTES;
        *res = SK_PATH_MAX;
        return;
    case SK_T_FD:
    case SK_T_FD32:
        *raw = NUMBER_BYTES;
        *res = 256 + (cx->ev->task ? 0 : SK_PATH_MAX) +
               SK_MAX(SK_MAX(cx->ev->file.path.n, cx->ev->sock.path.n),
                      SK_MAX(cx->ev->dir[0].path.n, cx->ev->dir[1].path.n));
        return;
    case SK_T_FLAGS8:
    case SK_T_FLAGS16:
    case SK_T_FLAGS32:
    case SK_T_UID:
    case SK_T_GID:
    case SK_T_MODE:
    case SK_T_SIGSET:
        *raw = NUMBER_BYTES;
        *res = WORDS_BYTES;
        return;
    default:
        *raw = 3 * p->bytes.n + 128;
        *res = 128;
    }
}

bool sk_render(const struct sk_ctx *cx, unsigned i, struct sk_rendered *out)
{
    const struct sk_event *ev = cx->ev;
    struct piece p;
    struct sk_buf raw, res;
    size_t raw_n, res_n;

    if (i >= ev->nparams)
        return false;
    p = (struct piece){.info = &ev->info->param[i],
                       .type = ev->info->param[i].type,
                       .fmt = ev->info->param[i].fmt,
                       .bytes = sk_event_bytes(ev, i),
                       .at = i};
    if (p.type == SK_T_DYN && p.bytes.n && p.info->dyn && (uint8_t)p.bytes.p[0] < p.info->dyn->n) {
        const struct sk_dyn_row *row = &p.info->dyn->row[(uint8_t)p.bytes.p[0]];

        p.type = row->type;
        p.fmt = row->fmt;
        p.bytes = (struct sk_str){p.bytes.p + 1, p.bytes.n - 1};
        /* The decoder knows the row's type only: this text may lack its end. */
        if (p.type == SK_T_CHARBUF && (!p.bytes.n || p.bytes.p[p.bytes.n - 1]))
            p.type = SK_T_BYTEBUF;
    }
    rooms(cx, &p, &raw_n, &res_n);
    raw = arena_buf(cx, raw_n);
    res = arena_buf(cx, res_n);
    if (raw.failed || res.failed)
        return false;
    add_piece(cx, &p, &raw, &res);
    *out = (struct sk_rendered){sk_buf_str(&raw), sk_buf_str(&res)};
    return true;
}

/* Texts that need neither cleaning nor a base directory are given as they are. */
static bool plain_text(const struct sk_event *ev, unsigned i, struct sk_str *out)
{
    struct sk_str s = sk_event_text(ev, i);

    if (!s.p || (ev->info->param[i].type != SK_T_CHARBUF && (!s.n || s.p[0] != '/')) ||
        sk_str_eqz(s, "(NULL)"))
        return false;
    for (size_t k = 0; k < s.n; k++)
        if (is_control(s.p[k]))
            return false;
    *out = s;
    return true;
}

static bool is_enum(enum sk_type t)
{
    return t == SK_T_ENUMFLAGS8 || t == SK_T_ENUMFLAGS16 || t == SK_T_ENUMFLAGS32;
}

static bool has_names(enum sk_type t)
{
    return is_enum(t) || t == SK_T_FLAGS8 || t == SK_T_FLAGS16 || t == SK_T_FLAGS32;
}

#define NAMES_MAX 64

/* Those of the table that a number has. */
static size_t names_of(const struct sk_param_info *info, uint64_t v, const char *name[NAMES_MAX])
{
    const struct sk_flag_table *t = info->flags;
    bool one = is_enum(info->type);
    uint64_t left = v;
    size_t n = 0;

    for (size_t i = 0; t && i < t->n && n < NAMES_MAX; i++) {
        uint64_t f = t->row[i].value;

        if (one ? f != v : f ? (left & f) != f : v != 0)
            continue;
        name[n++] = t->row[i].name;
        left &= ~f;
    }
    return n;
}

/* A number with names, without its digits. */
static bool plain_names(const struct sk_ctx *cx, unsigned i, struct sk_str *out)
{
    const struct sk_param_info *info = &cx->ev->info->param[i];
    struct sk_str bytes = sk_event_bytes(cx->ev, i);
    const char *name[NAMES_MAX];
    struct sk_buf b;
    size_t n;

    if (!bytes.n || bytes.n != sk_type_size(info->type))
        return false;
    n = names_of(info, read_u64(bytes), name);
    if (n == 1)
        *out = sk_str(name[0]);
    if (n < 2)
        return n == 1;
    b = arena_buf(cx, WORDS_BYTES);
    for (size_t k = 0; k < n; k++)
        add_word(&b, name[k]);
    *out = sk_buf_str(&b);
    return !b.failed;
}

bool sk_render_arg(const struct sk_ctx *cx, unsigned i, struct sk_str *out)
{
    struct sk_rendered r;

    if (i < cx->ev->nparams && has_names(cx->ev->info->param[i].type) ? plain_names(cx, i, out)
                                                                      : plain_text(cx->ev, i, out))
        return true;
    if (!sk_render(cx, i, &r))
        return false;
    *out = r.resolved.n ? r.resolved : r.raw;
    return true;
}

bool sk_render_args(const struct sk_ctx *cx, struct sk_str *out)
{
    const struct sk_event_info *info = cx->ev->info;
    struct sk_rendered r[SK_EVENT_MAX_PARAMS];
    uint32_t n = cx->ev->nparams;
    size_t room = 0;
    struct sk_buf b;

    if (cx->ev->type <= 1) { /* GENERIC: its parameters are its name */
        *out = SK_STR("");
        return true;
    }
    for (unsigned i = 0; i < n; i++) {
        if (!sk_render(cx, i, &r[i]))
            return false;
        room += strlen(info->param[i].name) + r[i].raw.n + r[i].resolved.n + 4;
    }
    b = arena_buf(cx, room);
    for (unsigned i = 0; i < n; i++) {
        if (i)
            sk_buf_addc(&b, ' ');
        sk_buf_addz(&b, info->param[i].name);
        sk_buf_addc(&b, '=');
        sk_buf_adds(&b, r[i].raw);
        if (!r[i].resolved.n)
            continue;
        sk_buf_addc(&b, '(');
        sk_buf_adds(&b, r[i].resolved);
        sk_buf_addc(&b, ')');
    }
    *out = sk_buf_str(&b);
    return !b.failed;
}

void sk_render_json(const struct sk_ctx *cx, unsigned i, struct sk_buf *out)
{
    struct sk_rendered r;
    struct sk_str s;
    int64_t number;

    if (!sk_render(cx, i, &r)) {
        sk_buf_addz(out, "null");
        return;
    }
    s = r.resolved.n ? r.resolved : r.raw;
    if (!r.resolved.n && cx->ev->info->param[i].fmt == SK_PF_DEC &&
        sk_parse_i64(s.p, s.n, &number) == 0) {
        sk_buf_adds(out, s);
        return;
    }
    sk_buf_addc(out, '"');
    sk_buf_add_json(out, s);
    sk_buf_addc(out, '"');
}
