/* SPDX-License-Identifier: Apache-2.0 */
/* ruleset.c - the set as a whole: its life, the demands of its files, selection, look-ups. */
#include "rule/ruleset.h"

#include <errno.h>

#include "rule/loader.h"

int sk_ruleset_new(const struct sk_ruleset_options *opt, struct sk_ruleset **out)
{
    sk_auto(ruleset) struct sk_ruleset *rs = calloc(1, sizeof(*rs));

    if (!rs)
        return -ENOMEM;
    rs->opt = *opt;
    rs->reqs_end = &rs->reqs;
    rs->mem = sk_arena_new(SK_LOAD_MEM_MAX);
    rs->list_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    rs->macro_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    rs->rule_by_name = sk_map_new(SK_LOAD_ITEMS_MAX);
    if (!rs->mem || !rs->list_by_name || !rs->macro_by_name || !rs->rule_by_name)
        return -ENOMEM;
    *out = SK_TAKE(rs);
    return 0;
}

void sk_ruleset_free(struct sk_ruleset *rs)
{
    if (!rs)
        return;
    sk_generation_free(rs->gen);
    sk_map_free(rs->list_by_name);
    sk_map_free(rs->macro_by_name);
    sk_map_free(rs->rule_by_name);
    sk_arena_free(rs->mem);
    free(rs);
}

void ruleset_freep(struct sk_ruleset **rs)
{
    sk_ruleset_free(*rs);
    *rs = NULL;
}

static const struct sk_plugin_version *find_plugin(const struct sk_ruleset *rs, const char *name)
{
    for (size_t i = 0; i < rs->opt.nplugins; i++)
        if (!strcmp(rs->opt.plugins[i].name, name))
            return &rs->opt.plugins[i];
    return NULL;
}

/* The first alternative that is there decides, even if it is too old and a later one is not. */
static int check_requirement(const struct sk_ruleset *rs, const struct sk_plugin_req *req,
                             struct sk_buf *err)
{
    for (size_t i = 0; i < req->n; i++) {
        const struct sk_plugin_version *p = find_plugin(rs, req->alt[i].name);
        struct sk_version have;

        if (!p)
            continue;
        have = (struct sk_version){p->major, p->minor, p->patch};
        if (sk_version_ok(&have, &req->alt[i].v))
            return 0;
        sk_buf_printf(
            err,
            "Plugin '%s' version '%u.%u.%u' is not compatible with required plugin version "
            "'%s'",
            p->name, p->major, p->minor, p->patch, req->alt[i].version);
        return -EINVAL;
    }
    sk_buf_addz(err, "Plugin requirement not satisfied, must load one of: ");
    for (size_t i = 0; i < req->n; i++)
        sk_buf_printf(err, "%s%s (>= %s)", i ? ", " : "", req->alt[i].name, req->alt[i].version);
    return -EINVAL;
}

int sk_ruleset_finish(struct sk_ruleset *rs, struct sk_buf *err)
{
    for (const struct sk_plugin_req *req = rs->reqs; req; req = req->next) {
        int rc = check_requirement(rs, req, err);

        if (rc)
            return rc;
    }
    return rs->gen ? sk_index_build(rs->gen) : 0;
}

bool sk_wildcard_match(struct sk_str pattern, struct sk_str s)
{
    bool anywhere = false;

    for (;;) {
        const char *star = pattern.n ? memchr(pattern.p, '*', pattern.n) : NULL;
        struct sk_str piece = {pattern.p, star ? (size_t)(star - pattern.p) : pattern.n};
        const char *hit = s.p;

        if (anywhere && piece.n)
            hit = s.n ? memmem(s.p, s.n, piece.p, piece.n) : NULL;
        else if (piece.n && !sk_str_starts(s, piece))
            hit = NULL;
        if (!hit && piece.n)
            return false;
        if (piece.n) {
            s.n -= (size_t)(hit - s.p) + piece.n;
            s.p = hit + piece.n;
        }
        if (!star)
            return (anywhere && !piece.n) || !s.n;
        pattern.p = star + 1;
        pattern.n -= piece.n + 1;
        anywhere = true;
    }
}

static bool has_tag(const struct sk_rule *r, const char *tag)
{
    for (size_t i = 0; i < r->ntags; i++)
        if (!strcmp(r->tags[i], tag))
            return true;
    return false;
}

void sk_ruleset_select(struct sk_ruleset *rs, bool enable, const char *pattern, const char *tag)
{
    for (size_t i = 0; rs->gen && i < rs->gen->nrules; i++) {
        struct sk_rule *r = &rs->gen->rules[i].pub;

        if (r->priority > rs->opt.min_priority)
            continue;
        if ((pattern && sk_wildcard_match(sk_str(pattern), sk_str(r->name))) ||
            (tag && has_tag(r, tag)))
            r->active = enable;
    }
    /* Without memory the old index stays: it is right for the rules that it lists. */
    if (rs->gen && sk_index_build(rs->gen))
        sk_log(SK_ERROR, "not enough memory to select rules");
}

size_t sk_ruleset_count(const struct sk_ruleset *rs)
{
    return rs->gen ? rs->gen->nrules : 0;
}

const struct sk_rule *sk_ruleset_at(const struct sk_ruleset *rs, size_t i)
{
    return &rs->gen->rules[i].pub;
}

const struct sk_rule *sk_ruleset_find(const struct sk_ruleset *rs, const char *name)
{
    struct sk_rule_out *r = rs->gen ? sk_map_get(rs->gen->rule_by_name, sk_str(name)) : NULL;

    return r ? &r->pub : NULL;
}

const struct sk_filter_pool *sk_ruleset_pool(const struct sk_ruleset *rs)
{
    return rs->gen ? rs->gen->pool : NULL;
}

void sk_ruleset_events(const struct sk_ruleset *rs, struct sk_event_set *out)
{
    *out = (struct sk_event_set){0};
    for (size_t i = 0; rs->gen && i < rs->gen->nrules; i++)
        if (rs->gen->rules[i].pub.active)
            sk_event_set_or(out, &rs->gen->rules[i].pub.events);
}
