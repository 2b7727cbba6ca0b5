/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - the event in an event block, as a record of abi/record.h. */
#pragma once
#include "event/event.h"
#include "source/scap/format.h"

/* What a block holds. `rec` is in the block's bytes or in the buffer. */
struct sk_scap_record {
    const uint8_t *rec;
    uint32_t len;
    uint16_t cpu, type;
    uint32_t flags; /* of the block: SK_SCAP_STATE_ONLY */
    bool ours;      /* recorded by Saker, of a type of today: there is nothing to convert */
    struct sk_rec_more more; /* of ours: what the driver told beyond the row */
};

/* body: the block without header and trailer.  `version` 1: the event's header has no number of
 * parameters, it is found by trying.  0; -ENOENT: a type that is newer than this table; -EBADMSG:
 * damaged; -EMSGSIZE: no memory, or longer than the buffer may grow. */
SK_MUST int sk_scap_read_event(const uint8_t *body, size_t n, unsigned version, bool has_flags,
                               struct sk_buf *buffer, struct sk_scap_record *out);
