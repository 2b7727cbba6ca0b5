/* SPDX-License-Identifier: Apache-2.0 */
/* reload.c - see reload.h.
 *
 * One outcome at a time: until the event thread has taken one and said what became of it, nothing
 * further is built, so that list() and build() may look at what runs. */
#include "cli/reload.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"

#define WHY_MAX_BYTES (1u << 20)

struct sk_reload {
    struct sk_reload_ops ops;
    struct sk_filewatch *watch; /* NULL: no files */
    pthread_t thread;
    int wake_fd, done_fd;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t settled;
    bool stop, offered, out;
    struct sk_reload_outcome outcome;
    void *left;
    uint64_t asked, answered; /* turns */
    int err;                  /* of the last one that was answered */
    char *why;

    /* Of the thread. */
    bool pending;
    uint64_t due_ns, heard;
    unsigned again;
};

static void signal_fd(int fd)
{
    uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof(one)); /* EAGAIN: it is readable as it is */

    (void)n;
}

static void clear_fd(int fd)
{
    uint64_t ignored;
    ssize_t n = read(fd, &ignored, sizeof(ignored));

    (void)n;
}

/* What the old list still has to tell is not lost with it: *out_changed. */
static int make_list(struct sk_reload *r, bool *out_changed)
{
    int err;

    if (!r->watch)
        return 0;
    err = sk_filewatch_begin(r->watch);
    if (!err)
        err = r->ops.list(r->ops.self, r->watch);
    if (!err) {
        *out_changed |= sk_filewatch_read(r->watch);
        sk_filewatch_end(r->watch);
    }
    return err;
}

static void postpone(struct sk_reload *r)
{
    r->pending = true;
    r->due_ns = sk_boottime_ns() + SK_RELOAD_QUIET_MS * 1000000ull;
}

static uint64_t turn(struct sk_reload *r)
{
    uint64_t n;

    pthread_mutex_lock(&r->lock);
    n = r->asked;
    pthread_mutex_unlock(&r->lock);
    return n;
}

static void offer(struct sk_reload *r, const struct sk_reload_outcome *o)
{
    pthread_mutex_lock(&r->lock);
    r->outcome = *o;
    r->offered = r->out = true;
    pthread_mutex_unlock(&r->lock);
    signal_fd(r->done_fd);
}

static void attempt(struct sk_reload *r)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(WHY_MAX_BYTES);
    struct sk_reload_outcome o = {.turn = turn(r)};
    bool changed = false;
    int err = make_list(r, &changed);

    if (err)
        sk_log(SK_WARNING, "changes of files may pass unnoticed until the next reload: %s",
               strerror(-err));
    r->heard = o.turn;
    changed = false; /* all that was before the build is in it */
    o.err = r->ops.build(r->ops.self, &o.made, &why);
    /* What the failed attempt names is watched too: that is where it will be put right. */
    if (o.err)
        (void)make_list(r, &changed);
    changed |= (r->watch && sk_filewatch_read(r->watch)) || turn(r) != o.turn;
    if (changed && r->again++ < SK_RELOAD_AGAIN) {
        if (o.made)
            r->ops.drop(r->ops.self, o.made);
        postpone(r);
        return;
    }
    r->again = 0;
    if (changed)
        postpone(r);
    if (o.err)
        o.why = strdup(sk_buf_str(&why).p);
    offer(r, &o);
}

/* What others left for the thread. false: the end. */
static bool hear(struct sk_reload *r, bool *busy)
{
    void *left;
    bool stop, asked, changed = false;

    pthread_mutex_lock(&r->lock);
    stop = r->stop;
    left = SK_TAKE(r->left);
    asked = r->asked != r->heard;
    r->heard = r->asked;
    *busy = r->out;
    pthread_mutex_unlock(&r->lock);
    if (left) {
        r->ops.drop(r->ops.self, left);
        (void)make_list(r, &changed); /* of what runs now */
    }
    if (asked || changed)
        postpone(r);
    return !stop;
}

static int timeout_ms(const struct sk_reload *r, bool busy)
{
    uint64_t now = sk_boottime_ns();

    if (!r->pending || busy)
        return -1;
    return r->due_ns > now ? (int)((r->due_ns - now) / 1000000) + 1 : 0;
}

static void *run(void *arg)
{
    struct sk_reload *r = arg;
    bool busy;

    while (hear(r, &busy)) {
        struct pollfd p[2] = {{.fd = r->wake_fd, .events = POLLIN},
                              {.fd = r->watch ? sk_filewatch_fd(r->watch) : -1, .events = POLLIN}};

        if (r->pending && !busy && sk_boottime_ns() >= r->due_ns) {
            r->pending = false;
            attempt(r);
            continue;
        }
        if (poll(p, SK_ARRAY_LEN(p), timeout_ms(r, busy)) < 0)
            continue;
        if (p[0].revents)
            clear_fd(r->wake_fd);
        if (p[1].revents && sk_filewatch_read(r->watch))
            postpone(r);
    }
    return NULL;
}

static void done(struct sk_reload *r)
{
    if (r->outcome.made)
        r->ops.drop(r->ops.self, r->outcome.made);
    if (r->left)
        r->ops.drop(r->ops.self, r->left);
    free(r->outcome.why);
    free(r->why);
    sk_filewatch_free(r->watch);
    fd_freep(&r->wake_fd);
    fd_freep(&r->done_fd);
    pthread_cond_destroy(&r->settled);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static int start_thread(struct sk_reload *r)
{
    sigset_t all, old;
    int err;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    err = pthread_create(&r->thread, NULL, run, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -err;
}

int sk_reload_start(const struct sk_reload_ops *ops, struct sk_reload **out)
{
    struct sk_reload *r = calloc(1, sizeof(*r));
    pthread_condattr_t attr;
    bool ignored = false;
    int err = 0;

    if (!r)
        return -ENOMEM;
    r->ops = *ops;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->settled, &attr);
    pthread_condattr_destroy(&attr);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wake_fd < 0 || r->done_fd < 0)
        err = -errno;
    if (!err && ops->list)
        err = sk_filewatch_new(&r->watch);
    if (!err)
        err = make_list(r, &ignored);
    if (!err)
        err = start_thread(r);
    if (err) {
        done(r);
        return err;
    }
    *out = r;
    return 0;
}

void sk_reload_stop(struct sk_reload *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_mutex_unlock(&r->lock);
    signal_fd(r->wake_fd);
    pthread_join(r->thread, NULL);
    done(r);
}

void reload_freep(struct sk_reload **r)
{
    sk_reload_stop(*r);
    *r = NULL;
}

static uint64_t ask(struct sk_reload *r)
{
    uint64_t n;

    pthread_mutex_lock(&r->lock);
    n = ++r->asked;
    pthread_mutex_unlock(&r->lock);
    signal_fd(r->wake_fd);
    return n;
}

void sk_reload_ask(struct sk_reload *r)
{
    (void)ask(r);
}

int sk_reload_wait(struct sk_reload *r, unsigned timeout_ms, struct sk_buf *why)
{
    uint64_t mine = ask(r);
    struct timespec end;
    int err = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)(timeout_ms / 1000);
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    pthread_mutex_lock(&r->lock);
    while (r->answered < mine && !err)
        err = pthread_cond_timedwait(&r->settled, &r->lock, &end);
    if (r->answered >= mine)
        err = -r->err;
    if (err)
        sk_buf_addz(why, err == ETIMEDOUT ? "it is not done yet" : r->why ? r->why : strerror(err));
    pthread_mutex_unlock(&r->lock);
    return -err;
}

int sk_reload_fd(const struct sk_reload *r)
{
    return r->done_fd;
}

bool sk_reload_take(struct sk_reload *r, struct sk_reload_outcome *out)
{
    bool any;

    clear_fd(r->done_fd);
    pthread_mutex_lock(&r->lock);
    any = r->offered;
    if (any)
        *out = r->outcome;
    if (any)
        r->outcome = (struct sk_reload_outcome){0};
    r->offered = false;
    pthread_mutex_unlock(&r->lock);
    return any;
}

void sk_reload_done(struct sk_reload *r, const struct sk_reload_outcome *o, void *left)
{
    char *why = o->err && o->why ? strdup(o->why) : NULL;

    pthread_mutex_lock(&r->lock);
    r->out = false;
    r->left = left;
    r->answered = SK_MAX(r->answered, o->turn);
    r->err = o->err;
    free(r->why);
    r->why = why;
    pthread_cond_broadcast(&r->settled);
    pthread_mutex_unlock(&r->lock);
    signal_fd(r->wake_fd);
}
