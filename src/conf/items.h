/* SPDX-License-Identifier: Apache-2.0 */
/* items.h - within conf/: the structured keys of a loaded configuration. */
#pragma once
#include "conf/conf.h"

SK_MUST int sk_conf_read_select(struct sk_conf *c, struct sk_diag *dg);
SK_MUST int sk_conf_read_append(struct sk_conf *c, struct sk_diag *dg);
/* Values that belong together or have an error text of their own (priority, levels, drop
 * actions...). */
SK_MUST int sk_conf_check_values(struct sk_conf *c, struct sk_diag *dg);
/* Switches that have no effect yet. */
void sk_conf_warn_later(const struct sk_conf *c, struct sk_diag *dg);
