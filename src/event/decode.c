/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - the one place that reads records: everything behind it may trust lengths and NULs.
 *
 * Records come from the kernel, from files and from plugins.  Integers in them are little-endian
 * and not aligned, hence memcpy. */
#include "event/event.h"

#include <endian.h>
#include <errno.h>

/* Bytes of an extension's struct, by tag; the path of those that have one stands behind it. */
static const uint8_t ext_bytes[] = {
    [SK_X_TASK] = sizeof(struct sk_x_task), [SK_X_FILE] = sizeof(struct sk_x_file),
    [SK_X_SOCK] = sizeof(struct sk_x_sock), [SK_X_DIR] = sizeof(struct sk_x_dir),
    [SK_X_EXEC] = sizeof(struct sk_x_exec),
};

/* A struct and the path behind it, of the role in its second byte.  false: the path has no end.
 * Drivers write no NUL inside. */
static inline bool ext_with_path(const struct sk_param *p, struct sk_event *ev)
{
    size_t fixed = ext_bytes[p->data[0]], n = p->len - fixed;
    const char *path = (const char *)p->data + fixed;
    unsigned role = p->data[1];

    if (n && path[n - 1] != '\0')
        return false;
    n -= n != 0;
    path = n ? path : "";
    if (p->data[0] == SK_X_DIR) {
        if ((role == SK_ROLE_OLD || role == SK_ROLE_NEW) && !ev->dir[role - SK_ROLE_OLD].x)
            ev->dir[role - SK_ROLE_OLD] = (struct sk_ev_dir){(const void *)p->data, {path, n}};
    } else if (role != SK_ROLE_FD) {
        return true;
    } else if (p->data[0] == SK_X_FILE) {
        if (!ev->file.x)
            ev->file = (struct sk_ev_file){(const void *)p->data, {path, n}};
    } else if (!ev->sock.x) {
        ev->sock = (struct sk_ev_sock){(const void *)p->data, {path, n}};
    }
    return true;
}

/* The first of a kind counts; roles and tags that we do not know are skipped. */
static inline bool ext_one(const struct sk_param *p, struct sk_event *ev)
{
    unsigned tag = p->len ? p->data[0] : 0;

    if (tag >= SK_ARRAY_LEN(ext_bytes) || !tag)
        return true;
    if (p->len < ext_bytes[tag])
        return false;
    if (tag == SK_X_TASK)
        ev->task = ev->task ? ev->task : (const void *)p->data;
    else if (tag == SK_X_EXEC)
        ev->exec = ev->exec ? ev->exec : (const void *)p->data;
    else
        return ext_with_path(p, ev);
    return true;
}

static inline uint32_t len16(const uint8_t *p)
{
    uint16_t n;

    memcpy(&n, p, sizeof(n));
    return le16toh(n);
}

static inline uint32_t len32(const uint8_t *p)
{
    uint32_t n;

    memcpy(&n, p, sizeof(n));
    return le32toh(n);
}

/* Extensions have lengths of the width of their record, which is 16 bits where `large` is false.
 * Where their bytes end; NULL: beyond `end`, or one of them is damaged. */
static inline const uint8_t *extensions(const uint8_t *lens, uint32_t n, const uint8_t *data,
                                        const uint8_t *end, bool large, struct sk_event *ev)
{
    for (; n; n--) {
        struct sk_param p = {data, large ? len32(lens) : len16(lens)};

        if (p.len > (size_t)(end - data) || !ext_one(&p, ev))
            return NULL;
        lens += large ? 4 : 2;
        data += p.len;
    }
    return data;
}

/* Where parameters are, from their lengths; false: beyond the record.  Four at a time: the bytes of
 * four lengths, of as many as there are or more, must be there. */
static inline bool cut16(struct sk_event *ev, uint32_t at)
{
    const uint8_t *lens = ev->raw + SK_REC_HDR_BYTES;

    ev->off[0] = at;
    for (uint32_t i = 0; i < ev->nparams; i += 4, lens += 8) {
        uint64_t four; /* their sum has room: it is looked at once */

        memcpy(&four, lens, sizeof(four));
        four = le64toh(four);
        ev->off[i + 1] = at += four & 0xffff;
        ev->off[i + 2] = at += four >> 16 & 0xffff;
        ev->off[i + 3] = at += four >> 32 & 0xffff;
        ev->off[i + 4] = at += (uint32_t)(four >> 48);
    }
    return ev->off[ev->nparams] <= ev->raw_len;
}

/* The same, one at a time. */
static bool cut16_end(struct sk_event *ev, uint32_t at)
{
    const uint8_t *lens = ev->raw + SK_REC_HDR_BYTES;

    ev->off[0] = at;
    for (uint32_t i = 0; i < ev->nparams; i++)
        ev->off[i + 1] = at += len16(lens + 2 * i);
    return at <= ev->raw_len;
}

static bool cut32(struct sk_event *ev, uint32_t at)
{
    const uint8_t *lens = ev->raw + SK_REC_HDR_BYTES;

    ev->off[0] = at;
    for (uint32_t i = 0; i < ev->nparams; i++) {
        uint32_t len = len32(lens + 4 * i);

        if (len > ev->raw_len - at)
            return false;
        ev->off[i + 1] = at += len;
    }
    return true;
}

/* Do the texts among the first parameters end with a NUL? */
static inline bool texts_end(const struct sk_event *ev)
{
    uint32_t bits = sk_event_shapes[ev->type].text & (uint32_t)((1ull << ev->nparams) - 1);

    for (; bits; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctz(bits);

        if (ev->off[i + 1] != ev->off[i] && ev->raw[ev->off[i + 1] - 1] != '\0')
            return false;
    }
    return true;
}

/* Cuts the record into parameters and extensions. */
static bool split(uint32_t nparams, struct sk_event *ev)
{
    bool large = sk_event_shapes[ev->type].large;
    uint32_t width = large ? 4 : 2, end = ev->raw_len, at;
    const uint8_t *data;

    if (nparams > SK_REC_MAX_PARAMS || end - SK_REC_HDR_BYTES < nparams * width)
        return false;
    at = SK_REC_HDR_BYTES + nparams * width;
    if (!(large ? cut32(ev, at) : cut16_end(ev, at)) || !texts_end(ev))
        return false;
    data = extensions(ev->raw + SK_REC_HDR_BYTES + ev->nparams * width, nparams - ev->nparams,
                      ev->raw + ev->off[ev->nparams], ev->raw + end, large, ev);
    return data == ev->raw + end;
}

/* All but what cutting finds. */
static inline void fill(struct sk_event *ev, const uint8_t *rec, const struct sk_rec_hdr *h,
                        uint16_t cpu)
{
    static const struct sk_str none = {"", 0};

    ev->info = &sk_events[h->type];
    ev->num = 0;
    ev->ts_ns = h->ts_ns;
    ev->tid = h->tid;
    ev->type = h->type;
    ev->cpu = cpu;
    ev->raw = rec;
    ev->state_only = false;
    ev->task = NULL;
    ev->exec = NULL;
    ev->file = (struct sk_ev_file){NULL, none};
    ev->sock = (struct sk_ev_sock){NULL, none};
    /* Not one from the other: a pair that was just stored in halves is slow to load. */
    ev->dir[0] = (struct sk_ev_dir){NULL, none};
    ev->dir[1] = (struct sk_ev_dir){NULL, none};
    ev->more.lens = NULL;
}

static int read_header(const void *rec, size_t len, uint16_t cpu, struct sk_rec_hdr *h,
                       struct sk_event *out)
{
    if (len < sizeof(*h))
        return -EBADMSG;
    memcpy(h, rec, sizeof(*h));
    if (h->type >= SK_EVENT_N)
        return -ENOENT;
    fill(out, rec, h, cpu);
    out->nparams = SK_MIN(h->nparams, (uint32_t)out->info->nparams);
    return 0;
}

int sk_event_decode(const void *rec, size_t len, uint16_t cpu, struct sk_event *out)
{
    struct sk_rec_hdr h;
    int err = read_header(rec, len, cpu, &h, out);

    if (err)
        return err;
    if (h.len < sizeof(h) || h.len > len)
        return -EBADMSG;
    out->raw_len = h.len;
    if (split(h.nparams, out))
        return 0;
    out->nparams = 0;
    return -EBADMSG;
}

int sk_event_decode_more(const void *rec, size_t len, const struct sk_rec_more *more, uint16_t cpu,
                         struct sk_event *out)
{
    const uint8_t *end = more->data + more->data_len;
    struct sk_rec_hdr h;
    int err = read_header(rec, len, cpu, &h, out);

    if (err)
        return err;
    out->raw_len = (uint32_t)len;
    if (split(h.nparams, out) &&
        extensions(more->lens, more->n, more->data, end, false, out) == end) {
        out->more = *more;
        return 0;
    }
    out->nparams = 0;
    return -EBADMSG;
}

/* What follows the parameters of a recorded event, at `at`. */
static inline bool extend(struct sk_event *ev, const uint8_t *at)
{
    const uint8_t *end = ev->raw + ev->raw_len, *lens = at + SK_REC_MORE_BYTES, *data, *last;
    uint32_t n;

    if ((size_t)(end - at) < SK_REC_MORE_BYTES || len32(at) != SK_REC_MORE_MAGIC)
        return false;
    n = len16(at + 4);
    if ((size_t)(end - lens) < 2 * (size_t)n)
        return false;
    data = lens + 2 * (size_t)n;
    last = data;
    /* Who did it comes first, as the drivers write it. */
    if (n && len16(lens) == sizeof(*ev->task) && (size_t)(end - data) >= sizeof(*ev->task) &&
        data[0] == SK_X_TASK) {
        ev->task = (const void *)data;
        last += sizeof(*ev->task);
        lens += 2;
        n--;
    }
    last = extensions(lens, n, last, end, false, ev);
    if (!last)
        return false;
    ev->raw_len = (uint32_t)(at - ev->raw);
    ev->more.lens = at + SK_REC_MORE_BYTES;
    ev->more.data = data;
    ev->more.n = len16(at + 4);
    ev->more.data_len = (uint32_t)(last - data);
    return true;
}

bool sk_event_cut(const void *rec, size_t len, uint16_t cpu, struct sk_event *out)
{
    const struct sk_event_shape *shape;
    struct sk_rec_hdr h;
    const uint8_t *at;

    if (len < sizeof(h))
        return false;
    memcpy(&h, rec, sizeof(h));
    if (h.type >= SK_EVENT_N)
        return false;
    shape = &sk_event_shapes[h.type];
    /* Six bytes more than the lengths: then four of them can be read at a time. */
    if (h.nparams != shape->nparams || !shape->today || shape->large || h.len > len ||
        h.len < SK_REC_HDR_BYTES + 2 * (uint32_t)shape->nparams + 6)
        return false;
    fill(out, rec, &h, cpu);
    out->nparams = shape->nparams;
    out->raw_len = h.len;
    if (!cut16(out, SK_REC_HDR_BYTES + 2 * (uint32_t)shape->nparams) || !texts_end(out))
        return false;
    at = out->raw + out->off[shape->nparams];
    return at == out->raw + h.len || extend(out, at);
}

/* Little-endian, of 1 to 8 bytes, widened. */
static uint64_t widen(const uint8_t *p, unsigned bytes, bool is_signed)
{
    uint64_t v = 0;

    switch (bytes) {
    case 8:
        memcpy(&v, p, 8);
        return le64toh(v);
    case 4:
        v = len32(p);
        return is_signed ? (uint64_t)(int32_t)v : v;
    case 2:
        v = len16(p);
        return is_signed ? (uint64_t)(int16_t)v : v;
    default:
        return is_signed ? (uint64_t)(int8_t)*p : *p;
    }
}

static inline bool read_int(const struct sk_event *ev, unsigned i, uint64_t *out)
{
    const struct sk_param_info *info = &ev->info->param[i];
    struct sk_param p = sk_event_param(ev, i);

    if (!p.len || p.len != info->int_bytes)
        return false;
    *out = widen(p.data, info->int_bytes, info->int_signed);
    return true;
}

bool sk_event_u64(const struct sk_event *ev, unsigned i, uint64_t *out)
{
    return read_int(ev, i, out);
}

bool sk_event_i64(const struct sk_event *ev, unsigned i, int64_t *out)
{
    uint64_t v;

    if (!read_int(ev, i, &v))
        return false;
    *out = (int64_t)v;
    return true;
}

struct sk_str sk_event_bytes(const struct sk_event *ev, unsigned i)
{
    struct sk_param p = sk_event_param(ev, i);

    return (struct sk_str){(const char *)p.data, p.len};
}

struct sk_str sk_event_text(const struct sk_event *ev, unsigned i)
{
    struct sk_str s = sk_event_bytes(ev, i);

    if (!s.n || !(sk_event_shapes[ev->type].text >> i & 1))
        return (struct sk_str){0};
    return sk_str(s.p);
}

int sk_event_param_index(const struct sk_event_info *info, const char *name)
{
    for (int i = 0; i < info->nparams; i++)
        if (info->param[i].name[0] == name[0] && info->param[i].name[1] == name[1] &&
            strcmp(info->param[i].name, name) == 0)
            return i;
    return -1;
}

bool sk_event_result(const struct sk_event *ev, int64_t *out)
{
    int i;

    if (!ev->info->exit || !ev->info->nparams)
        return false;
    i = sk_event_param_index(ev->info, "res");
    if (i < 0 && strcmp(ev->info->param[0].name, "fd") == 0)
        i = 0;
    return i >= 0 && sk_event_i64(ev, (unsigned)i, out);
}

bool sk_event_fd(const struct sk_event *ev, int64_t *out)
{
    const struct sk_event_info *info = ev->info;
    uint32_t about = info->flags & (SK_EF_CREATES_FD | SK_EF_USES_FD | SK_EF_DESTROYS_FD);
    int i;

    if (ev->file.x || ev->sock.x) {
        *out = ev->file.x ? ev->file.x->fd : ev->sock.x->fd;
        return true;
    }
    if (!about)
        return false;
    i = sk_event_param_index(info, "fd");
    /* A call that is still to create its descriptor has at most a directory. */
    if (i < 0 && about & SK_EF_CREATES_FD && !info->exit)
        return false;
    for (int k = 0; i < 0 && k < info->nparams; k++)
        if (info->param[k].type == SK_T_FD)
            i = k;
    if (i < 0 && about & SK_EF_CREATES_FD)
        i = sk_event_param_index(info, "res");
    return i >= 0 && sk_event_i64(ev, (unsigned)i, out);
}

const char *sk_event_name(const struct sk_event *ev)
{
    const struct sk_syscall_info *sys;
    uint64_t sc, nr;

    if (ev->type > 1)
        return ev->info->name;
    if (sk_event_u64(ev, 0, &sc) && sc < sk_ppm_sc_n && sk_ppm_sc[sc].name)
        return sk_ppm_sc[sc].name;
    sys = sk_event_u64(ev, 1, &nr) ? sk_syscall_by_nr((int)nr) : NULL;
    return sys ? sys->name : ev->info->name;
}
