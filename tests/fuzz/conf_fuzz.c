/* SPDX-License-Identifier: Apache-2.0 */
/* conf_fuzz.c - arbitrary bytes as a configuration: lines "-o TEXT" in front are options, the rest is
 * the file.  Loading must end in a configuration whose values lie within their limits, or in an error
 * that says something.
 *
 * Inputs with `config_files` are left out: it would read files of the machine. */
#include <assert.h>

#include "conf/conf.h"

#define MAX_OPTIONS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text is read, so that the sanitizer sees what lies outside of the arena. */
static size_t walk(const struct sk_node *n)
{
    size_t sum = n->kind == SK_NODE_SCALAR ? strlen(sk_node_shown(n)) + strlen(n->text) : 0;

    for (size_t i = 0; i < n->n; i++)
        sum += walk(n->item[i]) + (n->kind == SK_NODE_MAP ? strlen(n->key[i].text) : 0);
    return sum;
}

static void check_numbers(const struct sk_conf *c)
{
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        char text[32];

        if (r->type != SK_CONF_U32 || r->use == SK_CONF_OLD || sk_conf_strict(r))
            continue;
        snprintf(text, sizeof(text), "%u", *(const uint32_t *)((const char *)c + r->offset));
        assert(sk_conf_within(r, text));
    }
}

static void use(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_conf_input none = {.text = SK_STR("")};
    sk_auto(conf) struct sk_conf *now = NULL;
    sk_auto(diag) struct sk_diag *quiet = sk_diag_new();

    assert(c->root && c->nfiles >= 1);
    walk(c->root);
    check_numbers(c);
    for (size_t i = 0; i < sk_conf_rows_n; i++)
        assert(sk_conf_same(&sk_conf_rows[i], c, c));
    assert(quiet && !sk_conf_load(&none, &now, quiet));
    assert(!sk_conf_keep(c, now, dg));
}

/* Cuts the options off; each is a copy in `mem`. */
static size_t options(struct sk_arena *mem, struct sk_str *text, const char **out)
{
    size_t n = 0;

    while (n < MAX_OPTIONS && sk_str_starts(*text, SK_STR("-o "))) {
        const char *end = memchr(text->p, '\n', text->n);
        size_t len = end ? (size_t)(end - text->p) : text->n;

        out[n] = sk_arena_dup(mem, (struct sk_str){text->p + 3, len - 3});
        if (!out[n++])
            return 0;
        len += end != NULL;
        *text = (struct sk_str){text->p + len, text->n - len};
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *option[MAX_OPTIONS];
    struct sk_conf_input in = {.text = {(const char *)data, size}, .option = option};
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(conf) struct sk_conf *c = NULL;

    if (!mem || !dg || (size && memmem(data, size, "config_files", 12)))
        return 0;
    in.noptions = options(mem, &in.text, option);
    if (sk_conf_load(&in, &c, dg))
        assert(*sk_diag_text(dg, SK_DIAG_ERROR));
    else
        use(c, dg);
    return 0;
}
