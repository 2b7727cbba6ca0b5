/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - which switch, or item of `outputs`, of the configuration opens which sink. */
#include "engine/outputs.h"

#include <errno.h>

#include "engine/version.h"
#include "field/field.h"
#include "field/list.h"

static const struct sk_sink_ops *find(const char *type)
{
    for (size_t i = 0; sk_sinks[i]; i++) {
        if (!strcmp(sk_sinks[i]->name, type))
            return sk_sinks[i];
    }
    return NULL;
}

/* The words of `format` in output_keys.def. */
static enum sk_form form_of(const struct sk_conf *conf, const char *format)
{
    static const char *const name[SK_FORM_PARTS] = {"text", "json", "ecs", "ocsf"};

    for (int f = 0; f < SK_FORM_PARTS; f++) {
        if (!strcmp(name[f], format))
            return f;
    }
    return conf->json_output ? SK_FORM_JSON : SK_FORM_TEXT;
}

static int check_one(const struct sk_sink_ops *ops, const struct sk_conf *conf, bool *any,
                     struct sk_diag *dg)
{
    if (!ops->enabled(conf))
        return 0;
    *any = true;
    return ops->check ? ops->check(conf, dg) : 0;
}

static int check_item(const struct sk_conf_output *item, bool *any, struct sk_diag *dg)
{
    const struct sk_sink_ops *ops = find(item->type);

    if (!ops)
        return sk_err(dg, -EINVAL, NULL, "output '%s': there is no output of type '%s'", item->name,
                      item->type);
    if (ops->serves)
        return sk_err(dg, -EINVAL, NULL,
                      "output '%s': there is one server of type '%s'; %s_output switches it on",
                      item->name, item->type, item->type);
    return check_one(ops, item->conf, any, dg);
}

bool sk_outputs_none(const struct sk_conf *conf)
{
    for (size_t i = 0; sk_sinks[i]; i++) {
        if (sk_sinks[i]->enabled(conf))
            return false;
    }
    return conf->noutputs == 0;
}

int sk_outputs_check(const struct sk_conf *conf, struct sk_diag *dg)
{
    bool any = false;
    int err = 0;

    for (size_t i = 0; sk_sinks[i] && !err; i++)
        err = check_one(sk_sinks[i], conf, &any, dg);
    for (size_t i = 0; i < conf->noutputs && !err; i++)
        err = check_item(&conf->output[i], &any, dg);
    if (err)
        return err;
    return any ? 0
               : sk_err(
                     dg, -EINVAL, NULL,
                     "No output configured, please make sure at least one output is configured and enabled.");
}

static enum sk_recovery recovery(const struct sk_conf *conf)
{
    if (!strcmp(conf->queue_recovery, "exit"))
        return SK_RECOVER_EXIT;
    return strcmp(conf->queue_recovery, "empty") ? SK_RECOVER_CONTINUE : SK_RECOVER_EMPTY;
}

/* What a configuration wants opened. */
struct plan {
    struct wish {
        const struct sk_sink_ops *ops;
        struct sk_sink_options opt;
    } *wish;
    size_t n;
    char checksum[SK_SHA256_TEXT];
};

static void plan_freep(struct plan *p)
{
    free(p->wish);
}

static const char *name_of(const struct wish *w)
{
    return w->opt.name ? w->opt.name : w->ops->name;
}

static void wish(struct plan *p, const struct sk_sink_ops *ops, const struct sk_sink_options *opt)
{
    const bool mute = !ops->enabled(opt->conf);
    struct wish *w = &p->wish[p->n];

    if (mute && !(ops->serves && ops->serves(opt->conf)))
        return;
    *w = (struct wish){ops, *opt};
    w->opt.mute = mute;
    if (ops->wants_parts)
        w->opt.form = SK_FORM_PARTS;
    p->n++;
}

static int make_plan(const struct sk_conf *conf, bool unbuffered, struct plan *p)
{
    struct sk_sink_options opt = {
        .conf = conf,
        /* What a sink collects would be delivered for the spool, and lost in a crash. */
        .unbuffered = unbuffered || !conf->buffered_outputs || conf->spool_enabled,
        .json = conf->json_output,
        .form = form_of(conf, "line"),
        .falco_version = SK_FALCO_VERSION,
        .engine_version = SK_ENGINE_VERSION,
        .fields_checksum = p->checksum,
    };
    size_t n = conf->noutputs;
    int err = sk_fields_checksum(sk_fields, sk_fields_n, p->checksum);

    for (size_t i = 0; sk_sinks[i]; i++)
        n++;
    p->wish = calloc(n, sizeof(*p->wish));
    if (err || !p->wish)
        return err ? err : -ENOMEM;
    for (size_t i = 0; sk_sinks[i]; i++)
        wish(p, sk_sinks[i], &opt);
    for (size_t i = 0; i < conf->noutputs; i++) {
        const struct sk_conf_output *item = &conf->output[i];

        opt.conf = item->conf;
        opt.name = item->name;
        opt.form = form_of(conf, item->format);
        opt.json = opt.form != SK_FORM_TEXT;
        opt.has_min = true;
        opt.min_priority = item->min_priority;
        wish(p, find(item->type), &opt);
    }
    return 0;
}

static void say_failed(const struct wish *w, struct sk_diag *why)
{
    sk_log(SK_ERROR, "Failed to init output: %s: %s", name_of(w), sk_diag_text(why, SK_DIAG_ERROR));
}

/* One that cannot be opened is logged and left out, as in Falco; the spool keeps its alerts. */
static int add(struct sk_outputs *o, const struct wish *w)
{
    sk_auto(diag) struct sk_diag *why = sk_diag_new();

    if (!why)
        return -ENOMEM;
    if (!sk_outputs_add(o, w->ops, &w->opt, why))
        return 0;
    say_failed(w, why);
    return w->opt.conf->spool_enabled && !w->opt.mute ? sk_outputs_add_absent(o, w->ops, &w->opt)
                                                      : 0;
}

static int add_all(struct sk_outputs *o, const struct sk_conf *conf, bool unbuffered)
{
    sk_auto(plan) struct plan p = {0};
    int err = make_plan(conf, unbuffered, &p);

    for (size_t i = 0; i < p.n && !err; i++)
        err = add(o, &p.wish[i]);
    return err;
}

static int use_spool(struct sk_outputs *o, const struct sk_conf *conf, struct sk_diag *dg)
{
    const struct sk_spool_options opt = {
        .dir = conf->spool_path,
        .max_bytes = (uint64_t)conf->spool_max_mb << 20,
        .fsync = conf->spool_fsync,
    };

    return sk_outputs_spool(o, &opt, dg);
}

int sk_outputs_from_conf(const struct sk_conf *conf, bool unbuffered, struct sk_outputs **out,
                         struct sk_diag *dg)
{
    sk_auto(outputs) struct sk_outputs *o = NULL;
    int err = sk_outputs_check(conf, dg);

    if (!err)
        err = sk_outputs_new((size_t)conf->queue_capacity, conf->output_timeout, &o);
    if (err)
        return err;
    sk_outputs_recovery(o, recovery(conf));
    err = add_all(o, conf, unbuffered);
    if (!err && conf->spool_enabled)
        err = use_spool(o, conf, dg);
    if (err)
        return err;
    err = sk_outputs_start(o);
    if (err)
        return sk_err(dg, err, NULL, "cannot start the threads of the outputs: %s", strerror(-err));
    *out = SK_TAKE(o);
    return 0;
}

/* Is the key one that this sink reads? */
static bool is_of(const struct sk_conf_row *r, const struct sk_sink_ops *ops)
{
    const size_t n = strlen(ops->name);

    return !strncmp(r->key, ops->name, n) &&
           (r->key[n] == '.' || !strncmp(r->key + n, "_output.", 8));
}

static bool same(const struct wish *a, const struct wish *b)
{
    if (a->ops != b->ops || a->opt.unbuffered != b->opt.unbuffered || a->opt.json != b->opt.json ||
        a->opt.form != b->opt.form || a->opt.mute != b->opt.mute ||
        a->opt.has_min != b->opt.has_min || a->opt.min_priority != b->opt.min_priority)
        return false;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        if (is_of(&sk_conf_rows[i], a->ops) &&
            !sk_conf_same(&sk_conf_rows[i], a->opt.conf, b->opt.conf))
            return false;
    }
    return true;
}

static const struct wish *find_wish(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!strcmp(name_of(&p->wish[i]), name))
            return &p->wish[i];
    }
    return NULL;
}

/* One that was to be there before, and was not, is no reason to refuse what is new. */
static int renew(struct sk_renewal *r, const struct wish *w, const struct wish *before,
                 struct sk_diag *dg)
{
    sk_auto(diag) struct sk_diag *why = sk_diag_new();
    const bool stays = before && same(w, before);
    int err;

    if (!why)
        return -ENOMEM;
    if (stays && sk_renewal_keep(r, name_of(w), false))
        return 0;
    err = sk_renewal_add(r, w->ops, &w->opt,
                         before && w->ops->collides && before->ops == w->ops &&
                             w->ops->collides(before->opt.conf, w->opt.conf),
                         why);
    if (!err)
        return 0;
    if (!stays)
        return sk_err(dg, err, NULL, "Failed to init output: %s: %s%s", name_of(w),
                      sk_diag_text(why, SK_DIAG_ERROR),
                      err == -EACCES || err == -EPERM
                          ? "(what Saker gave up at the start it has no more: see privileges.keep, "
                            "or restart it)"
                          : "");
    say_failed(w, why);
    (void)sk_renewal_keep(r, name_of(w), true);
    return 0;
}

int sk_outputs_renewal(struct sk_outputs *o, const struct sk_conf *now, const struct sk_conf *next,
                       bool unbuffered, struct sk_renewal **out, struct sk_diag *dg)
{
    sk_auto(renewal) struct sk_renewal *r = NULL;
    sk_auto(plan) struct plan is = {0}, then = {0};
    const struct sk_renewal_limits limits = {
        .capacity = (size_t)next->queue_capacity,
        .timeout_ms = next->output_timeout,
        .recovery = recovery(next),
    };
    int err = sk_renewal_new(o, &r);

    if (!err)
        err = make_plan(now, unbuffered, &is);
    if (!err)
        err = make_plan(next, unbuffered, &then);
    for (size_t i = 0; i < then.n && !err; i++)
        err = renew(r, &then.wish[i], find_wish(&is, name_of(&then.wish[i])), dg);
    if (err)
        return err;
    sk_renewal_limits(r, &limits);
    *out = SK_TAKE(r);
    return 0;
}
