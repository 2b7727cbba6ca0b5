/* SPDX-License-Identifier: Apache-2.0 */
/* about.h - the configuration as documentation: reference, manual page, default file; all printed from
 * the rows of tbl/config*.def. */
#pragma once
#include "conf/conf.h"

/* The reference, for docs/configuration.md. */
void sk_conf_markdown(struct sk_buf *out);
/* saker.yaml(5). */
void sk_conf_man(struct sk_buf *out);
/* config/saker.yaml: every key with its documentation and its value. */
void sk_conf_yaml(struct sk_buf *out);
/* Text as roff takes it. */
void sk_man_text(struct sk_buf *out, const char *text);

/* Within conf/.  Sections in their order; the last one, without title, takes what none has. */
struct sk_conf_section {
    const char *title, *names, *intro; /* names: " a b " of the top level */
};
extern const struct sk_conf_section sk_conf_sections[];
extern const size_t sk_conf_sections_n;

bool sk_conf_in_section(const struct sk_conf_section *s, const struct sk_conf_row *r);
/* The first version of Falco that reads the key, "" where it is older than all that matter here; "Saker"
 * for our own. */
const char *sk_conf_since(const struct sk_conf_row *r);
/* What the default file says: "true", "\n  - item". Text of YAML. */
void sk_conf_shipped(const struct sk_conf_row *r, struct sk_buf *out);
/* NULL: none. */
const char *sk_conf_example(const char *key);
/* "true or false", "list of text"... */
const char *sk_conf_type_name(const struct sk_conf_row *r);
/* Documentation without the mark "Saker: ", as a sentence. */
void sk_conf_doc(const struct sk_conf_row *r, struct sk_buf *out);
/* The limits as people read them; "" none. */
void sk_conf_limits(const char *limits, struct sk_buf *out);
