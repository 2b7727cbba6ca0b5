/* SPDX-License-Identifier: Apache-2.0 */
/* service.h - what a running Saker tells about itself, as the configuration asks for it: the web server.
 *
 * One thread starts and stops it. */
#pragma once
#include "conf/conf.h"

struct sk_service_options {
    const struct sk_conf *conf; /* outlives the service */
    const char *versions;       /* JSON of /versions; copied */
    void *self;
    int (*reload)(void *self); /* asks for a reload; any thread. NULL: there is no /reload */
};

struct sk_service;

/* -EINVAL with the text of a runtime error in dg; the reasons are logged. */
SK_MUST int sk_service_start(const struct sk_service_options *opt, struct sk_service **out,
                             struct sk_diag *dg);
void sk_service_stop(struct sk_service *s);
void service_freep(struct sk_service **s);
