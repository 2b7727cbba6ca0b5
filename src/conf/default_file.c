/* SPDX-License-Identifier: Apache-2.0 */
/* default_file.c - config/saker.yaml: every key that has a meaning, with its documentation. */
#include "conf/about.h"

#define WIDTH 100

static void comment(struct sk_buf *out, size_t indent, const char *text)
{
    size_t col = 0; /* 0: no line begun */

    while (*text) {
        size_t n = strcspn(text, " \n");

        if (!col || col + n + 1 > WIDTH) {
            sk_buf_printf(out, "%s%*s#", col ? "\n" : "", (int)indent, "");
            col = indent + 1;
        }
        sk_buf_addc(out, ' ');
        sk_buf_add(out, text, n);
        col += n + 1;
        text += n + (text[n] != '\0');
    }
    sk_buf_addc(out, '\n');
}

static void example(struct sk_buf *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        sk_buf_printf(out, "# %.*s\n", (int)n, text);
        text += n + (text[n] != '\0');
    }
}

static void row(struct sk_buf *out, const struct sk_conf_row *r, const char *name, size_t indent)
{
    sk_auto(buf) struct sk_buf value = SK_BUF(4096), text = SK_BUF(8192), limits = SK_BUF(4096);
    const char *more = sk_conf_example(r->key);

    sk_buf_addz(&text, r->doc);
    sk_conf_limits(r->limits, &limits);
    if (limits.n && r->type != SK_CONF_TREE)
        sk_buf_printf(&text, " (%s)", limits.p);
    comment(out, indent, sk_buf_str(&text).p);
    sk_conf_shipped(r, &value);
    if (more)
        example(out, more);
    sk_buf_printf(out, "%*s%s:%s%s\n", (int)indent, "", name,
                  *sk_buf_str(&value).p == '\n' ? "" : " ", sk_buf_str(&value).p);
}

/* Keys that have a meaning here and no better name. */
static bool shown(const struct sk_conf_row *r)
{
    return r->use == SK_CONF_NOW && strcmp(r->key, "rules_file") != 0 &&
           strcmp(r->key, "outputs_queue.recovery") != 0 &&
           !sk_str_starts(sk_str(r->key), SK_STR("engine.kmod."));
}

/* Rows whose keys begin with `prefix`, which names a section that was not printed before. */
static void object(struct sk_buf *out, const char *prefix, const struct sk_conf_section *s)
{
    const size_t before = strlen(prefix);
    size_t indent = 0;

    for (const char *p = prefix; (p = strchr(p, '.')); p++)
        indent += 2;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const char *name = r->key + before;
        char inner[128];
        bool known = false;
        size_t n;

        if (!shown(r) || strncmp(r->key, prefix, before) != 0 || !sk_conf_in_section(s, r))
            continue;
        n = strcspn(name, ".");
        if (!name[n]) {
            row(out, r, name, indent);
            sk_buf_addz(out, before ? "" : "\n");
            continue;
        }
        snprintf(inner, sizeof(inner), "%s%.*s.", prefix, (int)n, name);
        for (size_t j = 0; j < i; j++)
            known |= shown(&sk_conf_rows[j]) && !strncmp(sk_conf_rows[j].key, inner, strlen(inner));
        if (known)
            continue;
        sk_buf_printf(out, "%*s%.*s:\n", (int)indent, "", (int)n, name);
        object(out, inner, s);
        sk_buf_addz(out, before ? "" : "\n");
    }
}

void sk_conf_yaml(struct sk_buf *out)
{
    sk_buf_addz(
        out,
        "# SPDX-License-Identifier: Apache-2.0\n#\n"
        "# Saker's default configuration: every key with its value.  It is built into the program, which\n"
        "# uses it when there is neither -c nor /etc/saker/saker.yaml nor /etc/falco/falco.yaml.  Falco's\n"
        "# configuration files work as they are; keys marked \"Saker\" are our own.\n#\n"
        "# ${NAME} in a value is replaced by the environment variable; -o key=value overrides a key.\n"
        "# docs/configuration.md is the reference.  Printed by saker --config-doc=yaml.\n");
    for (size_t i = 0; i < sk_conf_sections_n; i++) {
        const struct sk_conf_section *s = &sk_conf_sections[i];
        bool any = false;

        for (size_t j = 0; j < sk_conf_rows_n; j++)
            any |= shown(&sk_conf_rows[j]) && sk_conf_in_section(s, &sk_conf_rows[j]);
        if (!any)
            continue;
        sk_buf_printf(out, "\n#### %s ####\n", s->title);
        if (*s->intro)
            comment(out, 0, s->intro);
        sk_buf_addc(out, '\n');
        object(out, "", s);
        out->n -= out->n > 1 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\n';
        if (out->p)
            out->p[out->n] = '\0';
    }
}
