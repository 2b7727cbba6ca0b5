/* SPDX-License-Identifier: Apache-2.0 */
/* man.c - what documentation is printed from: the reference of the configuration in its forms, and
 * saker(8) from the rows of the command line. */
#include "cli/app.h"
#include "conf/about.h"

#define OUT_MAX (16u << 20)

int sk_print_config_doc(const char *form)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    if (!*form || !strcmp(form, "markdown"))
        sk_conf_markdown(&out);
    else if (!strcmp(form, "man"))
        sk_conf_man(&out);
    else if (!strcmp(form, "yaml"))
        sk_conf_yaml(&out);
    else
        return sk_fail("--config-doc has the forms markdown, man and yaml");
    return sk_put(&out);
}

static void option(struct sk_buf *out, char short_name, const char *long_name, const char *arg,
                   const char *help)
{
    sk_buf_addz(out, ".TP\n.B ");
    if (short_name)
        sk_buf_printf(out, "\\-%c%s", short_name, *long_name ? ", " : "");
    if (*long_name) {
        sk_buf_addz(out, "\\-\\-");
        sk_man_text(out, long_name);
    }
    if (*arg)
        sk_buf_printf(out, " \\fI%s\\fR", arg);
    sk_buf_addc(out, '\n');
    sk_man_text(out, help);
    sk_buf_addc(out, '\n');
}

static void command(struct sk_buf *out, const char *word, const char *arg, const char *help)
{
    sk_buf_printf(out, ".TP\n.B saker %s \\fI%s\\fR\n", word, arg);
    sk_man_text(out, help);
    sk_buf_addc(out, '\n');
}

int sk_print_man(void)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);

    sk_buf_addz(&out,
                ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                ".TH SAKER 8 \"\" \"Saker " SAKER_VERSION "\"\n.SH NAME\n"
                "saker \\- watches system calls and speaks when a rule says so\n.SH SYNOPSIS\n"
                ".B saker\n[OPTION...]\n.br\n.B saker\nCOMMAND [OPTION...]\n.SH DESCRIPTION\n"
                "Without a command, Saker watches what the system does and raises an alert when a "
                "rule says that it should not have happened. Rules, configuration, captures and "
                "the command line are those of Falco.\n.SH COMMANDS\n");
#define COMMAND(id, word, arg, help) command(&out, word, arg, help);
#include "commands.def"
    sk_buf_addz(&out, ".SH OPTIONS\n");
#define OPTION(id, short_name, long_name, kind, arg, help) \
    option(&out, short_name, long_name, arg, help);
#include "options.def"
    sk_buf_addz(
        &out,
        ".SH SIGNALS\n.TP\n.B SIGHUP\nLoads configuration and rules again; when they are wrong, those that "
        "run stay.\n.TP\n.B SIGUSR1\nOpens files of outputs again, restarts programs of outputs.\n"
        ".TP\n.B SIGTERM, SIGINT\nDelivers what waits, for output_timeout at most, and ends.\n"
        ".SH \"EXIT STATUS\"\n0 when all went well, 1 on an error, 255 when the pid file cannot be written.\n"
        ".SH FILES\n.I /etc/saker/saker.yaml\n.br\n.I /etc/falco/falco.yaml\n.SH \"SEE ALSO\"\n"
        ".BR saker.yaml (5)\n");
    return sk_put(&out);
}
