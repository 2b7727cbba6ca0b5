/* SPDX-License-Identifier: Apache-2.0 */
/* make.h - captures of tests, made byte by byte: independent of the writer that Saker has. */
#pragma once
#include <unistd.h>
#include <zlib.h>

#include "event/event.h"
#include "source/scap/format.h"
#include "tests/unit/test.h"

#define OPENAT_X 307

static inline void put(struct sk_buf *b, uint64_t v, unsigned bytes)
{
    sk_buf_add(b, &v, bytes);
}

static inline void put_text(struct sk_buf *b, const char *z)
{
    put(b, strlen(z), 2);
    sk_buf_addz(b, z);
}

/* Room for a length that put_len() fills in: it counts everything from there on, itself too. */
static inline size_t put_hole(struct sk_buf *b)
{
    put(b, 0, 4);
    return b->n - 4;
}

static inline void put_len(struct sk_buf *b, size_t hole)
{
    uint32_t n = (uint32_t)(b->n - hole);

    memcpy(b->p + hole, &n, sizeof(n));
}

static inline size_t block_begin(struct sk_buf *b, uint32_t id)
{
    put(b, id, 4);
    put(b, 0, 4);
    return b->n - 8;
}

static inline void block_end(struct sk_buf *b, size_t at)
{
    while ((b->n - at) % 4)
        put(b, 0, 1);
    uint32_t n = (uint32_t)(b->n - at + 4);

    memcpy(b->p + at + 4, &n, sizeof(n));
    put(b, n, 4);
}

static inline void put_section(struct sk_buf *b)
{
    size_t at = block_begin(b, SK_SCAP_ID_SHB);

    put(b, SK_SCAP_MAGIC, 4);
    put(b, 1, 2);
    put(b, 2, 2);
    put(b, UINT64_MAX, 8);
    block_end(b, at);
}

/* openat that gave descriptor 3, of the file /tmp/NAME. */
static inline void put_record(struct sk_buf *b, uint64_t ts_ns, uint64_t tid)
{
    static struct sk_event_writer w;

    sk_event_write_begin(&w, b);
    sk_event_write_int(&w, 3, 8);
    sk_event_write_int(&w, (uint64_t)-100, 8);
    sk_event_write_text(&w, SK_STR("/tmp/x"));
    sk_event_write_int(&w, 1, 4);
    sk_event_write_int(&w, 0, 4);
    sk_event_write_int(&w, 5, 4);
    sk_event_write_int(&w, 9, 8);
    assert_int_equal(sk_event_write_end(&w, OPENAT_X, ts_ns, tid), 0);
}

static inline void put_event(struct sk_buf *b, uint64_t ts_ns, uint64_t tid)
{
    size_t at = block_begin(b, SK_SCAP_ID_EV_V2);

    put(b, 2, 2);
    put_record(b, ts_ns, tid);
    block_end(b, at);
}

/* A process of its own, as a process list of today has it, up to `root`. */
static inline void put_task(struct sk_buf *b, uint32_t tid, const char *comm)
{
    size_t at = block_begin(b, SK_SCAP_ID_PL_V9), hole = put_hole(b);

    for (int i = 0; i < 5; i++) /* tid, pid, ptid, sid, vpgid */
        put(b, i == 2 ? 1 : tid, 8);
    put_text(b, comm);
    put_text(b, comm);
    put_text(b, "/bin/it");
    put_text(b, "-x"); /* args, without its NUL */
    put_text(b, "/tmp");
    put(b, 1024, 8); /* fdlimit, flags, uid, gid */
    put(b, 0, 4);
    put(b, 33, 4);
    put(b, 34, 4);
    for (int i = 0; i < 7; i++) /* memory, faults */
        put(b, 0, 4);
    put_text(b, "");
    put(b, tid, 8);
    put(b, tid, 8);
    put_text(b, "");
    put_text(b, "/");
    put_len(b, hole);
    block_end(b, at);
}

/* A file with these bytes; its name in `path`. */
static inline void write_file(const struct sk_buf *b, const char *mode, char path[64])
{
    int fd;
    gzFile gz;

    snprintf(path, 64, "/tmp/saker_scap_XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    gz = gzdopen(fd, mode);
    assert_non_null(gz);
    if (b->n)
        assert_int_equal(gzwrite(gz, b->p, (unsigned)b->n), (int)b->n);
    assert_int_equal(gzclose(gz), Z_OK);
}
