/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - `saker probe`: what this kernel offers, and why something is missing. */
#pragma once
#include "base/str.h"

/* One line each: a feature, and "ok" or "no: reason".  0; -EPERM: the privileges do not allow to
 * ask, the text says so.  Loads small programs and attaches none. */
SK_MUST int sk_probe(struct sk_buf *out);
