/* SPDX-License-Identifier: Apache-2.0 */
/* app.h - one run of the program: what its parts share. */
#pragma once
#include "cli/args.h"
#include "cli/logger.h"
#include "engine/engine.h"

enum { SK_EXIT_OK = 0, SK_EXIT_ERROR = 1, SK_EXIT_PIDFILE = 255 };

struct sk_app {
    int argc;
    char *const *argv;
    struct sk_args args;
    struct sk_logger logger;
    struct sk_diag *dg;
    struct sk_conf *conf;
    uint64_t start_ns; /* of the process, since 1970 */
};

/* The whole program; the exit code. */
int sk_app_main(int argc, char *const *argv);

/* Configuration and its log lines. -errno with the text in app->dg. */
SK_MUST int sk_app_load_conf(struct sk_app *app);
/* A recording without rules, and no output in the configuration: it needs none. */
bool sk_app_is_mute(const struct sk_app *app);
/* The rules of this run: -r, the configuration's, or the built-in ones. */
SK_MUST int sk_app_load_rules(struct sk_app *app, struct sk_gen **out);
/* Both once more, aside, for a reload: nothing of app changes.  Any thread. */
SK_MUST int sk_app_read_conf(const struct sk_app *app, struct sk_conf **out, struct sk_diag *dg);
SK_MUST int sk_app_read_rules(const struct sk_app *app, const struct sk_conf *conf,
                              struct sk_gen **out, struct sk_diag *dg);
/* Which files were read, and the warnings about them. */
void sk_app_log_conf(const struct sk_conf *conf, struct sk_diag *dg);
/* Where a configuration is looked for without -c; NULL-terminated. */
extern const char *const sk_app_places[];

/* Each prints and returns an exit code. */
int sk_print_help(void);
int sk_print_ignored(void);
int sk_print_events(const struct sk_app *app);
int sk_print_rule_schema(void);
int sk_print_config_schema(void);
/* "markdown", "man" or "yaml"; "": the first. */
int sk_print_config_doc(const char *form);
/* saker(8). */
int sk_print_man(void);
int sk_print_version(const struct sk_app *app);
/* The JSON of /versions. */
void sk_versions_json(struct sk_buf *out);
int sk_print_plugins(void);
int sk_print_plugin(const struct sk_app *app, const char *name);
int sk_print_fields(const struct sk_app *app);
int sk_print_probe(void);
/* `saker test`. */
int sk_test_rules(struct sk_app *app);
/* `saker explain`. */
int sk_explain(struct sk_app *app, const struct sk_gen *gen);
/* `saker bench-rules`. */
int sk_bench_rules(struct sk_app *app, const struct sk_gen *gen);
int sk_print_support(const struct sk_app *app);
int sk_validate(struct sk_app *app);
int sk_describe(struct sk_app *app, const struct sk_gen *gen);
/* Watches until the end; a reload puts others in the place of *gen and app->conf. */
int sk_watch(struct sk_app *app, struct sk_gen **gen);

/* One log message a line. */
void sk_log_lines(enum sk_level level, const char *text);

/* "Error: TEXT" on standard error; returns SK_EXIT_ERROR. */
int sk_fail(const char *text);
/* "Runtime error: TEXT. Exiting." through the log, and on standard error if the log does not go
 * there. */
int sk_fail_runtime(const struct sk_app *app, const char *text);
/* Writes to standard output; an exit code. */
int sk_put(struct sk_buf *b);
/* --format and --markdown; -EINVAL after having said why. */
SK_MUST int sk_list_format_of(const struct sk_app *app, int *out);
