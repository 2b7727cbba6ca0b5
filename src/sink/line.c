/* SPDX-License-Identifier: Apache-2.0 */
/* line.c - a full disk or a closed pipe may tear a line in two, never glue two lines together. */
#include "sink/line.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sink/io.h"

/* There is one standard output in a process, and two outputs that write to it from threads of their
 * own: this keeps their lines whole. */
static pthread_mutex_t stdout_lock = PTHREAD_MUTEX_INITIALIZER;

static int lock_stdout(uint64_t deadline)
{
    int left = sk_io_left(deadline);
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += left / 1000 + 1;
    return -pthread_mutex_timedlock(&stdout_lock, &until);
}

/* Files take everything at once; pipes, terminals and sockets may make the writer wait. */
static bool may_wait(int fd)
{
    struct stat st;

    return fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* Writes all of it; *done: bytes that arrived, also on an error.  The descriptor may be shared with
 * others and is left blocking: a pipe that has room at all takes PIPE_BUF bytes without waiting. */
static int write_all(int fd, const char *p, size_t n, size_t *done)
{
    const uint64_t deadline = sk_io_deadline(SK_LINE_WAIT_MS);
    const bool waits = may_wait(fd);

    *done = 0;
    while (*done < n) {
        int err = waits ? sk_io_wait(fd, POLLOUT, deadline) : 0;
        ssize_t w = 0;

        if (err)
            return err;
        w = write(fd, p + *done, waits ? SK_MIN(n - *done, (size_t)PIPE_BUF) : n - *done);
        if (w > 0)
            *done += (size_t)w;
        else if (w == 0 || (errno != EINTR && errno != EAGAIN))
            return w ? -errno : -EIO;
    }
    return 0;
}

static int write_locked(struct sk_line *l, const char *p, size_t n, size_t *done)
{
    size_t fresh = 0;
    int err = l->torn ? write_all(l->fd, "\n", 1, &fresh) : 0;

    *done = 0;
    if (err)
        return err;
    l->torn = false;
    err = write_all(l->fd, p, n, done);
    if (err && *done)
        l->torn = p[*done - 1] != '\n';
    return err;
}

static int write_now(struct sk_line *l, const char *p, size_t n, size_t *done)
{
    int err;

    *done = 0;
    if (l->fd != STDOUT_FILENO)
        return write_locked(l, p, n, done);
    err = lock_stdout(sk_io_deadline(SK_LINE_WAIT_MS));
    if (err)
        return err;
    err = write_locked(l, p, n, done);
    pthread_mutex_unlock(&stdout_lock);
    return err;
}

int sk_line_flush(struct sk_line *l)
{
    size_t done;
    int err;

    if (!l->keep.n)
        return 0;
    err = write_now(l, l->keep.p, l->keep.n, &done);
    if (!err) {
        sk_buf_reset(&l->keep);
        l->kept = 0;
    } else if (done) {
        memmove(l->keep.p, l->keep.p + done, l->keep.n - done);
        l->keep.n -= done;
        l->torn = false; /* its rest is still here */
    }
    return err;
}

int sk_line_write(struct sk_line *l, struct sk_str line)
{
    size_t done;

    if (!l->keep.max)
        l->keep = SK_BUF(SK_LINE_KEEP_BYTES + SK_LINE_FLUSH_BYTES);
    if (!l->buffered) {
        sk_buf_reset(&l->keep);
        sk_buf_adds(&l->keep, line);
        sk_buf_addc(&l->keep, '\n');
        if (l->keep.failed) {
            sk_buf_reset(&l->keep);
            return -EMSGSIZE;
        }
        int err = write_now(l, l->keep.p, l->keep.n, &done);
        sk_buf_reset(&l->keep);
        return err;
    }
    if (l->keep.n + line.n + 1 > SK_LINE_FLUSH_BYTES) {
        int err = sk_line_flush(l);

        if (err && l->keep.n + line.n + 1 > SK_LINE_KEEP_BYTES)
            return err;
    }
    sk_buf_adds(&l->keep, line);
    sk_buf_addc(&l->keep, '\n');
    l->kept++;
    return l->keep.failed ? -EMSGSIZE : 0;
}

void sk_line_tend(struct sk_line *l)
{
    if (l->fd >= 0 && l->keep.n && sk_line_flush(l))
        return; /* they stay; who writes next gets the error */
}

int sk_line_print(int fd, struct sk_str text)
{
    struct sk_line l = {.fd = fd};
    int err = sk_line_write(&l, text);

    sk_buf_done(&l.keep);
    return err;
}

void sk_line_done(struct sk_line *l, const char *name)
{
    int err = l->fd >= 0 ? sk_line_flush(l) : 0;

    if (err)
        sk_log(SK_ERROR, "%s: %s: collected alerts are lost (at most %llu)", name, strerror(-err),
               (unsigned long long)l->kept);
    sk_buf_done(&l->keep);
    l->kept = 0;
}
