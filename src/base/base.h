/* SPDX-License-Identifier: Apache-2.0 */
/* base.h - the few macros that every file uses: ownership, results, sizes.
 *
 * Ownership is visible in the function that owns: `sk_auto(x)` calls x_freep() when the variable
 * leaves its scope, `SK_TAKE` says that ownership leaves the function. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/banned.h"

#define SK_MUST                          __attribute__((warn_unused_result))
#define SK_PRINTF(fmt, args)             __attribute__((format(printf, fmt, args)))
#define SK_PURE                          __attribute__((pure))
#define SK_UNUSED                        __attribute__((unused))
#define SK_LIKELY(x)                     __builtin_expect(!!(x), 1)
#define SK_UNLIKELY(x)                   __builtin_expect(!!(x), 0)
#define SK_ARRAY_LEN(a)                  (sizeof(a) / sizeof((a)[0]))
#define SK_MIN(a, b)                     ((a) < (b) ? (a) : (b))
#define SK_MAX(a, b)                     ((a) > (b) ? (a) : (b))
#define SK_CONTAINER_OF(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

/* The variable is destroyed by <type>_freep(&variable) at the end of its scope. */
#define sk_auto(type) __attribute__((cleanup(type##_freep)))

/* Moves the pointer out of an sk_auto variable: the variable becomes NULL. */
#define SK_TAKE(p)                     \
    ({                                 \
        __typeof__(p) sk_taken_ = (p); \
        (p) = NULL;                    \
        sk_taken_;                     \
    })

/* Moves a descriptor out of an sk_auto(fd) variable: the variable becomes -1. */
#define SK_TAKE_FD(fd)     \
    ({                     \
        int sk_fd_ = (fd); \
        (fd) = -1;         \
        sk_fd_;            \
    })

/* sk_auto(fd): closes when >= 0.  sk_auto(mem): free().  sk_auto(file): fclose(). */
void fd_freep(int *fd);
void mem_freep(void *p);
struct _IO_FILE;
void file_freep(struct _IO_FILE **f);

/* Nanoseconds of CLOCK_REALTIME, CLOCK_BOOTTIME; of CPU time of this process. */
uint64_t sk_now_ns(void);
uint64_t sk_boottime_ns(void);
uint64_t sk_cputime_ns(void);

/* Reads at most `max` bytes of a file into a malloc'ed, NUL-terminated buffer (*out, *out_len without
 * the NUL).  -errno; -EFBIG when the file is longer than max. */
SK_MUST int sk_read_file(const char *path, size_t max, char **out, size_t *out_len);

/* A regular file, open for writing, that does not end with a newline: who wrote last died at it. */
bool sk_ends_torn(int fd, const char *path);

/* Whole-string number parsers (no blanks, no sign for the unsigned one): -EINVAL, -ERANGE. */
SK_MUST int sk_parse_u64(const char *s, size_t n, uint64_t *out);
SK_MUST int sk_parse_i64(const char *s, size_t n, int64_t *out);
