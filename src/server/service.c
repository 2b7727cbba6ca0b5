/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - from the keys of the configuration to the web server. */
#include "server/service.h"

#include <errno.h>

#include "base/log.h"
#include "server/listen.h"
#include "server/web.h"

struct sk_service {
    struct sk_service_options opt;
    struct sk_web *web;
};

static int on_reload(void *self)
{
    const struct sk_service *s = self;

    return s->opt.reload(s->opt.self);
}

static void log_start(const struct sk_conf *c)
{
    const unsigned threads = sk_web_threads(c->web_threads);
    const char *ssl = c->web_ssl ? " (SSL)" : "";

    if (!strncmp(c->web_address, SK_UNIX_SCHEME, strlen(SK_UNIX_SCHEME)))
        sk_log(SK_INFO, "Starting health webserver with threadiness %u, listening on %s%s", threads,
               c->web_address, ssl);
    else
        sk_log(SK_INFO, "Starting health webserver with threadiness %u, listening on %s:%u%s",
               threads, c->web_address, c->web_port, ssl);
    if (!c->web_ssl && !sk_listen_is_local(c->web_address))
        sk_log(
            SK_NOTICE,
            "webserver.listen_address is '%s' and webserver.ssl_enabled is false: whoever reaches "
            "port %u reads health, versions and metrics",
            c->web_address, c->web_port);
}

static int start_web(struct sk_service *s, struct sk_diag *dg)
{
    const struct sk_conf *c = s->opt.conf;
    sk_auto(diag) struct sk_diag *why = sk_diag_new();
    const struct sk_web_options opt = {
        .address = c->web_address,
        .port = (uint16_t)c->web_port,
        .threads = c->web_threads,
        .healthz = c->web_healthz,
        .pem = c->web_ssl ? c->web_certificate : NULL,
        .versions = s->opt.versions,
        .self = s,
        .reload = s->opt.reload ? on_reload : NULL,
    };
    int err;

    if (!why)
        return -ENOMEM;
    log_start(c);
    err = sk_web_start(&opt, &s->web, why);
    if (!err)
        return 0;
    sk_log(SK_ERROR, "web server: %s", sk_diag_text(why, SK_DIAG_ERROR));
    return sk_err(dg, -EINVAL, NULL,
                  err == -SK_WEB_CONFIG ? "invalid webserver configuration"
                                        : "an error occurred while starting webserver");
}

int sk_service_start(const struct sk_service_options *opt, struct sk_service **out,
                     struct sk_diag *dg)
{
    sk_auto(service) struct sk_service *s = calloc(1, sizeof(*s));
    int err = 0;

    if (!s)
        return -ENOMEM;
    s->opt = *opt;
    if (opt->conf->web_enabled)
        err = start_web(s, dg);
    if (err)
        return err;
    *out = SK_TAKE(s);
    return 0;
}

void sk_service_stop(struct sk_service *s)
{
    if (!s)
        return;
    sk_web_stop(s->web);
    free(s);
}

void service_freep(struct sk_service **s)
{
    sk_service_stop(*s);
    *s = NULL;
}
