/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - signals and changed files as one descriptor that the engine waits for. */
#pragma once
#include "base/base.h"

struct sk_signals {
    int fd; /* readable when something happened */
    int signal_fd, watch_fd, timer_fd;
};

enum sk_signal_event { SK_SIG_STOP = 1, SK_SIG_REOPEN = 2, SK_SIG_RELOAD = 4 };

/* Blocks SIGINT, SIGTERM, SIGUSR1, SIGHUP and SIGPIPE in this thread (threads made later inherit
 * it). */
SK_MUST int sk_signals_open(struct sk_signals *s);
/* A file, or a directory with all that is in it. -errno. */
SK_MUST int sk_signals_watch(struct sk_signals *s, const char *path);
/* What happened since the last call: enum sk_signal_event.  Changes of files are told once they
 * have been quiet for 100 ms. */
unsigned sk_signals_read(struct sk_signals *s);
void sk_signals_close(struct sk_signals *s);
void signals_freep(struct sk_signals *s);
