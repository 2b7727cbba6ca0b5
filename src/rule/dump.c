/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c - the IR of one condition as text: one line a node, children before their parents. */
#include <errno.h>

#include "rule/ir.h"

static void dump_line(const struct sk_filter_pool *p, uint32_t index, struct sk_buf *out)
{
    static const char *const names[] = {"false", "true", "", "not", "and", "or"};
    const struct sk_ir_node *node = &p->node[index];

    sk_buf_printf(out, "n%u = %s", index, names[node->kind]);
    if (node->kind == SK_IR_PRED)
        sk_buf_adds(out, p->pred[node->first].text);
    if (node->kind == SK_IR_NOT)
        sk_buf_printf(out, " n%u", node->first);
    for (uint32_t i = 0; node->kind >= SK_IR_AND && i < node->n; i++)
        sk_buf_printf(out, " n%u", p->kid[node->first + i]);
    sk_buf_printf(out, "  ; cost %u%s\n", node->cost, node->stateful ? ", stateful" : "");
}

/* Children have smaller numbers than parents: one sweep down marks, one sweep up prints. */
void sk_filter_dump(const struct sk_filter_pool *p, uint32_t root, struct sk_buf *out)
{
    bool *used = calloc(root + 1, sizeof(*used));

    if (!used) {
        out->failed = true;
        return;
    }
    used[root] = true;
    for (uint32_t i = root + 1; i-- > 0;) {
        const struct sk_ir_node *node = &p->node[i];

        if (!used[i])
            continue;
        if (node->kind == SK_IR_NOT)
            used[node->first] = true;
        for (uint32_t k = 0; node->kind >= SK_IR_AND && k < node->n; k++)
            used[p->kid[node->first + k]] = true;
    }
    for (uint32_t i = 0; i <= root; i++)
        if (used[i])
            dump_line(p, i, out);
    free(used);
}
