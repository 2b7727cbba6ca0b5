/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.c - the symbols of embedded.S as strings. */
#include "cli/embedded.h"

extern const char sk_embedded_config_begin[], sk_embedded_config_end[];
extern const char sk_embedded_rules_begin[], sk_embedded_rules_end[];

struct sk_str sk_embedded_config(void)
{
    return (struct sk_str){sk_embedded_config_begin,
                           (size_t)(sk_embedded_config_end - sk_embedded_config_begin)};
}

struct sk_str sk_embedded_rules(void)
{
    return (struct sk_str){sk_embedded_rules_begin,
                           (size_t)(sk_embedded_rules_end - sk_embedded_rules_begin)};
}
