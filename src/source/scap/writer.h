/* SPDX-License-Identifier: Apache-2.0 */
/* writer.h - writes a capture that Falco, sysdig and Wireshark read, and Saker with all it knew.
 *
 * The first error stays: later calls do nothing, sk_scap_writer_error() tells it.  One thread; writes
 * to the file block. */
#pragma once
#include "base/diag.h"
#include "source/scap/put.h"

struct sk_scap_writer;

struct sk_scap_writer_options {
    const char *path;
    bool plain;     /* not compressed */
    bool exclusive; /* the file must not exist, nor be a link: names that others can guess */
};

/* Makes the file, readable for its owner only: it will hold environments and data of processes. */
SK_MUST int sk_scap_writer_open(const struct sk_scap_writer_options *opt,
                                struct sk_scap_writer **out, struct sk_diag *dg);
/* Ends the file and frees; the first error of all, or 0. */
int sk_scap_writer_close(struct sk_scap_writer *w);

/* The section, the machine, and what the state knows: before the first event.  proc: "/proc" or
 * "$HOST_ROOT/proc" of the machine that is watched; NULL: it is another one (a replay). */
void sk_scap_write_state(struct sk_scap_writer *w, struct sk_state *st, const char *proc);
void sk_scap_write_event(struct sk_scap_writer *w, const struct sk_event *ev);
/* Blocks, as put.h makes them. */
void sk_scap_write_bytes(struct sk_scap_writer *w, struct sk_buf *b);

int sk_scap_writer_error(const struct sk_scap_writer *w);
uint64_t sk_scap_writer_events(const struct sk_scap_writer *w);
/* In the file, as far as it was written: what is still being compressed is not counted. */
uint64_t sk_scap_writer_bytes(const struct sk_scap_writer *w);
