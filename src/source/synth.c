/* SPDX-License-Identifier: Apache-2.0 */
/* synth.c - events from memory; see synth.h.
 *
 * Records stand one behind the other in one buffer, each after its length; it is emptied when the
 * last one was read.  An eventfd is readable while records (or the end) wait. */
#include "source/synth.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SK_SYNTH_DEFAULT_BYTES (16u << 20)

struct synth {
    bool open;
    int wake_fd;
    bool ended;
    struct sk_buf queue;
    size_t read; /* of queue */
    bool applied;
    struct sk_event_set wanted;
    struct sk_source_stats stats;
    uint8_t rec[SK_REC_MAX_BYTES];
};

static int synth_open(void *self, const struct sk_source_options *opt, struct sk_diag *dg)
{
    struct synth *sy = self;

    sy->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sy->wake_fd < 0)
        return sk_err(dg, -errno, NULL, "cannot make an event descriptor: %s", strerror(errno));
    sy->queue = SK_BUF(opt->ring_bytes ? opt->ring_bytes : SK_SYNTH_DEFAULT_BYTES);
    sy->open = true;
    return 0;
}

static int synth_apply(void *self, const struct sk_capture *cap, struct sk_state *st,
                       struct sk_diag *dg)
{
    struct synth *sy = self;

    (void)st;
    (void)dg;
    sy->wanted = cap->events;
    sy->applied = cap->scope != SK_SCOPE_NONE;
    return 0;
}

static int synth_fd(void *self)
{
    return ((struct synth *)self)->wake_fd;
}

/* The counter of the eventfd is 1 while something waits. */
static void wake(struct synth *sy, bool waiting)
{
    uint64_t n = 1;
    /* EAGAIN: it already is what it should be. */
    ssize_t done = read(sy->wake_fd, &n, sizeof(n));

    n = 1;
    if (waiting)
        done = write(sy->wake_fd, &n, sizeof(n));
    (void)done;
}

int sk_synth_push(void *self, const void *rec, size_t len)
{
    struct synth *sy = self;
    struct sk_rec_hdr hdr = {0};
    uint32_t n = (uint32_t)len;

    memcpy(&hdr, rec, SK_MIN(len, sizeof(hdr)));
    if (!sy->applied || !sk_event_set_has(&sy->wanted, hdr.type))
        return 0;
    uint8_t klass = sk_events[hdr.type].klass;
    sy->stats.seen++;
    if (len > SK_REC_MAX_BYTES) {
        sy->stats.drops[klass][SK_DROP_TOO_LONG]++;
        return -EMSGSIZE;
    }
    if (sy->queue.n + sizeof(n) + len >= sy->queue.max) {
        sy->stats.drops[klass][SK_DROP_RING_FULL]++;
        return -ENOBUFS;
    }
    size_t before = sy->queue.n;
    sk_buf_add(&sy->queue, &n, sizeof(n));
    sk_buf_add(&sy->queue, rec, len);
    if (sy->queue.failed) {
        /* No memory; the length may have been added without its record. */
        sy->queue.n = before;
        sy->queue.failed = false;
        sy->stats.drops[klass][SK_DROP_BUG]++;
        return -ENOBUFS;
    }
    sy->stats.sent++;
    wake(sy, true);
    return 1;
}

void sk_synth_end(void *self)
{
    struct synth *sy = self;

    sy->ended = true;
    wake(sy, true);
}

/* Takes the next record out; false: none. */
static bool take(struct synth *sy, uint32_t *out_len)
{
    if (sy->read >= sy->queue.n)
        return false;
    memcpy(out_len, sy->queue.p + sy->read, sizeof(*out_len));
    memcpy(sy->rec, sy->queue.p + sy->read + sizeof(*out_len), *out_len);
    sy->read += sizeof(*out_len) + *out_len;
    if (sy->read == sy->queue.n) {
        sk_buf_reset(&sy->queue);
        sy->read = 0;
    }
    return true;
}

static int synth_poll(void *self, unsigned max, sk_event_fn *fn, void *fn_self)
{
    struct synth *sy = self;
    unsigned n = 0;
    uint32_t len;

    while (n < max && take(sy, &len)) {
        struct sk_event ev;

        if (sk_event_decode(sy->rec, len, 0, &ev)) {
            sy->stats.bad_records++;
            continue;
        }
        n++;
        sy->stats.received++;
        if (fn(fn_self, &ev))
            break;
    }
    if (sy->queue.n == 0 && !sy->ended)
        wake(sy, false);
    return n == 0 && sy->queue.n == 0 && sy->ended && max ? -ENODATA : (int)n;
}

static void synth_stats(void *self, struct sk_source_stats *out)
{
    *out = ((struct synth *)self)->stats;
}

static void synth_close(void *self)
{
    struct synth *sy = self;

    if (!sy->open)
        return;
    sk_buf_done(&sy->queue);
    fd_freep(&sy->wake_fd);
    sy->open = false;
}

const struct sk_source_ops sk_source_synth = {
    .name = "synth",
    .caps = SK_SOURCE_RESOLVES,
    .size = sizeof(struct synth),
    .open = synth_open,
    .apply = synth_apply,
    .fd = synth_fd,
    .poll = synth_poll,
    .stats = synth_stats,
    .close = synth_close,
};
