/* SPDX-License-Identifier: Apache-2.0 */
/* web.h - health, versions, metrics and reload by HTTP and HTTPS.
 *
 * Threads of the HTTP library call back; one thread starts and stops. */
#pragma once
#include "base/diag.h"

#define SK_WEB_CONNECTIONS   128   /* at once; over it the oldest goes */
#define SK_WEB_PER_ADDRESS   32    /* of one address */
#define SK_WEB_REQUEST_BYTES 16384 /* request line and headers, with the library's own needs */
#define SK_WEB_IDLE_S        5     /* nothing sent or received */
#define SK_WEB_REQUEST_S     10    /* until a request is whole */
#define SK_WEB_ANSWER_S      30    /* until an answer was taken */
#define SK_WEB_THREADS       64    /* however many CPUs there are */

enum sk_web_error { SK_WEB_LISTEN = 1, SK_WEB_CONFIG };

struct sk_web_stats {
    uint64_t requests;
    uint64_t accepted, evicted, expired; /* connections; see clients.h */
    unsigned connections;
};

struct sk_web_options {
    const char *address; /* as for sk_listen() */
    uint16_t port;
    unsigned threads;     /* 0: one a CPU */
    const char *healthz;  /* path of the health answer */
    const char *pem;      /* file with certificate and key; NULL: no TLS */
    const char *versions; /* JSON; copied */
    void *self;
    /* Text in the format of Prometheus; -errno: 503. NULL: there is no /metrics. Any thread. */
    int (*metrics)(void *self, const struct sk_web_stats *web, struct sk_buf *out);
    /* Loads anew and waits until it is in use; -ETIMEDOUT: not yet; other -errno with the reason.  One
     * call at a time.  NULL: there is no /reload. Any thread. */
    int (*reload)(void *self, struct sk_buf *why);
};

struct sk_web;

/* Threads that `threads` of the options means here. */
unsigned sk_web_threads(unsigned wanted);

/* 0; or an enum sk_web_error as a negative number with the reason in dg. */
SK_MUST int sk_web_start(const struct sk_web_options *opt, struct sk_web **out, struct sk_diag *dg);
void sk_web_get_stats(struct sk_web *w, struct sk_web_stats *out);
/* Ends every connection. */
void sk_web_stop(struct sk_web *w);
void web_freep(struct sk_web **w);
