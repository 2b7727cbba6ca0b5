/* SPDX-License-Identifier: Apache-2.0 */
/* put.c - lists and events as bytes; see put.h. */
#include "source/scap/put.h"

static void put(struct sk_buf *b, uint64_t v, unsigned bytes)
{
    uint8_t le[8];

    for (unsigned i = 0; i < bytes; i++)
        le[i] = (uint8_t)(v >> (8 * i));
    sk_buf_add(b, le, bytes);
}

static void put_text(struct sk_buf *b, struct sk_str s, size_t max)
{
    s.n = SK_MIN(s.n, max);
    put(b, s.n, 2);
    sk_buf_adds(b, s);
}

/* Fills in a length that was put as 0 at `at`. */
static void set_u32(struct sk_buf *b, size_t at, size_t n)
{
    uint32_t v = (uint32_t)n;

    if (!b->failed && at + sizeof(v) <= b->n)
        memcpy(b->p + at, &v, sizeof(v));
}

size_t sk_scap_block_begin(struct sk_buf *b, uint32_t id)
{
    size_t at = b->n;

    put(b, id, 4);
    put(b, 0, 4);
    return at;
}

void sk_scap_block_end(struct sk_buf *b, size_t at)
{
    size_t n;

    put(b, 0, (unsigned)((4 - (b->n - at) % 4) % 4));
    n = b->n - at + SK_SCAP_TRAILER_BYTES;
    set_u32(b, at + 4, n);
    put(b, n, 4);
}

void sk_scap_put_section(struct sk_buf *b)
{
    size_t at = sk_scap_block_begin(b, SK_SCAP_ID_SHB);

    put(b, SK_SCAP_MAGIC, 4);
    put(b, SK_SCAP_MAJOR, 2);
    put(b, SK_SCAP_MINOR, 2);
    put(b, UINT64_MAX, 8); /* length of the section: not known */
    sk_scap_block_end(b, at);
}

void sk_scap_put_machine(struct sk_buf *b, uint32_t cpus, uint64_t memory, const char *hostname,
                         uint64_t boot_ns)
{
    size_t at = sk_scap_block_begin(b, SK_SCAP_ID_MI);
    char host[SK_SCAP_HOSTNAME] = "";

    snprintf(host, sizeof(host), "%s", hostname);
    put(b, cpus, 4);
    put(b, memory, 8);
    put(b, 4194304, 8); /* the largest pid of a 64-bit kernel */
    sk_buf_add(b, host, sizeof(host));
    put(b, boot_ns, 8);
    put(b, 0, 8); /* flags */
    put(b, 0, 8);
    put(b, 0, 8);
    sk_scap_block_end(b, at);
}

static void put_tail(struct sk_buf *b, const struct sk_task_info *ti)
{
    put(b, ti->pidns_init_start_ns, 8);
    put(b, ti->tty, 4);
    put(b, ti->loginuid, 4);
    put(b, ti->exe_writable, 1);
    put(b, ti->cap_inheritable, 8);
    put(b, ti->cap_permitted, 8);
    put(b, ti->cap_effective, 8);
    put(b, ti->exe_upper, 1);
    put(b, ti->exe_ino, 8);
    put(b, ti->exe_ctime_ns, 8);
    put(b, ti->exe_mtime_ns, 8);
    put(b, ti->exe_memfd, 1);
    put(b, ti->exe_lower, 1);
    put(b, (uint64_t)ti->pgid, 8);
}

void sk_scap_put_task(struct sk_buf *b, const struct sk_task_info *ti)
{
    size_t at = b->n;

    put(b, 0, 4);
    put(b, ti->tid, 8);
    put(b, ti->pid, 8);
    put(b, ti->ppid, 8);
    put(b, (uint64_t)ti->sid, 8);
    put(b, (uint64_t)ti->vpgid, 8);
    put_text(b, ti->comm, SK_SCAP_PATH_MAX - 1);
    put_text(b, ti->exe, SK_SCAP_PATH_MAX - 1);
    put_text(b, ti->exepath, SK_SCAP_PATH_MAX - 1);
    put_text(b, ti->args, SK_SCAP_ARGS_MAX);
    put_text(b, ti->cwd, SK_SCAP_PATH_MAX - 1);
    put(b, (uint64_t)ti->fdlimit, 8);
    put(b, ti->flags, 4);
    put(b, ti->uid, 4);
    put(b, ti->gid, 4);
    put(b, ti->vm_size_kb, 4);
    put(b, ti->vm_rss_kb, 4);
    put(b, ti->vm_swap_kb, 4);
    put(b, ti->pgft_maj, 8);
    put(b, ti->pgft_min, 8);
    put_text(b, ti->env, SK_SCAP_ARGS_MAX);
    put(b, (uint64_t)ti->vtid, 8);
    put(b, (uint64_t)ti->vpid, 8);
    put_text(b, ti->cgroups, SK_SCAP_ARGS_MAX);
    put_text(b, ti->root, SK_SCAP_PATH_MAX - 1);
    put_tail(b, ti);
    set_u32(b, at, b->n - at);
}

void sk_scap_put_task_more(struct sk_buf *b, const struct sk_task_info *ti)
{
    const uint32_t ns[] = {ti->ns_pid, ti->ns_mnt, ti->ns_net,   ti->ns_user,
                           ti->ns_uts, ti->ns_ipc, ti->ns_cgroup};
    size_t at = b->n;

    put(b, 0, 4);
    put(b, ti->tid, 4);
    put(b, ti->start_ns, 8);
    put(b, ti->clone_ns, 8);
    put(b, ti->cgroup_id, 8);
    for (size_t i = 0; i < SK_ARRAY_LEN(ns); i++)
        put(b, ns[i], 4);
    set_u32(b, at, b->n - at);
}

static void put_addresses(struct sk_buf *b, const struct sk_fd_info *fi, bool server,
                          unsigned bytes)
{
    sk_buf_add(b, fi->sip, bytes);
    if (!server)
        sk_buf_add(b, fi->dip, bytes);
    put(b, fi->sport, 2);
    if (!server)
        put(b, fi->dport, 2);
    put(b, fi->l4proto, 1);
}

void sk_scap_put_fd(struct sk_buf *b, const struct sk_fd_info *fi)
{
    size_t at = b->n;

    put(b, 0, 4);
    put(b, (uint64_t)fi->num, 8);
    put(b, fi->ino, 8);
    put(b, fi->type, 1);
    switch (fi->type) {
    case SK_FD_UNKNOWN:
        break;
    case SK_FD_IPV4_SOCK:
    case SK_FD_IPV4_SERVSOCK:
        put_addresses(b, fi, fi->type == SK_FD_IPV4_SERVSOCK, 4);
        break;
    case SK_FD_IPV6_SOCK:
    case SK_FD_IPV6_SERVSOCK:
        put_addresses(b, fi, fi->type == SK_FD_IPV6_SERVSOCK, 16);
        break;
    case SK_FD_UNIX:
        put(b, fi->unix_src, 8);
        put(b, fi->unix_dst, 8);
        put_text(b, fi->name, SK_SCAP_PATH_MAX - 1);
        break;
    case SK_FD_FILE:
        put(b, fi->open_flags, 4);
        put_text(b, fi->name, SK_SCAP_PATH_MAX - 1);
        put(b, fi->dev, 4);
        break;
    default:
        put_text(b, fi->name, SK_SCAP_PATH_MAX - 1);
    }
    set_u32(b, at, b->n - at);
}

void sk_scap_put_iface(struct sk_buf *b, const struct sk_iface *ifc, const char *name)
{
    unsigned bytes = ifc->v6 ? 16 : 4;
    size_t at = b->n, n = strnlen(name, SK_SCAP_NAME_MAX);

    put(b, 0, 4);
    put(b, ifc->v6 ? SK_SCAP_IPV6 : SK_SCAP_IPV4, 2);
    put(b, n, 2);
    sk_buf_add(b, ifc->ip, bytes);
    sk_buf_add(b, ifc->mask, bytes);
    sk_buf_add(b, ifc->bcast, bytes);
    put(b, 0, 8); /* speed of the link */
    sk_buf_add(b, name, n);
    set_u32(b, at, b->n - at - 4); /* this one does not count itself */
}

void sk_scap_put_user(struct sk_buf *b, const struct sk_scap_user *u)
{
    size_t at = b->n;

    put(b, 0, 4);
    put(b, u->is_group, 1);
    if (u->is_group) {
        put(b, u->group.gid, 4);
        put_text(b, u->group.name, SK_SCAP_NAME_MAX);
    } else {
        put(b, u->user.uid, 4);
        put(b, u->user.gid, 4);
        put_text(b, u->user.name, SK_SCAP_NAME_MAX);
        put_text(b, u->user.home, SK_SCAP_NAME_MAX);
        put_text(b, u->user.shell, SK_SCAP_NAME_MAX);
    }
    set_u32(b, at, b->n - at);
}

/* The parameters behind the row's: their lengths and bytes. */
static void put_more(struct sk_buf *b, const struct sk_rec_more *more)
{
    put(b, SK_REC_MORE_MAGIC, 4);
    put(b, more->n, 2);
    sk_buf_add(b, more->lens, 2 * (size_t)more->n);
    sk_buf_add(b, more->data, more->data_len);
}

bool sk_scap_put_event(struct sk_buf *b, const struct sk_event *ev)
{
    bool large = ev->info->flags & SK_EF_LARGE_PAYLOAD;
    unsigned width = large ? 4 : 2;
    size_t at = b->n, at_len;
    const uint8_t *lens = ev->raw + SK_REC_HDR_BYTES, *data = ev->raw + ev->off[0];
    struct sk_rec_hdr h;
    uint32_t flags = ev->state_only ? SK_SCAP_STATE_ONLY : 0, keep = ev->nparams;
    size_t kept = ev->off[keep] - ev->off[0];

    memcpy(&h, ev->raw, sizeof(h));
    sk_scap_block_begin(b, flags   ? (large ? SK_SCAP_ID_EVF_V2_LARGE : SK_SCAP_ID_EVF_V2)
                           : large ? SK_SCAP_ID_EV_V2_LARGE
                                   : SK_SCAP_ID_EV_V2);
    put(b, ev->cpu, 2);
    if (flags)
        put(b, flags, 4);
    put(b, ev->ts_ns, 8);
    put(b, h.tid, 8);
    at_len = b->n;
    put(b, 0, 4);
    put(b, h.type, 2);
    put(b, keep, 4);
    sk_buf_add(b, lens, (size_t)keep * width);
    sk_buf_add(b, data, kept);
    if (ev->more.lens)
        put_more(b, &ev->more);
    else if (h.nparams > keep && !large)
        put_more(b, &(struct sk_rec_more){.lens = lens + 2 * (size_t)keep,
                                          .data = data + kept,
                                          .n = h.nparams - keep,
                                          .data_len =
                                              (uint32_t)(ev->raw + ev->raw_len - (data + kept))});
    set_u32(b, at_len, b->n - (at_len - 16));
    sk_scap_block_end(b, at);
    if (!b->failed && (large || b->n - at - SK_SCAP_HEADER_BYTES <= SK_SCAP_EVENT_BYTES))
        return true;
    b->n = at;
    return false;
}
