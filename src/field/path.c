/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - see path.h.
 *
 * Drivers append the base directory of each path: the first one as SK_ROLE_OLD, the second as
 * SK_ROLE_NEW.  Calls without dirfd have one base, the working directory, for all their paths. */
#include "field/path.h"
#include "state/fd.h"

#define AT_FDCWD_NR (-100)

static bool is_path(enum sk_type t)
{
    return t == SK_T_FSPATH || t == SK_T_FSRELPATH;
}

/* The path whose dirfd is parameter `i`, or `i` itself. */
static unsigned path_of(const struct sk_event_info *info, unsigned i)
{
    for (unsigned k = 0; k < info->nparams; k++)
        if (info->param[k].dirfd == (int)i)
            return k;
    return i;
}

const struct sk_ev_dir *sk_path_dir(const struct sk_event *ev, unsigned i)
{
    unsigned path = path_of(ev->info, i), before = 0, all = 0;
    const struct sk_ev_dir *d;

    if (ev->info->param[path].type == SK_T_FSRELPATH) {
        for (unsigned k = 0; k < ev->info->nparams; k++) {
            before += k < path && ev->info->param[k].type == SK_T_FSRELPATH;
            all += ev->info->param[k].type == SK_T_FSRELPATH;
        }
        d = &ev->dir[before ? 1 : 0];
        if (d->x || all > 1)
            return d->x ? d : NULL;
    }
    /* One base for all: whichever role it was given. */
    d = ev->dir[0].x ? &ev->dir[0] : &ev->dir[1];
    return d->x ? d : NULL;
}

struct sk_str sk_path_slash(const struct sk_ctx *cx, struct sk_str dir)
{
    char *p;

    if (!dir.n || dir.p[dir.n - 1] == '/')
        return dir;
    p = sk_arena_alloc(cx->tmp, dir.n + 2);
    if (!p)
        return (struct sk_str){NULL, 0};
    memcpy(p, dir.p, dir.n);
    p[dir.n] = '/';
    return (struct sk_str){p, dir.n + 1};
}

struct sk_str sk_path_of_dirfd(const struct sk_ctx *cx, int64_t dirfd)
{
    const struct sk_fd *fd;

    if (dirfd == AT_FDCWD_NR && cx->proc)
        return sk_proc_cwd(cx->proc);
    fd = cx->th && dirfd >= 0 ? sk_state_fd(cx->th, dirfd) : NULL;
    return fd ? sk_path_slash(cx, fd->name) : SK_STR("<UNKNOWN>");
}

bool sk_path_base(const struct sk_ctx *cx, unsigned i, struct sk_str *out)
{
    const struct sk_event *ev = cx->ev;
    const struct sk_ev_dir *d = sk_path_dir(ev, i);
    struct sk_str base;
    int64_t fd;
    int8_t dirfd = ev->info->param[i].dirfd;

    if (d && d->path.n) {
        base = sk_path_slash(cx, d->path);
    } else if (cx->proc && cx->st && sk_state_event_fd(cx->st)) { /* of a capture */
        if (dirfd < 0 || !sk_event_i64(ev, (unsigned)dirfd, &fd))
            fd = AT_FDCWD_NR;
        base = sk_path_of_dirfd(cx, fd);
        *out = sk_str_eqz(base, "<UNKNOWN>") ? SK_STR("") : base;
        return true;
    } else {
        if (dirfd >= 0 && (!sk_event_i64(ev, (unsigned)dirfd, &fd) || fd != AT_FDCWD_NR))
            return false;
        if (!cx->proc || !cx->proc->cwd.n)
            return false;
        base = cx->proc->cwd;
    }
    if (!base.n)
        return false;
    *out = base;
    return true;
}

struct sk_str sk_path_text(const struct sk_ctx *cx, unsigned i)
{
    struct sk_str path = sk_event_text(cx->ev, i), base = SK_STR("");

    if (!path.n)
        return (struct sk_str){NULL, 0};
    if (sk_str_eqz(path, "<NA>")) /* the driver could not tell */
        return path;
    if (path.p[0] != '/' && is_path(cx->ev->info->param[i].type) && !sk_path_base(cx, i, &base))
        return (struct sk_str){NULL, 0};
    return sk_path_join(cx->tmp, base, path);
}
