/* SPDX-License-Identifier: Apache-2.0 */
/* bench_rules.c - `saker bench-rules`: what rules cost and how often they match, on a capture.
 *
 * The capture is replayed twice: with all rules in one pass, as they run while watching, and with each
 * rule by itself, as if it were the only one and its values were new. The sum of the latter is more
 * than the former, which shares values, tests and parts of conditions; the share of a rule is its part
 * of that sum. */
#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "cli/app.h"
#include "trial/replay.h"

#define OUT_MAX (64u << 20)
/* A measurement that takes longer was interrupted: so much of it counts. */
#define LONGEST_NS 100000u

struct cost {
    const struct sk_rule *rule; /* NULL: of an event type */
    unsigned code;
    uint64_t n, matches, ns;
};

struct bench {
    const struct sk_ruleset *rules;
    struct sk_filter_exec *pass, *alone;
    struct sk_event_set wanted;
    uint64_t empty_ns; /* what measuring nothing gives */
    uint64_t events, asked;
    uint64_t pass_ns, alone_ns;
    struct cost *rule; /* by id; without a rule where there is none */
    struct cost *type; /* by event code */
    const struct sk_rule **hit;
    size_t nids, nrules;
};

static uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t since(const struct bench *b, uint64_t begin)
{
    uint64_t ns = clock_ns() - begin;

    ns = SK_MIN(ns, (uint64_t)LONGEST_NS);
    return ns - SK_MIN(ns, b->empty_ns);
}

static void alone(struct bench *b, const struct sk_ctx *cx)
{
    for (size_t i = 0; i < sk_ruleset_candidates(b->rules, cx->ev->type); i++) {
        uint32_t root;
        struct cost *c = &b->rule[sk_ruleset_candidate(b->rules, cx->ev->type, i, &root)->id];
        uint64_t begin, ns;

        sk_filter_exec_begin(b->alone);
        begin = clock_ns();
        c->matches += sk_filter_run(b->alone, root, cx);
        ns = since(b, begin);
        c->n++;
        c->ns += ns;
        b->alone_ns += ns;
    }
}

static bool meets_rules(const struct bench *b, const struct sk_event *ev)
{
    return !(ev->info->category & SK_EC_PLUGIN) && sk_event_set_has(&b->wanted, ev->type);
}

static int in_one_pass(void *self, struct sk_ctx *cx)
{
    struct bench *b = self;
    struct cost *c = &b->type[cx->ev->type];
    uint64_t begin, ns;

    b->events++;
    if (!meets_rules(b, cx->ev))
        return 0;
    b->asked++;
    sk_filter_exec_begin(b->pass);
    begin = clock_ns();
    c->matches += sk_ruleset_match(b->rules, b->pass, cx, b->hit, b->nrules);
    ns = since(b, begin);
    c->n++;
    c->ns += ns;
    b->pass_ns += ns;
    return 0;
}

static int by_rule(void *self, struct sk_ctx *cx)
{
    struct bench *b = self;

    if (meets_rules(b, cx->ev))
        alone(b, cx);
    return 0;
}

/* The dearest first. */
static int by_time(const void *a, const void *b)
{
    const struct cost *x = a, *y = b;

    if (x->ns != y->ns)
        return x->ns > y->ns ? -1 : 1;
    return x->rule && y->rule ? strcmp(x->rule->name, y->rule->name)
                              : (x->code > y->code) - (x->code < y->code);
}

static double ratio(uint64_t part, uint64_t all)
{
    return all ? (double)part / (double)all : 0;
}

static bool shown(const struct bench *b, const struct cost *c)
{
    return c->rule ? c->rule->active : c->code && c->n && sk_ruleset_candidates(b->rules, c->code);
}

static void text_row(const struct bench *b, const struct cost *c, struct sk_buf *out)
{
    char name[64];

    if (c->rule)
        snprintf(name, sizeof(name), "%s", c->rule->name);
    else
        snprintf(name, sizeof(name), "%s (%s, %zu rules)", sk_events[c->code].name,
                 sk_events[c->code].exit ? "exit" : "enter",
                 sk_ruleset_candidates(b->rules, c->code));
    sk_buf_printf(out, "%-56.56s %12" PRIu64 " %10" PRIu64 " %9.4f%% %8.0f %6.1f%%\n", name, c->n,
                  c->matches, 100 * ratio(c->matches, c->n), ratio(c->ns, c->n),
                  100 * ratio(c->ns, c->rule ? b->alone_ns : b->pass_ns));
}

static void text_table(const struct bench *b, const struct cost *c, size_t n, const char *title,
                       const char *counted, struct sk_buf *out)
{
    sk_buf_printf(out, "\n%-56s %12s %10s %10s %8s %7s\n", title, counted, "matches", "hit rate",
                  "ns each", "share");
    for (size_t i = 0; i < n; i++)
        if (shown(b, &c[i]))
            text_row(b, &c[i], out);
}

static void text(const struct bench *b, struct sk_buf *out)
{
    sk_buf_printf(out,
                  "%" PRIu64 " events, %" PRIu64 " of them of types that rules ask for\n"
                  "all rules in one pass: %.0f ns for each of those, %.1f ns an event\n"
                  "each rule by itself: %.0f ns for each of those\n",
                  b->events, b->asked, ratio(b->pass_ns, b->asked), ratio(b->pass_ns, b->events),
                  ratio(b->alone_ns, b->asked));
    text_table(b, b->rule, b->nids, "rule, by itself", "evaluations", out);
    text_table(b, b->type, SK_EVENT_N, "event type, all rules in one pass", "events", out);
}

static void json_row(const struct bench *b, const struct cost *c, struct sk_buf *out)
{
    if (c->rule) {
        sk_buf_addz(out, "{\"rule\":\"");
        sk_buf_add_json(out, sk_str(c->rule->name));
        sk_buf_printf(out, "\",\"evaluations\":%" PRIu64, c->n);
    } else {
        sk_buf_printf(out,
                      "{\"type\":\"%s\",\"direction\":\"%s\",\"rules\":%zu,\"events\":%" PRIu64,
                      sk_events[c->code].name, sk_events[c->code].exit ? "exit" : "enter",
                      sk_ruleset_candidates(b->rules, c->code), c->n);
    }
    sk_buf_printf(out, ",\"matches\":%" PRIu64 ",\"time_ns\":%" PRIu64 ",\"share\":%.4f}",
                  c->matches, c->ns, ratio(c->ns, c->rule ? b->alone_ns : b->pass_ns));
}

static void json_list(const struct bench *b, const struct cost *c, size_t n, struct sk_buf *out)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if (!shown(b, &c[i]))
            continue;
        if (any)
            sk_buf_addc(out, ',');
        json_row(b, &c[i], out);
        any = true;
    }
}

static void json(const struct bench *b, struct sk_buf *out)
{
    sk_buf_printf(out,
                  "{\"events\":%" PRIu64 ",\"asked\":%" PRIu64 ",\"one_pass_ns\":%" PRIu64
                  ",\"by_rule_ns\":%" PRIu64 ",\"rules\":[",
                  b->events, b->asked, b->pass_ns, b->alone_ns);
    json_list(b, b->rule, b->nids, out);
    sk_buf_addz(out, "],\"event_types\":[");
    json_list(b, b->type, SK_EVENT_N, out);
    sk_buf_addz(out, "]}\n");
}

static int prepare(struct bench *b)
{
    b->nrules = sk_ruleset_count(b->rules);
    for (size_t i = 0; i < b->nrules; i++)
        b->nids = SK_MAX(b->nids, (size_t)sk_ruleset_at(b->rules, i)->id + 1);
    b->rule = calloc(b->nids + 1, sizeof(*b->rule));
    b->type = calloc(SK_EVENT_N, sizeof(*b->type));
    b->hit = calloc(b->nrules + 1, sizeof(*b->hit));
    if (!b->rule || !b->type || !b->hit || sk_ruleset_exec_new(b->rules, &b->pass) ||
        sk_filter_exec_new(sk_ruleset_pool(b->rules), &b->alone))
        return -ENOMEM;
    sk_filter_exec_forget(b->alone);
    for (size_t i = 0; i < b->nrules; i++) {
        const struct sk_rule *r = sk_ruleset_at(b->rules, i);

        b->rule[r->id].rule = r;
    }
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        b->type[code].code = code;
    sk_ruleset_events(b->rules, &b->wanted);
    b->empty_ns = UINT64_MAX;
    for (int i = 0; i < 64; i++) {
        uint64_t begin = clock_ns(), ns = clock_ns() - begin;

        b->empty_ns = SK_MIN(b->empty_ns, ns);
    }
    return 0;
}

static void done(struct bench *b)
{
    sk_filter_exec_free(b->pass);
    sk_filter_exec_free(b->alone);
    free(b->rule);
    free(b->type);
    free((void *)b->hit);
}

static int measure(struct sk_app *app, struct bench *b, const char *capture)
{
    bool as_json = app->conf->json_output || sk_args_has(&app->args, SK_OPT_BENCH_JSON);
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    int rc = prepare(b);

    if (!rc)
        rc = sk_replay(capture, in_one_pass, b, app->dg);
    if (!rc)
        rc = sk_replay(capture, by_rule, b, app->dg);
    if (rc)
        return sk_fail(rc == -ENOMEM ? "no memory" : sk_diag_text(app->dg, SK_DIAG_ERROR));
    qsort(b->rule, b->nids, sizeof(*b->rule), by_time);
    qsort(b->type, SK_EVENT_N, sizeof(*b->type), by_time);
    if (as_json)
        json(b, &out);
    else
        text(b, &out);
    return sk_put(&out);
}

int sk_bench_rules(struct sk_app *app, const struct sk_gen *gen)
{
    struct bench b = {.rules = sk_gen_rules(gen)};
    const char *capture = app->args.nwords ? app->args.word[0] : app->conf->capture_file;
    int code;

    if (app->args.nwords > 1 || !capture || !*capture)
        return sk_fail("saker bench-rules [CAPTURE]: give one capture, or name it in the "
                       "configuration (engine.replay.capture_file)");
    code = measure(app, &b, capture);
    done(&b);
    return code;
}
