/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c - the file of a recording; see writer.h. */
#include "source/scap/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_BYTES (128u << 10)

struct sk_scap_writer {
    gzFile gz;
    int err;
    uint64_t events, unfit;
    struct sk_buf block;
};

int sk_scap_writer_open(const struct sk_scap_writer_options *opt, struct sk_scap_writer **out,
                        struct sk_diag *dg)
{
    int how = opt->exclusive ? O_EXCL | O_NOFOLLOW : O_TRUNC;
    sk_auto(fd) int fd = open(opt->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | how, 0600);
    struct sk_scap_writer *w;

    if (fd < 0)
        return sk_err(dg, -errno, NULL, "can't open %s: %s", opt->path, strerror(errno));
    w = calloc(1, sizeof(*w));
    /* A recording must keep up with events: the fastest compression. */
    if (w)
        w->gz = gzdopen(fd, opt->plain ? "wbT" : "wb1");
    if (!w || !w->gz) {
        free(w);
        return sk_err(dg, -ENOMEM, NULL, "no memory to write %s", opt->path);
    }
    (void)SK_TAKE_FD(fd);
    gzbuffer(w->gz, BUFFER_BYTES);
    w->block = SK_BUF(SK_SCAP_LARGE_BYTES);
    *out = w;
    return 0;
}

int sk_scap_writer_close(struct sk_scap_writer *w)
{
    int err, rc;

    if (!w)
        return 0;
    errno = 0;
    rc = gzclose_w(w->gz);
    err = w->err ? w->err : rc == Z_OK ? 0 : errno ? -errno : -EIO;
    sk_buf_done(&w->block);
    free(w);
    return err;
}

void sk_scap_write_bytes(struct sk_scap_writer *w, struct sk_buf *b)
{
    errno = 0;
    if (b->failed)
        w->err = w->err ? w->err : -ENOMEM;
    if (!w->err && b->n && gzwrite(w->gz, b->p, (unsigned)b->n) != (int)b->n)
        w->err = errno ? -errno : -EIO;
    sk_buf_reset(b);
    b->failed = false;
}

void sk_scap_write_event(struct sk_scap_writer *w, const struct sk_event *ev)
{
    sk_buf_reset(&w->block);
    if (!sk_scap_put_event(&w->block, ev)) {
        w->unfit++;
        w->block.failed = false;
        return;
    }
    sk_scap_write_bytes(w, &w->block);
    w->events += !w->err;
}

int sk_scap_writer_error(const struct sk_scap_writer *w)
{
    return w->err;
}

uint64_t sk_scap_writer_events(const struct sk_scap_writer *w)
{
    return w->events;
}

uint64_t sk_scap_writer_bytes(const struct sk_scap_writer *w)
{
    z_off_t n = gzoffset(w->gz);

    return n > 0 ? (uint64_t)n : 0;
}
