/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - the run itself: outputs, signals, pid file, engine, and the summary at the end. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/notify.h"
#include "cli/privileges.h"
#include "cli/renew.h"
#include "cli/signals.h"
#include "engine/drops.h"
#include "engine/outputs.h"
#include "server/service.h"

#define RELOAD_WAIT_MS 5000

struct watch {
    struct sk_app *app;
    struct sk_gen **gen;
    struct sk_outputs *outputs;
    struct sk_renew renew;
    struct sk_signals signals;
    struct sk_notify notify;
    struct sk_service *service;
    struct sk_privileges privileges;
    int settled_fd;  /* privileges are given up when it becomes readable; -1: they are */
    bool at_runtime; /* the error is one of running, not of what the user wrote */
    char hostname[256];
    uint64_t begin_cpu_ns;
};

/* The source may attach programs for a while after events have begun to flow. */
static void drop_when_settled(struct watch *w)
{
    struct pollfd p = {.fd = w->settled_fd, .events = POLLIN};

    if (w->settled_fd < 0 || poll(&p, 1, 0) != 1)
        return;
    sk_signals_remove(&w->signals, w->settled_fd);
    w->settled_fd = -1;
    sk_privileges_drop(&w->privileges);
}

static unsigned on_wake(void *self)
{
    struct watch *w = self;
    unsigned what = sk_signals_read(&w->signals), answer = 0;

    drop_when_settled(w);
    sk_notify_feed(&w->notify);
    if (what & SK_SIG_REOPEN) {
        sk_log(SK_INFO, "SIGUSR1 received, reopening outputs...");
        answer |= SK_WAKE_REOPEN;
    }
    /* A recording that began anew would be written over itself. */
    if (what & (SK_SIG_STOP | SK_SIG_RELOAD) && w->app->args.command == SK_CMD_RECORD) {
        sk_log(SK_INFO, "the recording ends");
        return answer | SK_WAKE_STOP;
    }
    if (what & SK_SIG_STOP) {
        sk_log(SK_INFO, "SIGINT received, exiting...");
        sk_notify_say(&w->notify, "STOPPING=1\nSTATUS=Delivering the last alerts");
        return answer | SK_WAKE_STOP;
    }
    if (what & SK_SIG_RELOAD)
        sk_reload_ask(w->renew.reload);
    sk_renew_take(&w->renew);
    sk_service_answer(w->service, w->renew.engine);
    return answer;
}

static void on_ready(void *self)
{
    const struct watch *w = self;

    sk_notify_say(&w->notify, "READY=1\nSTATUS=Watching with %zu rules",
                  sk_ruleset_count(sk_gen_rules(*w->gen)));
}

/* What loading programs takes is given up when all are loaded. */
static void on_whole(void *self, const char *left_out)
{
    struct watch *w = self;

    sk_log_lines(SK_WARNING, left_out);
    sk_log(SK_INFO, "Event source 'syscall' is open");
    w->settled_fd = sk_engine_settled_fd(w->renew.engine);
    if (w->settled_fd < 0 || sk_signals_add(&w->signals, w->settled_fd)) {
        w->settled_fd = -1;
        sk_privileges_drop(&w->privileges);
    }
}

static void set_hostname(struct watch *w)
{
    const char *given = getenv("FALCO_HOSTNAME");

    if (given && *given) {
        snprintf(w->hostname, sizeof(w->hostname), "%s", given);
        sk_log(SK_INFO, "Hostname value has been overridden via environment variable to: %s",
               given);
    } else if (gethostname(w->hostname, sizeof(w->hostname) - 1)) {
        w->hostname[0] = '\0';
    }
}

static int write_pidfile(const struct sk_app *app)
{
    const char *path = sk_args_value(&app->args, SK_OPT_PIDFILE);
    FILE *f;
    bool ok;

    if (!path)
        return 0;
    f = fopen(path, "we");
    ok = f && fprintf(f, "%ld", (long)getpid()) > 0;
    if (f)
        ok &= !fclose(f);
    if (ok)
        return 0;
    sk_log(SK_ERROR, "Could not write pid to pidfile %s. Exiting.", path);
    return -EIO;
}

/* An API asks for what SIGHUP asks for. Any thread. */
static int ask_for_reload(void *self, struct sk_buf *why)
{
    const struct watch *w = self;

    return sk_reload_wait(w->renew.reload, RELOAD_WAIT_MS, why);
}

/* A replay does not last: there is nobody who would ask how it is. */
static int start_service(void *self)
{
    struct watch *w = self;
    sk_auto(buf) struct sk_buf versions = SK_BUF(65536);
    const char *root = getenv("HOST_ROOT");
    struct sk_service_options opt = {
        .conf = w->app->conf,
        .gen = *w->gen,
        .outputs = w->outputs,
        .hostname = w->hostname,
        .host_root = root ? root : "",
        .start_ns = w->app->start_ns,
        .serve = strcmp(w->app->conf->engine_kind, "replay") != 0,
        .self = w,
        .reload = ask_for_reload,
    };
    int err;

    if (w->app->args.command == SK_CMD_RECORD)
        return 0;
    sk_versions_json(&versions);
    opt.versions = sk_buf_str(&versions).p;
    err = sk_service_start(&opt, &w->service, w->app->dg);
    w->at_runtime = err;
    if (err)
        return err;
    w->renew.service = w->service;
    return sk_service_fd(w->service) < 0 ? 0
                                         : sk_signals_add(&w->signals, sk_service_fd(w->service));
}

/* The source of engine.kind; *out NULL: no events. */
static int pick_source(struct sk_app *app, const struct sk_source_ops **out)
{
    const char *kind = app->conf->engine_kind;

    *out = NULL;
    if (!strcmp(kind, "nodriver")) {
        sk_log(
            SK_WARNING,
            "Enabled event source 'syscall' will be opened with no driver, no event will be produced");
        sk_log(SK_INFO, "Opening 'syscall' source with no driver");
        return 0;
    }
    if (!strcmp(kind, "kmod") || !strcmp(kind, "ebpf"))
        sk_log(SK_WARNING,
               "engine.kind kmod and ebpf are drivers of Falco: Saker's own, modern_ebpf, is used");
    *out = sk_source_find(!strcmp(kind, "replay") ? "scap" : "ebpf");
    if (!*out)
        return sk_err(app->dg, -ENOTSUP, NULL,
                      "engine.kind '%s' is not available in this version of Saker", kind);
    if (!strcmp(kind, "replay")) {
        sk_log(SK_INFO, "Replaying events from the capture file: %s", app->conf->capture_file);
        return 0;
    }
    sk_log(SK_INFO, "Opening 'syscall' source with modern BPF probe.");
    return 0;
}

static int parse_duration(struct sk_app *app, uint64_t *out_ns)
{
    const char *text = sk_args_value(&app->args, SK_OPT_DURATION);
    uint64_t s = 0;

    if (text && !sk_conf_number(text, 1000000000, &s))
        return sk_err(app->dg, -EINVAL, NULL, "Argument \xe2\x80\x98%s\xe2\x80\x99 failed to parse",
                      text);
    *out_ns = s * 1000000000ull;
    return 0;
}

static void log_accounting(const struct sk_engine_stats *st)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(65536);
    const struct sk_source_stats none = {0};

    sk_buf_printf(&text,
                  "Events: %llu seen by the driver, %llu received, %llu dropped, %llu unreadable",
                  (unsigned long long)st->source.seen, (unsigned long long)st->source.received,
                  (unsigned long long)sk_drops_total(&st->source),
                  (unsigned long long)st->source.bad_records);
    for (int c = 0; c < SK_CLASS_N; c++) {
        uint64_t n = 0;

        for (int why = 0; why < SK_DROP_N; why++)
            n += st->source.drops[c][why];
        if (n)
            sk_buf_printf(&text, "; dropped %s: %llu", sk_classes[c].name, (unsigned long long)n);
    }
    if (sk_drops_total(&st->source)) {
        sk_buf_addz(&text, "; by reason: ");
        sk_drops_by_reason(&none, &st->source, &text);
    }
    sk_log(SK_INFO, "%s", sk_buf_str(&text).p);
}

static void print_end(const struct watch *w, const struct sk_engine_stats *st)
{
    double cpu = (double)(sk_cputime_ns() - w->begin_cpu_ns) / 1e9;

    log_accounting(st);
    fprintf(stderr,
            "Syscall event drop monitoring:\n   - event drop detected: %llu occurrences\n"
            "   - num times actions taken: %llu\n",
            (unsigned long long)st->drops_detected, (unsigned long long)st->drop_actions);
    if (!sk_args_has(&w->app->args, SK_OPT_VERBOSE))
        return;
    fprintf(
        stderr,
        "Driver Events:%llu\nDriver Drops:%llu\nElapsed time: %.3f, Captured Events: %llu, %.2f eps\n",
        (unsigned long long)st->source.seen, (unsigned long long)sk_drops_total(&st->source), cpu,
        (unsigned long long)st->events, cpu > 0 ? (double)st->events / cpu : 0);
}

/* What `saker record` asks for. */
static int parse_record(struct sk_app *app, struct sk_record_options *out)
{
    const struct sk_args *a = &app->args;
    const char *size = sk_args_value(a, SK_OPT_RECORD_SIZE);
    uint64_t mib = 0;

    if (a->command != SK_CMD_RECORD)
        return 0;
    if (a->nwords != 1)
        return sk_err(app->dg, -EINVAL, NULL,
                      a->nwords ? "saker record: one FILE only, but '%s' follows '%s'"
                                : "saker record: name the FILE to record to",
                      a->nwords ? a->word[1] : "", a->nwords ? a->word[0] : "");
    if (size && (!sk_conf_number(size, 1u << 30, &mib) || mib == 0))
        return sk_err(app->dg, -EINVAL, NULL, "saker record: --max-size '%s' is no size in MiB",
                      size);
    *out = (struct sk_record_options){
        .path = a->word[0],
        .generic = sk_args_has(a, SK_OPT_RECORD_ALL),
        .plain = sk_args_has(a, SK_OPT_RECORD_PLAIN),
        .max_bytes = mib << 20,
    };
    return 0;
}

static int run_engine(struct watch *w, struct sk_engine **out)
{
    sk_auto(diag) struct sk_diag *said = sk_diag_new();
    struct sk_app *app = w->app;
    const char *root = getenv("HOST_ROOT");
    struct sk_engine_options opt = {
        .gen = *w->gen,
        .conf = app->conf,
        .source_opt = {.capture_file = app->conf->capture_file,
                       .staged = app->args.command != SK_CMD_RECORD},
        .outputs = w->outputs,
        .hostname = w->hostname,
        .host_root = root ? root : "",
        .wake_fd = w->signals.fd,
        .wake = on_wake,
        .whole = on_whole,
        .ready = on_ready,
        .wake_self = w,
    };
    int err = said ? parse_duration(app, &opt.max_ns) : -ENOMEM;

    if (!err)
        err = parse_record(app, &opt.record);
    if (err)
        return err;
    if (app->conf->capture_enabled)
        sk_log(SK_INFO, "Capture is enabled in mode '%s'. Capturing events to %s",
               app->conf->capture_mode, app->conf->capture_path_prefix);
    sk_engine_rings(app->conf, &opt.source_opt);
    err = sk_privileges_call(&w->privileges, start_service, w);
    if (err)
        return err;
    sk_log(SK_INFO, "Loaded event sources: syscall");
    sk_log(SK_INFO, "Enabled event sources: syscall");
    err = pick_source(app, &opt.source);
    if (err)
        return err;
    sk_log(SK_DEBUG, "Opening event source 'syscall'");
    /* What the source can do without, it says as warnings: programs that this kernel refused... */
    err = sk_engine_new(&opt, out, said);
    sk_log_lines(SK_WARNING, sk_diag_text(said, SK_DIAG_WARNING));
    w->renew.engine = *out;
    if (!err)
        err = sk_engine_run(*out, said);
    if (err)
        return sk_err(app->dg, err, NULL, "%s",
                      *sk_diag_text(said, SK_DIAG_ERROR) ? sk_diag_text(said, SK_DIAG_ERROR)
                                                         : strerror(-err));
    sk_log(SK_DEBUG, "Stopping capture for event source 'syscall'");
    return 0;
}

static int dry_run(const struct sk_app *app)
{
    static const char *const skipped[] = {
        "outputs initialization",       "signal handlers creation", "pidfile creation",
        "starting webserver",           "event processing",         "stopping webserver",
        "unregistering signal handlers"};
    const bool web = app->conf->web_enabled && strcmp(app->conf->engine_kind, "replay") != 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(skipped); i++) {
        if (web || !strstr(skipped[i], "webserver"))
            sk_log(SK_DEBUG, "Skipping %s in dry-run", skipped[i]);
    }
    sk_log(SK_DEBUG, "closing inspectors");
    return SK_EXIT_OK;
}

static int start_outputs(struct watch *w)
{
    const struct sk_app *app = w->app;
    int err;

    if (!sk_app_is_mute(app))
        return sk_outputs_from_conf(app->conf, sk_args_has(&app->args, SK_OPT_UNBUFFERED),
                                    &w->outputs, app->dg);
    err = sk_outputs_new(0, app->conf->output_timeout, &w->outputs);
    return err ? err : sk_outputs_start(w->outputs);
}

static int start_threads(void *self)
{
    struct watch *w = self;
    int err = start_outputs(w);

    if (err || w->app->args.command == SK_CMD_RECORD)
        return err;
    w->renew.app = w->app;
    w->renew.gen = w->gen;
    w->renew.hostname = w->hostname;
    w->renew.outputs = w->outputs;
    w->renew.notify = &w->notify;
    w->renew.privileges = &w->privileges;
    err = sk_renew_start(&w->renew, w->app->dg);
    return err ? err : sk_signals_add(&w->signals, sk_reload_fd(w->renew.reload));
}

static int prepare(struct watch *w)
{
    const char *kind = w->app->conf->engine_kind;
    int err = sk_signals_open(&w->signals);

    if (!err && w->notify.timer_fd >= 0)
        err = sk_signals_add(&w->signals, w->notify.timer_fd);
    if (err)
        return sk_err(w->app->dg, err, NULL, "cannot wait for signals: %s", strerror(-err));
    set_hostname(w);
    w->privileges.conf = w->app->conf;
    w->privileges.live = strcmp(kind, "nodriver") && strcmp(kind, "replay");
    return sk_privileges_call(&w->privileges, start_threads, w);
}

/* The outputs end before the summary, so that it is the last thing on standard output. */
static void finish(struct watch *w, struct sk_engine *e)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(16u << 20);
    struct sk_engine_stats st = {0};

    sk_signals_release();
    w->renew.service = NULL;
    sk_service_stop(SK_TAKE(w->service), e);
    sk_renew_stop(&w->renew);
    if (e)
        sk_engine_get_stats(e, &st);
    if (!w->outputs)
        return;
    sk_outputs_free(SK_TAKE(w->outputs));
    sk_engine_summary(&st, &out);
    if (sk_put(&out) == SK_EXIT_OK && e)
        print_end(w, &st);
    if (e && w->app->args.command == SK_CMD_RECORD)
        sk_log(SK_INFO, "%llu events recorded in %s", (unsigned long long)st.recorded,
               w->app->args.word[0]);
}

int sk_watch(struct sk_app *app, struct sk_gen **gen)
{
    struct watch w = {.app = app, .gen = gen, .settled_fd = -1, .begin_cpu_ns = sk_cputime_ns()};
    sk_auto(engine) struct sk_engine *e = NULL;
    int err;

    if (sk_args_has(&app->args, SK_OPT_DRY_RUN))
        return dry_run(app);
    sk_notify_open(&w.notify);
    err = prepare(&w);
    if (!err && write_pidfile(app)) {
        finish(&w, NULL);
        sk_signals_close(&w.signals);
        return SK_EXIT_PIDFILE;
    }
    if (!err)
        err = run_engine(&w, &e);
    finish(&w, e);
    sk_engine_free(SK_TAKE(e));
    sk_renew_done(&w.renew);
    sk_notify_close(&w.notify);
    sk_log(SK_DEBUG, "closing inspectors");
    sk_signals_close(&w.signals);
    if (!err)
        return SK_EXIT_OK;
    const char *text = sk_diag_text(app->dg, SK_DIAG_ERROR);
    if (w.at_runtime && *text) {
        sk_auto(mem) char *line = strndup(text, strcspn(text, "\n"));

        return sk_fail_runtime(app, line ? line : text);
    }
    return sk_fail(*text ? text : strerror(-err));
}
