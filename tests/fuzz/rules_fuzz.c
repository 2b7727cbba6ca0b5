/* SPDX-License-Identifier: Apache-2.0 */
/* rules_fuzz.c - arbitrary bytes as rules files: loading must end in rules or in a report.
 *
 * A line of "%%%" separates files, so that one input can define, append and replace across files.
 */
#include <assert.h>

#include "rule/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct sk_report *r, int rc)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(64u << 20), json = SK_BUF(64u << 20);

    assert(sk_report_ok(r) == (rc == 0));
    assert(sk_report_schema(r));
    sk_report_text(r, false, &text);
    sk_report_json(r, &json);
    assert(text.n && json.n);
}

static void use(struct sk_ruleset *rs)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(64u << 20), err = SK_BUF(4096);
    struct sk_event_set set;

    if (sk_ruleset_finish(rs, &err))
        assert(err.n);
    sk_ruleset_select(rs, true, "*a*", "b");
    sk_ruleset_events(rs, &set);
    if (sk_ruleset_describe(rs, NULL, true, &out))
        assert(out.n);
    sk_buf_reset(&out);
    for (size_t i = 0; i < sk_ruleset_count(rs); i++) {
        const struct sk_rule *r = sk_ruleset_at(rs, i);

        assert(r->name && r->output_compiled && r->ast);
        sk_ast_print(r->ast, &out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sk_append_output append = {.extra_output = "x", .suggested_output = true};
    const struct sk_ruleset_options opt = {
        .min_priority = SK_INFO, .append_outputs = &append, .nappend = 1};
    sk_auto(ruleset) struct sk_ruleset *rs = NULL;
    struct sk_str rest = {(const char *)data, size};

    if (sk_ruleset_new(&opt, &rs))
        return 0;
    for (bool more = true; more;) {
        const char *cut = rest.n ? memmem(rest.p, rest.n, "%%%\n", 4) : NULL;
        struct sk_str file = {rest.p, cut ? (size_t)(cut - rest.p) : rest.n};
        const struct sk_report *report = NULL;
        int rc = sk_ruleset_add(rs, "fuzz.yaml", file, &report);

        check_report(report, rc);
        more = cut != NULL;
        rest.n -= file.n + (more ? 4 : 0);
        rest.p += file.n + (more ? 4 : 0);
    }
    use(rs);
    return 0;
}
