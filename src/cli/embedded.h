/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.h - files that are part of the program: it needs no others to run. */
#pragma once
#include "base/str.h"

#define SK_EMBEDDED_RULES_NAME "built-in saker_rules.yaml"

struct sk_str sk_embedded_config(void); /* config/saker.yaml */
struct sk_str sk_embedded_rules(void);  /* rules/saker_rules.yaml */
