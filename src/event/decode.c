/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - the one place that reads records: everything behind it may trust lengths and NULs.
 *
 * Records come from the kernel, from files and from plugins.  Integers in them are little-endian
 * and not aligned, hence memcpy. */
#include "event/event.h"

#include <errno.h>

/* The path behind an extension's struct; false: it has no end. */
static bool ext_path(const struct sk_param *p, size_t fixed, struct sk_str *out)
{
    const char *s = (const char *)p->data + fixed;
    size_t n = p->len - fixed;

    if (n && s[n - 1] != '\0')
        return false;
    *out = n ? sk_str(s) : SK_STR("");
    return true;
}

/* The first of a kind counts; roles and tags that we do not know are skipped. */
static bool ext_one(const struct sk_param *p, struct sk_event *ev)
{
    struct sk_str path = SK_STR("");

    switch (p->len ? p->data[0] : 0) {
    case SK_X_TASK:
        if (p->len < sizeof(*ev->task))
            return false;
        if (!ev->task)
            ev->task = (const void *)p->data;
        return true;
    case SK_X_EXEC:
        if (p->len < sizeof(*ev->exec))
            return false;
        if (!ev->exec)
            ev->exec = (const void *)p->data;
        return true;
    case SK_X_FILE:
        if (p->len < sizeof(*ev->file.x) || !ext_path(p, sizeof(*ev->file.x), &path))
            return false;
        if (!ev->file.x && p->data[1] == SK_ROLE_FD)
            ev->file = (struct sk_ev_file){(const void *)p->data, path};
        return true;
    case SK_X_SOCK:
        if (p->len < sizeof(*ev->sock.x) || !ext_path(p, sizeof(*ev->sock.x), &path))
            return false;
        if (!ev->sock.x && p->data[1] == SK_ROLE_FD)
            ev->sock = (struct sk_ev_sock){(const void *)p->data, path};
        return true;
    case SK_X_DIR:
        if (p->len < sizeof(*ev->dir[0].x) || !ext_path(p, sizeof(*ev->dir[0].x), &path))
            return false;
        if (p->data[1] == SK_ROLE_OLD || p->data[1] == SK_ROLE_NEW) {
            struct sk_ev_dir *d = &ev->dir[p->data[1] - SK_ROLE_OLD];

            if (!d->x)
                *d = (struct sk_ev_dir){(const void *)p->data, path};
        }
        return true;
    default:
        return true;
    }
}

/* Not a memcpy of `width` bytes: that would be a call for each parameter. */
static uint32_t length_at(const uint8_t *p, unsigned width)
{
    uint32_t n = (uint32_t)p[0] | (uint32_t)p[1] << 8;

    return width == 2 ? n : n | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A walk over lengths and the bytes that they are the lengths of. */
struct walk {
    const uint8_t *lens, *data, *end;
};

static inline bool next(struct walk *w, unsigned width, struct sk_param *out)
{
    uint32_t len = length_at(w->lens, width);

    *out = (struct sk_param){w->data, len};
    if (len > (size_t)(w->end - w->data))
        return false;
    w->lens += width;
    w->data += len;
    return true;
}

/* The parameters of the row; the ones that an older writer did not know are absent. */
static inline bool cut_params(struct walk *w, unsigned width, struct sk_event *ev)
{
    const struct sk_param_info *info = ev->info->param;
    struct sk_param *p = ev->param, *end = p + ev->nparams, *all = p + ev->info->nparams;

    for (; p < end; p++, info++) {
        if (!next(w, width, p) || (info->text && p->len && w->data[-1] != '\0'))
            return false;
    }
    for (; p < all; p++)
        *p = (struct sk_param){0};
    return true;
}

static bool cut_exts(struct walk *w, unsigned width, uint32_t n, struct sk_event *ev)
{
    for (; n; n--) {
        struct sk_param p;

        if (!next(w, width, &p) || !ext_one(&p, ev))
            return false;
    }
    return w->data == w->end;
}

/* Cuts the record into parameters and extensions. */
static bool split(uint32_t nparams, struct sk_event *ev)
{
    unsigned width = ev->info->flags & SK_EF_LARGE_PAYLOAD ? 4 : 2;
    struct walk w = {.lens = ev->raw + SK_REC_HDR_BYTES, .end = ev->raw + ev->raw_len};

    if (nparams > SK_REC_MAX_PARAMS || (size_t)(w.end - w.lens) < (size_t)nparams * width)
        return false;
    w.data = w.lens + (size_t)nparams * width;
    if (width == 2) /* nearly all: the width is a constant here */
        return cut_params(&w, 2, ev) && cut_exts(&w, 2, nparams - ev->nparams, ev);
    return cut_params(&w, 4, ev) && cut_exts(&w, 4, nparams - ev->nparams, ev);
}

/* All but the parameters, which are written one by one: clearing their array is half the cost. */
static void fill(struct sk_event *ev, const struct sk_rec_hdr *h, uint16_t cpu)
{
    const struct sk_str none = SK_STR("");

    ev->info = &sk_events[h->type];
    ev->num = 0;
    ev->ts_ns = h->ts_ns;
    ev->tid = h->tid;
    ev->type = h->type;
    ev->cpu = cpu;
    ev->nparams = SK_MIN(h->nparams, (uint32_t)ev->info->nparams);
    ev->state_only = false;
    ev->task = NULL;
    ev->exec = NULL;
    ev->file = (struct sk_ev_file){NULL, none};
    ev->sock = (struct sk_ev_sock){NULL, none};
    ev->dir[0] = ev->dir[1] = (struct sk_ev_dir){NULL, none};
    ev->more = NULL;
}

static int read_header(const void *rec, size_t len, uint16_t cpu, struct sk_rec_hdr *h,
                       struct sk_event *out)
{
    if (len < sizeof(*h))
        return -EBADMSG;
    memcpy(h, rec, sizeof(*h));
    if (h->type >= SK_EVENT_N)
        return -ENOENT;
    fill(out, h, cpu);
    out->raw = rec;
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
    struct walk w = {more->lens, more->data, more->data + more->data_len};
    struct sk_rec_hdr h;
    int err = read_header(rec, len, cpu, &h, out);

    if (err)
        return err;
    out->raw_len = (uint32_t)len;
    out->more = more;
    if (split(h.nparams, out) && cut_exts(&w, 2, more->n, out))
        return 0;
    out->nparams = 0;
    return -EBADMSG;
}

static bool is_signed(enum sk_type t)
{
    switch (t) {
    case SK_T_INT8:
    case SK_T_INT16:
    case SK_T_INT32:
    case SK_T_INT64:
    case SK_T_ERRNO:
    case SK_T_FD:
    case SK_T_PID:
    case SK_T_FD32:
    case SK_T_PID32:
        return true;
    default:
        return false;
    }
}

static bool read_int(const struct sk_event *ev, unsigned i, uint64_t *out)
{
    enum sk_type t;
    unsigned size;
    uint64_t v = 0;

    if (i >= ev->nparams)
        return false;
    t = ev->info->param[i].type;
    size = sk_type_size(t);
    if (size == 0 || size > 8 || ev->param[i].len != size || t == SK_T_DOUBLE ||
        t == SK_T_CHARBUFARRAY)
        return false;
    memcpy(&v, ev->param[i].data, size);
    if (is_signed(t) && size < 8 && v >> (8 * size - 1))
        v |= UINT64_MAX << (8 * size);
    *out = v;
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
    if (i >= ev->nparams)
        return (struct sk_str){0};
    return (struct sk_str){(const char *)ev->param[i].data, ev->param[i].len};
}

struct sk_str sk_event_text(const struct sk_event *ev, unsigned i)
{
    struct sk_str s = sk_event_bytes(ev, i);

    if (!s.n || !ev->info->param[i].text)
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
