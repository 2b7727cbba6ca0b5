/* SPDX-License-Identifier: Apache-2.0 */
/* filewatch.c - inotify on the way to each file; see filewatch.h.
 *
 * Of each directory on the way there are names that matter (the next step), and the directory itself
 * matters when it goes away.  A list is made anew, on a new inotify descriptor, each time: what the old
 * list meant is gone with its links. */
#include "cli/filewatch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 50000 /* of a list */
#define LINKS_MAX 40    /* as the kernel has it */

#define OF_DIR  (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE)
#define OF_SELF (IN_DELETE_SELF | IN_MOVE_SELF)

enum what { NAME, ANY, YAML };

struct name { /* what matters in the directory of a watch */
    int wd;
    enum what what;
    char *text; /* NAME */
};

struct list {
    int fd; /* -1: none */
    struct name *name;
    size_t n, room;
};

struct sk_filewatch {
    struct list now, next;
};

static void list_done(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->name[i].text);
    free(l->name);
    fd_freep(&l->fd);
    *l = (struct list){.fd = -1};
}

static int list_new(struct list *l)
{
    *l = (struct list){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    return l->fd < 0 ? -errno : 0;
}

int sk_filewatch_new(struct sk_filewatch **out)
{
    struct sk_filewatch *w = calloc(1, sizeof(*w));
    int err;

    if (!w)
        return -ENOMEM;
    w->now.fd = w->next.fd = -1;
    err = list_new(&w->now);
    if (err) {
        free(w);
        return err;
    }
    *out = w;
    return 0;
}

void sk_filewatch_free(struct sk_filewatch *w)
{
    if (!w)
        return;
    list_done(&w->now);
    list_done(&w->next);
    free(w);
}

void filewatch_freep(struct sk_filewatch **w)
{
    sk_filewatch_free(*w);
    *w = NULL;
}

int sk_filewatch_begin(struct sk_filewatch *w)
{
    list_done(&w->next);
    return list_new(&w->next);
}

void sk_filewatch_end(struct sk_filewatch *w)
{
    if (w->next.fd < 0)
        return;
    list_done(&w->now);
    w->now = w->next;
    w->next = (struct list){.fd = -1};
}

int sk_filewatch_fd(const struct sk_filewatch *w)
{
    return w->now.fd;
}

static int remember(struct list *l, int wd, enum what what, const char *text)
{
    struct name *row;

    for (size_t i = 0; i < l->n; i++) {
        if (l->name[i].wd == wd && l->name[i].what == what &&
            (what != NAME || !strcmp(l->name[i].text, text)))
            return 0;
    }
    if (l->n == NAMES_MAX)
        return -ENOSPC;
    if (l->n == l->room) {
        size_t room = l->room ? l->room * 2 : 64;

        row = realloc(l->name, room * sizeof(*row));
        if (!row)
            return -ENOMEM;
        l->name = row;
        l->room = room;
    }
    row = &l->name[l->n];
    *row = (struct name){.wd = wd, .what = what, .text = what == NAME ? strdup(text) : NULL};
    if (what == NAME && !row->text)
        return -ENOMEM;
    l->n++;
    return 0;
}

/* One directory of the way; *text: the step after it. */
static int watch_dir(struct list *l, const char *dir, enum what what, const char *text)
{
    int wd = inotify_add_watch(l->fd, dir, OF_DIR | OF_SELF | IN_ONLYDIR | IN_MASK_ADD);

    if (wd < 0) /* gone, or not ours to read, in which case the file is not either */
        return errno == ENOSPC || errno == ENOMEM ? -errno : 0;
    return remember(l, wd, what, text);
}

/* A directory of the way that is there: when it goes away itself. */
static int watch_self(struct list *l, const char *dir)
{
    int wd = inotify_add_watch(l->fd, dir, OF_SELF | IN_MASK_ADD);

    return wd < 0 && (errno == ENOSPC || errno == ENOMEM) ? -errno : 0;
}

struct way {
    char done[PATH_MAX]; /* a directory without links, "" is "/" */
    char rest[PATH_MAX]; /* what is still to be walked */
    unsigned links;
};

static int set_text(char *to, const char *one, const char *two, const char *three)
{
    char text[3 * PATH_MAX];
    int n = snprintf(text, sizeof(text), "%s%s%s", one, two, three);

    if (n < 0 || n >= PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(to, text, (size_t)n + 1);
    return 0;
}

/* The next step of w->rest; false: there is none. */
static bool next_step(struct way *w, char *step)
{
    const char *p = w->rest + strspn(w->rest, "/");
    size_t n = strcspn(p, "/");

    if (!n || n > NAME_MAX)
        return false;
    memcpy(step, p, n);
    step[n] = '\0';
    memmove(w->rest, p + n, strlen(p + n) + 1);
    return true;
}

static int follow(struct way *w, const char *link)
{
    char target[PATH_MAX];
    ssize_t n = readlink(link, target, sizeof(target) - 1);

    if (n < 0 || w->links++ == LINKS_MAX)
        return -ELOOP;
    target[n] = '\0';
    if (target[0] == '/')
        w->done[0] = '\0';
    return set_text(w->rest, target, "/", w->rest);
}

static bool is_last(const struct way *w)
{
    return !w->rest[strspn(w->rest, "/")];
}

/* One step: its directory is watched where the name matters there, that is for links, for the file
 * itself and where the step is missing.  1: the way ends here. */
static int walk_step(struct list *l, struct way *w, const char *step)
{
    const char *dir = w->done[0] ? w->done : "/";
    char path[PATH_MAX];
    struct stat st;
    bool there;
    int err;

    if (!strcmp(step, "."))
        return 0;
    if (!strcmp(step, "..")) {
        char *slash = strrchr(w->done, '/');

        if (slash)
            *slash = '\0';
        return 0;
    }
    err = set_text(path, w->done, "/", step);
    if (err)
        return err;
    there = !lstat(path, &st);
    if (!there || S_ISLNK(st.st_mode) || is_last(w))
        err = watch_dir(l, dir, NAME, step);
    if (err)
        return err;
    if (!there)
        return 1;
    if (S_ISLNK(st.st_mode))
        return follow(w, path);
    memcpy(w->done, path, sizeof(path));
    return watch_self(l, path);
}

/* Where the way leads to is in w->done. 1: nowhere. */
static int walk(struct list *l, struct way *w, const char *path)
{
    char step[NAME_MAX + 1], cwd[PATH_MAX] = "";
    int err = 0;

    if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
        return -errno;
    *w = (struct way){0};
    err = set_text(w->rest, cwd, "/", path);
    while (!err && next_step(w, step))
        err = walk_step(l, w, step);
    return err;
}

static bool wanted(const char *name, bool yaml)
{
    struct sk_str s = sk_str(name);

    if (yaml)
        return sk_str_ends(s, SK_STR(".yaml")) || sk_str_ends(s, SK_STR(".yml"));
    return name[0] != '.';
}

/* A file that was mounted has another directory than the one that is watched. */
static int watch_file(struct list *l, const char *path)
{
    int wd = inotify_add_watch(l->fd, path, IN_CLOSE_WRITE | OF_SELF | IN_MASK_ADD);

    return wd < 0 && (errno == ENOSPC || errno == ENOMEM) ? -errno : 0;
}

/* The files of a directory, and what its links lead to. */
static int add_entries(struct list *l, const char *dir, bool yaml)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int err = 0;

    while (d && err >= 0 && (e = readdir(d))) {
        char path[PATH_MAX];
        struct way w;

        if (e->d_type == DT_DIR || !wanted(e->d_name, yaml) || set_text(path, dir, "/", e->d_name))
            continue;
        err = e->d_type == DT_REG ? watch_file(l, path) : walk(l, &w, path);
    }
    if (d)
        closedir(d);
    return err < 0 ? err : 0;
}

int sk_filewatch_add(struct sk_filewatch *fw, const char *path, bool yaml)
{
    struct list *l = &fw->next;
    struct way w;
    struct stat st;
    int err = walk(l, &w, path);

    if (err == -ELOOP || err == -ENAMETOOLONG || err == 1)
        return 0; /* nothing is there; what could bring it is watched */
    if (err)
        return err;
    if (stat(w.done[0] ? w.done : "/", &st))
        return 0;
    if (S_ISDIR(st.st_mode)) {
        err = watch_dir(l, w.done, yaml ? YAML : ANY, NULL);
        return err ? err : add_entries(l, w.done, yaml);
    }
    return watch_file(l, w.done);
}

static bool concerns(const struct list *l, const struct inotify_event *ev)
{
    /* The queue was too short, a file system went away: it may have been anything. */
    if (!ev->len || ev->mask & (IN_Q_OVERFLOW | IN_UNMOUNT))
        return !(ev->mask & IN_IGNORED);
    for (size_t i = 0; i < l->n; i++) {
        const struct name *n = &l->name[i];

        if (n->wd == ev->wd &&
            (n->what == NAME ? !strcmp(n->text, ev->name) : wanted(ev->name, n->what == YAML)))
            return true;
    }
    return false;
}

bool sk_filewatch_read(struct sk_filewatch *w)
{
    _Alignas(struct inotify_event) char buf[16384];
    bool any = false;
    ssize_t n;

    while ((n = read(w->now.fd, buf, sizeof(buf))) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *ev = (const void *)(buf + at);

            any |= concerns(&w->now, ev);
            at += (ssize_t)(sizeof(*ev) + ev->len);
        }
    }
    return any;
}
