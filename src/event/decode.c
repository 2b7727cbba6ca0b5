/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c - the one place that reads records: everything behind it may trust lengths and NULs.
 *
 * Records come from the kernel, from files and from plugins.  Integers in them are little-endian
 * and not aligned, hence memcpy. */
#include "event/event.h"

#include <errno.h>

static bool is_text(enum sk_type t)
{
    return t == SK_T_CHARBUF || t == SK_T_FSPATH || t == SK_T_FSRELPATH;
}

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

/* Cuts the record into parameters and extensions. */
static int split(const struct sk_rec_hdr *h, struct sk_event *ev)
{
    unsigned width = ev->info->flags & SK_EF_LARGE_PAYLOAD ? 4 : 2;
    const uint8_t *lens = ev->raw + SK_REC_HDR_BYTES;
    const uint8_t *data, *end = ev->raw + h->len;

    if (h->nparams > SK_REC_MAX_PARAMS || (size_t)(end - lens) < (size_t)h->nparams * width)
        return -EBADMSG;
    data = lens + (size_t)h->nparams * width;
    for (uint32_t i = 0; i < h->nparams; i++, lens += width) {
        struct sk_param p = {data, length_at(lens, width)};

        if (p.len > (size_t)(end - data))
            return -EBADMSG;
        data += p.len;
        if (i >= ev->info->nparams) {
            if (!ext_one(&p, ev))
                return -EBADMSG;
            continue;
        }
        if (p.len && is_text(ev->info->param[i].type) && p.data[p.len - 1] != '\0')
            return -EBADMSG;
        ev->param[i] = p;
    }
    return data == end ? 0 : -EBADMSG;
}

/* All but the parameters that the row does not have: clearing those too is half the cost. */
static void clear(struct sk_event *ev, const struct sk_event_info *info)
{
    memset(ev, 0, offsetof(struct sk_event, param));
    memset((char *)ev + offsetof(struct sk_event, task), 0,
           sizeof(*ev) - offsetof(struct sk_event, task));
    for (unsigned i = 0; i < info->nparams; i++)
        ev->param[i] = (struct sk_param){0};
    ev->info = info;
}

int sk_event_decode(const void *rec, size_t len, uint16_t cpu, struct sk_event *out)
{
    struct sk_rec_hdr h;
    int err;

    if (len < sizeof(h))
        return -EBADMSG;
    memcpy(&h, rec, sizeof(h));
    if (h.len < sizeof(h) || h.len > len)
        return -EBADMSG;
    if (h.type >= SK_EVENT_N)
        return -ENOENT;
    clear(out, &sk_events[h.type]);
    out->ts_ns = h.ts_ns;
    out->tid = h.tid;
    out->type = h.type;
    out->cpu = cpu;
    out->nparams = SK_MIN(h.nparams, (uint32_t)out->info->nparams);
    out->raw = rec;
    out->raw_len = h.len;
    out->file.path = out->sock.path = out->dir[0].path = out->dir[1].path = SK_STR("");
    err = split(&h, out);
    if (err)
        out->nparams = 0;
    return err;
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

    if (!s.n || !is_text(ev->info->param[i].type))
        return (struct sk_str){0};
    return sk_str(s.p);
}

int sk_event_param_index(const struct sk_event_info *info, const char *name)
{
    for (int i = 0; i < info->nparams; i++)
        if (info->param[i].name[0] == name[0] && strcmp(info->param[i].name, name) == 0)
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
