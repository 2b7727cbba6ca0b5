/* SPDX-License-Identifier: Apache-2.0 */
/* services.h - names of ports, read once from a file in the format of /etc/services.
 *
 * getservbyport() reads the file anew at each call, which the event path cannot afford. Immutable
 * once read: any thread may look up. */
#pragma once
#include "base/str.h"

struct sk_services;

/* -errno of the file, -EFBIG, -ENOMEM; lines that are no services are skipped. */
SK_MUST int sk_services_read(const char *path, struct sk_services **out);
void sk_services_free(struct sk_services *sv);
void services_freep(struct sk_services **sv);

/* First name of the port ("http") for "tcp" (udp = false) or "udp"; {NULL, 0}: none, or sv NULL. */
struct sk_str sk_services_name(const struct sk_services *sv, uint16_t port, bool udp);
