/* SPDX-License-Identifier: Apache-2.0 */
/* fdlist.c - fdlist.*: the descriptors that poll and ppoll were given. */
#include <arpa/inet.h>

#include "field/extract.h"
#include "field/fd_view.h"

/* A FDLIST parameter: u16 count, then as often {i64 number, i16 flags}, little-endian, packed. */
#define FDLIST_ROW_BYTES 10

/* The rows of the event's list; false: it has none. */
static bool rows_of(const struct sk_event *ev, const char **rows, size_t *count)
{
    struct sk_str list = {NULL, 0};

    for (unsigned i = 0; i < ev->nparams && !list.p; i++)
        if (ev->info->param[i].type == SK_T_FDLIST)
            list = sk_event_bytes(ev, i);
    if (!list.p || list.n < 2)
        return false;
    *count = (size_t)((uint8_t)list.p[0] | (uint8_t)list.p[1] << 8);
    *count = SK_MIN(*count, (list.n - 2) / FDLIST_ROW_BYTES);
    *rows = list.p + 2;
    return true;
}

bool sk_f_fdlist_nums(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    size_t count, used = 0;
    const char *rows;
    char *text;

    if (!rows_of(cx->ev, &rows, &count) || !count)
        return false;
    text = sk_arena_alloc(cx->tmp, count * 21 + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t num;

        memcpy(&num, rows + i * FDLIST_ROW_BYTES, sizeof(num));
        used += (size_t)snprintf(text + used, count * 21 + 1 - used, i ? ",%lld" : "%lld",
                                 (long long)num);
    }
    return sk_give_text(ref, (struct sk_str){text, used}, out);
}

/* Text of one descriptor in one of the other lists, in `buf` or in the state; "": left out. */
static struct sk_str element(const struct sk_fd *fd, enum sk_field_id id, char buf[SK_FD_TEXT_MAX])
{
    bool conn = fd && sk_fd_is_ip_sock(fd);
    bool bound = fd && !conn && sk_fd_is_ip((enum sk_fd_type)fd->type);
    bool v6 = fd && (fd->type == SK_FD_IPV6_SOCK || fd->type == SK_FD_IPV6_SERVSOCK);
    struct sk_str name;

    switch (id) {
    case SK_FLD_FDLIST_NAMES:
        name = fd ? sk_fd_text(fd, buf) : SK_STR("");
        return name.n ? name : SK_STR("<NA>");
    case SK_FLD_FDLIST_CIPS:
        if (conn && inet_ntop(v6 ? AF_INET6 : AF_INET, fd->sip, buf, SK_FD_TEXT_MAX))
            return sk_str(buf);
        return SK_STR("");
    case SK_FLD_FDLIST_SIPS:
        if ((conn || bound) &&
            inet_ntop(v6 ? AF_INET6 : AF_INET, conn ? fd->dip : fd->sip, buf, SK_FD_TEXT_MAX))
            return sk_str(buf);
        return SK_STR("");
    default:
        if (!conn)
            return SK_STR("");
        snprintf(buf, SK_FD_TEXT_MAX, "%u", id == SK_FLD_FDLIST_CPORTS ? fd->sport : fd->dport);
        return sk_str(buf);
    }
}

/* fdlist.names, .cips, .sips, .cports, .sports: of captures, whose descriptors are in a table. */
bool sk_f_fdlist_known(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    size_t count, need = 0, n = 0;
    const char *rows;
    char *text = NULL;

    if (!cx->th || !cx->st || !sk_state_event_fd(cx->st) || !rows_of(cx->ev, &rows, &count))
        return false;
    /* Once for the length, once for the text. */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            char buf[SK_FD_TEXT_MAX];
            struct sk_str s;
            int64_t num;

            memcpy(&num, rows + i * FDLIST_ROW_BYTES, sizeof(num));
            s = element(sk_state_fd(cx->th, num), sk_field_id(ref), buf);
            if (!s.n)
                continue;
            if (!text) {
                need += s.n + 1;
                continue;
            }
            if (n)
                text[n++] = ',';
            memcpy(text + n, s.p, s.n);
            n += s.n;
        }
        if (!text && need)
            text = sk_arena_alloc(cx->tmp, need);
    }
    return text && sk_give_text(ref, (struct sk_str){text, n}, out);
}
