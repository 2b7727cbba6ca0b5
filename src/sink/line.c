/* SPDX-License-Identifier: Apache-2.0 */
/* line.c - a full disk or a closed pipe may tear a line in two, never glue two lines together. */
#include "sink/line.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/log.h"

/* Writes all of it; *done: bytes that arrived, also on an error. */
static int write_all(int fd, const char *p, size_t n, size_t *done)
{
    *done = 0;
    while (*done < n) {
        ssize_t w = write(fd, p + *done, n - *done);

        if (w > 0) {
            *done += (size_t)w;
        } else if (w < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};

            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return -errno;
        } else if (w == 0 || errno != EINTR) {
            return w ? -errno : -EIO;
        }
    }
    return 0;
}

static int write_now(struct sk_line *l, const char *p, size_t n, size_t *done)
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

void sk_line_done(struct sk_line *l, const char *name)
{
    int err = l->fd >= 0 ? sk_line_flush(l) : 0;

    if (err)
        sk_log(SK_ERROR, "%s: %s: collected alerts are lost (at most %llu)", name, strerror(-err),
               (unsigned long long)l->kept);
    sk_buf_done(&l->keep);
    l->kept = 0;
}
