/* SPDX-License-Identifier: Apache-2.0 */
/* module.h - a gRPC server that remembers what it was asked, in the place of the shared object. */
#pragma once
#include "grpc/module.h"
#include "sink/module.h"

static struct {
    const char *version; /* NULL: there is no module */
    int start_error, put_error;
    unsigned started, stopped, reloaded;
    uint32_t socket_mode, drain_ms, threads;
    size_t capacity;
    char address[100], version_told[200], line[100];
    uint64_t id;
    struct sk_grpc_held held;
    size_t max_bytes;
} fake;

static inline int fake_start(const struct sk_grpc_options *opt, struct sk_grpc **out,
                             struct sk_diag *dg)
{
    if (fake.start_error)
        return sk_err(dg, fake.start_error, NULL, "it does not start");
    opt->log(NULL, SK_INFO, "100% started");
    fake.started++;
    fake.socket_mode = opt->socket_mode;
    fake.drain_ms = opt->drain_ms;
    fake.threads = opt->threads;
    fake.capacity = opt->capacity;
    fake.max_bytes = opt->max_bytes;
    snprintf(fake.address, sizeof(fake.address), "%s", opt->address);
    snprintf(fake.version_told, sizeof(fake.version_told), "%s %s %s", opt->version,
             opt->engine_version, opt->fields_checksum ? opt->fields_checksum : "-");
    *out = (struct sk_grpc *)&fake;
    return 0;
}

static inline int fake_put(struct sk_grpc *g, const struct sk_grpc_alert *alert)
{
    (void)g;
    fake.id = alert->id;
    snprintf(fake.line, sizeof(fake.line), "%.*s", (int)alert->line.n, alert->line.p);
    return fake.put_error;
}

static inline int fake_reload(struct sk_grpc *g)
{
    (void)g;
    fake.reloaded++;
    return 0;
}

static inline struct sk_grpc_held fake_held(struct sk_grpc *g)
{
    (void)g;
    return fake.held;
}

static inline struct sk_grpc_held fake_stop(struct sk_grpc *g)
{
    fake.stopped += g != NULL;
    return fake.held;
}

int sk_module_open(const char *file, const char *symbol, const void **out, struct sk_diag *dg)
{
    static struct sk_grpc_module module;

    if (!fake.version)
        return sk_err(dg, -ENOENT, NULL, "'%s' with '%s' is not there", file, symbol);
    module = (struct sk_grpc_module){fake.version, fake_start, fake_put,
                                     fake_reload,  fake_held,  fake_stop};
    *out = &module;
    return 0;
}
