/* SPDX-License-Identifier: Apache-2.0 */
/* capture.c - what a capture tells beside its events: descriptors, users and groups of the machine
 * that it was taken on, and that another capture begins. */
#include "state/capture.h"

#include <errno.h>

#include "state/fdtable.h"
#include "state/walk.h"

#define NAMES_MAX 65536u /* users, and groups */

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* A user or a group of a container, or of the machine (""). */
struct row {
    struct sk_user user; /* of groups: gid and name */
    struct sk_group group;
    struct sk_str container;
};

static bool is_mapped(const uint8_t *ip)
{
    return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void unmap(uint8_t *ip)
{
    memcpy(ip, ip + 12, 4);
    memset(ip + 4, 0, 12);
}

static void describe_sock(const struct sk_state *st, struct sk_fd *fd)
{
    if (fd->type == SK_FD_IPV6_SOCK && is_mapped(fd->sip) && is_mapped(fd->dip)) {
        fd->type = SK_FD_IPV4_SOCK;
        unmap(fd->sip);
        unmap(fd->dip);
    }
    if (fd->l4proto == SK_L4_TCP)
        fd->flags |= SK_FDF_CONNECTED;
    fd->flags |= SK_FDF_NAMED;
    if (fd->type == SK_FD_IPV4_SOCK)
        sk_fd_complete(st, fd);
}

int sk_state_add_fd(struct sk_state *st, uint32_t tid, const struct sk_fd_info *fi)
{
    struct sk_thread *th = sk_state_thread(st, tid);
    struct sk_fd fd = {
        .num = fi->num,
        .type = (uint8_t)fi->type,
        .l4proto = (uint8_t)fi->l4proto,
        .sport = fi->sport,
        .dport = fi->dport,
        .ino = fi->ino,
        .unix_src = fi->unix_src,
        .unix_dst = fi->unix_dst,
        .open_flags = fi->open_flags,
        .dev = fi->dev,
        .name = fi->name,
    };

    if (!th)
        return -ENOENT;
    memcpy(fd.sip, fi->sip, sizeof(fd.sip));
    memcpy(fd.dip, fi->dip, sizeof(fd.dip));
    switch (fi->type) {
    case SK_FD_IPV4_SOCK:
    case SK_FD_IPV6_SOCK:
        describe_sock(st, &fd);
        break;
    case SK_FD_IPV4_SERVSOCK:
    case SK_FD_IPV6_SERVSOCK:
        fd.flags |= SK_FDF_NAMED;
        break;
    case SK_FD_UNIX:
        fd.flags |= fi->name.n ? SK_FDF_SERVER : SK_FDF_CLIENT;
        break;
    default:
        break;
    }
    /* Threads share the table of their process, which its leader tells. */
    if (tid != th->proc->pid && sk_fdtable_get(th->proc->fds, fd.num))
        return 0;
    if (!sk_fdtable_add(st, sk_proc_fds(st, th->proc), &fd))
        return -ENOSPC;
    st->fds_fresh = st->pending = true;
    return 0;
}

static uint64_t key_of(struct sk_str container, uint32_t id)
{
    return (container.n ? sk_hash(container.p, container.n) & ~(uint64_t)UINT32_MAX : 0) | id;
}

static void row_put(struct sk_state *st, struct sk_map *m, struct sk_str container, uint32_t id)
{
    sk_pool_put(st->text, m ? sk_map_del_u64(m, key_of(container, id)) : NULL);
}

static char *copy(char *at, struct sk_str *dst, struct sk_str src)
{
    size_t n = src.p ? SK_MIN(src.n, (size_t)SK_PATH_MAX) : 0;

    if (n != 0)
        memcpy(at, src.p, n);
    at[n] = '\0';
    *dst = (struct sk_str){at, n};
    return at + n + 1;
}

static int add_row(struct sk_state *st, struct sk_map **map, struct sk_str container, uint32_t id,
                   const struct sk_user *from)
{
    size_t bytes = sizeof(struct row) + 4;
    struct row *row;
    char *at;

    for (unsigned i = 0; i < 4; i++) {
        struct sk_str s[] = {container, from->name, from->home, from->shell};

        bytes += s[i].p ? SK_MIN(s[i].n, (size_t)SK_PATH_MAX) : 0;
    }
    if (!*map)
        *map = sk_map_new(NAMES_MAX);
    row_put(st, *map, container, id);
    row = *map ? sk_pool_get(st->text, bytes) : NULL;
    if (!row || sk_map_put_u64(*map, key_of(container, id), row)) {
        sk_pool_put(st->text, row);
        st->stats.evicted++;
        return -ENOSPC;
    }
    row->user = *from;
    at = copy((char *)(row + 1), &row->container, container);
    at = copy(at, &row->user.name, from->name);
    at = copy(at, &row->user.home, from->home);
    copy(at, &row->user.shell, from->shell);
    row->group = (struct sk_group){.gid = from->gid, .name = row->user.name};
    return 0;
}

int sk_state_add_user(struct sk_state *st, const struct sk_user *u)
{
    return add_row(st, &st->seen_users, SK_STR(""), u->uid, u);
}

int sk_state_add_group(struct sk_state *st, const struct sk_group *g)
{
    struct sk_user u = {.gid = g->gid, .name = g->name};

    return add_row(st, &st->seen_groups, SK_STR(""), g->gid, &u);
}

static const struct row *find(const struct sk_map *m, struct sk_str container, uint32_t id)
{
    const struct row *row = m ? sk_map_get_u64(m, key_of(container, id)) : NULL;

    return row && sk_str_eq(row->container, container) ? row : NULL;
}

/* The names of the machine stand in for those of a container that nobody told. */
static const struct row *find_for(const struct sk_map *m, const struct sk_proc *p, uint32_t id)
{
    const struct row *row = p && p->container_id.n ? find(m, p->container_id, id) : NULL;

    return row ? row : find(m, SK_STR(""), id);
}

const struct sk_user *sk_captured_user(const struct sk_state *st, const struct sk_proc *p,
                                       uint32_t uid)
{
    const struct row *row = find_for(st->seen_users, p, uid);

    return row ? &row->user : NULL;
}

const struct sk_group *sk_captured_group(const struct sk_state *st, const struct sk_proc *p,
                                         uint32_t gid)
{
    const struct row *row = find_for(st->seen_groups, p, gid);

    return row ? &row->group : NULL;
}

const struct sk_user *sk_state_name_next(const struct sk_state *st, bool groups, size_t *it)
{
    const struct sk_map *m = groups ? st->seen_groups : st->seen_users;
    const struct row *row;

    while (m && (row = sk_map_next(m, it)))
        if (row->container.n == 0)
            return &row->user;
    return NULL;
}

static bool read_id(const struct sk_event *ev, unsigned i, uint32_t *out)
{
    uint64_t id;

    if (!sk_event_u64(ev, i, &id))
        return false;
    *out = (uint32_t)id;
    return true;
}

/* uid, gid, name, home, shell, container. */
void sk_state_user_event(struct sk_state *st, const struct sk_event *ev, bool added)
{
    struct sk_str container = sk_ev_text(ev, 5);
    struct sk_user u = {
        .name = sk_ev_text(ev, 2), .home = sk_ev_text(ev, 3), .shell = sk_ev_text(ev, 4)};

    if (!read_id(ev, 0, &u.uid))
        return;
    if (!added)
        row_put(st, st->seen_users, container, u.uid);
    else if (read_id(ev, 1, &u.gid) && add_row(st, &st->seen_users, container, u.uid, &u))
        return; /* counted */
}

/* gid, name, container. */
void sk_state_group_event(struct sk_state *st, const struct sk_event *ev, bool added)
{
    struct sk_str container = sk_ev_text(ev, 2);
    struct sk_user u = {.name = sk_ev_text(ev, 1)};

    if (!read_id(ev, 0, &u.gid))
        return;
    if (!added)
        row_put(st, st->seen_groups, container, u.gid);
    else if (add_row(st, &st->seen_groups, container, u.gid, &u))
        return; /* counted */
}

static void drop_rows(struct sk_state *st, struct sk_map **map)
{
    struct row *row;
    size_t it = 0;

    while (*map && (row = sk_map_next(*map, &it)))
        sk_pool_put(st->text, row);
    map_freep(map);
}

void sk_state_reset(struct sk_state *st)
{
    struct sk_thread *th;
    size_t it = 0;

    sk_arena_reset(st->tmp);
    st->dying = NULL;
    sk_fdtable_put(st, st->closing);
    st->closing = NULL;
    st->ev_fd = (struct sk_event_fd){.num = -1};
    while ((th = sk_map_next(st->threads, &it)))
        sk_proc_remove_threads(st, th->proc, NULL);
    memset(st->recent, 0, SK_STATE_RECENT * sizeof(*st->recent));
    sk_ifaces_free(st);
    drop_rows(st, &st->seen_users);
    drop_rows(st, &st->seen_groups);
    st->fds_fresh = false;
    st->sweep_ns = 0;
}
