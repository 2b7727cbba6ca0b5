/* SPDX-License-Identifier: Apache-2.0 */
/* made.h - a configuration and rules from texts. */
#pragma once
#include "engine/generation.h"
#include "tests/unit/server/util.h"

#define RULES                                                                     \
    "- rule: A \"b\" (c)\n  desc: d\n  condition: evt.type=openat\n  output: o\n" \
    "  priority: WARNING\n  tags: [x-y, container]\n"                             \
    "- rule: Quiet\n  desc: d\n  condition: evt.type=close\n  output: o\n  priority: INFO\n"

struct made {
    struct sk_diag *dg;
    struct sk_conf *conf;
    struct sk_gen *gen;
};

static inline struct made made_of(const char *conf)
{
    struct made m = {.dg = sk_diag_new()};
    struct sk_conf_input in = {.text = sk_str(conf)};
    struct sk_gen_input gin = {.builtin_name = "dir/rules.yaml", .builtin = SK_STR(RULES)};

    assert_non_null(m.dg);
    if (sk_conf_load(&in, &m.conf, m.dg))
        fail_msg("%s", sk_diag_text(m.dg, SK_DIAG_ERROR));
    gin.conf = m.conf;
    if (sk_gen_new(&gin, &m.gen, m.dg))
        fail_msg("%s", sk_diag_text(m.dg, SK_DIAG_ERROR));
    return m;
}

static inline void made_free(struct made *m)
{
    sk_gen_free(m->gen);
    sk_conf_free(m->conf);
    sk_diag_free(m->dg);
}
