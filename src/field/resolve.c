/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c - see resolve.h.
 *
 * Walks component by component and builds the text itself, because the text of a descriptor
 * (/proc/self/fd) is seen from our root, not from theirs.  A walk must never wait for a file system
 * that someone else answers for: lookups are served from the kernel's cache (RESOLVE_CACHED) and
 * only file systems that are known to be local are asked beyond that. */
#include "field/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_LINKS       40 /* as the kernel */
#define MAX_ANCESTORS   8
#define MOUNTINFO_BYTES (4u << 20)
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

struct walk {
    const struct sk_ctx *cx;
    int root;     /* their root directory */
    uint32_t pid; /* whose it is */
    int cur;      /* descriptor of `out`, a directory */
    char out[SK_PATH_MAX];
    size_t n; /* "" is the root itself */
    char todo[2 * SK_PATH_MAX];
    size_t todo_n, at;
    unsigned links;
};

/* What is known of a descriptor without asking its file system. */
struct what {
    bool is_link, is_dir;
    bool known; /* the file system is local: it may be asked */
    bool is_proc;
};

static int open_at(int dir, const char *name, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = resolve};
    long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

    return fd < 0 ? -errno : (int)fd;
}

/* Kinds of file systems that answer when a program or another machine likes to. */
static bool is_remote(struct sk_str type)
{
    static const char *const kinds[] = {
        "fuse", "nfs",  "cifs",   "smb",       "9p",  "afs",    "ceph",     "coda",
        "ncp",  "ocfs", "lustre", "glusterfs", "gfs", "autofs", "orangefs", "virtiofs"};

    for (size_t i = 0; i < SK_ARRAY_LEN(kinds); i++)
        if (sk_str_starts(type, sk_str(kinds[i])))
            return true;
    return false;
}

/* Type of a mount, from the line that begins with its id: behind " - ". {NULL, 0}: not there. */
static struct sk_str mount_type(const char *text, uint64_t id)
{
    char want[24];
    size_t n = (size_t)snprintf(want, sizeof(want), "%llu ", (unsigned long long)id);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        const char *type, *eol;

        line += *line == '\n';
        if (strncmp(line, want, n) != 0)
            continue;
        eol = strchrnul(line, '\n');
        type = strstr(line, " - ");
        if (!type || type > eol)
            break;
        type += 3;
        return (struct sk_str){type, strcspn(type, " \n")};
    }
    return (struct sk_str){NULL, 0};
}

static void look_at_mount(const struct walk *w, uint64_t mount_id, struct what *out)
{
    sk_auto(mem) char *text = NULL;
    char path[SK_PATH_MAX];
    struct sk_str type;
    size_t n;

    snprintf(path, sizeof(path), "%s/proc/%u/mountinfo", sk_state_live_root(w->cx->st), w->pid);
    if (sk_read_file(path, MOUNTINFO_BYTES, &text, &n) < 0)
        return;
    type = mount_type(text, mount_id);
    out->is_proc = sk_str_eqz(type, "proc");
    out->known = type.n && !is_remote(type);
}

/* ask_mount: also find out whether the file system may be asked. */
static bool look(const struct walk *w, int fd, bool ask_mount, struct what *out)
{
    struct statx st;

    *out = (struct what){0};
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &st) < 0)
        return false;
    out->is_link = S_ISLNK(st.stx_mode);
    out->is_dir = S_ISDIR(st.stx_mode);
    out->known = st.stx_dev_major != 0; /* a disk of this machine */
    if (!out->known && (ask_mount || out->is_link) && st.stx_mask & STATX_MNT_ID)
        look_at_mount(w, st.stx_mnt_id, out);
    return true;
}

/* Opens one component; -EAGAIN: only its file system knows, and that may not be asked. */
static int step(const struct walk *w, const char *name)
{
    int fd = open_at(w->cur, name, O_NOFOLLOW, RESOLVE_CACHED);
    struct what dir;

    if (fd != -EAGAIN && fd != -EINVAL)
        return fd;
    if (!look(w, w->cur, true, &dir) || !dir.known)
        return -EAGAIN;
    return open_at(w->cur, name, O_NOFOLLOW, 0);
}

static void move_to(struct walk *w, int fd)
{
    if (w->cur >= 0 && w->cur != w->root)
        close(w->cur);
    w->cur = fd;
}

/* "..": the directory is opened again by its resolved name, which holds no links. */
static int go_up(struct walk *w)
{
    int fd;

    while (w->n && w->out[w->n - 1] != '/')
        w->n--;
    if (w->n)
        w->n--;
    w->out[w->n] = '\0';
    if (!w->n) {
        move_to(w, w->root);
        return 0;
    }
    fd = open_at(w->root, w->out + 1, O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    if (fd < 0)
        return fd;
    move_to(w, fd);
    return 0;
}

static int append(struct walk *w, const char *name)
{
    size_t n = strlen(name);

    if (w->n + 1 + n >= sizeof(w->out))
        return -ENAMETOOLONG;
    w->out[w->n++] = '/';
    memcpy(w->out + w->n, name, n + 1);
    w->n += n;
    return 0;
}

/* Puts the text of a link in front of what is left to walk. */
static int splice_link(struct walk *w, const char *text, size_t n)
{
    size_t rest = w->todo_n - w->at;

    if (n + 1 + rest >= sizeof(w->todo))
        return -ENAMETOOLONG;
    memmove(w->todo + n + 1, w->todo + w->at, rest);
    memcpy(w->todo, text, n);
    w->todo[n] = '/';
    w->todo_n = n + 1 + rest;
    w->at = 0;
    if (text[0] == '/') {
        move_to(w, w->root);
        w->n = 0;
        w->out[0] = '\0';
    }
    return 0;
}

static int follow_link(struct walk *w, int fd, const char *name, const struct what *what)
{
    char text[SK_PATH_MAX];
    const struct sk_thread *th = w->cx->th;
    ssize_t n;

    if (!what->known)
        return -EAGAIN;
    if (++w->links > MAX_LINKS)
        return -ELOOP;
    if (what->is_proc && w->cx->proc && strcmp(name, "self") == 0)
        /* /proc/self means whoever asks, and that is us. */
        n = snprintf(text, sizeof(text), "%lld", (long long)w->cx->proc->vpid);
    else if (what->is_proc && th && strcmp(name, "thread-self") == 0)
        n = snprintf(text, sizeof(text), "%lld/task/%lld", (long long)th->proc->vpid,
                     (long long)th->vtid);
    else
        n = readlinkat(fd, "", text, sizeof(text) - 1);
    if (n <= 0)
        return n < 0 ? -errno : -ENOENT;
    return splice_link(w, text, (size_t)n);
}

/* One component; `last`: nothing but slashes behind it. */
static int walk_one(struct walk *w, const char *name, bool last, bool follow)
{
    sk_auto(fd) int fd = -1;
    struct what what;
    int err;

    if (strcmp(name, "..") == 0)
        return go_up(w);
    fd = step(w, name);
    if (fd == -ENOENT && last)
        return append(w, name);
    if (fd < 0)
        return fd;
    if (!look(w, fd, false, &what))
        return -EIO;
    if (what.is_link && (follow || !last))
        return follow_link(w, fd, name, &what);
    if (!last && !what.is_dir)
        return -ENOTDIR;
    err = append(w, name);
    if (err)
        return err;
    move_to(w, SK_TAKE_FD(fd));
    return 0;
}

/* The next component of the text; false: none is left. */
static bool next(struct walk *w, char *name, size_t size)
{
    while (w->at < w->todo_n) {
        const char *p = w->todo + w->at, *slash = memchr(p, '/', w->todo_n - w->at);
        size_t n = slash ? (size_t)(slash - p) : w->todo_n - w->at;

        w->at += n + (slash ? 1 : 0);
        if (n == 0 || (n == 1 && p[0] == '.'))
            continue;
        if (n >= size)
            n = size - 1; /* too long for any file system: not found */
        memcpy(name, p, n);
        name[n] = '\0';
        return true;
    }
    return false;
}

/* Only slashes and dots that stand alone? */
static bool nothing_left(const struct walk *w)
{
    for (size_t i = w->at; i < w->todo_n; i++) {
        bool alone =
            (i == 0 || w->todo[i - 1] == '/') && (i + 1 >= w->todo_n || w->todo[i + 1] == '/');

        if (w->todo[i] != '/' && !(w->todo[i] == '.' && alone))
            return false;
    }
    return true;
}

static int open_root(const struct sk_ctx *cx, uint32_t pid)
{
    char path[SK_PATH_MAX];

    snprintf(path, sizeof(path), "%s/proc/%u/root", sk_state_live_root(cx->st), pid);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool root_is_whole(const struct sk_proc *p)
{
    return !p->root.n || sk_str_eqz(p->root, "/");
}

/* Their root; a process that has ended is replaced by an ancestor that sees the same files. */
static int find_root(const struct sk_ctx *cx, uint32_t *out_pid)
{
    const struct sk_proc *p = cx->proc, *a = p;
    const struct sk_x_task *t = cx->ev->task;
    uint32_t pid = t ? t->pid : p ? p->pid : 0;
    int fd = pid ? open_root(cx, pid) : -1;

    for (int i = 0; fd < 0 && a && a->parent && i < MAX_ANCESTORS; i++) {
        a = a->parent;
        if (!p->ns_mnt || a->ns_mnt != p->ns_mnt || !sk_str_eq(a->root, p->root))
            break;
        pid = a->pid;
        fd = open_root(cx, pid);
    }
    if (fd < 0 && t && !(t->flags & SK_TASK_MNTNS) && (!p || root_is_whole(p))) {
        pid = 1;
        fd = open_root(cx, pid);
    }
    *out_pid = pid;
    return fd;
}

static bool load(struct walk *w, struct sk_str base, struct sk_str path)
{
    bool absolute = path.n && path.p[0] == '/';

    if (!path.n || (!absolute && (!base.n || base.p[0] != '/')) || base.n >= SK_PATH_MAX ||
        path.n >= SK_PATH_MAX - 1)
        return false;
    if (!absolute) {
        memcpy(w->todo, base.p, base.n);
        w->todo[base.n] = '/';
        w->todo_n = base.n + 1;
    }
    memcpy(w->todo + w->todo_n, path.p, path.n);
    w->todo_n += path.n;
    return true;
}

/* Length of `word` when the text at s begins with it as a whole component; 0: it does not. */
static size_t component(struct sk_str s, const char *word)
{
    size_t n = strlen(word);

    while (s.n && s.p[0] == '/') {
        s.p++;
        s.n--;
        n++;
    }
    if (!sk_str_starts(s, sk_str(word)) || (s.n > strlen(word) && s.p[strlen(word)] != '/'))
        return 0;
    return n;
}

/* /proc/self/root, at the root: the same place again.  The link itself cannot be read for it: its text is
 * the root as we see it, and the process may be gone. */
static void skip_own_root(struct walk *w)
{
    char own[24] = "self";
    const char *who[] = {"self", "thread-self", own};

    if (w->cx->proc)
        snprintf(own, sizeof(own), "%lld", (long long)w->cx->proc->vpid);
    for (size_t i = 0; w->n == 0 && i < SK_ARRAY_LEN(who); i++) {
        const char *const parts[] = {"proc", who[i], "root"};
        size_t at = w->at, k = 0, n = 1;

        for (; k < SK_ARRAY_LEN(parts) && n; k++, at += n)
            n = component((struct sk_str){w->todo + at, w->todo_n - at}, parts[k]);
        if (n) {
            w->at = at;
            i = (size_t)-1; /* once more, from the first */
        }
    }
}

struct sk_str sk_path_resolve(const struct sk_ctx *cx, struct sk_str base, struct sk_str path,
                              bool follow)
{
    const struct sk_str none = {NULL, 0};
    struct walk w = {.cx = cx, .root = -1, .cur = -1};
    char name[256];
    char *copy;
    int err = 0;

    if (!cx->st || !sk_state_live_root(cx->st) || !load(&w, base, path))
        return none;
    w.root = find_root(cx, &w.pid);
    if (w.root < 0)
        return none;
    w.cur = w.root;
    while (!err) {
        skip_own_root(&w);
        if (!next(&w, name, sizeof(name)))
            break;
        err = walk_one(&w, name, nothing_left(&w), follow);
    }
    move_to(&w, -1);
    close(w.root);
    if (err)
        return none;
    copy = sk_arena_dup(cx->tmp, w.n ? (struct sk_str){w.out, w.n} : SK_STR("/"));
    return copy ? (struct sk_str){copy, w.n ? w.n : 1} : none;
}
