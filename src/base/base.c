/* SPDX-License-Identifier: Apache-2.0 */
/* base.c - clocks, whole files, numbers, and the destructors behind sk_auto(). */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_freep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void mem_freep(void *p)
{
    free(*(void **)p);
    *(void **)p = NULL;
}

void file_freep(FILE **f)
{
    if (*f)
        fclose(*f);
    *f = NULL;
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec ts = {0};

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t sk_now_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

uint64_t sk_boottime_ns(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

uint64_t sk_cputime_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int sk_read_file(const char *path, size_t max, char **out, size_t *out_len)
{
    sk_auto(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    sk_auto(mem) char *buf = NULL;
    size_t cap = 4096, len = 0;

    if (fd < 0)
        return -errno;
    for (;;) {
        char *bigger = realloc(buf, cap + 1);

        if (!bigger)
            return -ENOMEM;
        buf = bigger;
        ssize_t n = read(fd, buf + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max)
            return -EFBIG;
        if (len == cap)
            cap *= 2;
    }
    buf[len] = '\0';
    *out_len = len;
    *out = SK_TAKE(buf);
    return 0;
}

bool sk_ends_torn(int fd, const char *path)
{
    struct stat out, in;
    char last = '\n';

    if (fstat(fd, &out) || !S_ISREG(out.st_mode) || !out.st_size)
        return false;
    sk_auto(fd) int again = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (again < 0 || fstat(again, &in) || in.st_dev != out.st_dev || in.st_ino != out.st_ino)
        return false;
    return pread(again, &last, 1, in.st_size - 1) == 1 && last != '\n';
}

int sk_parse_u64(const char *s, size_t n, uint64_t *out)
{
    uint64_t v = 0;

    if (!n)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -EINVAL;
        if (__builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
            return -ERANGE;
    }
    *out = v;
    return 0;
}

int sk_parse_i64(const char *s, size_t n, int64_t *out)
{
    bool neg = n && s[0] == '-';
    size_t skip = n && (s[0] == '-' || s[0] == '+');
    uint64_t v;
    int err = sk_parse_u64(s + skip, n - skip, &v);

    if (err)
        return err;
    if (v > (uint64_t)INT64_MAX + neg)
        return -ERANGE;
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return 0;
}
