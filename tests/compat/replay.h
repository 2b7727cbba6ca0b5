/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - a capture through the state, as the engine does it, with a look at every event. */
#pragma once
#include "field/field.h"

/* Ports have no names. cx->ev->num counts all events; those of the state only come too (cx->ev->state_only). */
typedef void replay_fn(void *self, struct sk_ctx *cx);

/* 0, or -errno after a message on stderr. */
SK_MUST int replay(const char *path, replay_fn *fn, void *self);
