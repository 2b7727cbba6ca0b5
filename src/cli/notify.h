/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - tells the service manager how it goes: sd_notify(3) without its library.
 *
 * Datagrams to $NOTIFY_SOCKET; without it nothing happens.  Any thread, once it is open. */
#pragma once
#include <sys/socket.h>
#include <sys/un.h>

#include "base/base.h"

struct sk_notify {
    int fd; /* -1: nobody wants to know */
    struct sockaddr_un to;
    socklen_t to_len;
    int timer_fd; /* readable when the watchdog is to be fed; -1: there is none */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment: programs
 * that are started shall not speak for this one.  While there is one thread. */
void sk_notify_open(struct sk_notify *n);
void sk_notify_close(struct sk_notify *n);

void sk_notify_say(const struct sk_notify *n, const char *fmt, ...) SK_PRINTF(2, 3);
/* RELOADING=1 with the time that systemd wants beside it. */
void sk_notify_reloading(const struct sk_notify *n);
/* Event thread: feeds the watchdog when it is time. */
void sk_notify_feed(const struct sk_notify *n);
