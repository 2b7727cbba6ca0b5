/* SPDX-License-Identifier: Apache-2.0 */
/* env.c - ${NAME} in the values of a configuration.
 *
 * A replaced text is read again from its start; "$${" is a literal "${"; a "$" before anything else
 * ends the expansion of that value; so does a missing "}". */
#include <errno.h>

#include "conf/node.h"

#define SK_ENV_MAX_STEPS 1000
#define SK_ENV_MAX_BYTES 65536

static int replace(struct sk_buf *out, const size_t *at, struct sk_buf *name)
{
    size_t end = *at + 2;
    const char *value;

    while (end < out->n && out->p[end] != '}')
        end++;
    if (end >= out->n)
        return 1;
    sk_buf_reset(name);
    sk_buf_add(name, out->p + *at + 2, end - *at - 2);
    value = getenv(sk_buf_str(name).p);
    sk_buf_reset(name);
    sk_buf_add(name, out->p, *at);
    sk_buf_addz(name, value ? value : "");
    sk_buf_add(name, out->p + end + 1, out->n - end - 1);
    if (name->failed)
        return -E2BIG;
    sk_buf_reset(out);
    sk_buf_adds(out, sk_buf_str(name));
    return 0;
}

static int expand(struct sk_buf *text, struct sk_buf *tmp)
{
    unsigned steps = 0;
    size_t i = 0;

    while (i < text->n) {
        if (text->p[i] != '$') {
            i++;
        } else if (text->n - i >= 3 && text->p[i + 1] == '$' && text->p[i + 2] == '{') {
            memmove(text->p + i, text->p + i + 1, text->n - i); /* with the NUL */
            text->n--;
            i += 2;
        } else if (text->n - i >= 2 && text->p[i + 1] == '{') {
            int err = replace(text, &i, tmp);

            if (err)
                return err < 0 ? err : 0;
            if (++steps > SK_ENV_MAX_STEPS)
                return -ELOOP;
        } else {
            return 0;
        }
    }
    return 0;
}

static int expand_scalar(struct sk_arena *mem, struct sk_node *node, struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(SK_ENV_MAX_BYTES), tmp = SK_BUF(SK_ENV_MAX_BYTES);
    int err;

    if (!strchr(node->text, '$'))
        return 0;
    sk_buf_addz(&text, node->text);
    err = text.failed ? -E2BIG : expand(&text, &tmp);
    if (err)
        return sk_err(dg, err, &node->pos,
                      "'%.80s': the environment variables in this value do not end", node->text);
    node->written = node->text;
    node->text = sk_arena_dup(mem, sk_buf_str(&text));
    return node->text ? 0 : -ENOMEM;
}

int sk_env_expand(struct sk_arena *mem, struct sk_node *node, struct sk_diag *dg)
{
    int err = 0;

    if (node->kind == SK_NODE_SCALAR)
        return expand_scalar(mem, node, dg);
    for (size_t i = 0; i < node->n && !err; i++)
        err = sk_env_expand(mem, node->item[i], dg);
    return err;
}
