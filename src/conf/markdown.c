/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.c - the reference of the configuration. */
#include "conf/about.h"

/* Text in a cell of a table: no bar, no line break. */
static void cell(struct sk_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            sk_buf_addz(out, "\\|");
        else
            sk_buf_addc(out, *text == '\n' ? ' ' : *text);
    }
}

static void code(struct sk_buf *out, const char *text)
{
    if (!*text)
        return;
    sk_buf_addc(out, '`');
    cell(out, text);
    sk_buf_addc(out, '`');
}

static void row(struct sk_buf *out, const struct sk_conf_row *r)
{
    sk_auto(buf) struct sk_buf limits = SK_BUF(4096), shipped = SK_BUF(4096), doc = SK_BUF(8192);

    sk_buf_printf(out, "| `%s` | %s | ", r->key, sk_conf_type_name(r));
    code(out, r->def);
    sk_buf_addz(out, " | ");
    sk_conf_limits(r->limits, &limits);
    cell(out, sk_buf_str(&limits).p);
    sk_buf_printf(out, " | %s | ", sk_conf_since(r));
    sk_conf_doc(r, &doc);
    cell(out, sk_buf_str(&doc).p);
    sk_conf_shipped(r, &shipped);
    if (*r->def && strcmp(sk_buf_str(&shipped).p, r->def) != 0 && !strchr(shipped.p, '\n') &&
        r->type < SK_CONF_LIST)
        sk_buf_printf(out, " The file that is shipped says `%s`.", shipped.p);
    sk_buf_addz(out, r->at_start ? " Read at the start alone. |\n" : " |\n");
}

static void items(struct sk_buf *out, const char *tree)
{
    bool head = false;

    for (size_t i = 0; i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];
        const struct sk_conf_row r = {.type = it->type, .limits = it->limits};
        sk_auto(buf) struct sk_buf limits = SK_BUF(4096);

        if (strcmp(it->tree, tree) != 0)
            continue;
        if (!head)
            sk_buf_printf(out,
                          "\nIn `%s`:\n\n| member | type | limits | what it does |\n"
                          "|---|---|---|---|\n",
                          tree);
        head = true;
        sk_conf_limits(it->limits, &limits);
        sk_buf_printf(out, "| %s%s%s | %s | %s | ", *it->path ? "`" : "a text alone",
                      !strcmp(it->path, "*") ? "NAME" : it->path, *it->path ? "`" : "",
                      it->type == SK_CONF_ANY ? "see there" : sk_conf_type_name(&r),
                      sk_buf_str(&limits).p);
        cell(out, it->doc);
        sk_buf_addz(out, it->must ? " Must be there. |\n" : " |\n");
    }
}

static void section(struct sk_buf *out, const struct sk_conf_section *s)
{
    bool head = false;

    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];

        if (r->use == SK_CONF_OLD || !sk_conf_in_section(s, r))
            continue;
        if (!head)
            sk_buf_printf(
                out,
                "\n### %s\n%s%s\n| key | type | default | limits | from | what it does |\n"
                "|---|---|---|---|---|---|\n",
                s->title, s->intro, *s->intro ? "\n" : "");
        head = true;
        row(out, r);
    }
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const char *example = sk_conf_example(r->key);

        if (r->use == SK_CONF_OLD || !sk_conf_in_section(s, r))
            continue;
        items(out, r->key);
        if (example)
            sk_buf_printf(out, "\n```yaml\n%s```\n", example);
    }
}

static void outputs(struct sk_buf *out)
{
    sk_buf_addz(out, "\nEvery item of `outputs`, beside the keys of the section of its type:\n\n"
                     "| member | default | limits | what it does |\n|---|---|---|---|\n");
#define OUTPUT_KEY(member, key, def, words, doc)               \
    do {                                                       \
        sk_auto(buf) struct sk_buf limits = SK_BUF(4096);      \
        sk_conf_limits(words, &limits);                        \
        sk_buf_addz(out, "| `" key "` | ");                    \
        code(out, def);                                        \
        sk_buf_printf(out, " | %s | ", sk_buf_str(&limits).p); \
        cell(out, doc);                                        \
        sk_buf_addz(out, " |\n");                              \
    } while (0);
#include "output_keys.def"
}

void sk_conf_markdown(struct sk_buf *out)
{
    for (size_t i = 0; i < sk_conf_sections_n; i++) {
        section(out, &sk_conf_sections[i]);
        if (!strcmp(sk_conf_sections[i].title, "Outputs"))
            outputs(out);
    }
    sk_buf_addz(
        out,
        "\n### Keys of older versions\nThey are accepted, with a warning that says what "
        "this table says.\n\n| key | Falco | read as | what became of it |\n|---|---|---|---|\n");
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];

        if (r->use != SK_CONF_OLD)
            continue;
        sk_buf_printf(out, "| `%s` | %s to %s | ", r->key,
                      *sk_conf_since(r) ? sk_conf_since(r) : "0.33", r->until);
        code(out, r->instead);
        sk_buf_addz(out, " | ");
        cell(out, r->doc);
        sk_buf_addz(out, ". |\n");
    }
}
