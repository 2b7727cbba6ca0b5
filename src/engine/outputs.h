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
