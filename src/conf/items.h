/* SPDX-License-Identifier: Apache-2.0 */
/* items.h - within conf/: the structured keys of a loaded configuration. */
#pragma once
#include "conf/conf.h"

SK_MUST int sk_conf_read_select(struct sk_conf *c, struct sk_diag *dg);
SK_MUST int sk_conf_read_append(struct sk_conf *c, struct sk_diag *dg);
/* `outputs`; what it copies is complete by then. */
SK_MUST int sk_conf_read_outputs(struct sk_conf *c, struct sk_diag *dg);
/* Into the member of the row: a scalar (false: not of its type), a list or a tree (-ENOMEM). */
SK_MUST bool sk_conf_read_scalar(struct sk_conf *c, const struct sk_conf_row *r, const char *text);
SK_MUST int sk_conf_read_node(struct sk_conf *c, const struct sk_conf_row *r,
                              const struct sk_node *n);
/* Whether the sections of outputs that are switched on have what they need; `at` may be NULL. */
SK_MUST int sk_conf_check_sections(struct sk_conf *c, const struct sk_pos *at, struct sk_diag *dg);
/* "one|of|these" */
bool sk_conf_one_of(const char *words, const char *text);
/* Values that belong together or have an error text of their own (priority, levels, drop
 * actions...). */
SK_MUST int sk_conf_check_values(struct sk_conf *c, struct sk_diag *dg);
/* Keys of older versions: their values go to the new keys, warnings to dg.  Before anything is typed. */
SK_MUST int sk_conf_old_keys(struct sk_conf *c, struct sk_diag *dg);
/* The node of a key ("a.b.c"), or NULL. */
struct sk_node *sk_conf_find(const struct sk_node *root, const char *key);
/* Switches that have no effect yet. */
void sk_conf_warn_later(const struct sk_conf *c, struct sk_diag *dg);
