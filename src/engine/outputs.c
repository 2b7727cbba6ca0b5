/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c - which switch of the configuration opens which sink. */
#include "engine/outputs.h"

#include <errno.h>

int sk_outputs_check(const struct sk_conf *conf, struct sk_diag *dg)
{
    bool any = false;

    for (size_t i = 0; sk_sinks[i]; i++) {
        int err = 0;

        if (!sk_sinks[i]->enabled(conf))
            continue;
        any = true;
        if (sk_sinks[i]->check)
            err = sk_sinks[i]->check(conf, dg);
        if (err)
            return err;
    }
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
    for (size_t i = 0; sk_sinks[i]; i++) {
        const struct sk_sink_options opt = {
            .conf = conf,
            .unbuffered = unbuffered || !conf->buffered_outputs,
            .json = conf->json_output,
            .form = conf->json_output ? SK_FORM_JSON : SK_FORM_TEXT,
        };
        sk_auto(diag) struct sk_diag *why = sk_diag_new();

        if (!why)
            return -ENOMEM;
        if (sk_sinks[i]->enabled(conf) && sk_outputs_add(o, sk_sinks[i], &opt, why))
            sk_log(SK_ERROR, "Failed to init output: %s: %s", sk_sinks[i]->name,
                   sk_diag_text(why, SK_DIAG_ERROR));
    }
    err = sk_outputs_start(o);
    if (err)
        return sk_err(dg, err, NULL, "cannot start the threads of the outputs: %s", strerror(-err));
    *out = SK_TAKE(o);
    return 0;
}
