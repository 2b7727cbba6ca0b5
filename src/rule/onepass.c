/* SPDX-License-Identifier: Apache-2.0 */
/* onepass.c - runs the gates of a plan, and learns their order.
 *
 * Now and then an event is a sample: each gate is asked by itself, and how long that takes is measured.
 * When there are as many samples as a word has bits, gates are put in order: always the one that settles
 * the most rules for its time next, given those before it.  Samples are seldom once the first order
 * is found, but never end: workloads change.  The order changes no result, because asking has no
 * side effects (plans with fields that change by being asked are not run here). */
#include "rule/onepass.h"

#include <errno.h>

#define SAMPLES     64    /* at most: a bit each */
#define FIRST_WANT  16    /* the first order is found with fewer */
#define FIRST_EVERY 7     /* of the first events of a plan, one of so many is a sample; */
#define LATER_EVERY 8191  /* afterwards. Primes: events come in turns */
#define SAMPLE_NS   20000 /* longer than this something else has run meanwhile */
#define COSTLY      60    /* sk_ir_node.cost: not asked without need */
#define LATE_FACTOR 16    /* exceptions go last, as long as nothing is measured */
#define GUESS_NS    3     /* of a unit of sk_ir_node.cost */

struct gate {
    struct sk_term term;
    uint64_t mask; /* of plans of one word: the rules that need it */
    uint32_t index;
};

/* What samples say of one gate. */
struct seen {
    uint64_t closed;            /* bit: in that sample */
    uint32_t n, ns, extract_ns; /* samples that asked it; time of all, and of getting values */
};

struct order {
    const struct sk_plan *plan;
    uint32_t until;          /* events until the next sample */
    uint32_t nsamples, want; /* samples taken; and needed for the next order */
    uint64_t all;            /* of plans of one word: all rules */
    struct gate *gate;       /* in the order of asking */
    struct seen *seen;       /* by index */
};

struct sk_onepass {
    uint64_t serial; /* of the plans */
    uint32_t norders;
    uint32_t empty_ns; /* what measuring nothing gives */
    uint64_t *alive;   /* rules that may match */
    uint64_t *left;    /* [SAMPLES][words]: while an order is sought */
    uint8_t *got;      /* slots whose values are there: likewise */
    struct order *order;
};

static const uint64_t *mask_of(const struct order *o, const struct gate *g)
{
    return o->plan->mask + (size_t)g->index * o->plan->words;
}

static uint32_t count(const uint64_t *mask, uint32_t words)
{
    uint32_t n = 0;

    for (uint32_t w = 0; w < words; w++)
        n += (uint32_t)__builtin_popcountll(mask[w]);
    return n;
}

/* Before anything is measured: estimated cost for each rule that may be settled. */
static uint64_t guess(const struct sk_filter_pool *p, const struct order *o, const struct gate *g)
{
    const struct sk_ir_node *node = &p->node[o->plan->gate[g->index]];
    uint64_t late = node->kind == SK_IR_NOT ? LATE_FACTOR : 1;
    uint32_t rules = count(mask_of(o, g), o->plan->words);

    return (node->cost + 1ull) * late * 1024 / SK_MAX(rules, 1u);
}

struct guessing {
    const struct sk_filter_pool *pool;
    const struct order *order;
};

static int by_guess(const void *a, const void *b, void *self)
{
    const struct guessing *s = self;
    const struct gate *m = a, *n = b;
    uint64_t x = guess(s->pool, s->order, m), y = guess(s->pool, s->order, n);

    return x != y ? (x > y) - (x < y) : (m->index > n->index) - (m->index < n->index);
}

static int init_order(const struct sk_filter_exec *x, const struct sk_plan *plan, struct order *o)
{
    struct guessing s = {x->pool, o};

    o->plan = plan;
    o->until = 1;
    o->want = FIRST_WANT;
    o->all = plan->nrules < 64 ? (1ull << plan->nrules) - 1 : UINT64_MAX;
    o->gate = calloc((size_t)plan->ngates + 1, sizeof(*o->gate));
    o->seen = calloc((size_t)plan->ngates + 1, sizeof(*o->seen));
    if (!o->gate || !o->seen)
        return -ENOMEM;
    for (uint32_t i = 0; i < plan->ngates; i++)
        o->gate[i] = (struct gate){
            .term = x->of[plan->gate[i]], .mask = plan->mask[(size_t)i * plan->words], .index = i};
    qsort_r(o->gate, plan->ngates, sizeof(*o->gate), by_guess, &s);
    return 0;
}

static uint32_t empty_time(void)
{
    uint64_t best = UINT32_MAX;

    for (int i = 0; i < 16; i++) {
        uint64_t begin = sk_exec_clock_ns(), end = sk_exec_clock_ns();

        best = SK_MIN(best, end - begin);
    }
    return (uint32_t)best;
}

int sk_onepass_new(struct sk_filter_exec *x, const struct sk_plans *ps, struct sk_onepass **out)
{
    struct sk_onepass *op = calloc(1, sizeof(*op));
    size_t words = (ps->most_rules + 63) / 64 + 1;
    int rc = 0;

    if (!op)
        return -ENOMEM;
    op->norders = ps->n;
    op->serial = ps->serial;
    op->empty_ns = empty_time();
    op->alive = calloc(words, sizeof(*op->alive));
    op->left = calloc(words * SAMPLES, sizeof(*op->left));
    op->got = calloc((size_t)x->nslot + 1, sizeof(*op->got));
    op->order = calloc((size_t)ps->n + 1, sizeof(*op->order));
    if (!op->alive || !op->left || !op->got || !op->order)
        rc = -ENOMEM;
    for (uint32_t i = 0; !rc && i < ps->n; i++)
        rc = init_order(x, &ps->plan[i], &op->order[i]);
    if (rc) {
        sk_onepass_free(op);
        return rc;
    }
    *out = op;
    return 0;
}

void sk_onepass_free(struct sk_onepass *op)
{
    if (!op)
        return;
    for (uint32_t i = 0; op->order && i < op->norders; i++) {
        free(op->order[i].gate);
        free(op->order[i].seen);
    }
    free(op->order);
    free(op->alive);
    free(op->left);
    free(op->got);
    free(op);
}

bool sk_onepass_is_for(const struct sk_onepass *op, const struct sk_plans *ps)
{
    return op && ps && op->serial == ps->serial;
}

static void all_rules(const struct sk_plan *plan, uint64_t *alive)
{
    for (uint32_t w = 0; w < plan->words; w++)
        alive[w] = UINT64_MAX;
    if (plan->nrules % 64)
        alive[plan->words - 1] = (1ull << plan->nrules % 64) - 1;
}

static bool common(const uint64_t *a, const uint64_t *b, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        if (a[w] & b[w])
            return true;
    return false;
}

static bool take(uint64_t *from, const uint64_t *mask, uint32_t words)
{
    uint64_t rest = 0;

    for (uint32_t w = 0; w < words; w++)
        rest |= from[w] &= ~mask[w];
    return rest != 0;
}

/* Asks one gate as if it were the only one. */
static void sample_gate(struct sk_filter_exec *x, struct order *o, const struct gate *g,
                        const struct sk_ctx *cx)
{
    struct seen *s = &o->seen[g->index];
    uint64_t begin, ns;
    bool open;

    sk_filter_exec_begin(x);
    x->extract_ns = 0;
    begin = sk_exec_clock_ns();
    open = sk_exec_term(x, &g->term, cx);
    ns = sk_exec_clock_ns() - begin;
    ns -= SK_MIN(ns, (uint64_t)x->onepass->empty_ns * (1 + (x->extract_ns != 0)));
    s->n++;
    s->ns += (uint32_t)SK_MIN(ns, (uint64_t)SAMPLE_NS);
    s->extract_ns += (uint32_t)SK_MIN(x->extract_ns, (uint64_t)SAMPLE_NS);
    if (!open)
        s->closed |= 1ull << o->nsamples;
}

/* Does it ask one value only? */
static bool by_slot(const struct gate *g)
{
    return g->term.kind == SK_TERM_TEXT || g->term.kind == SK_TERM_NUMBER;
}

static uint32_t slot_of(const struct sk_filter_exec *x, const struct gate *g)
{
    return by_slot(g) ? g->term.slot : x->nslot;
}

/* Time of asking a gate once, when the values that others got are there. */
static uint64_t cost_of(const struct sk_filter_exec *x, const struct order *o, const struct gate *g)
{
    const struct seen *s = &o->seen[g->index];
    uint64_t ns = s->ns, own = s->extract_ns;

    if (!s->n)
        return 1 + GUESS_NS * x->pool->node[o->plan->gate[g->index]].cost;
    if (x->onepass->got[slot_of(x, g)])
        ns -= SK_MIN(ns, own);
    return 1 + ns / s->n;
}

/* Rules settled by a gate in all samples, for a time. */
static double worth(const struct sk_filter_exec *x, const struct order *o, const struct gate *g)
{
    const uint64_t *mask = mask_of(o, g), *left = x->onepass->left;
    const uint64_t closed = o->seen[g->index].closed;
    uint32_t words = o->plan->words, asked = 0, settled = 0;

    for (uint32_t s = 0; closed && s < o->nsamples; s++, left += words) {
        uint32_t n = 0;

        for (uint32_t w = 0; w < words; w++)
            n += (uint32_t)__builtin_popcountll(left[w] & mask[w]);
        asked += n != 0;
        settled += closed >> s & 1 ? n : 0;
    }
    return settled ? settled / ((double)asked * (double)cost_of(x, o, g)) : 0;
}

/* The best of gate[from..] goes to `from`; the others keep their order. false: none settles anything. */
static bool next_best(struct sk_filter_exec *x, struct order *o, uint32_t from)
{
    uint32_t best = from;
    double most = 0;
    struct gate g;

    for (uint32_t i = from; i < o->plan->ngates; i++) {
        double w = worth(x, o, &o->gate[i]);

        if (w > most) {
            most = w;
            best = i;
        }
    }
    if (most <= 0)
        return false;
    g = o->gate[best];
    memmove(&o->gate[from + 1], &o->gate[from], (best - from) * sizeof(g));
    o->gate[from] = g;
    x->onepass->got[slot_of(x, &g)] = by_slot(&g);
    for (uint32_t s = 0; s < o->nsamples; s++)
        if (o->seen[g.index].closed >> s & 1)
            (void)take(x->onepass->left + (size_t)s * o->plan->words, mask_of(o, &g),
                       o->plan->words);
    return true;
}

static void learn(struct sk_filter_exec *x, struct order *o)
{
    memset(x->onepass->got, 0, x->nslot + 1);
    for (uint32_t s = 0; s < o->nsamples; s++)
        all_rules(o->plan, x->onepass->left + (size_t)s * o->plan->words);
    for (uint32_t i = 0; i < o->plan->ngates && next_best(x, o, i); i++)
        ;
    memset(o->seen, 0, o->plan->ngates * sizeof(*o->seen));
    o->nsamples = 0;
    o->want = SAMPLES;
}

static void sample(struct sk_filter_exec *x, struct order *o, const struct sk_ctx *cx)
{
    uint64_t *alive = x->onepass->left;
    uint32_t words = o->plan->words;

    all_rules(o->plan, alive);
    x->timed = true;
    for (int costly = 0; costly < 2; costly++)
        for (uint32_t i = 0; i < o->plan->ngates; i++) {
            const struct gate *g = &o->gate[i];

            if ((x->pool->node[o->plan->gate[g->index]].cost > COSTLY) != costly)
                continue;
            if (costly && !common(alive, mask_of(o, g), words))
                continue;
            sample_gate(x, o, g, cx);
            if (o->seen[g->index].closed >> o->nsamples & 1)
                (void)take(alive, mask_of(o, g), words);
        }
    x->timed = false;
    if (++o->nsamples == o->want)
        learn(x, o);
    o->until = o->want == SAMPLES ? LATER_EVERY : FIRST_EVERY;
}

static uint64_t run_word(struct sk_filter_exec *x, const struct order *o, const struct sk_ctx *cx)
{
    const struct gate *end = o->gate + o->plan->ngates;
    uint64_t alive = o->all;

    for (const struct gate *g = o->gate; g < end; g++) {
        if (!(g->mask & alive) || sk_exec_term(x, &g->term, cx))
            continue;
        alive &= ~g->mask;
        if (!alive)
            break;
    }
    return alive;
}

static void run_words(struct sk_filter_exec *x, const struct order *o, const struct sk_ctx *cx,
                      uint64_t *alive)
{
    uint32_t words = o->plan->words;

    all_rules(o->plan, alive);
    for (uint32_t i = 0; i < o->plan->ngates; i++) {
        const struct gate *g = &o->gate[i];
        const uint64_t *mask = mask_of(o, g);

        if (!common(alive, mask, words) || sk_exec_term(x, &g->term, cx))
            continue;
        if (!take(alive, mask, words))
            break;
    }
}

const uint64_t *sk_onepass_run(struct sk_filter_exec *x, uint32_t plan, const struct sk_ctx *cx)
{
    struct sk_onepass *op = x->onepass;
    struct order *o = &op->order[plan];

    if (o->plan->by_rule)
        return NULL;
    if (SK_UNLIKELY(--o->until == 0)) {
        sample(x, o, cx);
        sk_filter_exec_begin(x);
    }
    if (o->plan->words == 1)
        op->alive[0] = run_word(x, o, cx);
    else
        run_words(x, o, cx, op->alive);
    return op->alive;
}
