/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c - the definitions so far: define, append to, replace.
 *
 * Defining a name again keeps its place in the order and moves its visibility forward. */
#include <errno.h>

#include "rule/loader.h"

static bool grow(struct sk_arena *mem, void *array, size_t n, size_t *cap, size_t size)
{
    size_t more = *cap ? *cap * 2 : 64;
    void *p;

    if (n < *cap)
        return true;
    p = sk_arena_alloc(mem, more * size);
    if (!p)
        return false;
    if (n)
        memcpy(p, *(void **)array, n * size);
    *(void **)array = p;
    *cap = more;
    return true;
}

/* `a` and `b` with one blank between; either may be empty. *cap is the room of a text that is ours,
 * which grows from the second time on: thousands of appends do not copy everything each time. */
static bool join(struct sk_arena *mem, struct sk_str *a, size_t *cap, struct sk_str b)
{
    size_t need = a->n + 1 + b.n;
    char *p = (char *)a->p;

    if (need > *cap) {
        *cap = *cap ? 2 * need : need;
        p = sk_arena_alloc(mem, *cap);
        if (!p)
            return false;
        memcpy(p, a->p, a->n);
    }
    p[a->n] = ' ';
    memcpy(p + a->n + 1, b.p, b.n);
    *a = (struct sk_str){p, need};
    return true;
}

int sk_collect_list(struct sk_loader *ld, const struct sk_list_def *list, bool append)
{
    struct sk_ruleset *rs = ld->rs;
    struct sk_list_def *prev = sk_map_get(rs->list_by_name, list->name);
    uint32_t index = rs->next_index;

    if (append) {
        if (!prev)
            return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, list->ctx,
                                   "List uses 'append' or 'override.items: append' but no list by "
                                   "that name already exists");
        for (size_t i = 0; i < list->items.n; i++)
            if (!sk_strv_add(ld->mem, &prev->items, list->items.v[i]))
                return sk_load_oom(ld);
    } else if (prev) {
        index = prev->index;
        *prev = *list;
        prev->index = index;
    } else {
        prev = sk_arena_alloc(ld->mem, sizeof(*prev));
        if (!prev || !grow(ld->mem, &rs->lists, rs->nlists, &rs->caplists, sizeof(*rs->lists)) ||
            sk_map_put(rs->list_by_name, list->name, prev))
            return sk_load_oom(ld);
        *prev = *list;
        prev->index = index;
        rs->lists[rs->nlists++] = prev;
    }
    prev->visibility = rs->next_index++;
    return 0;
}

int sk_collect_macro(struct sk_loader *ld, const struct sk_macro_def *macro, bool append)
{
    struct sk_ruleset *rs = ld->rs;
    struct sk_macro_def *prev = sk_map_get(rs->macro_by_name, macro->name);
    uint32_t index = rs->next_index;

    if (append) {
        if (!prev)
            return sk_report_error(
                ld->rep, SK_LOAD_ERR_VALIDATE, macro->ctx,
                "Macro uses 'append' or 'override.condition: append' but no macro "
                "by that name already exists");
        if (!join(ld->mem, &prev->cond, &prev->cond_cap, macro->cond))
            return sk_load_oom(ld);
    } else if (prev) {
        index = prev->index;
        *prev = *macro;
        prev->index = index;
    } else {
        prev = sk_arena_alloc(ld->mem, sizeof(*prev));
        if (!prev ||
            !grow(ld->mem, &rs->macros, rs->nmacros, &rs->capmacros, sizeof(*rs->macros)) ||
            sk_map_put(rs->macro_by_name, macro->name, prev))
            return sk_load_oom(ld);
        *prev = *macro;
        prev->index = index;
        rs->macros[rs->nmacros++] = prev;
    }
    prev->visibility = rs->next_index++;
    return 0;
}

static struct sk_rule_def *find_rule(struct sk_loader *ld, const struct sk_rule_update *up)
{
    return sk_map_get(ld->rs->rule_by_name, up->r.name);
}

static int other_source(struct sk_loader *ld, const struct sk_rule_update *up)
{
    return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
                           "Rule has been re-defined with a different source");
}

int sk_collect_rule(struct sk_loader *ld, const struct sk_rule_update *up)
{
    struct sk_ruleset *rs = ld->rs;
    struct sk_rule_def *prev = find_rule(ld, up), rule = up->r;
    int rc;

    if (prev && !sk_str_eq(prev->source, rule.source))
        return other_source(ld, up);
    rule.unknown_source = !sk_load_source_known(rs, rule.source);
    if (rule.unknown_source)
        sk_report_warn(ld->rep, SK_LOAD_UNKNOWN_SOURCE, NULL, rule.ctx,
                       "Unknown source %.*s, skipping", (int)rule.source.n, rule.source.p);
    rc = sk_exceptions_check(ld, rule.exceptions, !rule.unknown_source);
    if (rc)
        return rc;
    rule.index = prev ? prev->index : rs->next_index;
    rule.visibility = rs->next_index++;
    if (!prev) {
        prev = sk_arena_alloc(ld->mem, sizeof(*prev));
        if (!prev || !grow(ld->mem, &rs->rules, rs->nrules, &rs->caprules, sizeof(*rs->rules)) ||
            sk_map_put(rs->rule_by_name, rule.name, prev))
            return sk_load_oom(ld);
        rs->rules[rs->nrules++] = prev;
    }
    *prev = rule;
    return 0;
}

int sk_collect_rule_append(struct sk_loader *ld, const struct sk_rule_update *up)
{
    struct sk_rule_def *prev = find_rule(ld, up);
    int rc;

    if (!prev)
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
                               "Rule uses 'append' or 'override.<key>: append' but no rule by that "
                               "name already exists");
    if (!(up->parts & ~(uint32_t)SK_RP_SOURCE))
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
                               "Appended rule must have exceptions or condition property");
    if ((up->parts & SK_RP_SOURCE) && !sk_str_eq(up->r.source, prev->source))
        return other_source(ld, up);
    if (((up->parts & SK_RP_COND) && !join(ld->mem, &prev->cond, &prev->cond_cap, up->r.cond)) ||
        ((up->parts & SK_RP_OUTPUT) &&
         !join(ld->mem, &prev->output, &prev->output_cap, up->r.output)) ||
        ((up->parts & SK_RP_DESC) && !join(ld->mem, &prev->desc, &prev->desc_cap, up->r.desc)))
        return sk_load_oom(ld);
    if (up->parts & SK_RP_TAGS) {
        for (size_t i = 0; i < up->r.tags.n; i++)
            if (!sk_strv_add(ld->mem, &prev->tags, up->r.tags.v[i]))
                return sk_load_oom(ld);
        sk_strv_sort(&prev->tags);
    }
    if (up->parts & SK_RP_EXCEPTIONS) {
        rc = sk_exceptions_append(ld, prev, up->r.exceptions);
        if (rc)
            return rc;
    }
    prev->visibility = ld->rs->next_index++;
    return 0;
}

int sk_collect_rule_replace(struct sk_loader *ld, const struct sk_rule_update *up)
{
    struct sk_rule_def *prev = find_rule(ld, up);
    int rc;

    if (!prev)
        return sk_report_error(
            ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
            "An 'override.<key>: replace' to a rule was requested but no rule by "
            "that name already exists");
    if (!(up->parts & ~(uint32_t)SK_RP_SOURCE))
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
                               "The rule must have at least one field that can be replaced");
    if ((up->parts & SK_RP_SOURCE) && !sk_str_eq(up->r.source, prev->source))
        return other_source(ld, up);
    if (up->parts & SK_RP_EXCEPTIONS) {
        rc = sk_exceptions_check(ld, up->r.exceptions, !prev->unknown_source);
        if (rc)
            return rc;
        prev->exceptions = up->r.exceptions;
    }
    if (up->parts & SK_RP_COND) {
        prev->cond = up->r.cond;
        prev->cond_cap = 0;
        prev->cond_ctx = up->r.cond_ctx;
    }
    if (up->parts & SK_RP_OUTPUT) {
        prev->output = up->r.output;
        prev->output_cap = 0;
        prev->output_ctx = up->r.output_ctx;
    }
    if (up->parts & SK_RP_DESC) {
        prev->desc = up->r.desc;
        prev->desc_cap = 0;
    }
    if (up->parts & SK_RP_TAGS)
        prev->tags = up->r.tags;
    if (up->parts & SK_RP_PRIORITY)
        prev->priority = up->r.priority;
    if (up->parts & SK_RP_ENABLED)
        prev->enabled = up->r.enabled;
    if (up->parts & SK_RP_WARN_EVTTYPES)
        prev->warn_evttypes = up->r.warn_evttypes;
    if (up->parts & SK_RP_SKIP_UNKNOWN)
        prev->skip_unknown = up->r.skip_unknown;
    if (up->parts & SK_RP_CAPTURE)
        prev->capture = up->r.capture;
    if (up->parts & SK_RP_CAPTURE_DURATION)
        prev->capture_duration_ms = up->r.capture_duration_ms;
    prev->visibility = ld->rs->next_index++;
    return 0;
}

int sk_collect_rule_enable(struct sk_loader *ld, const struct sk_rule_update *up)
{
    struct sk_rule_def *prev = find_rule(ld, up);

    if (!prev)
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, up->r.ctx,
                               "Rule has 'enabled' key but no rule by that name already exists");
    prev->enabled = up->r.enabled;
    return 0;
}
