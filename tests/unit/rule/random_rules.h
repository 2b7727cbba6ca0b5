/* SPDX-License-Identifier: Apache-2.0 */
/* random_rules.h - rules made at random, of few words, so that events meet them. */
#pragma once
#include "base/str.h"

/* 0 to n - 1, the same ones in every run. */
unsigned random_pick(unsigned n);
/* A rules file of some rules. */
void random_rules(struct sk_buf *yaml);
/* What their conditions speak of. */
const char *random_path(void);
const char *random_comm(void);
const char *random_call(void);
