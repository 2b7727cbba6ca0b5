/* SPDX-License-Identifier: Apache-2.0 */
/* grpc.c - alerts for clients that fetch them: Falco's gRPC services.
 *
 * The server is in a shared object (grpc/module.h), opened here.  It runs as soon as grpc.enabled
 * says so, for its version service; alerts go to it when grpc_output.enabled says so too. */
#include <errno.h>

#include "grpc/module.h"
#include "sink/module.h"
#include "sink/sink.h"

#define SK_GRPC_FILE "saker-grpc.so"
#define HELD_PART    16 /* of the spool is what the server holds: the rest of it can be shed */

struct grpc_sink {
    const struct sk_grpc_module *module;
    struct sk_grpc *server;
    bool spooled; /* what finds no room can wait elsewhere, and what nobody fetches stays there */
    struct sk_grpc_held left; /* when it has ended */
};

static bool grpc_enabled(const struct sk_conf *conf)
{
    return conf->grpc_enabled && conf->grpc_output_enabled;
}

static bool grpc_serves(const struct sk_conf *conf)
{
    return conf->grpc_enabled;
}

/* Two servers cannot have one address. */
static bool grpc_collides(const struct sk_conf *one, const struct sk_conf *other)
{
    return one->grpc_enabled && !strcmp(one->grpc_bind_address, other->grpc_bind_address);
}

static void forward(void *self, enum sk_level level, const char *text)
{
    (void)self;
    sk_log(level, "%s", text);
}

static int load(struct grpc_sink *gs, struct sk_diag *dg)
{
    const void *found = NULL;
    int err;

    err = sk_module_open(SK_GRPC_FILE, SK_GRPC_SYMBOL, &found, dg);
    if (err && !SK_WITH_GRPC)
        return sk_err(dg, err, NULL,
                      "grpc.enabled: this Saker was built without gRPC (meson option 'grpc')");
    if (err)
        return err;
    gs->module = found;
    if (strcmp(gs->module->version, SAKER_VERSION) != 0)
        return sk_err(dg, -ELIBACC, NULL, SK_GRPC_FILE " is of Saker '%s', the program of '%s'",
                      gs->module->version, SAKER_VERSION);
    return 0;
}

static int read_mode(const char *text, uint32_t *out, struct sk_diag *dg)
{
    uint32_t mode = 0;

    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '7' || mode > 0777 >> 3)
            return sk_err(dg, -EINVAL, NULL,
                          "grpc.socket_mode: '%s' is no octal mode between 0 and 0777", text);
        mode = mode << 3 | (uint32_t)(*p - '0');
    }
    *out = mode;
    return 0;
}

static int grpc_check(const struct sk_conf *c, struct sk_diag *dg)
{
    uint32_t ignored;

    return read_mode(c->grpc_socket_mode, &ignored, dg);
}

static int start(struct grpc_sink *gs, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    const struct sk_conf *c = opt->conf;
    struct sk_grpc_options o = {
        .address = c->grpc_bind_address,
        .private_key = c->grpc_private_key,
        .cert_chain = c->grpc_cert_chain,
        .root_certs = c->grpc_root_certs,
        .threads = c->grpc_threadiness,
        .capacity = c->grpc_output_capacity,
        .max_bytes = c->spool_enabled ? ((size_t)c->spool_max_mb << 20) / HELD_PART : 0,
        .drain_ms = SK_MIN(c->output_timeout, 2000u) / 2,
        .version = opt->falco_version ? opt->falco_version : SAKER_VERSION,
        .engine_version = opt->engine_version ? opt->engine_version : SAKER_VERSION,
        .fields_checksum = opt->fields_checksum,
        .log = forward,
    };
    int err = read_mode(c->grpc_socket_mode, &o.socket_mode, dg);

    return err ? err : gs->module->start(&o, &gs->server, dg);
}

static int grpc_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct grpc_sink *gs = self;
    int err = load(gs, dg);

    gs->spooled = opt->conf->spool_enabled;
    if (!err)
        err = start(gs, opt, dg);
    if (err)
        sk_log(SK_EMERGENCY, "Error starting gRPC server");
    return err;
}

static int grpc_write(void *self, const struct sk_sink_alert *alert)
{
    struct grpc_sink *gs = self;
    const struct sk_grpc_alert a = {.line = alert->line,
                                    .priority = alert->priority,
                                    .id = alert->id,
                                    .ts_ns = alert->ts_ns,
                                    .rule = alert->rule};
    int err = gs->module->put(gs->server, &a);

    return err == -ENOBUFS && gs->spooled ? -EAGAIN : err;
}

static int grpc_reopen(void *self)
{
    struct grpc_sink *gs = self;

    return gs->module->reload(gs->server);
}

static void grpc_close(void *self)
{
    struct grpc_sink *gs = self;

    if (gs->server)
        gs->left = gs->module->stop(SK_TAKE(gs->server));
    if (gs->left.n && !gs->spooled)
        sk_log(SK_NOTICE, "grpc: %zu alerts were fetched by nobody and are lost", gs->left.n);
}

static uint64_t grpc_holds(const void *self, uint64_t *out_n)
{
    const struct grpc_sink *gs = self;
    const struct sk_grpc_held held = gs->server ? gs->module->held(gs->server) : gs->left;

    *out_n = held.n;
    return held.oldest;
}

const struct sk_sink_ops sk_sink_grpc = {
    .name = "grpc",
    .size = sizeof(struct grpc_sink),
    .wants_parts = true,
    .enabled = grpc_enabled,
    .serves = grpc_serves,
    .collides = grpc_collides,
    .check = grpc_check,
    .open = grpc_open,
    .write = grpc_write,
    .reopen = grpc_reopen,
    .close = grpc_close,
    .holds = grpc_holds,
};
