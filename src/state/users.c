/* SPDX-License-Identifier: Apache-2.0 */
/* users.c - names of users and groups, from the files of the host or of a container.
 *
 * The files of a container are foreign input: they are opened below its root only (a link to /etc
 * of the host stays inside), must be regular, and have limits.  A list is kept per container id and
 * is read again when the file changed; that is looked up at most once a second, and never twice for
 * one event, so that pointers stay good until the next one. */
#include "state/capture.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_BYTES_MAX (4u * 1024 * 1024)
#define ROWS_MAX       65536u
#define CHECK_NS       1000000000ull

/* One file: its text, cut into rows sorted by id. */
struct file {
    char *text;
    struct sk_user *row; /* groups use gid and name only */
    size_t n;
    uint64_t ino, mtime_ns, checked_ns, checked_seq;
    bool checked;
};

struct list {
    struct sk_str container; /* own copy, key of the map */
    struct file users, groups;
    struct sk_group group; /* the last one asked for */
    uint64_t used_seq;
};

struct sk_users {
    struct sk_map *lists;
    struct list host;
};

static void file_done(struct file *f)
{
    free(f->text);
    free(f->row);
    f->text = NULL;
    f->row = NULL;
    f->n = 0;
}

static void list_free(struct list *l)
{
    file_done(&l->users);
    file_done(&l->groups);
    free((char *)(uintptr_t)l->container.p);
    free(l);
}

void sk_users_free(struct sk_users *u)
{
    struct list *l;
    size_t it = 0;

    if (!u)
        return;
    while (u->lists && (l = sk_map_next(u->lists, &it)))
        list_free(l);
    sk_map_free(u->lists);
    file_done(&u->host.users);
    file_done(&u->host.groups);
    free(u);
}

/* Cuts the next `field:` off *line. */
static struct sk_str next_field(struct sk_str *line)
{
    const char *colon = memchr(line->p, ':', line->n);
    size_t n = colon ? (size_t)(colon - line->p) : line->n;
    size_t skip = colon ? n + 1 : n;
    struct sk_str field = {line->p, n};

    *line = (struct sk_str){line->p + skip, line->n - skip};
    return field;
}

static bool parse_id(struct sk_str s, uint32_t *out)
{
    uint64_t v;

    if (sk_parse_u64(s.p, s.n, &v) || v >= UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

/* passwd: name:password:uid:gid:comment:home:shell.  group: name:password:gid:members. */
static bool parse_row(struct sk_str line, bool groups, struct sk_user *out)
{
    *out = (struct sk_user){.name = next_field(&line)};
    if (out->name.n == 0 || out->name.p[0] == '#')
        return false;
    next_field(&line);
    if (!parse_id(next_field(&line), &out->uid))
        return false;
    if (groups)
        return true;
    if (!parse_id(next_field(&line), &out->gid))
        return false;
    next_field(&line);
    out->home = next_field(&line);
    out->shell = next_field(&line);
    return true;
}

/* By id; of equal ids the first row of the file counts. */
static int compare(const void *a, const void *b)
{
    const struct sk_user *x = a, *y = b;

    if (x->uid != y->uid)
        return x->uid < y->uid ? -1 : 1;
    return x->name.p < y->name.p ? -1 : x->name.p > y->name.p;
}

static void parse_file(struct file *f, size_t bytes, bool groups)
{
    size_t lines = 1, n = 0;

    for (size_t i = 0; i < bytes; i++)
        lines += f->text[i] == '\n';
    lines = SK_MIN(lines, (size_t)ROWS_MAX);
    f->row = calloc(lines, sizeof(*f->row));
    if (!f->row)
        return;
    for (size_t i = 0; i < bytes && n < lines;) {
        const char *p = f->text + i, *end = memchr(p, '\n', bytes - i);
        size_t len = end ? (size_t)(end - p) : bytes - i;

        n += parse_row((struct sk_str){p, len}, groups, &f->row[n]);
        i += len + 1;
    }
    f->n = n;
    qsort(f->row, n, sizeof(*f->row), compare);
}

static int open_below(const char *root, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    sk_auto(fd) int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return -1;
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static void read_rows(struct file *f, int fd, size_t bytes, bool groups)
{
    size_t n = 0;

    file_done(f);
    f->text = malloc(bytes + 1);
    if (!f->text)
        return;
    while (n < bytes) {
        ssize_t got = read(fd, f->text + n, bytes - n);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    f->text[n] = '\0';
    parse_file(f, n, groups);
}

/* Reads the file again when it is another one than last time.  One that has gone keeps its names.
 */
static void load(struct sk_state *st, struct file *f, const char *root, bool groups)
{
    uint64_t now = sk_boottime_ns(), mtime_ns;
    struct stat sb;

    if (f->checked && (f->checked_seq == st->seq || now - f->checked_ns < CHECK_NS))
        return;
    f->checked = true;
    f->checked_seq = st->seq;
    f->checked_ns = now;
    sk_auto(fd) int fd = open_below(root, groups ? "etc/group" : "etc/passwd");
    if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode) || sb.st_size < 0 ||
        sb.st_size > (off_t)FILE_BYTES_MAX)
        return;
    mtime_ns = (uint64_t)sb.st_mtim.tv_sec * 1000000000ull + (uint64_t)sb.st_mtim.tv_nsec;
    if (f->text && f->ino == sb.st_ino && f->mtime_ns == mtime_ns)
        return;
    f->ino = sb.st_ino;
    f->mtime_ns = mtime_ns;
    read_rows(f, fd, (size_t)sb.st_size, groups);
}

static struct list *oldest(const struct sk_users *u)
{
    struct list *l, *old = NULL;
    size_t it = 0;

    while ((l = sk_map_next(u->lists, &it)))
        if (!old || l->used_seq < old->used_seq)
            old = l;
    return old;
}

static struct list *list_new(struct sk_state *st, struct sk_str container)
{
    struct sk_users *u = st->users;
    struct list *l;
    char *key;

    if (sk_map_count(u->lists) >= st->limit.user_lists) {
        struct list *old = oldest(u);

        if (!old || old->used_seq == st->seq)
            return NULL;
        sk_map_del(u->lists, old->container);
        list_free(old);
        st->stats.evicted++;
    }
    l = calloc(1, sizeof(*l));
    key = strndup(container.p, container.n);
    if (!l || !key) {
        free(l);
        free(key);
        return NULL;
    }
    l->container = (struct sk_str){key, container.n};
    if (sk_map_put(u->lists, l->container, l)) {
        list_free(l);
        return NULL;
    }
    return l;
}

/* The list of a process, its file looked at. NULL: no room. */
static struct list *list_of(struct sk_state *st, const struct sk_proc *p, bool groups)
{
    struct list *l;
    char root[SK_PATH_MAX];
    int n;

    if (!st->users)
        st->users = calloc(1, sizeof(*st->users));
    if (st->users && !st->users->lists)
        st->users->lists = sk_map_new(st->limit.user_lists);
    if (!st->users || !st->users->lists)
        return NULL;
    if (!p || p->container_id.n == 0) {
        l = &st->users->host;
        n = snprintf(root, sizeof(root), "%s/", st->host_root);
    } else {
        l = sk_map_get(st->users->lists, p->container_id);
        if (!l)
            l = list_new(st, p->container_id);
        n = snprintf(root, sizeof(root), "%s/proc/%u/root", st->host_root, p->pid);
    }
    if (!l || n < 0 || (size_t)n >= sizeof(root))
        return NULL;
    l->used_seq = st->seq;
    load(st, groups ? &l->groups : &l->users, root, groups);
    return l;
}

/* First row of the id. */
static const struct sk_user *find(const struct file *f, uint32_t id)
{
    size_t lo = 0, hi = f->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (f->row[mid].uid < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->n && f->row[lo].uid == id ? &f->row[lo] : NULL;
}

const struct sk_user *sk_state_user(struct sk_state *st, const struct sk_proc *p, uint32_t uid)
{
    struct list *l;

    if (!st->ops.live)
        return sk_captured_user(st, p, uid);
    l = list_of(st, p, false);
    return l ? find(&l->users, uid) : NULL;
}

const struct sk_group *sk_state_group(struct sk_state *st, const struct sk_proc *p, uint32_t gid)
{
    struct list *l;
    const struct sk_user *row;

    if (!st->ops.live)
        return sk_captured_group(st, p, gid);
    l = list_of(st, p, true);
    row = l ? find(&l->groups, gid) : NULL;
    if (!row)
        return NULL;
    l->group = (struct sk_group){.gid = row->uid, .name = row->name};
    return &l->group;
}
