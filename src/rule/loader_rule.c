/* SPDX-License-Identifier: Apache-2.0 */
/* loader_rule.c - a `rule:` item: a definition, an append, an override, or a bare `enabled:`. */
#include <errno.h>

#include "rule/loader.h"

static const char *const can_append[] = {"condition", "output", "desc", "tags", "exceptions", NULL};
static const char *const can_replace[] = {"condition",
                                          "output",
                                          "desc",
                                          "tags",
                                          "exceptions",
                                          "priority",
                                          "capture",
                                          "enabled",
                                          "capture_duration",
                                          "warn_evttypes",
                                          "skip-if-unknown-filter",
                                          NULL};

static int read_priority(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_def *r)
{
    struct sk_str text;
    int rc = sk_load_text(ld, item, "priority", false, r->ctx, &text);

    if (rc < 0)
        return rc;
    r->priority_ctx =
        sk_ctx_new(ld->mem, r->ctx, "rule priority", SK_STR(""), sk_yaml_get(item, "priority"));
    if (sk_level_parse(text.p, &r->priority))
        return sk_report_error(ld->rep, SK_LOAD_ERR_YAML_VALIDATE, r->priority_ctx,
                               "Invalid priority");
    return 1;
}

static int read_tags(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_def *r)
{
    int rc = sk_load_strv(ld, item, "tags", true, r->ctx, &r->tags);

    if (rc > 0)
        sk_strv_sort(&r->tags);
    return rc;
}

/* Reads one key into the update.  A missing optional key is no part of it. */
static int read_part(struct sk_loader *ld, const struct sk_yaml *item, enum sk_rule_part part,
                     bool optional, struct sk_rule_update *up)
{
    struct sk_rule_def *r = &up->r;
    int rc;

    switch (part) {
    case SK_RP_COND:
        rc = sk_load_text(ld, item, "condition", optional, r->ctx, &r->cond);
        if (rc > 0)
            r->cond_ctx = sk_ctx_new(ld->mem, r->ctx, "rule condition", SK_STR(""),
                                     sk_yaml_get(item, "condition"));
        break;
    case SK_RP_OUTPUT:
        rc = sk_load_text(ld, item, "output", optional, r->ctx, &r->output);
        if (rc > 0) {
            r->output = sk_str_trim(r->output);
            r->output_ctx =
                sk_ctx_new(ld->mem, r->ctx, "rule output", SK_STR(""), sk_yaml_get(item, "output"));
        }
        break;
    case SK_RP_DESC:
        rc = sk_load_text(ld, item, "desc", optional, r->ctx, &r->desc);
        break;
    case SK_RP_PRIORITY:
        rc = read_priority(ld, item, r);
        break;
    case SK_RP_TAGS:
        rc = read_tags(ld, item, r);
        break;
    case SK_RP_EXCEPTIONS:
        rc = sk_yaml_get(item, "exceptions") ? 1 : 0;
        break; /* read by the caller: an append may be partial */
    case SK_RP_ENABLED:
        rc = sk_load_bool(ld, item, "enabled", optional, r->ctx, &r->enabled);
        break;
    case SK_RP_WARN_EVTTYPES:
        rc = sk_load_bool(ld, item, "warn_evttypes", optional, r->ctx, &r->warn_evttypes);
        break;
    case SK_RP_SKIP_UNKNOWN:
        rc = sk_load_bool(ld, item, "skip-if-unknown-filter", optional, r->ctx, &r->skip_unknown);
        break;
    case SK_RP_CAPTURE:
        rc = sk_load_bool(ld, item, "capture", optional, r->ctx, &r->capture);
        break;
    case SK_RP_CAPTURE_DURATION:
        rc = sk_load_u32(ld, item, "capture_duration", optional, r->ctx, &r->capture_duration_ms);
        break;
    default:
        rc = sk_load_text(ld, item, "source", optional, r->ctx, &r->source);
    }
    if (rc > 0)
        up->parts |= part;
    return rc < 0 ? rc : 0;
}

/* `source: ""` says nothing where a rule is only changed. */
static int read_source(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_update *up)
{
    const struct sk_yaml *y = sk_yaml_get(item, "source");

    if (y && y->kind == SK_YAML_SCALAR && !y->text.n)
        return 0;
    return read_part(ld, item, SK_RP_SOURCE, true, up);
}

static int read_exceptions(struct sk_loader *ld, const struct sk_yaml *item, bool partial,
                           struct sk_rule_update *up)
{
    const struct sk_yaml *y = sk_yaml_get(item, "exceptions");
    int rc = sk_exceptions_read(ld, item, partial, up->r.ctx, &up->r.exceptions);

    if (!rc && y && y->kind != SK_YAML_NULL)
        up->parts |= SK_RP_EXCEPTIONS;
    return rc;
}

static int define(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_update *up)
{
    static const enum sk_rule_part must[] = {SK_RP_COND, SK_RP_OUTPUT, SK_RP_DESC, SK_RP_PRIORITY};
    static const enum sk_rule_part may[] = {
        SK_RP_SOURCE,  SK_RP_ENABLED,          SK_RP_WARN_EVTTYPES, SK_RP_SKIP_UNKNOWN,
        SK_RP_CAPTURE, SK_RP_CAPTURE_DURATION, SK_RP_TAGS};
    int rc = 0;

    for (size_t i = 0; !rc && i < SK_ARRAY_LEN(must); i++)
        rc = read_part(ld, item, must[i], false, up);
    for (size_t i = 0; !rc && i < SK_ARRAY_LEN(may); i++)
        rc = read_part(ld, item, may[i], true, up);
    if (!rc)
        rc = read_exceptions(ld, item, false, up);
    return rc ? rc : sk_collect_rule(ld, up);
}

/* `enabled:` alone switches a rule that exists. */
static int enable(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_update *up)
{
    int rc = read_part(ld, item, SK_RP_ENABLED, false, up);

    if (!rc)
        rc = sk_collect_rule_enable(ld, up);
    if (!rc)
        sk_report_warn(ld->rep, SK_LOAD_DEPRECATED_ITEM, NULL, up->r.ctx,
                       "The standalone 'enabled' key usage is deprecated. The correct approach "
                       "requires also a 'replace' entry under the 'override' key (i.e. 'enabled: "
                       "replace').");
    return rc;
}

/* `append: true` knows only conditions and exceptions. */
static int append(struct sk_loader *ld, const struct sk_yaml *item, struct sk_rule_update *up)
{
    int rc = read_source(ld, item, up);

    if (!rc)
        rc = read_part(ld, item, SK_RP_COND, true, up);
    if (!rc)
        rc = read_exceptions(ld, item, true, up);
    return rc ? rc : sk_collect_rule_append(ld, up);
}

static int read_wanted(struct sk_loader *ld, const struct sk_yaml *item, bool partial,
                       const char *const *keys, uint32_t wanted, struct sk_rule_update *up)
{
    static const struct {
        const char *key;
        enum sk_rule_part part;
    } parts[] = {
        {"condition", SK_RP_COND},
        {"output", SK_RP_OUTPUT},
        {"desc", SK_RP_DESC},
        {"tags", SK_RP_TAGS},
        {"priority", SK_RP_PRIORITY},
        {"enabled", SK_RP_ENABLED},
        {"warn_evttypes", SK_RP_WARN_EVTTYPES},
        {"skip-if-unknown-filter", SK_RP_SKIP_UNKNOWN},
        {"capture", SK_RP_CAPTURE},
        {"capture_duration", SK_RP_CAPTURE_DURATION},
    };
    int rc = read_source(ld, item, up);

    for (unsigned i = 0; !rc && keys[i]; i++) {
        if (!(wanted >> i & 1))
            continue;
        if (!strcmp(keys[i], "exceptions")) {
            rc = read_exceptions(ld, item, partial, up);
            continue;
        }
        for (size_t k = 0; !rc && k < SK_ARRAY_LEN(parts); k++)
            if (!strcmp(parts[k].key, keys[i]))
                rc = read_part(ld, item, parts[k].part, false, up);
    }
    return rc;
}

/* Appends first, then replaces, then complains about keys that override does not mention. */
static int override(struct sk_loader *ld, const struct sk_yaml *item, const struct sk_override *ov,
                    const struct sk_rule_update *base)
{
    struct sk_rule_update up;
    int rc = 0;

    if (ov->appended) {
        up = *base;
        rc = read_wanted(ld, item, true, ov->append, ov->appended, &up);
        if (!rc)
            rc = sk_collect_rule_append(ld, &up);
    }
    if (!rc && ov->replaced) {
        up = *base;
        rc = read_wanted(ld, item, false, ov->replace, ov->replaced, &up);
        if (!rc)
            rc = sk_collect_rule_replace(ld, &up);
    }
    return rc ? rc : sk_override_unexpected(ld, item, base->r.ctx, ov);
}

int sk_load_rule(struct sk_loader *ld, const struct sk_yaml *item)
{
    static const char *const keys[] = {"rule",
                                       "condition",
                                       "desc",
                                       "output",
                                       "priority",
                                       "source",
                                       "enabled",
                                       "tags",
                                       "exceptions",
                                       "warn_evttypes",
                                       "skip-if-unknown-filter",
                                       "capture",
                                       "capture_duration",
                                       "append",
                                       "override",
                                       NULL};
    struct sk_override ov = {.append = can_append, .replace = can_replace};
    struct sk_rule_update up = {
        .r = {.source = SK_STR("syscall"), .enabled = true, .warn_evttypes = true}};
    bool flag = false;
    int rc = sk_load_text(ld, item, "rule", false,
                          sk_ctx_new(ld->mem, ld->root, "rule", SK_STR(""), item), &up.r.name);

    if (rc < 0)
        return rc;
    up.r.ctx = sk_ctx_new(ld->mem, ld->root, "rule", up.r.name, item);
    rc = sk_load_append_flag(ld, item, up.r.ctx, &flag);
    if (!rc)
        rc = sk_override_read(ld, item, flag, up.r.ctx, &ov);
    if (rc)
        return rc;
    if (ov.any)
        rc = override(ld, item, &ov, &up);
    else if (flag)
        rc = append(ld, item, &up);
    else if (!sk_yaml_get(item, "condition") && !sk_yaml_get(item, "output") &&
             !sk_yaml_get(item, "desc") && !sk_yaml_get(item, "priority"))
        rc = enable(ld, item, &up);
    else
        rc = define(ld, item, &up);
    if (!rc)
        sk_load_unknown_keys(ld, item, keys, up.r.ctx);
    return rc;
}
