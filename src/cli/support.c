/* SPDX-License-Identifier: Apache-2.0 */
/* support.c - --support: one JSON object with what a bug report needs. Nothing in it is redacted.
 */
#include <sys/utsname.h>

#include "cli/app.h"
#include "cli/embedded.h"
#include "engine/version.h"

#define OUT_MAX (256u << 20)

static void add_string(struct sk_buf *out, const char *text)
{
    sk_buf_addc(out, '"');
    sk_buf_add_json(out, sk_str(text));
    sk_buf_addc(out, '"');
}

/* One-line flow YAML with every scalar in quotes. What the environment holds may be secret: the names
 * of variables stay. */
static void dump(const struct sk_node *n, struct sk_buf *out)
{
    bool map = n->kind == SK_NODE_MAP;

    if (n->kind == SK_NODE_NULL) {
        sk_buf_addc(out, '~');
    } else if (n->kind == SK_NODE_SCALAR) {
        add_string(out, sk_node_shown(n));
    } else {
        sk_buf_addc(out, map ? '{' : '[');
        for (size_t i = 0; i < n->n; i++) {
            sk_buf_addz(out, i ? ", " : "");
            if (map) {
                sk_buf_addz(out, n->key[i].text);
                sk_buf_addz(out, ": ");
            }
            dump(n->item[i], out);
        }
        sk_buf_addc(out, map ? '}' : ']');
    }
}

static void add_rules_file(struct sk_buf *out, const char *name, struct sk_str text, bool first)
{
    sk_buf_addz(out, first ? "{\"name\":" : ",{\"name\":");
    add_string(out, name);
    sk_buf_addz(out, ",\"variants\":[{\"content\":\"");
    sk_buf_add_json(out, text);
    sk_buf_addz(out, "\"}]}");
}

static int add_rules(const struct sk_app *app, struct sk_buf *out)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(16u << 20);
    const struct sk_arg *r = &app->args.opt[SK_OPT_RULES];
    const struct sk_conf_list *list = &app->conf->rules_files;
    struct sk_paths p = {0};
    int err = mem ? sk_rules_paths(r->n ? r->value : list->text, r->n ? r->n : list->n, false, mem,
                                   &p, app->dg)
                  : -1;

    if (err)
        return err;
    if (!p.any)
        add_rules_file(out, SK_EMBEDDED_RULES_NAME, sk_embedded_rules(), true);
    for (size_t i = 0; i < p.n; i++) {
        sk_auto(mem) char *text = NULL;
        size_t n = 0;

        if (!sk_read_file(p.path[i], SK_RULES_MAX_BYTES, &text, &n))
            add_rules_file(out, p.path[i], (struct sk_str){text, n}, i == 0);
    }
    return 0;
}

int sk_print_support(const struct sk_app *app)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX), words = SK_BUF(OUT_MAX),
                               conf = SK_BUF(OUT_MAX);
    struct utsname u;

    if (uname(&u))
        return sk_fail("cannot ask for the system's name");
    for (int i = 0; i < app->argc; i++)
        sk_buf_printf(&words, "%s%s", i ? " " : "", app->argv[i]);
    dump(app->conf->root, &conf);
    sk_buf_addz(&out, "{\"cmdline\":");
    add_string(&out, sk_buf_str(&words).p);
    sk_buf_addz(&out, ",\"config\":");
    add_string(&out, sk_buf_str(&conf).p);
    sk_buf_addz(&out, ",\"engine_info\":{\"engine_version\":\"" SK_ENGINE_MINOR
                      "\",\"engine_version_semver\":\"" SK_ENGINE_VERSION
                      "\",\"falco_version\":\"" SK_FALCO_VERSION
                      "\",\"plugin_versions\":{\"container\":\"" SK_CONTAINER_PLUGIN_TEXT
                      "\"}},\"rules_files\":[");
    if (add_rules(app, &out))
        return sk_fail("the rules files cannot be read again");
    sk_buf_printf(
        &out,
        "],\"system_info\":{\"machine\":\"%s\",\"nodename\":\"%s\",\"release\":\"%s\",\"sysname\":\"%s\"",
        u.machine, u.nodename, u.release, u.sysname);
    sk_buf_addz(&out, ",\"version\":");
    add_string(&out, u.version);
    sk_buf_addz(&out, "},\"version\":\"" SAKER_VERSION "\"}\n");
    return sk_put(&out);
}
