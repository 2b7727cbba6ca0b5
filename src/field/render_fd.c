/* SPDX-License-Identifier: Apache-2.0 */
/* render_fd.c - see render_fd.h. */
#include "field/render_fd.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "field/extract.h"
#include "field/names.h"
#include "field/path.h"
#include "state/fd.h"

static uint64_t little_endian(const char *p, size_t bytes)
{
    uint64_t v = 0;

    memcpy(&v, p, bytes);
    return v;
}

static struct sk_str field_text(const struct sk_ctx *cx, enum sk_field_id id)
{
    const struct sk_field *f = &sk_fields[id];
    struct sk_field_ref ref = {.field = f, .type = f->type, .fmt = f->fmt};
    struct sk_vals v;

    v.n = 0;
    return f->extract(cx, &ref, &v) && v.n ? v.v[0].s : SK_STR("");
}

static void add_l4proto(unsigned l4proto, struct sk_buf *out)
{
    static const char letters[] = {
        [SK_L4_TCP] = 't', [SK_L4_UDP] = 'u', [SK_L4_ICMP] = 'i', [SK_L4_RAW] = 'r'};

    if (l4proto < sizeof(letters) && letters[l4proto])
        sk_buf_addc(out, letters[l4proto]);
}

/* "<f>/etc/passwd", "<4t>1.2.3.4:5->6.7.8.9:10": live, of the event's own descriptor only. */
static void add_own_fd(const struct sk_ctx *cx, struct sk_buf *out)
{
    const struct sk_x_sock *x = cx->ev->sock.x;

    sk_buf_addc(out, '<');
    sk_buf_adds(out, field_text(cx, SK_FLD_FD_TYPECHAR));
    if (x && (x->family == AF_INET || x->family == AF_INET6))
        add_l4proto(x->l4proto, out);
    sk_buf_addc(out, '>');
    sk_buf_adds(out, field_text(cx, SK_FLD_FD_NAME));
}

/* The same in captures, of any descriptor. */
static void add_table_fd(const struct sk_ctx *cx, const struct sk_fd *fd, struct sk_buf *out)
{
    sk_buf_addc(out, '<');
    sk_buf_addz(out, sk_fd_type_letter(fd->type));
    if (fd->type >= SK_FD_IPV4_SOCK && fd->type <= SK_FD_IPV6_SERVSOCK)
        add_l4proto(sk_fd_l4proto(fd), out);
    sk_buf_addc(out, '>');
    sk_buf_adds(out, sk_table_fd_name(cx, fd));
}

void sk_render_fd(const struct sk_ctx *cx, int64_t fd, unsigned at, struct sk_buf *out)
{
    const struct sk_event *ev = cx->ev;
    const struct sk_ev_dir *dir;
    const struct sk_fd *known;
    const char *name;
    bool is_dirfd = false;

    for (unsigned k = 0; k < ev->info->nparams; k++)
        is_dirfd = is_dirfd || ev->info->param[k].dirfd == (int)at;
    if (fd == -100) {
        sk_buf_addz(out, "AT_FDCWD");
    } else if (fd < 0) {
        name = fd > INT32_MIN ? sk_errno_name((int)-fd) : NULL;
        sk_buf_addz(out, name ? name : "");
    } else if ((ev->file.x && ev->file.x->fd == fd) || (ev->sock.x && ev->sock.x->fd == fd)) {
        add_own_fd(cx, out);
    } else if (is_dirfd && (dir = sk_path_dir(ev, at))) {
        sk_buf_addz(out, "<d>");
        sk_buf_adds(out, dir->path);
    } else if ((known = sk_table_fd(cx, fd))) {
        add_table_fd(cx, known, out);
    }
}

void sk_render_fdlist(const struct sk_ctx *cx, struct sk_str bytes, struct sk_buf *out)
{
    size_t n = bytes.n >= 2 ? little_endian(bytes.p, 2) : 0;

    for (size_t i = 0; i < n && 2 + (i + 1) * 10 <= bytes.n; i++) {
        const char *at = bytes.p + 2 + i * 10;
        int64_t fd = (int64_t)little_endian(at, 8);
        const struct sk_fd *known = sk_table_fd(cx, fd);
        int64_t own;

        sk_buf_printf(out, "%s%" PRId64 ":", i ? " " : "", fd);
        if ((cx->ev->file.x || cx->ev->sock.x) && sk_event_fd(cx->ev, &own) && own == fd)
            sk_buf_adds(out, field_text(cx, SK_FLD_FD_TYPECHAR));
        else
            sk_buf_addz(out, known ? sk_fd_type_letter(known->type) : "?");
        sk_buf_printf(out, "%" PRIx64, little_endian(at + 8, 2));
    }
}

size_t sk_render_fd_room(const struct sk_ctx *cx, int64_t fd)
{
    const struct sk_event *ev = cx->ev;
    const struct sk_fd *known = fd >= 0 ? sk_table_fd(cx, fd) : NULL;
    size_t n = SK_MAX(SK_MAX(ev->file.path.n, ev->sock.path.n),
                      SK_MAX(ev->dir[0].path.n, ev->dir[1].path.n));

    return 256 + SK_MAX(n, known ? known->name.n : 0);
}
