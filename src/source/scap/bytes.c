/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - window over a capture file; see bytes.h.
 *
 * zlib reads plain files as they are and gzip members one behind the other.  A gzip stream that ends
 * early gives what it has: that is the end of the bytes, and remembered as the reason. */
#include "source/scap/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define WINDOW_BYTES (256u << 10)
#define READ_BYTES   (64u << 10) /* zlib reads a plain file past its own buffer if that is small */

static int open_file(const char *path, struct sk_diag *dg)
{
    sk_auto(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat sb;

    if (fd < 0)
        return sk_err(dg, -errno, NULL, "cannot open the capture file '%s': %s", path,
                      strerror(errno));
    if (fstat(fd, &sb) || S_ISDIR(sb.st_mode))
        return sk_err(dg, -EISDIR, NULL, "cannot read the capture file '%s': it is a directory",
                      path);
    return SK_TAKE_FD(fd);
}

int sk_scap_bytes_open(const char *path, struct sk_scap_bytes **out, struct sk_diag *dg)
{
    struct sk_scap_bytes *b;
    int fd = open_file(path, dg);

    if (fd < 0)
        return fd;
    b = calloc(1, sizeof(*b));
    if (b) {
        b->cap = WINDOW_BYTES;
        b->p = malloc(b->cap);
        b->gz = b->p ? gzdopen(fd, "rb") : NULL;
    }
    if (!b || !b->gz) {
        fd_freep(&fd);
        sk_scap_bytes_free(b);
        return sk_err(dg, -ENOMEM, NULL, "no memory to read the capture file '%s'", path);
    }
    gzbuffer(b->gz, READ_BYTES);
    *out = b;
    return 0;
}

void sk_scap_bytes_free(struct sk_scap_bytes *b)
{
    if (!b)
        return;
    if (b->gz)
        gzclose_r(b->gz);
    free(b->p);
    free(b);
}

/* Room behind the window: moves it to the front, and doubles when it is full. */
static int make_room(struct sk_scap_bytes *b)
{
    if (b->begin) {
        memmove(b->p, b->p + b->begin, b->end - b->begin);
        b->end -= b->begin;
        b->before += b->begin;
        b->begin = 0;
    }
    if (b->end == b->cap) {
        size_t cap = SK_MAX(2 * b->cap, (size_t)WINDOW_BYTES);
        uint8_t *bigger = realloc(b->p, cap);

        if (!bigger)
            return -ENOMEM;
        b->p = bigger;
        b->cap = cap;
    }
    return 0;
}

static void note_error(struct sk_scap_bytes *b)
{
    int code = 0;
    const char *text = gzerror(b->gz, &code);

    b->ended = true;
    if (code == Z_OK || code == Z_STREAM_END)
        return;
    if (code == Z_BUF_ERROR) { /* not an error for us: a truncated file */
        snprintf(b->why, sizeof(b->why), "the compressed data end early");
        return;
    }
    b->err = code == Z_ERRNO ? -EIO : code == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
    snprintf(b->why, sizeof(b->why), "%s", code == Z_ERRNO ? strerror(errno) : text);
}

static int fill(struct sk_scap_bytes *b)
{
    int n, err = make_room(b);

    if (err)
        return err;
    n = gzread(b->gz, b->p + b->end, (unsigned)SK_MIN(b->cap - b->end, (size_t)1 << 30));
    if (n > 0)
        b->end += (size_t)n;
    if (n <= 0)
        note_error(b);
    return 0;
}

int64_t sk_scap_bytes_peek(struct sk_scap_bytes *b, size_t n, const uint8_t **out)
{
    while (b->end - b->begin < n && !b->ended) {
        int err = fill(b);

        if (err)
            return err;
    }
    if (b->err && b->end - b->begin < n)
        return b->err;
    *out = b->p + b->begin;
    return (int64_t)SK_MIN(n, b->end - b->begin);
}

int sk_scap_bytes_skip(struct sk_scap_bytes *b, uint64_t n)
{
    while (n) {
        const uint8_t *ignored;
        int64_t got = sk_scap_bytes_peek(b, (size_t)SK_MIN(n, (uint64_t)READ_BYTES), &ignored);

        if (got <= 0)
            return got ? (int)got : -ENODATA;
        sk_scap_bytes_take(b, (size_t)got);
        n -= (uint64_t)got;
    }
    return 0;
}

const char *sk_scap_bytes_why(const struct sk_scap_bytes *b)
{
    return b->why;
}
