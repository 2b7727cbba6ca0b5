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

/* One that cannot be opened is logged and left out, as in Falco; the spool keeps its alerts. */
static int add(struct sk_outputs *o, const struct sk_sink_ops *ops,
               const struct sk_sink_options *opt)
{
    sk_auto(diag) struct sk_diag *why = sk_diag_new();
    struct sk_sink_options mine = *opt;
    const bool serves = ops->serves && ops->serves(opt->conf);

    if (!why)
        return -ENOMEM;
    mine.mute = !ops->enabled(opt->conf);
    if (ops->wants_parts)
        mine.form = SK_FORM_PARTS;
    if ((mine.mute && !serves) || !sk_outputs_add(o, ops, &mine, why))
        return 0;
    sk_log(SK_ERROR, "Failed to init output: %s: %s", opt->name ? opt->name : ops->name,
           sk_diag_text(why, SK_DIAG_ERROR));
    return opt->conf->spool_enabled && !mine.mute ? sk_outputs_add_absent(o, ops, &mine) : 0;
}

static int add_all(struct sk_outputs *o, const struct sk_conf *conf, bool unbuffered)
{
    char checksum[SK_SHA256_TEXT];
    struct sk_sink_options opt = {
        .conf = conf,
        /* What a sink collects would be delivered for the spool, and lost in a crash. */
        .unbuffered = unbuffered || !conf->buffered_outputs || conf->spool_enabled,
        .json = conf->json_output,
        .form = form_of(conf, "line"),
        .falco_version = SK_FALCO_VERSION,
        .engine_version = SK_ENGINE_VERSION,
        .fields_checksum = checksum,
    };
    int err = sk_fields_checksum(sk_fields, sk_fields_n, checksum);

    for (size_t i = 0; sk_sinks[i] && !err; i++)
        err = add(o, sk_sinks[i], &opt);
    for (size_t i = 0; i < conf->noutputs && !err; i++) {
        const struct sk_conf_output *item = &conf->output[i];

        opt.conf = item->conf;
        opt.name = item->name;
        opt.form = form_of(conf, item->format);
        opt.json = opt.form != SK_FORM_TEXT;
        opt.has_min = true;
        opt.min_priority = item->min_priority;
        err = add(o, find(item->type), &opt);
    }
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
