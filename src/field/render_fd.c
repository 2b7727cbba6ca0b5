/* SPDX-License-Identifier: Apache-2.0 */
/* render_fd.c - see render_fd.h. */
#include <inttypes.h>
#include <sys/socket.h>

#include "field/extract.h"
#include "field/fd_view.h"
#include "field/names.h"
#include "field/path.h"
#include "field/render_fd.h"

#define FDLIST_ROW_BYTES 10 /* i64 number, i16 flags */

void sk_render_errno(int64_t v, struct sk_buf *out)
{
    const char *name = v < 0 && v > INT32_MIN ? sk_errno_name((int)-v) : NULL;

    if (name)
        sk_buf_addz(out, name);
}

static struct sk_str field_text(const struct sk_ctx *cx, enum sk_field_id id)
{
    const struct sk_field *f = &sk_fields[id];
    struct sk_field_ref ref = {.field = f, .type = f->type, .fmt = f->fmt};
    struct sk_vals v;

    v.n = 0;
    return f->extract(cx, &ref, &v) && v.n ? v.v[0].s : SK_STR("");
}

/* "<f>/etc/passwd", "<4t>1.2.3.4:5->6.7.8.9:10": known for the event's own descriptor only. */
static void add_own_fd(const struct sk_ctx *cx, struct sk_buf *out)
{
    static const char letters[] = {
        [SK_L4_TCP] = 't', [SK_L4_UDP] = 'u', [SK_L4_ICMP] = 'i', [SK_L4_RAW] = 'r'};
    const struct sk_x_sock *x = cx->ev->sock.x;

    sk_buf_addc(out, '<');
    sk_buf_adds(out, field_text(cx, SK_FLD_FD_TYPECHAR));
    if (x && (x->family == AF_INET || x->family == AF_INET6) && x->l4proto < sizeof(letters) &&
        letters[x->l4proto])
        sk_buf_addc(out, letters[x->l4proto]);
    sk_buf_addc(out, '>');
    sk_buf_adds(out, field_text(cx, SK_FLD_FD_NAME));
}

/* Of any descriptor of the process: the table of a capture has them all. */
static bool add_known_fd(const struct sk_ctx *cx, int64_t num, struct sk_buf *out)
{
    static const char letters[] = {
        [SK_L4_TCP] = 't', [SK_L4_UDP] = 'u', [SK_L4_ICMP] = 'i', [SK_L4_RAW] = 'r'};
    const struct sk_fd *fd = cx->th ? sk_state_fd(cx->th, num) : NULL;
    struct sk_fd_view v;

    if (!fd || !sk_state_event_fd(cx->st))
        return false;
    sk_fd_view_entry(cx, fd, &v);
    sk_buf_addc(out, '<');
    sk_buf_addc(out, sk_fd_type_char(v.type));
    if (sk_fd_is_ip(v.type) && v.l4proto < sizeof(letters) && letters[v.l4proto])
        sk_buf_addc(out, letters[v.l4proto]);
    sk_buf_addc(out, '>');
    sk_buf_adds(out, sk_fd_name_of(cx, &v));
    return true;
}

void sk_render_fd(const struct sk_ctx *cx, unsigned at, int64_t fd, struct sk_buf *out)
{
    const struct sk_event *ev = cx->ev;
    const struct sk_ev_dir *dir;
    bool is_dirfd = false;

    for (unsigned k = 0; k < ev->info->nparams; k++)
        is_dirfd = is_dirfd || ev->info->param[k].dirfd == (int)at;
    if (fd == -100) {
        sk_buf_addz(out, "AT_FDCWD");
    } else if (fd < 0) {
        sk_render_errno(fd, out);
    } else if ((ev->file.x && ev->file.x->fd == fd) || (ev->sock.x && ev->sock.x->fd == fd)) {
        add_own_fd(cx, out);
    } else if (add_known_fd(cx, fd, out)) {
        return;
    } else if (is_dirfd && (dir = sk_path_dir(ev, at))) {
        sk_buf_addz(out, "<d>");
        sk_buf_adds(out, dir->path);
    }
}

void sk_render_fdlist(const struct sk_ctx *cx, struct sk_str list, struct sk_buf *out)
{
    size_t n = list.n >= 2 ? (size_t)((uint8_t)list.p[0] | (uint8_t)list.p[1] << 8) : 0;

    for (size_t i = 0; i < n && 2 + (i + 1) * FDLIST_ROW_BYTES <= list.n; i++) {
        const char *at = list.p + 2 + i * FDLIST_ROW_BYTES;
        const struct sk_fd *known;
        uint16_t flags;
        int64_t fd, own;

        memcpy(&fd, at, sizeof(fd));
        memcpy(&flags, at + sizeof(fd), sizeof(flags));
        known = cx->th ? sk_state_fd(cx->th, fd) : NULL;
        sk_buf_printf(out, "%s%" PRId64 ":", i ? " " : "", fd);
        if ((cx->ev->file.x || cx->ev->sock.x) && sk_event_fd(cx->ev, &own) && own == fd)
            sk_buf_adds(out, field_text(cx, SK_FLD_FD_TYPECHAR));
        else
            sk_buf_addc(out, known ? sk_fd_type_char((enum sk_fd_type)known->type) : '?');
        sk_buf_printf(out, "%x", flags);
    }
}
