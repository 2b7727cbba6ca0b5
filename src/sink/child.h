/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - within sink/: one run of a shell command that reads lines on its standard input.
 *
 * It leads a process group of its own and inherits no descriptor but 0, 1 and 2.  A small thread
 * carries its standard error into the log and notes its end.  Everything else: one thread, the
 * owner's. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/base.h"

/* Lines of standard error that may be logged: so many at once, one more every 1/RATE s. */
#define SK_CHILD_LOG_BURST 50
#define SK_CHILD_LOG_RATE  10
#define SK_CHILD_LINE_MAX  1024

/* Shared by the runs of one command, one after the other. */
struct sk_child_log {
    const char *name; /* in front of each line; borrowed */
    uint64_t last_ns; /* when a line was last allowed */
    uint32_t left;    /* lines that may be logged at once */
    uint64_t skipped;
};

struct sk_child {
    pid_t pid;   /* 0: none */
    int in_fd;   /* writes to its standard input; -1: closed */
    int peek_fd; /* the same pipe for reading: tells what nobody read */
    int pidfd, err_fd, stop_fd;
    uint64_t started_ns;
    bool watched, quiet; /* quiet: an end with status 0 is not logged */
    pthread_t watcher;
    atomic_bool ended;
    atomic_int status; /* as waitpid() gives it; valid once ended */
    const char *command;
    struct sk_child_log *log;
};

/* Starts `/bin/sh -c command` (both borrowed until sk_child_end). quiet: see above. */
SK_MUST int sk_child_start(struct sk_child *c, const char *command, struct sk_child_log *log,
                           bool quiet);
/* Writes to its standard input. Bytes, or -EAGAIN (its pipe is full), -EPIPE (it has ended). */
SK_MUST ssize_t sk_child_write(struct sk_child *c, const char *p, size_t n);
/* Waits until its pipe has room: 0, -EPIPE (it has ended), -ETIMEDOUT. */
SK_MUST int sk_child_wait_room(struct sk_child *c, uint64_t deadline_ns);
/* Waits for its end: 0, -ETIMEDOUT. */
SK_MUST int sk_child_wait(struct sk_child *c, uint64_t deadline_ns);
/* Bytes in the pipe that nobody has read. */
size_t sk_child_unread(const struct sk_child *c);
void sk_child_close_input(struct sk_child *c);
/* Its end: closes its input, waits at most grace_ms, then asks and forces it and, with group, what it
 * left running in its group.  Accepts one that was never started.  Returns the bytes that it left
 * unread. */
size_t sk_child_end(struct sk_child *c, uint32_t grace_ms, bool group);
