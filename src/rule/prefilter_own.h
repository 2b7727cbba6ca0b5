/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_own.h - within rule/prefilter*.c: checks of rules -> tests of the kernel side -> clauses.
 *
 * A test (struct sk_pt) is one bit of a word.  A literal is a test or its negation: test << 1 | negated.
 * A cube is a conjunction of literals, a dnf a disjunction of cubes.
 *
 * A check becomes two things: what is true wherever the check is (up), and what is true only where the
 * check is (low).  Where the check stands behind no `not`, up takes its place; else the negation of low. */
#pragma once
#include "abi/prefilter_eval.h"
#include "rule/ir.h"
#include "rule/prefilter.h"

#define SK_PT_NONE    UINT32_MAX
#define SK_PT_MAX     16000   /* tests of a generation */
#define SK_CUBE_MAX   23      /* literals of a cube: more are left out */
#define SK_DNF_MAX    64      /* cubes of what one condition becomes */
#define SK_DNF_EXCEPT 8       /* as many can come of exceptions alone */
#define SK_DNF_LARGE  256     /* widened before more is added */
#define SK_PFC_NODES  20000   /* of one condition that are looked at, */
#define SK_PFC_ALL    2000000 /* and of all, event by event: the rest counts as true */

struct sk_cube {
    uint16_t n;
    uint16_t lit[SK_CUBE_MAX]; /* ascending */
};
struct sk_dnf {
    struct sk_cube *cube;
    uint32_t n;
};

/* What one entry of a test is about. */
enum sk_pe_kind {
    SK_PE_EXACT, /* a path: the path itself, those with one component more, those with more, and */
    SK_PE_CHILD,
    SK_PE_BELOW,
    SK_PE_MAYBE, /* those with more of which only the bytes tell */
    SK_PE_NAME,  /* last component */
    SK_PE_EXT,
    SK_PE_COMM,
    SK_PE_NET,
    SK_PE_NUM,
};
struct sk_pe {
    uint8_t kind;
    uint8_t prefix; /* NET: bits */
    uint64_t num;
    struct sk_str text; /* a path, a name; the masked address */
};

/* Tests of one kind can be joined: "one of these". */
struct sk_pt_kind {
    uint8_t word; /* enum sk_pf_word */
    uint8_t fact; /* NUM: enum sk_pf_fact; NET: 1 << enum sk_pf_end */
    uint8_t n;    /* NUM: number of the parameter */
    uint8_t op;   /* NUM: SK_PF_IN has entries, others `value` */
};
struct sk_pt {
    struct sk_pt_kind kind;
    uint64_t value;
    const uint32_t *entry; /* ascending */
    uint32_t n;
    uint32_t uses;
    int16_t bit; /* -1: none; of NUM per event */
};

/* Entries as they are collected. */
struct sk_pe_list {
    uint32_t *id;
    uint32_t n, cap;
};

struct sk_low {
    bool is_set;  /* a set of entries, else two formulas */
    bool flip;    /* the check says no where they say yes */
    bool present; /* a field that the kernel side knows has a value */
    bool up_any;  /* set: some of it cannot be tested */
    struct sk_pt_kind kind;
    uint32_t guard; /* test that must hold too for `low` to be right; SK_PT_NONE: nothing */
    struct sk_pe_list up, low;
    struct sk_dnf up_f, low_f;
    const char *why; /* why it is wider than the check, NULL: it is not */
};

/* What an event's row says, beyond sk_events[]. */
struct sk_pf_row {
    const char *resolve;                  /* "RES_FD(RET)" */
    const char *src[SK_EVENT_MAX_PARAMS]; /* "ARG(0)" */
};
extern const struct sk_pf_row sk_pf_rows[SK_EVENT_N];

/* One run of the compiler. */
struct sk_pfc {
    const struct sk_filter_pool *pool;
    struct sk_arena *mem, *tmp; /* of the run, of one event */
    struct sk_map *entry_by_key, *test_by_key;
    struct sk_pe *entry;
    struct sk_pt *test;
    uint32_t nentry, centry, ntest, ctest;
    unsigned code;
    uint32_t nodes, all_nodes; /* looked at: of the condition, of all */
    int req;                   /* parameter of the event that REQ is about, -1: not yet decided */
    bool order;                /* something depends on which events were seen before */
    bool failed;               /* no memory */
    /* For explanations: told of each check that is not tested as it stands. */
    void (*tell)(void *self, uint32_t pred, const char *why);
    void *tell_self;
};

/* WHAT of rows ADDRESS, PORT and PATHARG in prefilter.def. */
enum { SK_PT_LOCAL = 1, SK_PT_REMOTE = 2, SK_PT_EITHER = 3, SK_PT_ROLE = 4 };
enum { SK_PT_NAME, SK_PT_SOURCE, SK_PT_TARGET };

/* prefilter_bits.c: tests and their entries. */
SK_MUST int sk_pfc_init(struct sk_pfc *c, const struct sk_filter_pool *pool);
void sk_pfc_done(struct sk_pfc *c);
void sk_pe_add(struct sk_pfc *c, struct sk_pe_list *l, const struct sk_pe *e);
void sk_pe_join(struct sk_pfc *c, struct sk_pe_list *l, const struct sk_pe_list *more);
/* SK_PT_NONE: there is no room for it; it counts as true. */
uint32_t sk_pt_set(struct sk_pfc *c, struct sk_pt_kind kind, const struct sk_pe_list *l);
uint32_t sk_pt_number(struct sk_pfc *c, struct sk_pt_kind kind, uint64_t value);

/* prefilter_dnf.c: formulas, in c->tmp. */
struct sk_dnf sk_dnf_const(struct sk_pfc *c, bool value);
/* A literal of a test; of SK_PT_NONE: true. */
struct sk_dnf sk_dnf_lit(struct sk_pfc *c, uint32_t test, bool negated);
struct sk_dnf sk_dnf_or(struct sk_pfc *c, struct sk_dnf a, struct sk_dnf b);
/* At most `max` cubes: literals of b are left out until it fits. */
struct sk_dnf sk_dnf_and(struct sk_pfc *c, struct sk_dnf a, struct sk_dnf b, uint32_t max);
struct sk_dnf sk_dnf_not(struct sk_pfc *c, struct sk_dnf a);
/* Wider, with at most `max` cubes. */
struct sk_dnf sk_dnf_widen(struct sk_pfc *c, struct sk_dnf a, uint32_t max);
/* Cubes that differ in one set become one, with the sets joined. */
struct sk_dnf sk_dnf_join_sets(struct sk_pfc *c, struct sk_dnf a);
/* Takes out cubes that another one contains. */
void sk_dnf_absorb(struct sk_dnf *a);
static inline bool sk_dnf_is_true(struct sk_dnf a)
{
    return a.n && !a.cube[0].n;
}
bool sk_dnf_only_negated(struct sk_dnf a);

/* prefilter_lower.c: one check. */
void sk_low_of(struct sk_pfc *c, uint32_t pred, struct sk_low *out);
struct sk_dnf sk_low_dnf(struct sk_pfc *c, const struct sk_low *l, bool negated);
/* Nothing is known of it. */
void sk_low_unknown(struct sk_pfc *c, struct sk_low *out, const char *why);
/* prefilter_number.c */
struct sk_number {
    uint8_t fact, n;
    bool is_signed;
};
void sk_low_number(struct sk_pfc *c, const struct sk_pred *pred, struct sk_number num,
                   struct sk_low *out);
void sk_low_port(struct sk_pfc *c, const struct sk_pred *pred, unsigned what, struct sk_low *out);
/* The check is true for the numbers of `yes`, and for no others. */
void sk_low_numbers(struct sk_pfc *c, struct sk_number num, const struct sk_pe_list *yes,
                    struct sk_low *out);
struct sk_dnf sk_dnf_compare(struct sk_pfc *c, struct sk_number num, enum sk_pf_op op, uint64_t v,
                             bool negated);
/* prefilter_arg.c: parameters, results, and numbers that have names. */
void sk_low_named(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                  unsigned fact, struct sk_low *out);
void sk_low_arg(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                bool raw, struct sk_low *out);
void sk_low_open(struct sk_pfc *c, const struct sk_pred *pred, const struct sk_field_ref *ref,
                 struct sk_low *out);
void sk_low_failed(struct sk_pfc *c, const struct sk_pred *pred, struct sk_low *out);
/* prefilter_text.c: names of threads, paths, addresses. */
enum sk_path_part { SK_PART_WHOLE, SK_PART_DIR, SK_PART_FILE };
void sk_low_text(struct sk_pfc *c, const struct sk_pred *pred, enum sk_pf_word word,
                 enum sk_path_part part, struct sk_low *out);
void sk_low_address(struct sk_pfc *c, const struct sk_pred *pred, unsigned what,
                    struct sk_low *out);
/* The path of that role that the call was given. */
void sk_low_path_arg(struct sk_pfc *c, const struct sk_pred *pred, unsigned role,
                     struct sk_low *out);
/* prefilter_row.c */
bool sk_pf_resolves(unsigned code);
/* Can the kernel side have the number of that parameter before the record is filled? */
bool sk_pf_param_ok(unsigned code, unsigned i);
int sk_pf_result_param(unsigned code);
int sk_pf_fd_param(unsigned code);

/* prefilter_cond.c: a condition, as specialised for c->code. */
struct sk_dnf sk_pfc_root(struct sk_pfc *c, uint32_t root);

/* prefilter.c: may events of that code be filtered? What is sent of them. */
struct sk_generation;
bool sk_pf_filters(const struct sk_event_set *whole, unsigned code);
struct sk_dnf sk_pf_event_dnf(struct sk_pfc *c, const struct sk_generation *g, unsigned code);

/* prefilter_blob.c: clauses of all events into the value of the map.  Gives bits to tests. */
struct sk_pf_codes {
    bool filtered[SK_EVENT_N];
    struct sk_dnf dnf[SK_EVENT_N];
    int16_t req[SK_EVENT_N];
};
SK_MUST int sk_pf_build(struct sk_pfc *c, struct sk_pf_codes *codes, uint64_t seed,
                        struct sk_pf **out, struct sk_prefilter_stats *stats);
