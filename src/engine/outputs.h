/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.h - the outputs that a configuration asks for. */
#pragma once
#include "conf/conf.h"
#include "sink/sink.h"

/* None is enabled: that is right for those who raise no alerts. */
bool sk_outputs_none(const struct sk_conf *conf);
/* -EINVAL: none is enabled ("No output configured, ..."). */
SK_MUST int sk_outputs_check(const struct sk_conf *conf, struct sk_diag *dg);
/* Opens and starts them. One that cannot be opened is logged and left out. unbuffered: -U. */
SK_MUST int sk_outputs_from_conf(const struct sk_conf *conf, bool unbuffered,
                                 struct sk_outputs **out, struct sk_diag *dg);
/* What makes the outputs of `now` those of `next`; each that has the same keys stays as it is.  -errno
 * with the reason: one that is new or changed cannot be opened.  Both live until it is freed. */
SK_MUST int sk_outputs_renewal(struct sk_outputs *o, const struct sk_conf *now,
                               const struct sk_conf *next, bool unbuffered, struct sk_renewal **out,
                               struct sk_diag *dg);
