/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - commands that print what is known at build time. */
#include <errno.h>
#include <strings.h>

#include "cli/app.h"
#include "engine/version.h"
#include "field/list.h"
#include "source/probe.h"

#define OUT_MAX             (64u << 20)
#define STATIC_FIELDS_BYTES (1u << 20)

int sk_list_format_of(const struct sk_app *app, int *out)
{
    static const char *const words[] = {"text", "markdown", "json"};
    const char *format = sk_args_value(&app->args, SK_OPT_FORMAT);
    char text[256];

    if (format && sk_args_has(&app->args, SK_OPT_MARKDOWN)) {
        sk_fail("Cannot specify both --markdown and --format options together");
        return -EINVAL;
    }
    if (sk_args_has(&app->args, SK_OPT_MARKDOWN)) {
        fprintf(stderr, "WARNING: --markdown is deprecated, use --format markdown instead.\n");
        *out = SK_LIST_MARKDOWN;
        return 0;
    }
    for (int i = 0; i < (int)SK_ARRAY_LEN(words); i++) {
        if (!format || !strcasecmp(format, words[i])) {
            *out = i;
            return 0;
        }
    }
    snprintf(text, sizeof(text), "Invalid format '%s'. Valid values are: text, markdown, json",
             format);
    sk_fail(text);
    return -EINVAL;
}

int sk_print_help(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    sk_args_help(&out);
    return sk_put(&out);
}

int sk_print_ignored(void)
{
    static const char *const names[] = {"sendfile", "preadv", "readv", "pread",  "recv", "send",
                                        "pwritev",  "writev", "write", "pwrite", "read"};
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    sk_buf_addz(&out, "Ignored syscall(s):\n");
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        sk_buf_printf(&out, "- %s\n", names[i]);
    sk_buf_addc(&out, '\n');
    return sk_put(&out);
}

static int format_now(const struct sk_app *app)
{
    int format = SK_LIST_TEXT;

    if (sk_args_has(&app->args, SK_OPT_MARKDOWN))
        return SK_LIST_MARKDOWN;
    return sk_list_format_of(app, &format) ? SK_LIST_TEXT : format;
}

int sk_print_events(const struct sk_app *app)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    if (sk_list_events((enum sk_list_format)format_now(app), &out))
        return sk_fail("no memory for the list of events");
    return sk_put(&out);
}

int sk_print_fields(const struct sk_app *app)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    const char *source = sk_args_value(&app->args, SK_OPT_LIST);
    struct sk_list_opts opt = {
        .format = (enum sk_list_format)format_now(app),
        .verbose = sk_args_has(&app->args, SK_OPT_VERBOSE),
        .names_only = sk_args_has(&app->args, SK_OPT_NAMES),
        .source = *source ? sk_str(source) : (struct sk_str){NULL, 0},
    };
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(STATIC_FIELDS_BYTES);
    int err = mem ? sk_gen_fields(app->conf, mem, &opt.made, app->dg) : -ENOMEM;

    if (err)
        return sk_fail(sk_diag_text(app->dg, SK_DIAG_ERROR));
    err = sk_list_fields(&opt, &out);
    if (err)
        return sk_fail(err == -EINVAL ? "Value for --list must be a valid source type"
                                      : "no memory for the list");
    return sk_put(&out);
}

int sk_print_config_schema(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    sk_conf_schema(&out);
    return sk_put(&out);
}

int sk_print_rule_schema(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    static const char *const text[] = {"rule",   "desc",  "condition", "output",
                                       "source", "macro", "list",      "required_engine_version"};
    static const char *const boolean[] = {"append", "capture", "enabled", "skip-if-unknown-filter",
                                          "warn_evttypes"};
    static const char *const array[] = {"exceptions", "items", "required_plugin_versions", "tags"};

    sk_buf_addz(
        &out,
        "{\"$schema\":\"http://json-schema.org/draft-06/schema#\",\"title\":\"Saker rules\",\"type\":"
        "\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    for (size_t i = 0; i < SK_ARRAY_LEN(text); i++)
        sk_buf_printf(&out, "\"%s\":{\"type\":\"string\"},", text[i]);
    for (size_t i = 0; i < SK_ARRAY_LEN(boolean); i++)
        sk_buf_printf(&out, "\"%s\":{\"type\":\"boolean\"},", boolean[i]);
    for (size_t i = 0; i < SK_ARRAY_LEN(array); i++)
        sk_buf_printf(&out, "\"%s\":{\"type\":\"array\"},", array[i]);
    sk_buf_addz(
        &out,
        "\"capture_duration\":{\"type\":\"integer\"},\"override\":{\"type\":\"object\"},\"priority\":{"
        "\"type\":\"string\",\"enum\":[\"EMERGENCY\",\"ALERT\",\"CRITICAL\",\"ERROR\",\"WARNING\","
        "\"NOTICE\",\"INFO\",\"INFORMATIONAL\",\"DEBUG\"]}}}}");
    return sk_put(&out);
}

/* Members of the object that --version and --support print, in the order of their names. */
static void version_json(struct sk_buf *out)
{
    sk_buf_addz(out,
                "{\"default_driver_version\":\"" SAKER_VERSION "+saker\",\"driver_api_version\":"
                "\"" SK_DRIVER_API_VERSION "\",\"driver_schema_version\":\"" SK_DRIVER_SCHEMA
                "\",\"engine_version\":\"" SK_ENGINE_MINOR
                "\",\"engine_version_semver\":\"" SK_ENGINE_VERSION
                "\",\"falco_version\":\"" SK_FALCO_VERSION "\",\"libs_version\":\"" SK_LIBS_VERSION
                "\",\"plugin_api_version\":\"" SK_PLUGIN_API_VERSION "\"");
}

void sk_versions_json(struct sk_buf *out)
{
    version_json(out);
    sk_buf_addz(out, ",\"plugin_versions\":{\"container\":\"" SK_CONTAINER_PLUGIN_TEXT
                     "\"},\"saker_version\":\"" SAKER_VERSION "\"}");
}

int sk_print_version(const struct sk_app *app)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    if (app->conf->json_output) {
        version_json(&out);
        sk_buf_addz(&out, ",\"saker_version\":\"" SAKER_VERSION "\"}\n");
        return sk_put(&out);
    }
    sk_buf_addz(&out, "Saker version: " SAKER_VERSION "\n"
                      "Falco version: " SK_FALCO_VERSION "\n"
                      "Libs version:  " SK_LIBS_VERSION "\n"
                      "Plugin API:    " SK_PLUGIN_API_VERSION "\n"
                      "Engine:        " SK_ENGINE_VERSION "\n"
                      "Driver:\n"
                      "  API version:    " SK_DRIVER_API_VERSION "\n"
                      "  Schema version: " SK_DRIVER_SCHEMA "\n"
                      "  Default driver: " SAKER_VERSION "+saker\n");
    return sk_put(&out);
}

static void plugin_block(struct sk_buf *out)
{
    sk_buf_addz(out, "Name: container\n"
                     "Description: Container metadata, built into Saker\n"
                     "Contact: the Saker project\n"
                     "Version: " SK_CONTAINER_PLUGIN_TEXT "\n"
                     "Capabilities: \n"
                     "  - Field Extraction\n"
                     "  - Event Parsing\n"
                     "  - Async Events\n\n");
}

int sk_print_plugins(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    sk_buf_addz(&out, "1 Plugins Loaded:\n\n");
    plugin_block(&out);
    return sk_put(&out);
}

int sk_print_plugin(const struct sk_app *app, const char *name)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    (void)app;
    if (strcmp(name, "container") != 0 && strcmp(name, "libcontainer.so") != 0) {
        sk_buf_printf(&out, "can't find plugin and print its info: %s", name);
        return sk_fail(sk_buf_str(&out).p);
    }
    plugin_block(&out);
    sk_buf_addz(
        &out,
        "Init config schema type: Not available, plugin does not implement the init config schema "
        "functionality\n\nNo suggested open params available: plugin has not been configured, or it does "
        "not implement the open params suggestion functionality\n");
    return sk_put(&out);
}

int sk_print_probe(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    int err = sk_probe(&out), code = sk_put(&out);

    if (code == SK_EXIT_OK && err)
        code = sk_fail(err == -EPERM ? "this user may not ask the kernel: run 'saker probe' as root"
                                     : "the kernel could not be asked");
    return code;
}
