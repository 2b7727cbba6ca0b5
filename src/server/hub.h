/* SPDX-License-Identifier: Apache-2.0 */
/* hub.h - other threads ask, the event thread answers between two polls, with a copy.
 *
 * So nobody but the event thread touches what it works on, and it waits for nobody: it copies under a lock
 * that is held by others only as long as a copy takes. */
#pragma once
#include "engine/facts.h"

struct sk_hub;

SK_MUST int sk_hub_new(struct sk_hub **out);
void sk_hub_free(struct sk_hub *h);
void hub_freep(struct sk_hub **h);

/* Event thread: readable when somebody asks. */
int sk_hub_fd(const struct sk_hub *h);
/* Event thread: whether somebody asked since the last answer. */
bool sk_hub_asked(struct sk_hub *h);
/* Event thread. last: there will be no further answer, whoever asks gets this one. */
void sk_hub_answer(struct sk_hub *h, const struct sk_facts *facts, bool last);

/* Any thread: nobody will answer (the event thread never ran). */
void sk_hub_close(struct sk_hub *h);

/* Any other thread.  Facts that are younger than the question; when the event thread is busy for longer than
 * that, the last it gave; -ETIMEDOUT: it never gave any. */
SK_MUST int sk_hub_ask(struct sk_hub *h, unsigned timeout_ms, struct sk_facts *out);
