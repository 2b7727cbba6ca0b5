/* SPDX-License-Identifier: Apache-2.0 */
/* conf_with.h - a configuration made of a few values. */
#pragma once
#include "conf/conf.h"
#include "tests/unit/test.h"

/* The configuration with these values, "key=value" each, and every other at its default. */
static inline struct sk_conf *conf_with(const char *const *option, size_t n)
{
    struct sk_conf_input in = {.text = SK_STR(""), .option = option, .noptions = n};
    struct sk_conf *conf = NULL;
    struct sk_diag *dg = sk_diag_new();

    if (sk_conf_load(&in, &conf, dg))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
    sk_diag_free(dg);
    return conf;
}

#define CONF(...)                                 \
    conf_with((const char *const[]){__VA_ARGS__}, \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
