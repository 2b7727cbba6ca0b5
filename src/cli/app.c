/* SPDX-License-Identifier: Apache-2.0 */
/* app.c - the order of actions: what works without a configuration comes before what needs one. */
#include "cli/app.h"

#include <errno.h>
#include <malloc.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/embedded.h"
#include "cli/privileges.h"
#include "engine/outputs.h"
#include "field/list.h"
#include "server/service.h"

#define SAKER_CONF "/etc/saker/saker.yaml"
#define FALCO_CONF "/etc/falco/falco.yaml"

int sk_fail(const char *text)
{
    size_t n = strlen(text);

    while (n && text[n - 1] == '\n')
        n--;
    fprintf(stderr, "Error: %.*s\n", (int)n, text);
    return SK_EXIT_ERROR;
}

int sk_fail_runtime(const struct sk_app *app, const char *text)
{
    sk_log(SK_CRITICAL, "Runtime error: %s. Exiting.", text);
    if (!app->logger.to_stderr)
        fprintf(stderr, "Runtime error: %s. Exiting.\n", text);
    return SK_EXIT_ERROR;
}

int sk_put(struct sk_buf *b)
{
    if (b->failed)
        return sk_fail("no memory for the answer");
    if (fwrite(sk_buf_str(b).p, 1, b->n, stdout) != b->n || fflush(stdout))
        return sk_fail("cannot write to standard output");
    return SK_EXIT_OK;
}

const char *const sk_app_places[] = {SAKER_CONF, FALCO_CONF, NULL};

static const char *find_conf(const struct sk_app *app)
{
    const char *given = sk_args_value(&app->args, SK_OPT_CONFIG);

    if (given || app->args.command == SK_CMD_TEST)
        return given;
    for (size_t i = 0; sk_app_places[i]; i++) {
        if (!access(sk_app_places[i], F_OK))
            return sk_app_places[i];
    }
    return NULL;
}

void sk_log_lines(enum sk_level level, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        sk_log(level, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

void sk_app_log_conf(const struct sk_conf *conf, struct sk_diag *dg)
{
    enum sk_level level = SK_INFO;

    for (size_t i = 0; i < conf->nfiles; i++) {
        if (!conf->file[i].ok)
            level = SK_WARNING;
    }
    sk_log(level, "Saker initialized with configuration files:");
    for (size_t i = 0; i < conf->nfiles; i++)
        sk_log(conf->file[i].ok ? SK_INFO : SK_WARNING, "   %s | schema validation: %s",
               conf->file[i].path, conf->file[i].schema);
    if (!conf->path)
        sk_log(SK_INFO, "   (no -c, and neither " SAKER_CONF " nor " FALCO_CONF " is there)");
    sk_log_lines(SK_WARNING, sk_diag_text(dg, SK_DIAG_WARNING));
}

static void log_start(struct sk_app *app)
{
    struct utsname u;

    if (!uname(&u))
        sk_log(SK_INFO, "Saker version: " SAKER_VERSION " (%s)", u.machine);
    sk_app_log_conf(app->conf, app->dg);
    if (sk_args_has(&app->args, SK_OPT_PRINT))
        sk_log(
            SK_WARNING,
            "The -p/--print option is deprecated and will be removed. Use -o append_output=... instead.");
}

/* -o, then the options that are short for a key. */
static int collect_options(const struct sk_args *a, struct sk_arena *mem, const char *const **out,
                           size_t *out_n)
{
    const struct sk_arg *o = &a->opt[SK_OPT_OPTION];
    const char **list = sk_arena_alloc(mem, (o->n + 3) * sizeof(*list));
    static const struct {
        enum sk_option opt;
        const char *key;
    } shorts[] = {{SK_OPT_SCOPE_CGROUP, "engine.scope.cgroup"},
                  {SK_OPT_SCOPE_PID, "engine.scope.pid"}};
    size_t n = 0;

    if (!list)
        return -ENOMEM;
    for (; n < o->n; n++)
        list[n] = o->value[n];
    for (size_t i = 0; i < SK_ARRAY_LEN(shorts); i++) {
        sk_auto(mem) char *text = NULL;

        if (!sk_args_has(a, shorts[i].opt))
            continue;
        if (asprintf(&text, "%s=%s", shorts[i].key, sk_args_value(a, shorts[i].opt)) < 0)
            return -ENOMEM;
        list[n] = sk_arena_dup(mem, sk_str(text));
        if (!list[n++])
            return -ENOMEM;
    }
    *out = list;
    *out_n = n;
    return 0;
}

int sk_app_read_conf(const struct sk_app *app, struct sk_conf **out, struct sk_diag *dg)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(16u << 20);
    struct sk_conf_input in = {.path = find_conf(app), .text = sk_embedded_config()};
    const char *pid = sk_args_value(&app->args, SK_OPT_SCOPE_PID);
    uint64_t n;
    int err;

    if (!mem)
        return -ENOMEM;
    if (pid && (!sk_conf_number(pid, 4194304, &n) || !n))
        return sk_err(dg, -EINVAL, NULL, "--scope-pid '%s': a process id is expected", pid);
    err = collect_options(&app->args, mem, &in.option, &in.noptions);
    return err ? err : sk_conf_load(&in, out, dg);
}

/* Commands whose answer is all that people want to read. */
static bool answers(const struct sk_app *app)
{
    return app->args.command == SK_CMD_TEST || app->args.command == SK_CMD_EXPLAIN ||
           app->args.command == SK_CMD_BENCH_RULES;
}

int sk_app_load_conf(struct sk_app *app)
{
    int err = sk_app_read_conf(app, &app->conf, app->dg);

    if (err)
        return err;
    app->logger = (struct sk_logger){
        .to_stderr = app->conf->log_stderr,
        .to_syslog = app->conf->log_syslog,
        .iso = app->conf->time_iso,
        .level = app->conf->level,
    };
    if (answers(app) && !sk_args_has(&app->args, SK_OPT_VERBOSE))
        app->logger.level = SK_MIN(app->conf->level, SK_ERROR);
    log_start(app);
    return 0;
}

int sk_app_read_rules(const struct sk_app *app, const struct sk_conf *conf, struct sk_gen **out,
                      struct sk_diag *dg)
{
    static const char *const no_op[] = {"c", "container", "k", "kubernetes"};
    struct sk_gen_input in = {
        .conf = conf,
        .path = app->args.opt[SK_OPT_RULES].value,
        .npaths = app->args.opt[SK_OPT_RULES].n,
        .none = app->args.command == SK_CMD_RECORD,
        .builtin_name = SK_EMBEDDED_RULES_NAME,
        .builtin = sk_embedded_rules(),
        .print = sk_args_value(&app->args, SK_OPT_PRINT),
    };

    for (size_t i = 0; in.print && i < SK_ARRAY_LEN(no_op); i++) {
        if (!strcmp(in.print, no_op[i]))
            in.print = NULL;
    }
    return sk_gen_new(&in, out, dg);
}

bool sk_app_is_mute(const struct sk_app *app)
{
    return app->args.command == SK_CMD_RECORD && !sk_args_has(&app->args, SK_OPT_RULES) &&
           sk_outputs_none(app->conf);
}

int sk_app_load_rules(struct sk_app *app, struct sk_gen **out)
{
    return sk_app_read_rules(app, app->conf, out, app->dg);
}

/* Only the built-in plugin exists: whoever asks for another must know that it is not there. */
static int check_plugins(struct sk_app *app)
{
    const struct sk_conf *c = app->conf;

    for (size_t i = 0; i < c->load_plugins.n; i++) {
        const char *name = c->load_plugins.text[i];
        bool known = false;

        if (!strcmp(name, "container"))
            continue;
        for (size_t j = 0; c->plugins && c->plugins->kind == SK_NODE_LIST && j < c->plugins->n;
             j++) {
            const struct sk_node *n = sk_node_get(c->plugins->item[j], "name");

            known |= n && n->kind == SK_NODE_SCALAR && !strcmp(n->text, name);
        }
        return sk_err(
            app->dg, -EINVAL, NULL,
            known
                ? "Cannot load plugin '%s': this version of Saker has only the built-in plugin 'container'"
                : "Cannot load plugin '%s': plugin config not found for given name",
            name);
    }
    return 0;
}

static int check_sources(struct sk_app *app)
{
    const struct sk_arg *on = &app->args.opt[SK_OPT_ENABLE_SOURCE],
                        *off = &app->args.opt[SK_OPT_DISABLE_SOURCE];

    if (on->n && off->n)
        return sk_err(app->dg, -EINVAL, NULL,
                      "You can not mix --enable-source and --disable-source");
    for (size_t i = 0; i < on->n; i++) {
        if (strcmp(on->value[i], "syscall") != 0)
            return sk_err(app->dg, -EINVAL, NULL, "Attempted enabling an unknown event source: %s",
                          on->value[i]);
    }
    for (size_t i = 0; i < off->n; i++) {
        if (strcmp(off->value[i], "syscall") != 0)
            return sk_err(app->dg, -EINVAL, NULL, "Attempted disabling an unknown event source: %s",
                          off->value[i]);
    }
    return off->n ? sk_err(app->dg, -EINVAL, NULL, "Must enable at least one event source") : 0;
}

static int check_args(const struct sk_app *app)
{
    const char *conf = sk_args_value(&app->args, SK_OPT_CONFIG);
    char text[512];
    int ignored;

    if (conf && access(conf, R_OK)) {
        snprintf(text, sizeof(text), "Could not find configuration file at %s", conf);
        return sk_fail(text);
    }
    if (app->args.command == SK_CMD_TEST)
        return SK_EXIT_OK; /* it has formats of its own */
    return sk_list_format_of(app, &ignored) ? SK_EXIT_ERROR : SK_EXIT_OK;
}

/* What needs no configuration; -1: go on. */
static int early(const struct sk_app *app)
{
    const struct sk_args *a = &app->args;

    if (sk_args_has(a, SK_OPT_HELP))
        return sk_print_help();
    if (a->command == SK_CMD_PROBE)
        return sk_print_probe();
    if (sk_args_has(a, SK_OPT_CONFIG_SCHEMA))
        return sk_print_config_schema();
    if (sk_args_has(a, SK_OPT_CONFIG_DOC))
        return sk_print_config_doc(sk_args_value(a, SK_OPT_CONFIG_DOC));
    if (sk_args_has(a, SK_OPT_MAN))
        return sk_print_man();
    if (sk_args_has(a, SK_OPT_RULE_SCHEMA))
        return sk_print_rule_schema();
    if (sk_args_has(a, SK_OPT_IGNORED))
        return sk_print_ignored();
    return sk_args_has(a, SK_OPT_LIST_EVENTS) ? sk_print_events(app) : -1;
}

/* What needs a configuration but no rules; -1: go on. */
static int middle(struct sk_app *app)
{
    const struct sk_args *a = &app->args;

    if (sk_args_has(a, SK_OPT_VERSION))
        return sk_print_version(app);
    if (sk_args_has(a, SK_OPT_PAGE_SIZE)) {
        sk_log(SK_INFO, "Your system page size is: %ld bytes", sysconf(_SC_PAGESIZE));
        return SK_EXIT_OK;
    }
    if (sk_args_has(a, SK_OPT_PLUGIN_INFO))
        return sk_print_plugin(app, sk_args_value(a, SK_OPT_PLUGIN_INFO));
    if (sk_args_has(a, SK_OPT_LIST_PLUGINS))
        return sk_print_plugins();
    if (check_plugins(app))
        return sk_fail(sk_diag_text(app->dg, SK_DIAG_ERROR));
    if (sk_args_has(a, SK_OPT_LIST))
        return sk_print_fields(app);
    if (check_sources(app))
        return sk_fail(sk_diag_text(app->dg, SK_DIAG_ERROR));
    return sk_args_has(a, SK_OPT_VALIDATE) ? sk_validate(app) : -1;
}

static void log_kernel(void)
{
    sk_auto(mem) char *text = NULL;
    size_t n;

    if (!sk_read_file("/proc/version", 4096, &text, &n))
        sk_log(SK_INFO, "System info: %s", text);
}

static int late(struct sk_app *app)
{
    sk_auto(gen) struct sk_gen *gen = NULL;
    const struct sk_args *a = &app->args;

    if (sk_app_load_rules(app, &gen))
        return sk_fail(sk_diag_text(app->dg, SK_DIAG_ERROR));
    if (sk_args_has(a, SK_OPT_DESCRIBE_ALL) || sk_args_has(a, SK_OPT_DESCRIBE_RULE))
        return sk_describe(app, gen);
    if (a->command == SK_CMD_EXPLAIN)
        return sk_explain(app, gen);
    if (a->command == SK_CMD_BENCH_RULES)
        return sk_bench_rules(app, gen);
    if (sk_args_has(a, SK_OPT_SUPPORT))
        return sk_print_support(app);
    if ((!sk_app_is_mute(app) && sk_outputs_check(app->conf, app->dg)) ||
        sk_service_check(app->conf, app->dg) || sk_privileges_check(app->conf, app->dg))
        return sk_fail(sk_diag_text(app->dg, SK_DIAG_ERROR));
    return sk_watch(app, &gen);
}

static int run(struct sk_app *app)
{
    int code = check_args(app);

    if (code != SK_EXIT_OK)
        return code;
    code = early(app);
    if (code >= 0)
        return code;
    if (sk_app_load_conf(app)) {
        const char *text = sk_diag_text(app->dg, SK_DIAG_ERROR);

        return sk_fail(*text ? text : "no memory");
    }
    if (strcmp(app->conf->engine_kind, "replay") != 0 &&
        strcmp(app->conf->engine_kind, "nodriver") != 0)
        log_kernel();
    if (app->args.command == SK_CMD_TEST)
        return sk_test_rules(app);
    code = middle(app);
    return code >= 0 ? code : late(app);
}

static int run_app(struct sk_app *app)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(conf) struct sk_conf *conf = NULL;
    int code;

    if (!dg)
        return sk_fail("no memory");
    app->dg = dg;
    app->logger = (struct sk_logger){.to_stderr = true, .to_syslog = true, .level = SK_INFO};
    sk_log_to(sk_logger_write, &app->logger);
    code = run(app);
    conf = SK_TAKE(app->conf);
    sk_log_to(NULL, NULL);
    app->dg = NULL;
    return code;
}

int sk_app_main(int argc, char *const *argv)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(65536);
    struct sk_app app = {.argc = argc, .argv = argv, .start_ns = sk_now_ns()};
    int code;

    /* Fixed: it would grow with the kernel's types, which are read once, and then nothing of what the
     * start took would be given back. */
    (void)mallopt(M_TRIM_THRESHOLD, 128 << 10);
    if (sk_args_parse(argc, argv, &app.args, &err)) {
        sk_args_done(&app.args);
        return sk_fail(sk_buf_str(&err).p);
    }
    code = run_app(&app);
    sk_args_done(&app.args);
    return code;
}
