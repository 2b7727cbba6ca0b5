/* SPDX-License-Identifier: Apache-2.0 */
/* fd_feed.h - a process of a capture, and events about its descriptors. */
#pragma once
#include "state/fd_event.h"

#include "tests/unit/state/feed.h"

#define FD_PID 10u

static inline void fd_feed_init(struct feed *f)
{
    struct sk_task_info ti = {
        .pid = FD_PID, .tid = FD_PID, .vpid = FD_PID, .vtid = FD_PID, .cwd = SK_STR("/work")};

    feed_init(f, NULL, NULL);
    assert_int_equal(sk_state_add(f->st, &ti), 0);
    sk_state_link(f->st);
}

/* Parameters by letter: l i64, w u32, h u16, b u8, s text, t bytes (pointer, length), - empty. */
static inline void fd_feed(struct feed *f, uint16_t type, const char *letters, ...)
{
    va_list ap;
    const char *p;

    feed_begin(f);
    va_start(ap, letters);
    for (; *letters; letters++) {
        switch (*letters) {
        case 'l':
            sk_event_write_int(&f->w, (uint64_t)va_arg(ap, long long), 8);
            break;
        case 'w':
            sk_event_write_int(&f->w, va_arg(ap, unsigned), 4);
            break;
        case 'h':
            sk_event_write_int(&f->w, va_arg(ap, unsigned), 2);
            break;
        case 'b':
            sk_event_write_int(&f->w, va_arg(ap, unsigned), 1);
            break;
        case 's':
            feed_text(f, va_arg(ap, const char *));
            break;
        case 't':
            p = va_arg(ap, const char *);
            feed_bytes(f, p, va_arg(ap, size_t));
            break;
        default:
            feed_bytes(f, NULL, 0);
            break;
        }
    }
    va_end(ap);
    feed_send(f, type, FD_PID);
}

static inline const struct sk_fd *fd_of(struct feed *f, int64_t num)
{
    return sk_state_fd(sk_state_thread(f->st, FD_PID), num);
}

static inline void fd_assert_name(const struct sk_fd *fd, const char *expected)
{
    char buf[SK_FD_TEXT_MAX];
    struct sk_str s;

    assert_non_null(fd);
    s = sk_fd_text(fd, buf);
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

#define FD_OPEN 3
static inline void fd_open(struct feed *f, int64_t num, const char *path, unsigned flags)
{
    fd_feed(f, FD_OPEN, "lswwwl", (long long)num, path, flags, 0u, 5u, 77ll);
}
