/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.c - renames only: nothing is copied, so nothing is lost when it is interrupted. */
#include "sink/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* When the file was made, of CLOCK_REALTIME; when the file system does not know: first seen. */
static uint64_t born_ns(struct sk_rotate *r, int fd, const struct stat *st)
{
    struct statx sx;

    if (!statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &sx) && (sx.stx_mask & STATX_BTIME))
        return (uint64_t)sx.stx_btime.tv_sec * 1000000000 + sx.stx_btime.tv_nsec;
    if (!r->seen_ns || st->st_dev != r->dev || st->st_ino != r->ino)
        r->seen_ns = sk_now_ns();
    r->dev = st->st_dev;
    r->ino = st->st_ino;
    return r->seen_ns;
}

bool sk_rotate_due(struct sk_rotate *r, int fd, size_t more)
{
    struct stat st;
    uint64_t born, now;

    if ((!r->max_bytes && !r->max_age_s) || fstat(fd, &st) || !S_ISREG(st.st_mode))
        return false;
    born = r->max_age_s ? born_ns(r, fd, &st) : 0;
    if (!st.st_size)
        return false;
    if (r->max_bytes && (uint64_t)st.st_size + more > r->max_bytes)
        return true;
    now = sk_now_ns();
    return r->max_age_s && now > born && now - born >= r->max_age_s * 1000000000ull;
}

int sk_rotate_shift(const struct sk_rotate *r, const char *path)
{
    const size_t size = strlen(path) + 16;
    sk_auto(mem) char *from = malloc(size), *to = malloc(size);

    if (!from || !to)
        return -ENOMEM;
    for (uint32_t i = r->keep; i > 0; i--) {
        if (i > 1)
            snprintf(from, size, "%s.%u", path, i - 1);
        else
            snprintf(from, size, "%s", path);
        snprintf(to, size, "%s.%u", path, i);
        /* One that is not there leaves a hole in the row, which the next turn fills. */
        if (rename(from, to) && (i == 1 || errno != ENOENT))
            return -errno;
    }
    return 0;
}
