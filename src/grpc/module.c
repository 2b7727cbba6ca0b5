/* SPDX-License-Identifier: Apache-2.0 */
/* module.c - the one symbol of the shared object. */
#include "grpc/module.h"

#include "grpc/server.h"

__attribute__((visibility("default"))) const struct sk_grpc_module sk_grpc_module = {
    .version = SAKER_VERSION,
    .start = sk_grpc_start,
    .put = sk_grpc_put,
    .reload = sk_grpc_reload,
    .held = sk_grpc_held,
    .stop = sk_grpc_stop,
};
