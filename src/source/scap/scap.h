/* SPDX-License-Identifier: Apache-2.0 */
/* scap.h - the source that replays a capture (.scap, from Falco, sysdig or Saker).
 *
 * Every event is delivered, also what no rule wants: event numbers are those of the capture.  Old
 * events come in their present form (event/convert.h).  One thread. */
#pragma once
#include "source/source.h"

extern const struct sk_source_ops sk_source_scap;
