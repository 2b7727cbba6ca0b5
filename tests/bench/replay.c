/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - CPU time of a replay, stage by stage.
 *
 * usage: bench_replay CAPTURE ROUNDS RULES_FILE...
 *
 * A round replays the capture five times, each time with one stage more: read (the bytes of the
 * file), decode (blocks, old events, records), state, match (rules; alerts are counted, not written), count
 * (matches, evaluations and time of each rule, for metrics).  A stage's figure is the difference
 * between the minima over the rounds; what they sum up to is without the last.  Prints JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/counts.h"
#include "engine/generation.h"
#include "source/scap/bytes.h"
#include "source/source.h"

enum stage { READ, DECODE, STATE, MATCH, COUNT, STAGES };
static const char *const titles[STAGES] = {"read", "decode", "state", "match", "count"};

struct bench {
    enum stage stage;
    const char *capture;
    struct sk_ruleset *rules;
    struct sk_event_set wanted;
    struct sk_state *state;
    struct sk_filter_exec *exec;
    struct sk_rule_cost **cost; /* by the number of the rule */
    struct sk_arena *tmp;
    uint64_t events, hits, asked; /* asked: conditions, at most one of them true */
    uint64_t first_ns, prev_ns;
    uint64_t load_ns; /* CPU time of reading and compiling the rules */
};

static __attribute__((noinline)) void match(struct bench *b, struct sk_event *ev,
                                            struct sk_thread *th)
{
    const struct sk_rule *hit[1];
    struct sk_ctx cx = {
        .ev = ev,
        .th = th,
        .proc = th ? th->proc : NULL,
        .st = b->state,
        .tmp = b->tmp,
        .hostname = "",
        .source = "syscall",
        .first_ts_ns = b->first_ns,
        .prev_ts_ns = b->prev_ns,
    };

    b->asked += sk_ruleset_candidates(b->rules, ev->type);
    sk_filter_exec_begin(b->exec);
    b->hits += b->stage == COUNT
                   ? sk_ruleset_match_counted(b->rules, b->exec, &cx, b->cost,
                                              b->events % SK_COUNTS_TIMED_OF == 0, hit, 1)
                   : sk_ruleset_match(b->rules, b->exec, &cx, hit, 1);
    sk_arena_reset(b->tmp);
}

static int on_event(void *self, struct sk_event *ev)
{
    struct bench *b = self;
    struct sk_thread *th = NULL;

    ev->num = ++b->events;
    if (b->stage < STATE)
        return 0;
    if (!b->first_ns)
        b->first_ns = ev->ts_ns;
    sk_state_apply(b->state, ev, &th);
    if (b->stage >= MATCH && !ev->state_only && sk_event_set_has(&b->wanted, ev->type))
        match(b, ev, th);
    b->prev_ns = ev->ts_ns;
    return 0;
}

/* Bytes that are resident now. */
static long resident_kb(void)
{
    long pages = 0, total;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%ld %ld", &total, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * 4;
}

static bool read_only(const struct bench *b)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_bytes *bytes = NULL;
    const uint8_t *p;
    int64_t n;

    if (!dg || sk_scap_bytes_open(b->capture, &bytes, dg))
        return false;
    while ((n = sk_scap_bytes_peek(bytes, 4096, &p)) > 0)
        sk_scap_bytes_take(bytes, (size_t)n);
    sk_scap_bytes_free(bytes);
    return n == 0;
}

static int through_source(struct bench *b)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_source_ops *ops = sk_source_find("scap");
    const struct sk_source_options opt = {.capture_file = b->capture};
    const struct sk_capture all = {.scope = SK_SCOPE_HOST};
    sk_auto(mem) char *self = calloc(1, ops->size);
    int n;

    if (!dg || !self || ops->open(self, &opt, dg))
        return -1;
    n = ops->apply(self, &all, b->state, dg);
    while (n >= 0)
        n = ops->poll(self, 1024, on_event, b);
    ops->close(self);
    return n == -ENODATA ? 0 : -1;
}

/* CPU time of one replay in ns; 0: it failed. */
static uint64_t one(struct bench *b)
{
    const struct sk_state_limits limits = {0};
    const struct sk_state_ops ops = {.host_root = ""};
    uint64_t begin = sk_cputime_ns(), end;
    bool ok;

    b->events = b->hits = b->asked = b->first_ns = b->prev_ns = 0;
    if (b->stage == READ)
        return read_only(b) ? sk_cputime_ns() - begin : 0;
    if (sk_state_new(&limits, &ops, &b->state))
        return 0;
    ok = through_source(b) == 0;
    end = sk_cputime_ns();
    sk_state_free(b->state);
    return ok ? end - begin : 0;
}

static int make_costs(struct bench *b, struct sk_arena *mem)
{
    struct sk_rule_cost *all;
    size_t n = 0;

    for (size_t i = 0; i < sk_ruleset_count(b->rules); i++)
        n = SK_MAX(n, (size_t)sk_ruleset_at(b->rules, i)->id + 1);
    all = sk_arena_alloc(mem, (n + 1) * sizeof(*all));
    b->cost = sk_arena_alloc(mem, (n + 1) * sizeof(*b->cost));
    for (size_t i = 0; all && b->cost && i < n; i++)
        b->cost[i] = &all[i];
    return all && b->cost ? 0 : -ENOMEM;
}

static int load_rules(struct bench *b, char **path, int n, struct sk_arena *mem)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(buf) struct sk_buf why = SK_BUF(65536);
    const struct sk_conf_input in = {.text = SK_STR("{}")};
    struct sk_conf *conf = NULL; /* lives as long as the rules: to the end */
    const struct sk_report *report;
    int err = dg ? sk_conf_load(&in, &conf, dg) : -ENOMEM;
    const uint64_t begin = sk_cputime_ns();

    if (!err)
        err = sk_gen_ruleset(conf, NULL, mem, &b->rules, dg);
    for (int i = 0; i < n && !err; i++) {
        sk_auto(mem) char *text = NULL;
        size_t len;

        err = sk_read_file(path[i], SK_RULES_MAX_BYTES, &text, &len);
        if (!err)
            err = sk_ruleset_add(b->rules, path[i], (struct sk_str){text, len}, &report);
    }
    if (!err)
        err = sk_ruleset_finish(b->rules, &why);
    if (err)
        return err;
    sk_ruleset_events(b->rules, &b->wanted);
    err = make_costs(b, mem);
    if (err)
        return err;
    err = sk_ruleset_exec_new(b->rules, &b->exec);
    b->load_ns = sk_cputime_ns() - begin;
    return err;
}

static void report(const struct bench *b, const uint64_t best[STAGES], uint64_t events,
                   long first_kb, long last_kb)
{
    uint64_t before = 0;

    printf("{\"load_ms\": %.1f, \"events\": %llu, \"matched\": %llu, \"rules\": %zu, "
           "\"rules_asked\": %llu, \"ns_per_event\": {",
           (double)b->load_ns / 1e6, (unsigned long long)events, (unsigned long long)b->hits,
           sk_ruleset_count(b->rules), (unsigned long long)b->asked);
    for (int s = READ; s < STAGES; s++) {
        printf("\"%s\": %.1f, ", titles[s],
               best[s] > before ? (double)(best[s] - before) / (double)events : 0.0);
        before = best[s];
    }
    printf("\"all\": %.1f}, \"events_per_second\": %.0f, \"resident_kb\": [%ld, %ld]}\n",
           (double)best[MATCH] / (double)events, (double)events * 1e9 / (double)best[MATCH],
           first_kb, last_kb);
}

int main(int argc, char **argv)
{
    struct bench b = {.tmp = sk_arena_new(4u << 20)};
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(64u << 20);
    uint64_t best[STAGES] = {0}, events = 0;
    long first_kb = 0;
    int rounds = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 0;

    if (rounds < 1 || !mem || !b.tmp || load_rules(&b, argv + 3, argc - 3, mem)) {
        fprintf(stderr, "usage: bench_replay CAPTURE ROUNDS RULES_FILE... (which must load)\n");
        return 2;
    }
    b.capture = argv[1];
    for (int r = 0; r < rounds; r++) {
        for (int s = READ; s < STAGES; s++) {
            uint64_t ns;

            b.stage = (enum stage)s;
            ns = one(&b);
            if (!ns) {
                fprintf(stderr, "bench_replay: '%s' cannot be replayed\n", b.capture);
                return 1;
            }
            events = b.events;
            best[s] = !best[s] || ns < best[s] ? ns : best[s];
        }
        first_kb = r ? first_kb : resident_kb();
    }
    report(&b, best, events, first_kb, resident_kb());
    return 0;
}
