/* SPDX-License-Identifier: Apache-2.0 */
/* put.h - entries of a capture's lists, and events, as bytes: the other direction of lists.h and
 * record.h.  Always in the newest layout. Texts that are longer than readers accept are cut. */
#pragma once
#include "event/event.h"
#include "source/scap/lists.h"

/* Appends a block's header with room for the length; returns where it begins. */
size_t sk_scap_block_begin(struct sk_buf *b, uint32_t id);
/* Padding, and both lengths. */
void sk_scap_block_end(struct sk_buf *b, size_t at);

void sk_scap_put_section(struct sk_buf *b);
void sk_scap_put_machine(struct sk_buf *b, uint32_t cpus, uint64_t memory, const char *hostname,
                         uint64_t boot_ns);
void sk_scap_put_task(struct sk_buf *b, const struct sk_task_info *ti);
void sk_scap_put_task_more(struct sk_buf *b, const struct sk_task_info *ti);
void sk_scap_put_fd(struct sk_buf *b, const struct sk_fd_info *fi);
void sk_scap_put_iface(struct sk_buf *b, const struct sk_iface *ifc, const char *name);
void sk_scap_put_user(struct sk_buf *b, const struct sk_scap_user *u);
/* A whole event block.  The event has the parameters of its row, as every reader knows them; what a
 * Saker driver told beyond them follows inside the event's length, where other readers, which go by
 * the lengths of the parameters, do not look.  false:
 * it does not fit in a block, nothing was added. */
SK_MUST bool sk_scap_put_event(struct sk_buf *b, const struct sk_event *ev);
