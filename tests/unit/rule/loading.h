/* SPDX-License-Identifier: Apache-2.0 */
/* loading.h - rules files as texts, for the tests of the loader. */
#pragma once
#include <errno.h>

#include "rule/ruleset.h"
#include "tests/unit/test.h"

/* A rule with everything that must be there, but for the condition. */
#define RULE(name, condition) \
    "- rule: " name "\n  desc: d\n  condition: " condition "\n  output: o\n  priority: INFO\n"

/* Stands for the formatter: knows one bad field. */
static inline int refuse_percent_bad(void *self, struct sk_str format, struct sk_buf *err)
{
    (void)self;
    if (!format.n || !memmem(format.p, format.n, "%bad", 4))
        return 0;
    sk_buf_addz(err, "unknown filter: unexpected token after '");
    return -EINVAL;
}

static const struct sk_plugin_version loading_plugins[] = {{"container", 0, 4, 0}};

struct loading {
    struct sk_ruleset_options opt;
    struct sk_ruleset *rs;
    const struct sk_report *report; /* of the last file */
    struct sk_buf text, json;       /* of that report */
};

static inline struct loading loading_new(void)
{
    return (struct loading){.opt = {.plugins = loading_plugins,
                                    .nplugins = 1,
                                    .min_priority = SK_DEBUG,
                                    .output = {.check = refuse_percent_bad}},
                            .text = SK_BUF(64u << 20),
                            .json = SK_BUF(64u << 20)};
}

static inline void loading_freep(struct loading *l)
{
    sk_ruleset_free(l->rs);
    sk_buf_done(&l->text);
    sk_buf_done(&l->json);
}

static inline int load_bytes(struct loading *l, const char *name, struct sk_str content)
{
    int rc;

    if (!l->rs)
        assert_int_equal(sk_ruleset_new(&l->opt, &l->rs), 0);
    rc = sk_ruleset_add(l->rs, name, content, &l->report);
    sk_buf_reset(&l->text);
    sk_buf_reset(&l->json);
    sk_report_text(l->report, false, &l->text);
    sk_report_json(l->report, &l->json);
    assert_int_equal(rc == 0, sk_report_ok(l->report));
    return rc;
}

static inline int load(struct loading *l, const char *yaml)
{
    return load_bytes(l, "r.yaml", sk_str(yaml));
}

#define assert_says(l, part)                                      \
    do {                                                          \
        if (!(l)->text.p || !strstr((l)->text.p, (part)))         \
            fail_msg("'%s' is not in:\n%s", (part), (l)->text.p); \
    } while (0)

#define assert_silent(l, part)                                \
    do {                                                      \
        if ((l)->text.p && strstr((l)->text.p, (part)))       \
            fail_msg("'%s' is in:\n%s", (part), (l)->text.p); \
    } while (0)

#define assert_loads(l, yaml)                      \
    do {                                           \
        if (load((l), (yaml)))                     \
            fail_msg("refused:\n%s", (l)->text.p); \
    } while (0)

/* The text must be refused with this code and message. */
#define assert_refused(l, yaml, code, message)        \
    do {                                              \
        assert_int_equal(load((l), (yaml)), -EINVAL); \
        assert_says((l), code " (");                  \
        assert_says((l), "): " message "\n");         \
    } while (0)

#define assert_compiles_to(l, rule, want)                            \
    do {                                                             \
        const struct sk_rule *r_ = sk_ruleset_find((l)->rs, (rule)); \
        struct sk_buf b_ = SK_BUF(1u << 20);                         \
        assert_non_null(r_);                                         \
        sk_ast_print(r_->ast, &b_);                                  \
        assert_string_equal(b_.p, (want));                           \
        sk_buf_done(&b_);                                            \
    } while (0)
