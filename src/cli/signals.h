/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - signals, and what else wakes the engine, as one descriptor. */
#pragma once
#include "base/base.h"

struct sk_signals {
    int fd; /* readable when something happened */
    int signal_fd;
};

enum sk_signal_event { SK_SIG_STOP = 1, SK_SIG_REOPEN = 2, SK_SIG_RELOAD = 4 };

/* Blocks SIGINT, SIGTERM, SIGUSR1, SIGHUP and SIGPIPE in this thread (threads made later inherit
 * it). */
SK_MUST int sk_signals_open(struct sk_signals *s);
/* Another descriptor that makes `fd` readable; its owner reads it. -errno. */
SK_MUST int sk_signals_add(struct sk_signals *s, int fd);
/* It does not any more. */
void sk_signals_remove(struct sk_signals *s, int fd);
/* What happened since the last call: enum sk_signal_event. */
unsigned sk_signals_read(struct sk_signals *s);
/* From now on SIGINT and SIGTERM do what they do to a program that knows nothing of them: it ends at
 * once.  For the time after the first of them, when outputs are drained. */
void sk_signals_release(void);
void sk_signals_close(struct sk_signals *s);
void signals_freep(struct sk_signals *s);
