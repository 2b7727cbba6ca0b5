/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - within grpc/: alerts and versions as the messages of proto/, and requests. */
#pragma once
#include "grpc/module.h"
#include "grpc/queue.h"

/* Clients refuse messages of more than 4 MiB, and end their call: it would come again for ever. */
#define SK_GRPC_MESSAGE_MAX ((4u << 20) - 1024)

/* -EMSGSIZE, -EBADMSG, -ENOMEM. Caller frees. */
SK_MUST int sk_grpc_pack_alert(const struct sk_grpc_alert *alert, struct sk_grpc_item **out);
/* -ENOMEM; -EINVAL: a version is not "number.number.number". Caller frees. */
SK_MUST int sk_grpc_pack_version(const struct sk_grpc_options *opt, struct sk_grpc_item **out);
/* Whether foreign bytes are a request (of any service: all are empty). */
bool sk_grpc_is_request(const void *data, size_t n);
