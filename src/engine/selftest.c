/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.c - see selftest.h.
 *
 * The child is told apart by a name of its own (16 random digits in prctl's comm) and its number: a
 * stranger can have one of them, not both.  It changes its directory and ends: that is one system call
 * and one event of the scheduler, of those that are captured for the state in any case. */
#include "engine/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/run.h"

#define ENTER_MS  2000 /* for the child to say that it is where it shall be */
#define HIDING_NS 2000000000ull

/* Only system calls: in the child of a program with threads nothing else works. */
static _Noreturn void child(int sock, int cgroup, const char *comm)
{
    uint8_t failed = 0, go;

    if (prctl(PR_SET_NAME, comm))
        failed = (uint8_t)errno;
    if (cgroup >= 0 && write(cgroup, "0", 1) != 1)
        failed = (uint8_t)errno;
    if (write(sock, &failed, 1) == 1 && !failed && read(sock, &go, 1) == 1 && chdir("/"))
        _exit(1);
    _exit(0);
}

/* *out -1: the scope is not a cgroup. */
static int open_cgroup(const struct sk_engine *e, int *out)
{
    sk_auto(mem) char *path = NULL;

    *out = -1;
    if (e->capture.scope != SK_SCOPE_CGROUP)
        return 0;
    if (asprintf(&path, "%s/cgroup.procs", e->capture.scope_cgroup) < 0)
        return -ENOMEM;
    *out = open(path, O_WRONLY | O_CLOEXEC);
    return *out < 0 ? -errno : 0;
}

/* 0: the child is in the scope and waits; -errno. */
static int entered(int sock)
{
    struct pollfd p = {.fd = sock, .events = POLLIN};
    uint8_t failed = 0;

    if (poll(&p, 1, ENTER_MS) != 1 || read(sock, &failed, 1) != 1)
        return -ETIMEDOUT;
    return -(int)failed;
}

static int admit(struct sk_engine *e, pid_t pid)
{
    return e->opt.source->admit ? e->opt.source->admit(e->source, (uint32_t)pid) : 0;
}

static int launch(struct sk_engine *e, int cgroup)
{
    struct sk_selftest *t = &e->selftest;
    int sock[2], err;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
        return -errno;
    sk_auto(fd) int ours = sock[0], theirs = sock[1];
    t->child = fork();
    if (t->child < 0) {
        t->child = 0;
        return -errno;
    }
    if (!t->child) {
        close(ours);
        child(theirs, cgroup, t->comm);
    }
    t->vtid = (uint32_t)t->child;
    fd_freep(&theirs);
    err = entered(ours);
    if (!err)
        err = admit(e, t->child);
    if (!err && write(ours, "g", 1) != 1)
        err = -EPIPE;
    return err; /* a child that was given nothing ends by itself: its socket is closed */
}

static bool named(const struct sk_event_set *set, const char *name)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (sk_events[code].name && !strcmp(sk_events[code].name, name) &&
            sk_event_set_has(set, code))
            return true;
    }
    return false;
}

static void stats(const struct sk_engine *e, struct sk_source_stats *out)
{
    *out = (struct sk_source_stats){0};
    e->opt.source->stats(e->source, out);
}

static int attempt(struct sk_engine *e)
{
    struct sk_selftest *t = &e->selftest;
    sk_auto(fd) int cgroup = -1;
    int err = open_cgroup(e, &cgroup);
    uint64_t id;

    if (err)
        return err;
    sk_selftest_done(t);
    if (getrandom(&id, sizeof(id), 0) != sizeof(id))
        id = sk_boottime_ns();
    snprintf(t->comm, sizeof(t->comm), "%015llx", (unsigned long long)id >> 4);
    t->want_call = named(&e->capture.events, "chdir");
    t->want_exit = named(&e->capture.events, "procexit");
    stats(e, &t->before);
    t->until_ns = sk_boottime_ns() + SK_SELFTEST_WAIT_NS;
    t->hiding = true;
    err = launch(e, cgroup);
    t->running = !err;
    return err;
}

bool sk_selftest_start(struct sk_engine *e, bool heartbeat)
{
    int err;

    if (!e->source || !e->opt.conf->self_test || !(e->opt.source->caps & SK_SOURCE_LIVE) ||
        !(e->opt.source->caps & SK_SOURCE_SCOPES))
        return false;
    if (e->capture.scope == SK_SCOPE_CONTAINERS) {
        sk_log(SK_DEBUG, "No self-test: only containers are watched, and it has none");
        return false;
    }
    e->selftest.heartbeat = heartbeat;
    e->selftest.tries = 1;
    err = attempt(e);
    if (!err && !e->selftest.want_call && !e->selftest.want_exit) {
        e->selftest.running = false;
        err = -ENOMSG;
    }
    if (err)
        sk_log(heartbeat ? SK_DEBUG : SK_NOTICE,
               "No self-test: no process can be started in the scope for it: %s", strerror(-err));
    return !err;
}

bool sk_selftest_hides(struct sk_selftest *t, const struct sk_event *ev)
{
    if (!ev->task || ev->task->vtid != t->vtid || memcmp(ev->task->comm, t->comm, sizeof(t->comm)))
        return false;
    if (!strcmp(ev->info->name, "chdir"))
        t->want_call = false;
    if (!strcmp(ev->info->name, "procexit"))
        t->want_exit = t->want_call = false; /* what came before it was lost or is not captured */
    return true;
}

static void explain(const struct sk_engine *e, const struct sk_source_stats *now,
                    struct sk_buf *why)
{
    const struct sk_selftest *t = &e->selftest;

    sk_buf_printf(why,
                  "self-test: what a process of Saker's own did in the scope was not seen in "
                  "%u attempts of %llu s: ",
                  t->tries, SK_SELFTEST_WAIT_NS / 1000000000);
    if (now->seen == t->before.seen)
        sk_buf_addz(why, "the driver saw nothing at all: the kernel does not run its programs, or "
                         "the scope is not where processes are");
    else if (now->received == t->before.received)
        sk_buf_addz(why, "the driver saw events, but none came through its ring buffers");
    else
        sk_buf_addz(why, "other events come, those of a new process do not");
    sk_buf_addz(why, " (engine.self_test: false goes without this test)");
}

static void reap(struct sk_selftest *t)
{
    if (t->child && waitpid(t->child, NULL, WNOHANG))
        t->child = 0;
}

enum sk_selftest_end sk_selftest_look(struct sk_engine *e, uint64_t now_ns, struct sk_buf *why)
{
    struct sk_selftest *t = &e->selftest;
    struct sk_source_stats now;

    reap(t);
    if (!t->running) {
        t->hiding &= now_ns < t->until_ns;
        return SK_SELFTEST_GOES_ON;
    }
    if (!t->want_call && !t->want_exit) {
        t->running = false;
        t->until_ns = now_ns + HIDING_NS;
        return SK_SELFTEST_PASSED;
    }
    if (now_ns < t->until_ns)
        return SK_SELFTEST_GOES_ON;
    stats(e, &now);
    if (sk_drops_total(&now) > sk_drops_total(&t->before)) {
        sk_log(SK_WARNING, "the self-test is not conclusive: %llu events were lost meanwhile",
               (unsigned long long)(sk_drops_total(&now) - sk_drops_total(&t->before)));
        t->running = false;
        return SK_SELFTEST_PASSED;
    }
    if (t->tries < SK_SELFTEST_TRIES) {
        t->tries++;
        if (!attempt(e))
            return SK_SELFTEST_GOES_ON;
    }
    explain(e, &now, why);
    t->running = false;
    return SK_SELFTEST_FAILED;
}

void sk_selftest_done(struct sk_selftest *t)
{
    /* It ends by itself within moments, whatever became of the test. */
    if (t->child && waitpid(t->child, NULL, 0) < 0 && errno != ECHILD)
        sk_log(SK_DEBUG, "the child of the self-test: %s", strerror(errno));
    t->child = 0;
}
