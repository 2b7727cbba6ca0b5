/* SPDX-License-Identifier: Apache-2.0 */
/* child.c - a pidfd instead of SIGCHLD: nobody else's children are touched, and no number is reused
 * while it is asked for.  The dead child is reaped only in sk_child_end(), after its group was
 * signalled, for as long as it is a zombie its number belongs to nobody else. */
#include "sink/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "sink/io.h"

#define SK_CHILD_TERM_MS 500 /* between asking and forcing */

extern char **environ;

/* May a line be logged? Says before it how many were left out. */
static bool log_allows(struct sk_child_log *l)
{
    const uint64_t step = 1000000000ull / SK_CHILD_LOG_RATE, now = sk_boottime_ns();
    uint64_t gained;

    if (!l->last_ns) {
        l->left = SK_CHILD_LOG_BURST;
        l->last_ns = now;
    }
    gained = (now - l->last_ns) / step;
    if (gained) {
        l->left = (uint32_t)SK_MIN(l->left + gained, (uint64_t)SK_CHILD_LOG_BURST);
        l->last_ns += gained * step;
    }
    if (!l->left) {
        l->skipped++;
        return false;
    }
    l->left--;
    if (l->skipped)
        sk_log(SK_NOTICE, "%s: %llu lines of its standard error were left out", l->name,
               (unsigned long long)l->skipped);
    l->skipped = 0;
    return true;
}

struct lines {
    char text[SK_CHILD_LINE_MAX];
    size_t n;
    bool cut; /* the rest of a long line is skipped */
};

static void log_line(struct sk_child *c, struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) {
        if ((unsigned char)l->text[i] < ' ' && l->text[i] != '\t')
            l->text[i] = '?'; /* the log is read on terminals */
    }
    if ((l->n || l->cut) && log_allows(c->log))
        sk_log(SK_WARNING, "%s: %.*s%s", c->log->name, (int)l->n, l->text, l->cut ? "..." : "");
    l->n = 0;
    l->cut = false;
}

static void add_text(struct sk_child *c, struct lines *l, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n')
            log_line(c, l);
        else if (l->n < sizeof(l->text))
            l->text[l->n++] = p[i];
        else
            l->cut = true;
    }
}

/* Reads what is there; false: nobody holds the other end any more. */
static bool read_some(struct sk_child *c, struct lines *l)
{
    char p[4096];
    ssize_t n = read(c->err_fd, p, sizeof(p));

    if (n > 0)
        add_text(c, l, p, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void note_end(struct sk_child *c)
{
    siginfo_t si = {0};

    if (waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT) || !si.si_pid)
        return;
    if (si.si_code == CLD_EXITED) {
        atomic_store(&c->status, si.si_status << 8);
        if ((si.si_status || !c->quiet) && log_allows(c->log))
            sk_log(SK_WARNING, "%s: '%s' ended with status %d", c->log->name, c->command,
                   si.si_status);
    } else {
        atomic_store(&c->status, si.si_status & 0x7f);
        if (log_allows(c->log))
            sk_log(SK_WARNING, "%s: '%s' was ended by signal %d (%s)", c->log->name, c->command,
                   si.si_status, strsignal(si.si_status));
    }
    atomic_store(&c->ended, true);
}

static void *watch(void *arg)
{
    struct sk_child *c = arg;
    struct lines l = {.n = 0};
    struct pollfd p[] = {{.fd = c->err_fd, .events = POLLIN},
                         {.fd = c->pidfd, .events = POLLIN},
                         {.fd = c->stop_fd, .events = POLLIN}};

    for (;;) {
        if (poll(p, 3, -1) < 0 && errno != EINTR)
            break;
        if (p[0].revents && !read_some(c, &l))
            p[0].fd = -1;
        if (p[2].revents)
            break;
        if (p[1].revents) {
            for (int i = 0; i < 16 && poll(p, 1, 0) > 0 && read_some(c, &l); i++)
                continue; /* its last words */
            break;
        }
    }
    log_line(c, &l);
    note_end(c);
    return NULL;
}

/* Signals of the output threads are blocked, and a program inherits that: it gets a fresh start. */
static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int err;

    sigemptyset(&none);
    sigfillset(&all);
    err = posix_spawnattr_setsigmask(attr, &none);
    if (!err)
        err = posix_spawnattr_setsigdefault(attr, &all);
    if (!err)
        err = posix_spawnattr_setpgroup(attr, 0);
    if (!err)
        err = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                 POSIX_SPAWN_SETPGROUP);
    return err;
}

static int spawn(const char *command, int in, int err_out, pid_t *out)
{
    char *const argv[] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
                          (char *)(uintptr_t)command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int err = posix_spawn_file_actions_init(&files);

    if (err)
        return -err;
    err = posix_spawnattr_init(&attr);
    if (err) {
        posix_spawn_file_actions_destroy(&files);
        return -err;
    }
    err = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    if (!err)
        err = posix_spawn_file_actions_adddup2(&files, err_out, STDERR_FILENO);
    if (!err)
        err = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    if (!err)
        err = set_attributes(&attr);
    if (!err)
        err = posix_spawn(out, "/bin/sh", &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return -err;
}

static int open_pipes(struct sk_child *c, int *out_err)
{
    int in[2], err[2];

    if (pipe2(in, O_CLOEXEC))
        return -errno;
    c->peek_fd = in[0];
    c->in_fd = in[1];
    if (pipe2(err, O_CLOEXEC))
        return -errno;
    c->err_fd = err[0];
    *out_err = err[1];
    if (fcntl(c->in_fd, F_SETFL, O_NONBLOCK) || fcntl(c->err_fd, F_SETFL, O_NONBLOCK))
        return -errno;
    c->stop_fd = eventfd(0, EFD_CLOEXEC);
    return c->stop_fd < 0 ? -errno : 0;
}

static int start_watcher(struct sk_child *c)
{
    sigset_t all, old;
    int err;

    c->pidfd = pidfd_open(c->pid, 0);
    if (c->pidfd < 0)
        return -errno;
    sigfillset(&all); /* signals belong to the control thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&c->watcher, NULL, watch, c);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    c->watched = !err;
    return -err;
}

int sk_child_start(struct sk_child *c, const char *command, struct sk_child_log *log, bool quiet)
{
    sk_auto(fd) int err_out = -1;
    int err;

    *c = (struct sk_child){.in_fd = -1,
                           .peek_fd = -1,
                           .pidfd = -1,
                           .err_fd = -1,
                           .stop_fd = -1,
                           .command = command,
                           .log = log,
                           .quiet = quiet,
                           .started_ns = sk_boottime_ns()};
    err = open_pipes(c, &err_out);
    if (!err)
        err = spawn(command, c->peek_fd, err_out, &c->pid);
    if (!err)
        err = start_watcher(c);
    if (err)
        sk_child_end(c, 0, true);
    return err;
}

ssize_t sk_child_write(struct sk_child *c, const char *p, size_t n)
{
    ssize_t w;

    if (atomic_load(&c->ended) || c->in_fd < 0)
        return -EPIPE;
    do
        w = write(c->in_fd, p, n);
    while (w < 0 && errno == EINTR);
    return w < 0 ? -errno : w;
}

int sk_child_wait_room(struct sk_child *c, uint64_t deadline_ns)
{
    int err = sk_io_wait2(c->in_fd, POLLOUT, c->pidfd, deadline_ns);

    return err == -ECANCELED ? -EPIPE : err;
}

int sk_child_wait(struct sk_child *c, uint64_t deadline_ns)
{
    int err = sk_io_wait(c->pidfd, POLLIN, deadline_ns);

    /* The watcher sees the same end, and logs its last words first. */
    while (!err && c->watched && !atomic_load(&c->ended) && sk_io_left(deadline_ns))
        poll(NULL, 0, 1);
    return err;
}

size_t sk_child_unread(const struct sk_child *c)
{
    int n = 0;

    return c->peek_fd >= 0 && !ioctl(c->peek_fd, FIONREAD, &n) && n > 0 ? (size_t)n : 0;
}

void sk_child_close_input(struct sk_child *c)
{
    fd_freep(&c->in_fd);
}

static bool gone_within(struct sk_child *c, uint32_t ms)
{
    return c->pidfd >= 0 && sk_child_wait(c, sk_io_deadline(ms)) == 0;
}

static void finish(struct sk_child *c, uint32_t grace_ms, bool group)
{
    const uint64_t one = 1;

    if (!gone_within(c, grace_ms))
        kill(-c->pid, SIGTERM);
    if (!gone_within(c, SK_CHILD_TERM_MS) || group)
        kill(-c->pid, SIGKILL);
    gone_within(c, SK_CHILD_TERM_MS);
    if (c->watched && write(c->stop_fd, &one, sizeof(one)) > 0)
        pthread_join(c->watcher, NULL);
    c->watched = false;
    /* SIGKILL is obeyed at once, unless the kernel is stuck in a device: then it stays a zombie. */
    for (int i = 0; i < 1000 && waitpid(c->pid, NULL, WNOHANG) == 0; i++)
        poll(NULL, 0, 1);
}

size_t sk_child_end(struct sk_child *c, uint32_t grace_ms, bool group)
{
    size_t unread;

    if (!c->command)
        return 0;
    sk_child_close_input(c);
    if (c->pid)
        finish(c, grace_ms, group);
    unread = sk_child_unread(c);
    fd_freep(&c->peek_fd);
    fd_freep(&c->pidfd);
    fd_freep(&c->err_fd);
    fd_freep(&c->stop_fd);
    c->command = NULL;
    c->pid = 0;
    return unread;
}
