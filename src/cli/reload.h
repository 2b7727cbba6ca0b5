/* SPDX-License-Identifier: Apache-2.0 */
/* reload.h - a thread that makes the next generation while the event thread goes on with the old one.
 *
 * A changed file, or somebody who asks, begins a quiet time of 100 ms; then everything is made anew,
 * aside.  What changes while that goes on makes it begin again.  The event thread takes what was made
 * and says what became of it. */
#pragma once
#include "cli/filewatch.h"

#define SK_RELOAD_QUIET_MS 100
#define SK_RELOAD_AGAIN    20 /* builds in a row that are thrown away because of further changes */

struct sk_reload;

/* All are called in the thread of the reload, but for the first list(). */
struct sk_reload_ops {
    void *self;
    /* -errno with the reason. */
    int (*build)(void *self, void **out, struct sk_buf *why);
    /* What was made and is not needed, or not any more. */
    void (*drop)(void *self, void *made);
    /* Adds the files to watch, of what runs and of the last attempt; NULL: none. -errno. */
    int (*list)(void *self, struct sk_filewatch *w);
};

struct sk_reload_outcome {
    void *made; /* NULL: it failed */
    int err;
    char *why; /* of a failure; the taker's to free */
    uint64_t turn;
};

/* The files are watched when this returns. -errno of list(). */
SK_MUST int sk_reload_start(const struct sk_reload_ops *ops, struct sk_reload **out);
/* Waits for a build that is under way.  Nobody may be in sk_reload_wait() any more. */
void sk_reload_stop(struct sk_reload *r);
void reload_freep(struct sk_reload **r);

/* Any thread. */
void sk_reload_ask(struct sk_reload *r);
/* The same, and waits until it is in use.  0; -ETIMEDOUT; -errno with the reason.  Any thread but the
 * event thread. */
SK_MUST int sk_reload_wait(struct sk_reload *r, unsigned timeout_ms, struct sk_buf *why);

/* Event thread: readable when there is an outcome to take. */
int sk_reload_fd(const struct sk_reload *r);
bool sk_reload_take(struct sk_reload *r, struct sk_reload_outcome *out);
/* Event thread, after each take: err and why as they are to be told; left: goes to drop(), may be
 * NULL. */
void sk_reload_done(struct sk_reload *r, const struct sk_reload_outcome *o, void *left);
