/* SPDX-License-Identifier: Apache-2.0 */
/* params_check.c - the parent's side of params.h: does an event say what was noted? */
#include <stdio.h>
#include <string.h>

#include "field/render.h"
#include "tests/live/params_note.h"

static const char *text_of(const struct note *n)
{
    return notes->text + n->at;
}

static bool same_number(const struct note *n, const char *what, long long got, long long want)
{
    if (got == want)
        return true;
    fprintf(stderr, "    %s%s is %lld (0x%llx), not %lld (0x%llx)\n", n->param, what, got, got,
            want, want);
    return false;
}

static bool same_text(const struct note *n, const char *what, struct sk_str got)
{
    if (sk_str_eqz(got, text_of(n)))
        return true;
    fprintf(stderr, "    %s%s is '%.*s', not '%s'\n", n->param, what, (int)got.n,
            got.p ? got.p : "", text_of(n));
    return false;
}

static bool shown(const struct note *n, const struct sk_event *ev, unsigned i)
{
    struct sk_arena *tmp = sk_arena_new(1 << 20);
    const struct sk_ctx cx = {.ev = ev, .tmp = tmp};
    struct sk_str got = {NULL, 0};
    bool ok = sk_render_arg(&cx, i, &got) && same_text(n, "", got);

    sk_arena_free(tmp);
    return ok;
}

static bool bytes_hold(const struct note *n, struct sk_str got)
{
    if (n->kind == NOTE_BYTES) {
        if (got.n == n->n && (!got.n || memcmp(got.p, text_of(n), got.n) == 0))
            return true;
        fprintf(stderr, "    %s: %zu other bytes than the %u wanted: '%.*s'\n", n->param, got.n,
                n->n, (int)got.n, got.p ? got.p : "");
        return false;
    }
    if (got.p && memmem(got.p, got.n, text_of(n), n->n - 1))
        return true;
    fprintf(stderr, "    %s: no '%s' in its %zu bytes '%.*s'\n", n->param, text_of(n), got.n,
            (int)got.n, got.p ? got.p : "");
    return false;
}

static bool param_holds(const struct note *n, const struct sk_event *ev)
{
    int i = sk_event_param_index(ev->info, n->param);
    int64_t v;

    if (i < 0) {
        fprintf(stderr, "    no parameter '%s'\n", n->param);
        return false;
    }
    unsigned u = (unsigned)i;
    switch (n->kind) {
    case NOTE_TEXT:
        if (!sk_event_param(ev, u).len) {
            fprintf(stderr, "    %s is empty, not '%s'\n", n->param, text_of(n));
            return false;
        }
        return same_text(n, "", sk_event_text(ev, u));
    case NOTE_NULL:
        return same_number(n, ": its length", sk_event_param(ev, u).len, 0);
    case NOTE_SHOWN:
        return shown(n, ev, u);
    case NOTE_BYTES:
    case NOTE_HAS:
        return bytes_hold(n, sk_event_bytes(ev, u));
    default:
        break;
    }
    if (!sk_event_i64(ev, u, &v)) {
        fprintf(stderr, "    %s has no number\n", n->param);
        return false;
    }
    if (n->kind == NOTE_INT)
        return same_number(n, "", v, n->a);
    return v != n->a || !same_number(n, ", which it must not be,", v, n->a + 1);
}

static bool file_holds(const struct note *n, const struct sk_event *ev)
{
    const struct sk_x_file *x = ev->file.x;
    bool ok;

    if (n->kind == NOTE_NO_FILE)
        return same_number(n, "file extension", x != NULL, 0);
    if (!x)
        return same_number(n, "file extension", 0, 1);
    if (n->kind == NOTE_FILE_FLAGS)
        return same_number(n, "file flags", x->flags, n->a);
    ok = same_number(n, "file fd", x->fd, n->a);
    ok &= same_number(n, "file type", x->type, n->b);
    if (n->c) {
        ok &= same_number(n, "file ino", (long long)x->ino, n->c);
        ok &= same_number(n, "file dev", x->dev, n->d);
    }
    return same_text(n, "file path", ev->file.path) && ok;
}

static bool dir_holds(const struct note *n, const struct sk_event *ev)
{
    const struct sk_ev_dir *d = &ev->dir[n->a == SK_ROLE_OLD ? 0 : 1];

    if (n->kind == NOTE_NO_DIR)
        return same_number(n, "directory extension", d->x != NULL, 0);
    if (!d->x)
        return same_number(n, "directory extension", 0, 1);
    return same_text(n, "directory", d->path);
}

static bool sock_holds(const struct note *n, const struct sk_event *ev)
{
    const struct sk_x_sock *x = ev->sock.x;
    struct note_sock s;
    bool ok;

    if (!x)
        return same_number(n, "socket extension", 0, 1);
    memcpy(&s, text_of(n), sizeof(s));
    ok = same_number(n, "socket fd", x->fd, n->a);
    ok &= same_number(n, "socket type", x->type, s.want.type);
    ok &= same_number(n, "socket family", x->family, s.want.family);
    ok &= same_number(n, "SOCK_ type", x->sk_type, s.want.sk_type);
    ok &= same_number(n, "l4proto", x->l4proto, s.want.l4);
    ok &= same_number(n, "server", x->server, s.want.server);
    ok &= same_number(n, "lport", x->lport, s.want.lport);
    ok &= same_number(n, "rport", x->rport, s.want.rport);
    ok &= same_number(n, "laddr differs:", memcmp(x->laddr, s.local, 16) != 0, 0);
    ok &= same_number(n, "raddr differs:", memcmp(x->raddr, s.remote, 16) != 0, 0);
    if (s.want.path && !sk_str_eqz(ev->sock.path, s.path)) {
        fprintf(stderr, "    socket path is '%.*s', not '%s'\n", (int)ev->sock.path.n,
                ev->sock.path.p, s.path);
        ok = false;
    }
    return ok;
}

static bool task_holds(const struct note *n, const struct sk_event *ev)
{
    const struct sk_x_task *t = ev->task;
    long long got[] = {[TASK_PID] = t->pid,     [TASK_PPID] = t->ppid, [TASK_UID] = t->uid,
                       [TASK_GID] = t->gid,     [TASK_VTID] = t->vtid, [TASK_VPID] = t->vpid,
                       [TASK_FLAGS] = t->flags, [TASK_SYS] = t->sys_nr};
    static const char *const name[] = {"pid",  "ppid", "uid",   "gid",
                                       "vtid", "vpid", "flags", "sys_nr"};

    if (n->kind == NOTE_COMM)
        return same_text(n, "comm", (struct sk_str){t->comm, strnlen(t->comm, sizeof(t->comm))});
    return same_number(n, name[n->a], got[n->a], n->b);
}

static bool exec_holds(const struct note *n, const struct sk_event *ev)
{
    const struct sk_x_exec *x = ev->exec;

    if (!x)
        return same_number(n, ": exec extension", 0, 1);
    const struct {
        const char *name;
        uint32_t got;
    } of[] = {{"pid", x->ns_pid},       {"mnt", x->ns_mnt},      {"net", x->ns_net},
              {"user", x->ns_user},     {"uts", x->ns_uts},      {"ipc", x->ns_ipc},
              {"cgroup", x->ns_cgroup}, {"exe_dev", x->exe_dev}, {"sid", x->sid}};

    for (size_t i = 0; i < SK_ARRAY_LEN(of); i++)
        if (strcmp(of[i].name, n->param) == 0)
            return same_number(n, "", of[i].got, n->a);
    return same_number(n, ": unknown", 0, 1);
}

bool note_holds(const struct note *n, const struct sk_event *ev)
{
    switch (n->kind) {
    case NOTE_EVENT:
        return true;
    case NOTE_FILE:
    case NOTE_FILE_FLAGS:
    case NOTE_NO_FILE:
        return file_holds(n, ev);
    case NOTE_DIR:
    case NOTE_NO_DIR:
        return dir_holds(n, ev);
    case NOTE_SOCK:
        return sock_holds(n, ev);
    case NOTE_TASK:
    case NOTE_COMM:
        return ev->task ? task_holds(n, ev) : same_number(n, "task extension", 0, 1);
    case NOTE_EXEC:
        return exec_holds(n, ev);
    default:
        return param_holds(n, ev);
    }
}
