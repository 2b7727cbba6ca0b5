/* SPDX-License-Identifier: Apache-2.0 */
/* renew.c - see renew.h.
 *
 * Made in the thread of the reload: all that takes time or may fail.  Left for the event thread: an
 * exchange of pointers.  Freed in the thread of the reload again. */
#include "cli/renew.h"

#include <errno.h>

#include "engine/outputs.h"
#include "fmt/lines.h"

struct made {
    struct sk_renewal *outputs; /* freed first: it borrows from conf */
    struct sk_conf *conf;
    struct sk_gen *gen;
    struct sk_stage *stage;
};

static void made_free(struct made *m)
{
    if (!m)
        return;
    sk_renewal_free(m->outputs);
    sk_stage_free(m->stage);
    sk_gen_free(m->gen);
    sk_conf_free(m->conf);
    free(m);
}

static void made_freep(struct made **m)
{
    made_free(*m);
    *m = NULL;
}

static int make(const struct sk_renew *r, struct made *m, struct sk_diag *dg)
{
    int err = sk_app_read_conf(r->app, &m->conf, dg);

    if (!err)
        err = sk_conf_keep(m->conf, r->app->conf, dg);
    if (err)
        return err;
    sk_app_log_conf(m->conf, dg);
    err = sk_outputs_check(m->conf, dg);
    if (!err)
        err = sk_service_check(m->conf, dg);
    if (!err)
        err = sk_privileges_allow(r->privileges, m->conf, dg);
    if (!err)
        err = sk_app_read_rules(r->app, m->conf, &m->gen, dg);
    /* The last step that users can be wrong in: what it opens stays open for moments only. */
    if (!err)
        err = sk_outputs_renewal(r->outputs, r->app->conf, m->conf,
                                 sk_args_has(&r->app->args, SK_OPT_UNBUFFERED), &m->outputs, dg);
    return err ? err : sk_stage_new(m->conf, m->gen, sk_renewal_forms(m->outputs), &m->stage);
}

static int build(void *self, void **out, struct sk_buf *why)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(made) struct made *m = calloc(1, sizeof(*m));
    struct sk_renew *r = self;
    int err;

    sk_notify_reloading(r->notify);
    err = dg && m ? make(r, m, dg) : -ENOMEM;

    sk_conf_free(SK_TAKE(r->failed));
    if (!err) {
        *out = SK_TAKE(m);
        return 0;
    }
    if (dg)
        sk_buf_adds(why, sk_str_trim(sk_str(sk_diag_text(dg, SK_DIAG_ERROR))));
    if (!why->n)
        sk_buf_addz(why, strerror(-err));
    if (m)
        r->failed = SK_TAKE(m->conf);
    return err;
}

static void drop(void *self, void *made)
{
    (void)self;
    made_free(made);
}

static int list_entry(const struct sk_node *e, struct sk_filewatch *w)
{
    const struct sk_node *path = e->kind == SK_NODE_MAP ? sk_node_get(e, "path") : e;

    return path && path->kind == SK_NODE_SCALAR ? sk_filewatch_add(w, path->text, false) : 0;
}

/* Files that are named, whether they are there or not. */
static int list_conf(const struct sk_app *app, const struct sk_conf *c, struct sk_filewatch *w)
{
    const struct sk_arg *r = &app->args.opt[SK_OPT_RULES];
    const struct sk_node *more = c->config_files;
    int err = c->path ? sk_filewatch_add(w, c->path, false) : 0;

    if (!err && more && more->kind == SK_NODE_SCALAR)
        err = list_entry(more, w);
    for (size_t i = 0; more && more->kind == SK_NODE_LIST && i < more->n && !err; i++)
        err = list_entry(more->item[i], w);
    for (size_t i = 0; i < (r->n ? r->n : c->rules_files.n) && !err; i++)
        err = sk_filewatch_add(w, r->n ? r->value[i] : c->rules_files.text[i], true);
    return err;
}

static int list(void *self, struct sk_filewatch *w)
{
    struct sk_renew *r = self;
    int err = list_conf(r->app, r->app->conf, w);

    if (!err && r->failed)
        err = list_conf(r->app, r->failed, w);
    /* Where a configuration may yet appear that goes before the one in use. */
    for (size_t i = 0; !err && sk_app_places[i] && !sk_args_has(&r->app->args, SK_OPT_CONFIG); i++)
        err = sk_filewatch_add(w, sk_app_places[i], false);
    return err;
}

int sk_renew_start(struct sk_renew *r, struct sk_diag *dg)
{
    const struct sk_reload_ops ops = {r, build, drop,
                                      r->app->conf->watch_config_files ? list : NULL};
    int err = sk_reload_start(&ops, &r->reload);

    if (err == -ENOSPC || err == -EMFILE)
        return sk_err(dg, err, NULL,
                      "could not watch the files of configuration and rules: %s: raise "
                      "fs.inotify.max_user_watches and max_user_instances, or set "
                      "watch_config_files to false",
                      strerror(-err));
    return err ? sk_err(dg, err, NULL, "cannot watch for reloads: %s", strerror(-err)) : 0;
}

static void tell_failure(struct sk_renew *r, const char *why)
{
    static const char rule[] = "Falco internal: hot restart failure";
    const bool with_id = r->app->conf->json_id_property;
    const struct sk_alert_options opt = {
        .hostname = r->hostname,
        .id = with_id ? sk_outputs_next_id(r->outputs) : 0,
        .parts_line = r->app->conf->json_output ? SK_FORM_JSON : SK_FORM_TEXT,
    };
    sk_auto(buf) struct sk_buf text = SK_BUF(1u << 20);
    sk_auto(alert_lines) struct sk_alert_lines lines;
    struct sk_alert_note note = {.ts_ns = sk_now_ns(), .priority = SK_CRITICAL, .rule = rule};

    if (sk_alert_lines_init(&lines, sk_outputs_forms(r->outputs), 4u << 20))
        return;
    sk_buf_printf(&text, "%s: %s", rule, why);
    note.message = sk_buf_str(&text).p;
    sk_log(SK_ERROR, "%s", note.message);
    sk_alert_lines_note(&opt, &note, &lines);
    const struct sk_sink_alert alert = {.forms = lines.line,
                                        .priority = note.priority,
                                        .id = opt.id,
                                        .ts_ns = note.ts_ns,
                                        .rule = sk_str(rule)};
    if (!sk_outputs_push(r->outputs, &alert))
        sk_log(SK_ERROR, "the alert about the failed reload was dropped");
}

static void take_logger(struct sk_logger *l, const struct sk_conf *c)
{
    l->to_stderr = c->log_stderr;
    l->to_syslog = c->log_syslog;
    l->iso = c->time_iso;
    l->level = c->level;
}

/* m has afterwards what was in use before. */
static int take_over(struct sk_renew *r, struct made *m, struct sk_buf *why)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_conf *conf = r->app->conf;
    struct sk_gen *gen = *r->gen;
    struct sk_stage *old = NULL;
    int err = dg ? sk_engine_swap(r->engine, m->stage, &old, dg) : -ENOMEM;

    if (err) {
        sk_buf_adds(why, sk_str_trim(sk_str(dg ? sk_diag_text(dg, SK_DIAG_ERROR) : "no memory")));
        return err;
    }
    sk_renewal_commit(m->outputs);
    r->stage = m->stage;
    r->app->conf = m->conf;
    r->privileges->conf = m->conf; /* they may still have to be given up */
    *r->gen = m->gen;
    *m = (struct made){m->outputs, conf, gen, old};
    take_logger(&r->app->logger, r->app->conf);
    return 0;
}

void sk_renew_take(struct sk_renew *r)
{
    sk_auto(buf) struct sk_buf why = SK_BUF(1u << 20);
    struct sk_reload_outcome o;

    if (!r->reload || !sk_reload_take(r->reload, &o))
        return;
    if (!o.err) {
        sk_log(SK_INFO, "SIGHUP received, restarting...");
        o.err = take_over(r, o.made, &why);
        if (o.err)
            o.why = strdup(sk_buf_str(&why).p);
    }
    if (o.err)
        tell_failure(r, o.why ? o.why : strerror(-o.err));
    sk_notify_say(r->notify, "READY=1\nSTATUS=%s with %zu rules",
                  o.err ? "A reload failed (see the log): watching as before" : "Watching",
                  sk_ruleset_count(sk_gen_rules(*r->gen)));
    if (!o.err)
        sk_log(SK_INFO, "Reload %llu is in use: %zu rules", (unsigned long long)++r->turns,
               sk_ruleset_count(sk_gen_rules(*r->gen)));
    sk_service_reloaded(r->service, o.err ? NULL : r->app->conf, *r->gen);
    sk_reload_done(r->reload, &o, o.made);
    free(o.why);
}

void sk_renew_stop(struct sk_renew *r)
{
    sk_reload_stop(SK_TAKE(r->reload));
    sk_conf_free(SK_TAKE(r->failed));
}

void sk_renew_done(struct sk_renew *r)
{
    sk_stage_free(SK_TAKE(r->stage));
}
