/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - see digest.h. */
#include "base/digest.h"

#include <openssl/sha.h>

void sk_sha256(struct sk_str content, char out[SK_SHA256_TEXT])
{
    unsigned char md[SHA256_DIGEST_LENGTH];

    out[0] = '\0';
    if (!SHA256((const unsigned char *)(content.n ? content.p : ""), content.n, md))
        return;
    for (size_t i = 0; i < sizeof(md); i++)
        snprintf(out + 2 * i, 3, "%02x", md[i]);
}
