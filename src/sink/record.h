/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - within sink/: an alert as the bytes that the spool keeps. */
#pragma once
#include "sink/queue.h"

/* Appends the record of the item, sealed with a checksum over it, the id and the priority. */
void sk_record_write(const struct sk_item *it, struct sk_buf *out);

/* The item of a record (foreign bytes) with the wanted forms; one that the record does not have is
 * replaced by one that it has.  links: as sk_item_new().  -EBADMSG: damaged; -ENOMEM. */
SK_MUST int sk_record_read(uint64_t id, uint32_t priority, struct sk_str bytes, unsigned forms,
                           size_t links, struct sk_item **out);

/* The checksum that belongs into the first four bytes. */
uint32_t sk_record_sum(uint64_t id, uint32_t priority, struct sk_str bytes);
