/* SPDX-License-Identifier: Apache-2.0 */
/* fspath.c - fs.path.*: the paths of calls that change names, modes, owners, links and mounts.
 *
 * Falco's fields make a path absolute by its text.  The text can lie (a symbolic link in a parent
 * directory leads elsewhere), hence the fields that end in "resolved". */
#include "field/extract.h"
#include "field/fd_view.h"
#include "field/path.h"
#include "field/resolve.h"

enum role { ROLE_NAME, ROLE_SOURCE, ROLE_TARGET, ROLE_EXTRA };
enum base { BASE_DIR, BASE_CWD, BASE_NONE };
enum follow { FOLLOW_NO, FOLLOW_YES, FOLLOW_UNLESS, FOLLOW_WHEN, FOLLOW_FD, FOLLOW_LINK };

struct call {
    const char *event;
    const char *param;
    const char *word; /* of FOLLOW_UNLESS, FOLLOW_WHEN */
    enum role role;
    enum base base;
    enum follow follow;
};

#define NO        FOLLOW_NO
#define YES       FOLLOW_YES
#define FD        FOLLOW_FD
#define LINK      FOLLOW_LINK
#define UNLESS(w) FOLLOW_UNLESS, .word = (w)
#define WHEN(w)   FOLLOW_WHEN, .word = (w)
#define FS_CALL(ev, rl, par, bs, fo) \
    {.event = ev, .role = ROLE_##rl, .param = par, .base = BASE_##bs, .follow = fo},
static const struct call calls[] = {
#include "fspath_calls.def"
};

/* One path of one event. */
struct named {
    const struct call *call;
    unsigned at; /* index of the parameter */
};

static enum role role_of(enum sk_field_id id)
{
    switch (id) {
    case SK_FLD_FS_PATH_SOURCE:
    case SK_FLD_FS_PATH_SOURCERAW:
    case SK_FLD_FS_PATH_SOURCE_RESOLVED:
        return ROLE_SOURCE;
    case SK_FLD_FS_PATH_TARGET:
    case SK_FLD_FS_PATH_TARGETRAW:
    case SK_FLD_FS_PATH_TARGET_RESOLVED:
        return ROLE_TARGET;
    default:
        return ROLE_NAME;
    }
}

static bool find(const struct sk_event *ev, enum role role, bool extra, struct named *out)
{
    for (size_t i = 0; ev->info->exit && i < SK_ARRAY_LEN(calls); i++) {
        int at;

        if (calls[i].role != role && !(extra && role == ROLE_NAME && calls[i].role == ROLE_EXTRA))
            continue;
        if (strcmp(calls[i].event, ev->info->name) != 0)
            continue;
        at = sk_event_param_index(ev->info, calls[i].param);
        if (at < 0)
            return false;
        *out = (struct named){&calls[i], (unsigned)at};
        return true;
    }
    return false;
}

static bool opens(const struct sk_event *ev)
{
    return (ev->info->flags & SK_EF_CREATES_FD) != 0;
}

/* Falco counts an open as done whatever its error, unless that is EPERM: -1. */
static bool succeeded(const struct sk_event *ev)
{
    int64_t res;

    if (!sk_event_result(ev, &res))
        return false;
    return opens(ev) ? res != -1 : res == 0;
}

static const struct sk_event_fd *captured(const struct sk_ctx *cx)
{
    return cx->st ? sk_state_event_fd(cx->st) : NULL;
}

static struct sk_str raw_text(const struct sk_ctx *cx, const struct named *n)
{
    const struct sk_event *ev = cx->ev;
    struct sk_fd_view v;

    if (n->call->follow == FOLLOW_FD && captured(cx))
        return sk_fd_view(cx, &v) ? sk_fd_name_of(cx, &v) : (struct sk_str){NULL, 0};
    if (n->call->follow == FOLLOW_FD)
        return ev->file.x && ev->file.path.n ? ev->file.path : (struct sk_str){NULL, 0};
    return sk_event_text(ev, n->at);
}

bool sk_f_fs_path_raw(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct named n;
    struct sk_str s;

    if (!succeeded(cx->ev) || !find(cx->ev, role_of(sk_field_id(ref)), false, &n))
        return false;
    s = raw_text(cx, &n);
    return s.p && sk_give_text(ref, s, out);
}

/* In captures the directory of most calls is the descriptor that they are about, unless it is not one
 * of a directory; renameat2 has two, which it does not use. */
static struct sk_str captured_base(const struct sk_ctx *cx, const struct named *n)
{
    const struct sk_fd *fd = captured(cx)->fd;
    int8_t at = cx->ev->info->param[n->at].dirfd;
    int64_t dirfd;

    if (n->call->base == BASE_CWD || n->call->follow == FOLLOW_FD)
        return cx->proc ? sk_proc_cwd(cx->proc) : SK_STR("");
    if (n->call->base == BASE_NONE)
        return SK_STR("<UNKNOWN>");
    if (!(cx->ev->info->flags & SK_EF_USES_FD) && at >= 0 &&
        sk_event_i64(cx->ev, (unsigned)at, &dirfd))
        return sk_path_of_dirfd(cx, dirfd);
    if (!fd || fd->type != SK_FD_DIRECTORY)
        return SK_STR("<UNKNOWN>");
    return sk_path_slash(cx, fd->name);
}

/* What the kernel said is right; without it, what Falco would take. */
static struct sk_str text_base(const struct sk_ctx *cx, const struct named *n)
{
    const struct sk_ev_dir *d = n->call->follow == FOLLOW_LINK ? NULL : sk_path_dir(cx->ev, n->at);
    struct sk_str base;

    if (captured(cx))
        return captured_base(cx, n);
    if (d && d->path.n)
        return sk_path_slash(cx, d->path);
    if (n->call->base == BASE_DIR && sk_path_base(cx, n->at, &base))
        return base;
    if (n->call->base == BASE_CWD && cx->proc && cx->proc->cwd.n)
        return cx->proc->cwd;
    return SK_STR("<UNKNOWN>");
}

bool sk_f_fs_path_text(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct named n;
    struct sk_str s;

    if (!succeeded(cx->ev) || !find(cx->ev, role_of(sk_field_id(ref)), false, &n))
        return false;
    s = raw_text(cx, &n);
    if (!s.p || (captured(cx) && !cx->th))
        return false;
    if (captured(cx) && opens(cx->ev) && n.call->base == BASE_DIR && (!s.n || s.p[0] != '/'))
        s = sk_path_join(cx->tmp, SK_STR(""),
                         captured(cx)->fd ? captured(cx)->fd->name : SK_STR("<UNKNOWN>"));
    else if (n.call->follow != FOLLOW_FD || captured(cx))
        s = sk_path_join(cx->tmp, s.n && s.p[0] == '/' ? SK_STR("") : text_base(cx, &n), s);
    return sk_give_text(ref, s, out);
}

/* Is the word among the flags of the call? */
static bool has_flag(const struct sk_event *ev, const char *word)
{
    int i = sk_event_param_index(ev->info, "flags");
    const struct sk_flag_table *t = i >= 0 ? ev->info->param[i].flags : NULL;
    uint64_t v;

    if (!t || !sk_event_u64(ev, (unsigned)i, &v))
        return false;
    for (size_t k = 0; k < t->n; k++)
        if (strcmp(t->row[k].name, word) == 0)
            return (v & t->row[k].value) != 0;
    return false;
}

static bool follows(const struct sk_event *ev, const struct call *c)
{
    switch (c->follow) {
    case FOLLOW_YES:
    case FOLLOW_LINK:
        return true;
    case FOLLOW_UNLESS:
        return !has_flag(ev, c->word);
    case FOLLOW_WHEN:
        return has_flag(ev, c->word);
    default:
        return false;
    }
}

static struct sk_str resolved(const struct sk_ctx *cx, const struct named *n);

/* Where the path begins. A new link's text begins in the directory of the link. */
static bool real_base(const struct sk_ctx *cx, const struct named *n, struct sk_str *out)
{
    struct named link;
    struct sk_str path;
    const char *slash;

    if (n->call->follow != FOLLOW_LINK)
        return sk_path_base(cx, n->at, out);
    if (!find(cx->ev, ROLE_SOURCE, false, &link))
        return false;
    path = resolved(cx, &link);
    slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    if (!slash)
        return false;
    *out = (struct sk_str){path.p, (size_t)(slash - path.p) + 1};
    return true;
}

static struct sk_str resolved(const struct sk_ctx *cx, const struct named *n)
{
    struct sk_str path = raw_text(cx, n), base = SK_STR(""), real;

    if (n->call->follow == FOLLOW_FD || !path.n)
        return path.n ? path : (struct sk_str){NULL, 0};
    if (opens(cx->ev) && cx->ev->file.x && cx->ev->file.path.n)
        return cx->ev->file.path;
    /* A file system's source need not be a path: tmpfs, proc. */
    if (strcmp(n->call->param, "dev") == 0 && path.p[0] != '/')
        return path;
    if (path.p[0] != '/' && !real_base(cx, n, &base))
        return (struct sk_str){NULL, 0};
    real = sk_path_resolve(cx, base, path, follows(cx->ev, n->call));
    return real.p ? real : sk_path_join(cx->tmp, base, path);
}

bool sk_f_fs_path_resolved(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out)
{
    struct named n;
    struct sk_str s;

    if (!find(cx->ev, role_of(sk_field_id(ref)), true, &n))
        return false;
    s = resolved(cx, &n);
    return s.p && sk_give_text(ref, s, out);
}
