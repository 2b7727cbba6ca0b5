/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - the blocks of a capture, in their order: sections, lists into a state, events out.
 *
 * Several captures may stand one behind the other in a file: what follows events and is a section
 * or a list begins a new one, and the state forgets the old.  Memory: the window (bytes.h) and one
 * event. */
#pragma once
#include "base/diag.h"
#include "source/scap/record.h"
#include "state/state.h"

struct sk_scap_reader;

/* Reads the header of the first section. -errno with the text in dg. */
SK_MUST int sk_scap_reader_open(const char *path, struct sk_scap_reader **out, struct sk_diag *dg);
void sk_scap_reader_free(struct sk_scap_reader *r);

/* Where the lists go; NULL: nowhere (yet). */
void sk_scap_reader_set_state(struct sk_scap_reader *r, struct sk_state *st);

enum sk_scap_step {
    SK_SCAP_STEP_LIST,     /* a list, a section, or a block that means nothing */
    SK_SCAP_STEP_RESTART,  /* the state was reset: another capture begins */
    SK_SCAP_STEP_AT_EVENT, /* an event is next, and the lists before it are complete */
    SK_SCAP_STEP_EVENT,    /* *out is an event */
    SK_SCAP_STEP_NEWER,    /* an event whose type is not known here */
    SK_SCAP_STEP_BAD,      /* an event that is damaged, or too long */
};

/* Nearly every step: an event of today's form, without flags, decoded; *out is borrowed until the next
 * call.  false: nothing was done, sk_scap_reader_step() tells what comes. */
SK_MUST bool sk_scap_reader_event(struct sk_scap_reader *r, struct sk_event *out);

/* One step; *out is borrowed until the next.  -ENODATA: the end; other -errno: the file is damaged or
 * cannot be read (sk_scap_reader_why).  Call no more after that. */
SK_MUST int sk_scap_reader_step(struct sk_scap_reader *r, struct sk_scap_record *out);
/* What is wrong, with file and position; "" when nothing is. */
const char *sk_scap_reader_why(const struct sk_scap_reader *r);
/* How many events were given, of whatever step. */
uint64_t sk_scap_reader_events(const struct sk_scap_reader *r);
/* Lists of addresses that were damaged, and skipped. */
uint64_t sk_scap_reader_skipped_lists(const struct sk_scap_reader *r);
