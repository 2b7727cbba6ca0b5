/* SPDX-License-Identifier: Apache-2.0 */
/* grpc_fuzz.c - what clients send as a request, and lines of alerts with their parts: whatever the
 * bytes are, they are refused or become a message. */
#include <stdint.h>

#include "grpc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sk_grpc_alert a = {.line = {(const char *)data, size},
                                    .priority = SK_NOTICE,
                                    .rule = {(const char *)data, size}};
    struct sk_grpc_item *it = NULL;

    (void)sk_grpc_is_request(data, size);
    if (!sk_grpc_pack_alert(&a, &it))
        free(it);
    return 0;
}
