/* SPDX-License-Identifier: Apache-2.0 */
/* args.c - "-o x=y", "-ox=y", "-vN", "--option x=y", "--option=x=y"; other words are those of the
 * command that the first one names, or ignored. */
#include "cli/args.h"

#include <errno.h>

enum kind { FLAG, VALUE, MANY, MAYBE };

static const struct row {
    char short_name;
    const char *long_name;
    enum kind kind;
    const char *arg, *help;
    enum sk_command command; /* SK_CMD_NONE: exists always */
} rows[] = {
#define OPTION(id, short_name, long_name, kind, arg, help) \
    {short_name, long_name, kind, arg, help, SK_CMD_NONE},
#define COMMAND_OPTION(command, id, short_name, long_name, kind, arg, help) \
    {short_name, long_name, kind, arg, help, SK_CMD_##command},
#include "options.def"
};

static const struct {
    const char *word, *arg, *help;
} commands[] = {
#define COMMAND(id, word, arg, help) [SK_CMD_##id] = {word, arg, help},
#include "commands.def"
};

struct parse {
    struct sk_args *out;
    struct sk_buf *err;
    char *const *word;
    int n, i;
};

static int bad(struct parse *p, const char *name, size_t n, const char *what)
{
    sk_buf_printf(p->err, "Option \xe2\x80\x98%.*s\xe2\x80\x99 %s", (int)n, name, what);
    return -EINVAL;
}

static int add(struct parse *p, size_t row, const char *value)
{
    struct sk_arg *a = &p->out->opt[row];
    const char **bigger = realloc(a->value, (a->n + 1) * sizeof(*bigger));

    if (!bigger)
        return -ENOMEM;
    a->value = bigger;
    a->value[a->n++] = value;
    return 0;
}

/* `glued`: a value in the same word, or NULL. */
static int take(struct parse *p, size_t row, const char *name, size_t n, const char *glued)
{
    if (rows[row].kind == FLAG || rows[row].kind == MAYBE)
        return add(p, row, glued ? glued : "");
    if (!glued && p->i + 1 < p->n)
        glued = p->word[++p->i];
    return glued ? add(p, row, glued) : bad(p, name, n, "is missing an argument");
}

static bool exists(const struct parse *p, size_t row)
{
    return rows[row].command == SK_CMD_NONE || rows[row].command == p->out->command;
}

static int parse_long(struct parse *p, const char *text)
{
    const char *eq = strchr(text, '=');
    size_t n = eq ? (size_t)(eq - text) : strlen(text);

    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        if (n && exists(p, i) && strlen(rows[i].long_name) == n &&
            !strncmp(rows[i].long_name, text, n))
            return take(p, i, text, n, eq ? eq + 1 : NULL);
    }
    return bad(p, text, n, "does not exist");
}

static int parse_short(struct parse *p, const char *text)
{
    for (; *text; text++) {
        size_t i = 0;
        int err;

        while (i < SK_ARRAY_LEN(rows) && (rows[i].short_name != *text || !exists(p, i)))
            i++;
        if (i == SK_ARRAY_LEN(rows))
            return bad(p, text, 1, "does not exist");
        if (rows[i].kind != FLAG)
            return take(p, i, text, 1, text[1] ? text + 1 : NULL);
        err = take(p, i, text, 1, NULL);
        if (err)
            return err;
    }
    return 0;
}

static enum sk_command command_of(const char *word)
{
    for (size_t i = SK_CMD_NONE + 1; i < SK_CMD_N; i++)
        if (!strcmp(commands[i].word, word))
            return (enum sk_command)i;
    return SK_CMD_NONE;
}

/* Words behind options are ignored, as Falco does; but who begins with a command there does not want to
 * watch. */
static int add_word(struct parse *p, const char *word)
{
    if (p->out->command == SK_CMD_NONE && !p->out->nwords && command_of(word) != SK_CMD_NONE) {
        sk_buf_printf(p->err,
                      "'%s' is a command: it stands before the options, saker %s [OPTION...]", word,
                      word);
        return -EINVAL;
    }
    p->out->word[p->out->nwords++] = word;
    return 0;
}

int sk_args_parse(int argc, char *const *argv, struct sk_args *out, struct sk_buf *err)
{
    struct parse p = {out, err, argv, argc, 1};
    bool options = true;
    int e = 0;

    *out = (struct sk_args){0};
    out->word = calloc((size_t)SK_MAX(argc, 1), sizeof(*out->word));
    if (!out->word)
        return -ENOMEM;
    out->command = argc > 1 ? command_of(argv[1]) : SK_CMD_NONE;
    /* A mistyped command must not watch the machine. */
    if (argc > 1 && argv[1][0] != '-' && out->command == SK_CMD_NONE) {
        sk_buf_printf(err, "Unknown command '%s'; --help lists the commands", argv[1]);
        return -EINVAL;
    }
    for (p.i += out->command != SK_CMD_NONE; p.i < argc && !e; p.i++) {
        const char *w = argv[p.i];

        if (options && !strcmp(w, "--"))
            options = false;
        else if (options && w[0] == '-' && w[1] == '-')
            e = parse_long(&p, w + 2);
        else if (options && w[0] == '-' && w[1])
            e = parse_short(&p, w + 1);
        else
            e = add_word(&p, w);
    }
    return e;
}

void sk_args_done(struct sk_args *a)
{
    for (size_t i = 0; i < SK_OPT_N; i++)
        mem_freep(&a->opt[i].value);
    mem_freep(&a->word);
    *a = (struct sk_args){0};
}

void args_freep(struct sk_args *a)
{
    sk_args_done(a);
}

#define HELP_COLUMN 34
#define HELP_WIDTH  140

static void wrap(struct sk_buf *out, const char *text)
{
    size_t col = HELP_COLUMN;

    while (*text) {
        size_t n = strcspn(text, " ");

        if (col > HELP_COLUMN && col + n > HELP_WIDTH) {
            sk_buf_printf(out, "\n%*s", HELP_COLUMN, "");
            col = HELP_COLUMN;
        }
        sk_buf_add(out, text, n);
        col += n + 1;
        text += n;
        if (*text) {
            sk_buf_addc(out, ' ');
            text++;
        }
    }
    sk_buf_addc(out, '\n');
}

/* From `start` of the line on to the column of the help. */
static void pad(struct sk_buf *out, size_t start)
{
    size_t to = start + HELP_COLUMN;

    sk_buf_printf(out, "%*s", (int)SK_MAX((size_t)2, to - SK_MIN(out->n, to)), "");
}

static void option_help(const struct row *r, struct sk_buf *out)
{
    size_t start = out->n;

    sk_buf_printf(out, r->short_name ? "  -%c" : "    ", r->short_name);
    if (*r->long_name)
        sk_buf_printf(out, "%s--%s", r->short_name ? ", " : "  ", r->long_name);
    if (*r->arg)
        sk_buf_printf(out, r->kind == MAYBE ? "[=<%s>]" : " <%s>", r->arg);
    pad(out, start);
    wrap(out, r->help);
}

void sk_args_help(struct sk_buf *out)
{
    sk_buf_addz(out,
                "Saker - watches system calls and speaks when a rule says so\nUsage:\n"
                "  saker [OPTION...]            (accepts the command line of falco [OPTION...])\n"
                "  saker COMMAND [OPTION...]\n\nCommands:\n");
    for (size_t c = SK_CMD_NONE + 1; c < SK_CMD_N; c++) {
        size_t start = out->n;

        sk_buf_printf(out, "  %s%s%s", commands[c].word, *commands[c].arg ? " " : "",
                      commands[c].arg);
        pad(out, start);
        wrap(out, commands[c].help);
        for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++)
            if (rows[i].command == c)
                option_help(&rows[i], out);
    }
    sk_buf_addz(out, "\nOptions:\n");
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++)
        if (rows[i].command == SK_CMD_NONE)
            option_help(&rows[i], out);
}
