/* SPDX-License-Identifier: Apache-2.0 */
/* service.h - what a running Saker tells about itself, as the configuration asks for it: the web server, and
 * snapshots of the metrics.
 *
 * The event thread starts, stops and feeds it. */
#pragma once
#include "engine/engine.h"

struct sk_service_options {
    const struct sk_conf *conf; /* borrowed until start returns, as is gen */
    const struct sk_gen *gen;
    struct sk_outputs *outputs; /* outlives the service, as do the texts */
    const char *hostname;
    const char *host_root; /* "" or $HOST_ROOT */
    const char *versions;  /* JSON of /versions; copied */
    uint64_t start_ns;     /* of the process, since 1970 */
    bool serve;            /* false: no web server, whatever the configuration says */
    void *self;
    /* Loads anew and waits until it is in use; -errno with the reason.  Any thread.  NULL: there is no
     * /reload. */
    int (*reload)(void *self, struct sk_buf *why);
};

struct sk_service;

/* -EINVAL with the text: metrics are asked for in a way that cannot work. */
SK_MUST int sk_service_check(const struct sk_conf *conf, struct sk_diag *dg);
/* -EINVAL with the text of a runtime error in dg; the reasons are logged. */
SK_MUST int sk_service_start(const struct sk_service_options *opt, struct sk_service **out,
                             struct sk_diag *dg);
/* Readable when sk_service_answer() is to be called; -1: never. */
int sk_service_fd(const struct sk_service *s);
/* Between two polls: gives those who asked a copy of what the engine knows. */
void sk_service_answer(struct sk_service *s, const struct sk_engine *e);
/* A reload: what runs from now on; NULL: it failed. */
void sk_service_reloaded(struct sk_service *s, const struct sk_conf *conf,
                         const struct sk_gen *gen);
/* e: the engine, which has ended; NULL: there was none. */
void sk_service_stop(struct sk_service *s, const struct sk_engine *e);
