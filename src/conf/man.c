/* SPDX-License-Identifier: Apache-2.0 */
/* man.c - saker.yaml(5). */
#include "conf/about.h"

/* Text as roff takes it: no line begins with a control character, backslashes and dashes are literal. */
void sk_man_text(struct sk_buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
            sk_buf_addz(out, "\\&");
        if (*p == '\\')
            sk_buf_addz(out, "\\e");
        else if (*p == '-')
            sk_buf_addz(out, "\\-");
        else if (*p != '`')
            sk_buf_addc(out, *p);
    }
}

static void key(struct sk_buf *out, const struct sk_conf_row *r)
{
    sk_auto(buf) struct sk_buf limits = SK_BUF(4096), doc = SK_BUF(8192);
    const char *since = sk_conf_since(r);

    sk_buf_printf(out, ".TP\n.B %s\n", r->key);
    sk_conf_doc(r, &doc);
    sk_man_text(out, sk_buf_str(&doc).p);
    sk_buf_printf(out, "\n.br\n(%s", sk_conf_type_name(r));
    sk_conf_limits(r->limits, &limits);
    if (limits.n)
        sk_buf_printf(out, ": %s", limits.p);
    if (*r->def) {
        sk_buf_addz(out, "; default: ");
        sk_man_text(out, r->def);
    }
    if (!strcmp(since, "Saker"))
        sk_buf_addz(out, "; Saker alone");
    else if (*since)
        sk_buf_printf(out, "; as in Falco from %s on", since);
    sk_buf_addz(out, r->at_start ? "; read at the start alone)\n" : ")\n");
}

static void items(struct sk_buf *out, const char *tree)
{
    for (size_t i = 0; i < sk_conf_items_n; i++) {
        const struct sk_conf_item *it = &sk_conf_items[i];

        if (strcmp(it->tree, tree) != 0)
            continue;
        sk_buf_printf(out, ".RS\n.TP\n.I %s\n",
                      !*it->path               ? "(a text alone)"
                      : !strcmp(it->path, "*") ? "NAME"
                                               : it->path);
        sk_man_text(out, it->doc);
        sk_buf_addz(out, "\n.RE\n");
    }
}

void sk_conf_man(struct sk_buf *out)
{
    sk_buf_addz(
        out,
        ".\\\" SPDX-License-Identifier: Apache-2.0\n"
        ".TH SAKER.YAML 5 \"\" \"Saker " SAKER_VERSION "\"\n.SH NAME\n"
        "saker.yaml \\- configuration of saker(8)\n.SH DESCRIPTION\n"
        "The configuration is YAML. Saker reads the file of\n.BR \\-c ,\nelse\n.IR /etc/saker/saker.yaml ,\n"
        "else\n.IR /etc/falco/falco.yaml ,\nelse what is built in. Files of Falco work as they are.\n.PP\n"
        "Files of\n.B config_files\nare merged by top\\-level keys. In values,\n.B ${NAME}\nis replaced by the "
        "environment variable,\n.B $${NAME}\nis a literal ${NAME}. The option\n.B \\-o key.subkey=value\n"
        "comes last. A value of the wrong type or outside of its limits, and a key that does not exist, "
        "are warned of with file, line and column; the default is used.\n");
    for (size_t i = 0; i < sk_conf_sections_n; i++) {
        const struct sk_conf_section *s = &sk_conf_sections[i];
        bool head = false;

        for (size_t j = 0; j < sk_conf_rows_n; j++) {
            if (sk_conf_rows[j].use == SK_CONF_OLD || !sk_conf_in_section(s, &sk_conf_rows[j]))
                continue;
            if (!head)
                sk_buf_printf(out, ".SH %s\n%s\n", s->title, s->intro);
            head = true;
            key(out, &sk_conf_rows[j]);
            items(out, sk_conf_rows[j].key);
        }
    }
    sk_buf_addz(out, ".SH \"KEYS OF OLDER VERSIONS\"\n");
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        if (sk_conf_rows[i].use != SK_CONF_OLD)
            continue;
        sk_buf_printf(out, ".TP\n.B %s\nuntil Falco %s: ", sk_conf_rows[i].key,
                      sk_conf_rows[i].until);
        sk_man_text(out, sk_conf_rows[i].doc);
        sk_buf_addz(out, "\n");
    }
    sk_buf_addz(
        out, ".SH FILES\n.I /etc/saker/saker.yaml\n.br\n.I /etc/saker/config.d\n.SH \"SEE ALSO\"\n"
             ".BR saker (8)\n");
}
