/* SPDX-License-Identifier: Apache-2.0 */
/* ir.h - the typed form of conditions: what compiler, optimiser and executor share.
 *
 * Nodes are addressed by index and immutable once emitted.  Children have smaller indexes than
 * their parents, an equal node exists once. */
#pragma once
#include "base/map.h"
#include "field/transform.h"
#include "rule/filter.h"
#include "rule/operator.h"
#include "rule/pmatch.h"
#include "rule/regex.h"
#include "rule/value.h"

#define SK_IR_NODES_MAX (1u << 22)
#define SK_NO_SLOT      UINT32_MAX

enum sk_ir_kind { SK_IR_FALSE, SK_IR_TRUE, SK_IR_PRED, SK_IR_NOT, SK_IR_AND, SK_IR_OR };

struct sk_ir_node {
    uint8_t kind;
    bool stateful; /* its result must not be remembered, its place among its siblings not changed */
    uint16_t cost; /* estimate, for the order of siblings */
    uint32_t first; /* PRED: index of the predicate; NOT: the child; AND, OR: index into kids */
    uint32_t n;     /* AND, OR: how many */
};

/* A value that predicates read: computed once per event. */
struct sk_slot {
    const struct sk_expr *expr;
    unsigned flags; /* sk_field_flag of a plain field, else 0 */
};

/* Predicates that most rules are made of: one value against constants, decided without a detour. */
enum sk_quick {
    SK_QUICK_NONE,
    SK_QUICK_TEXT_SET,
    SK_QUICK_NUM_SET,
    SK_QUICK_TEXT,
    SK_QUICK_NUM,
};

struct sk_pred {
    enum sk_op op;
    enum sk_op_modifier mod;
    enum sk_type type; /* of the left side */
    bool is_list;
    uint32_t slot, rslot; /* rslot: the right-hand side field, or SK_NO_SLOT */
    const struct sk_const *rhs;
    size_t n;
    struct sk_map *set; /* the rhs as a set; NULL: go through them */
    uint64_t set_lens;  /* of a set of texts: bit n tells that one is n long, the last: or longer */
    uint8_t quick;      /* enum sk_quick */
    struct sk_pmatch *paths;
    struct sk_regex **regex; /* [n] */
    struct sk_str text;      /* canonical, for people */
    struct sk_str key;       /* for finding an equal one */
};

/* The bit of a length in set_lens. */
static inline uint64_t sk_set_len(size_t n)
{
    return 1ull << SK_MIN(n, (size_t)63);
}

/* Event codes for which a node can be true, and for which it can be false: supersets. */
struct sk_node_events {
    struct sk_event_set can_be_true, can_be_false;
};

struct sk_filter_pool {
    struct sk_arena *mem;
    const struct sk_field_set *fields; /* made at run time; NULL: none */
    struct sk_ir_node *node;
    struct sk_node_events *events; /* of each node */
    uint32_t *kid;
    struct sk_pred *pred;
    struct sk_slot *slot;
    uint32_t nnode, nkid, npred, nslot;
    uint32_t cnode, cevents, ckid, cpred, cslot; /* capacities */
    struct sk_map *node_by_key;                  /* bytes of kind and children -> index + 1 */
    struct sk_map *slot_by_key;
    uint32_t *mark; /* 2 per node: for finding doubles among siblings */
    uint32_t cmark, mark_now;
    uint32_t *work; /* siblings of the node that is being emitted */
    uint32_t cwork;
};

/* The one door to new nodes: folds constants, flattens, drops doubles, orders by cost (opt.c), and
 * returns the node that exists if an equal one does.  PRED: arg[0] is the predicate's index,
 * `events` says when it can be what (NULL for the others).  -ENOMEM, -E2BIG. */
SK_MUST int sk_ir_emit(struct sk_filter_pool *p, enum sk_ir_kind kind, const uint32_t *arg,
                       uint32_t n, const struct sk_node_events *events, uint32_t *out);
/* Adds a predicate (without a node), a slot (or finds the one of the same key). */
SK_MUST int sk_ir_add_pred(struct sk_filter_pool *p, const struct sk_pred *pred, uint32_t *out);
SK_MUST int sk_ir_add_slot(struct sk_filter_pool *p, const struct sk_expr *e, struct sk_str key,
                           uint32_t *out);
/* Node numbers 0 and 1 are SK_IR_FALSE and SK_IR_TRUE. */
SK_MUST int sk_ir_init(struct sk_filter_pool *p);

/* opt.c */
uint16_t sk_opt_pred_cost(const struct sk_filter_pool *p, const struct sk_pred *pred);
void sk_opt_order(const struct sk_filter_pool *p, enum sk_ir_kind kind, uint32_t *arg, uint32_t n);

/* typecheck.c: one check of the AST to a predicate's node. */
struct sk_compile {
    struct sk_filter_pool *pool;
    sk_filter_warn_fn *warn;
    void *warn_self;
    struct sk_ast_err *err;
};
SK_MUST int sk_check_compile(struct sk_compile *c, const struct sk_ast *ast, uint32_t *out);
/* Fills err with text and position; -EINVAL always. */
int sk_compile_fail(struct sk_compile *c, const struct sk_ast *at, const char *fmt, ...)
    SK_PRINTF(3, 4);

/* check_values.c: the right-hand side of a predicate whose left side and operator are known. */
SK_MUST int sk_check_values(struct sk_compile *c, const struct sk_ast *ast, bool is_evt_type,
                            struct sk_pred *pred);
void sk_pred_done(struct sk_pred *pred);
void sk_check_warn(struct sk_compile *c, const struct sk_ast *value, enum sk_op op);

/* eventset.c: which events can make a new predicate true, and false. */
void sk_pred_events(const struct sk_filter_pool *p, const struct sk_pred *pred,
                    struct sk_node_events *out);

/* match.c: the predicate on extracted values.  `flags`: sk_field_flag of the left field. */
bool sk_match_pred(const struct sk_pred *pred, const struct sk_vals *left,
                   const struct sk_vals *right, unsigned flags, struct sk_arena *tmp);
