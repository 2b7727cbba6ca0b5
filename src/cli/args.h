/* SPDX-License-Identifier: Apache-2.0 */
/* args.h - the command line by the rows of tbl/commands.def and tbl/options.def.
 *
 * Not getopt: abbreviated long options are errors here, as Falco's users know them, and nothing is
 * global. */
#pragma once
#include "base/str.h"

enum sk_option {
#define OPTION(id, short_name, long_name, kind, arg, help) SK_OPT_##id,
#include "options.def"
    SK_OPT_N
};

enum sk_command {
    SK_CMD_NONE, /* watch, or what an option asks for */
#define COMMAND(id, word, arg, help) SK_CMD_##id,
#include "commands.def"
    SK_CMD_N
};

struct sk_args {
    struct sk_arg {
        unsigned n;         /* how often it was given */
        const char **value; /* of each time; "" for flags and --list without a value */
    } opt[SK_OPT_N];
    enum sk_command command;
    const char **word; /* what stands behind the command and is no option */
    size_t nwords;
};

/* -EINVAL: the text in err.  Values point into argv; sk_args_done() frees the rest. */
SK_MUST int sk_args_parse(int argc, char *const *argv, struct sk_args *out, struct sk_buf *err);
void sk_args_done(struct sk_args *a);
void args_freep(struct sk_args *a);

static inline bool sk_args_has(const struct sk_args *a, enum sk_option o)
{
    return a->opt[o].n > 0;
}

/* The last value, or NULL. */
static inline const char *sk_args_value(const struct sk_args *a, enum sk_option o)
{
    return a->opt[o].n ? a->opt[o].value[a->opt[o].n - 1] : NULL;
}

void sk_args_help(struct sk_buf *out);
