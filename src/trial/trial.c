/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c - a suite's rules, its cases one by one; see trial.h. */
#include "trial/trial.h"

#include <errno.h>

#include "trial/replay.h"
#include "trial/run.h"
#include "trial/value.h"
#include "trial/write.h"

#define SUITE_MEM_MAX (64u << 20)
#define CASE_MEM_MAX  (16u << 20)
#define MESSAGE_MAX   (1u << 20)
#define STEP_NS       1000000ull /* between events */

static int add_result(struct sk_trial *t, const struct sk_run *r, const char *message)
{
    struct sk_trial_result *to;

    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        void *bigger = realloc(t->result, cap * sizeof(*t->result));

        if (!bigger)
            return -ENOMEM;
        t->result = bigger;
        t->cap = cap;
    }
    to = &t->result[t->n];
    *to = (struct sk_trial_result){.at = r->test->at, .ok = !*message, .message = strdup(message)};
    to->file = strdup(r->suite->file);
    to->name = strdup(r->test->name);
    to->at.file = to->file;
    t->n++;
    t->failed += !to->ok;
    return to->file && to->name && to->message ? 0 : -ENOMEM;
}

/* Fields of who acts hold on for the next event of the same process. */
static size_t inherit(const struct sk_trial_event *e, const struct sk_given *before, size_t nbefore,
                      struct sk_given *out)
{
    const struct sk_given *pid = sk_given_find(e->given, e->n, "proc.pid"),
                          *old = sk_given_find(before, nbefore, "proc.pid");
    size_t n = e->n;

    memcpy(out, e->given, e->n * sizeof(*out));
    if (pid && (!old || pid->value->kind != SK_NODE_SCALAR || old->value->kind != SK_NODE_SCALAR ||
                strcmp(pid->value->text, old->value->text)))
        return n;
    for (size_t i = 0; i < nbefore && n < SK_SUITE_FIELDS; i++) {
        bool known = !sk_scene_has(before[i].ref.field);

        for (size_t k = 0; k < e->n && !known; k++)
            known = sk_str_eq(before[i].ref.text, e->given[k].ref.text);
        if (!known)
            out[n++] = before[i];
    }
    return n;
}

static bool tells_scene(const struct sk_trial_event *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (sk_scene_has(e->given[i].ref.field))
            return true;
    return false;
}

/* One event: record -> decoder -> state -> are the fields as given? -> rules. */
static int run_one(struct sk_run *r, size_t i, const struct sk_given *given, size_t n)
{
    const struct sk_trial_event *e = &r->test->event[i];
    sk_auto(buf) struct sk_buf rec = SK_BUF(4 * SK_REC_MAX_BYTES);
    uint64_t ts = SK_SCENE_TS_NS + i * STEP_NS;
    bool used[SK_SUITE_FIELDS] = {false};
    struct sk_overlay overlay;
    struct sk_scene scene;
    struct sk_event ev;
    const struct sk_given *time = sk_given_find(given, n, "evt.rawtime");
    struct sk_ctx cx = {
        .ev = &ev, .st = r->state, .tmp = r->tmp, .hostname = "localhost", .source = "syscall"};
    int64_t given_ts;
    int rc;

    if (time && !sk_trial_number(sk_given_text(time, r->mem), &given_ts) && given_ts > 0)
        ts = (uint64_t)given_ts;
    if (!i)
        r->first_ts_ns = r->prev_ts_ns = ts;
    cx.first_ts_ns = r->first_ts_ns;
    cx.prev_ts_ns = r->prev_ts_ns;
    r->prev_ts_ns = ts;
    rc = sk_scene_make(given, n, ts, r->mem, &scene, used, r->dg);

    if (!rc && (!i || tells_scene(e)))
        rc = sk_scene_tell(&scene, r->state);
    if (!rc)
        rc = sk_record_make(e, given, n, &scene, ts, r->mem, &rec, used, r->dg);
    if (rc)
        return rc;
    rc = sk_event_decode(rec.p, rec.n, 0, &ev);
    if (rc)
        return sk_err(r->dg, rc, &e->at, "the event that these fields make is not well-formed");
    ev.num = i + 1;
    sk_state_apply(r->state, &ev, &cx.th);
    cx.proc = cx.th ? cx.th->proc : NULL;
    rc = sk_check_given(given, n, used, &cx, r->mem, &overlay, r->dg);
    cx.overlay = overlay.n ? &overlay : NULL;
    if (!rc)
        rc = sk_run_event(r, &cx);
    sk_arena_reset(r->tmp);
    return rc;
}

static int run_events(struct sk_run *r)
{
    const struct sk_state_limits limits = {0};
    const struct sk_state_ops ops = {.host_root = ""};
    sk_auto(mem) struct sk_given *now = calloc(SK_SUITE_FIELDS, sizeof(*now)),
                                 *before = calloc(SK_SUITE_FIELDS, sizeof(*now));
    size_t nbefore = 0;
    int rc = now && before ? sk_state_new(&limits, &ops, &r->state) : -ENOMEM;

    for (size_t i = 0; !rc && i < r->test->nevents; i++) {
        size_t n = inherit(&r->test->event[i], before, nbefore, now);

        rc = run_one(r, i, now, n);
        memcpy(before, now, n * sizeof(*now));
        nbefore = n;
    }
    sk_state_free(r->state);
    r->state = NULL;
    return rc;
}

static int on_replay(void *self, struct sk_ctx *cx)
{
    return sk_run_event(self, cx);
}

static int find_rules(struct sk_run *r)
{
    const struct sk_trial_case *t = r->test;

    r->expect = sk_arena_alloc(r->mem, (t->nexpect + 1) * sizeof(*r->expect));
    if (!r->expect)
        return -ENOMEM;
    for (size_t i = 0; i < t->nexpect + t->nforbid; i++) {
        const struct sk_trial_alert *a =
            i < t->nexpect ? &t->expect[i] : &t->forbid[i - t->nexpect];
        const struct sk_rule *rule = sk_ruleset_find(sk_gen_rules(r->gen), a->rule);

        if (!rule)
            return sk_err(r->dg, -EINVAL, &a->at, "no rule is called '%s'", a->rule);
        if (i < t->nexpect)
            r->expect[i] =
                (struct sk_run_alert){.want = a, .rule = rule, .why = SK_BUF(MESSAGE_MAX)};
    }
    return 0;
}

static void judge(struct sk_run *r)
{
    for (size_t i = 0; i < r->test->nexpect; i++) {
        struct sk_run_alert *a = &r->expect[i];

        if (a->want->count ? a->hits == a->want->count : a->hits > 0)
            continue;
        if (a->hits)
            sk_buf_printf(&r->message, "rule '%s' fired %llu times, not %llu\n", a->rule->name,
                          (unsigned long long)a->hits, (unsigned long long)a->want->count);
        else
            sk_buf_printf(&r->message, "rule '%s' did not fire as expected: %s", a->rule->name,
                          a->why.n ? a->why.p : "no event is of a type that it looks at\n");
    }
    if (r->test->ordered && (r->out_of_order || (r->next < r->test->nexpect && !r->message.n)))
        sk_buf_addz(&r->message, "the expected alerts came in another order\n");
}

static int run_case(struct sk_trial *t, struct sk_run *r)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(CASE_MEM_MAX);
    int rc = dg && mem ? 0 : -ENOMEM;

    r->mem = mem;
    r->dg = dg;
    r->message = SK_BUF(MESSAGE_MAX);
    r->expect = NULL;
    r->next = 0;
    r->out_of_order = false;
    r->from_capture = r->test->capture != NULL;
    if (!rc)
        rc = find_rules(r);
    if (!rc)
        rc = r->test->capture ? sk_replay(r->test->capture, on_replay, r, dg) : run_events(r);
    if (rc)
        sk_buf_addz(&r->message, dg && sk_diag_count(dg, SK_DIAG_ERROR)
                                     ? sk_diag_text(dg, SK_DIAG_ERROR)
                                     : "not enough memory\n");
    else
        judge(r);
    for (size_t i = 0; r->expect && i < r->test->nexpect; i++)
        sk_buf_done(&r->expect[i].why);
    rc = add_result(t, r, sk_buf_str(&r->message).p);
    sk_buf_done(&r->message);
    return rc;
}

static int prepare(struct sk_run *r)
{
    const struct sk_ruleset *rs = sk_gen_rules(r->gen);
    int rc;

    r->nrules = sk_ruleset_count(rs);
    r->why = calloc(r->nrules + 1, sizeof(struct sk_why *));
    r->hit = calloc(r->nrules + 1, sizeof(struct sk_rule *));
    r->tmp = sk_arena_new(SK_TRIAL_TMP_BYTES);
    if (!r->why || !r->hit || !r->tmp)
        return -ENOMEM;
    rc = sk_ruleset_exec_new(rs, &r->exec);
    for (size_t i = 0; !rc && i < r->nrules; i++)
        rc = sk_why_new(rs, sk_ruleset_at(rs, i), &r->why[i]);
    return rc;
}

static void done(struct sk_run *r)
{
    for (size_t i = 0; r->why && i < r->nrules; i++)
        sk_why_free(r->why[i]);
    free(r->why);
    free(r->hit);
    sk_filter_exec_free(r->exec);
    sk_arena_free(r->tmp);
}

/* Every rule is compiled as if it were on: what is off speaks in the cases that name it. */
static int load_rules(const struct sk_suite *s, const struct sk_conf *conf, struct sk_conf *mine,
                      struct sk_conf_select *all, struct sk_gen **out, struct sk_diag *dg)
{
    const struct sk_gen_input in = {.conf = mine, .path = s->rules, .npaths = s->nrules};

    *mine = *conf;
    *all = (struct sk_conf_select){.enable = true, .rule = "*"};
    mine->min_priority = SK_DEBUG;
    mine->match_all = true;
    mine->select = all;
    mine->nselect = 1;
    return sk_gen_new(&in, out, dg);
}

int sk_trial_run(struct sk_trial *t, const char *file, const struct sk_conf *conf,
                 struct sk_diag *dg)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(SUITE_MEM_MAX);
    sk_auto(gen) struct sk_gen *gen = NULL;
    sk_auto(mem) struct sk_conf *mine = calloc(1, sizeof(*mine));
    struct sk_conf_select all;
    struct sk_suite suite = {0};
    struct sk_run r = {.suite = &suite};
    int rc = mem && mine ? sk_suite_load(file, mem, &suite, dg) : -ENOMEM;

    if (!rc)
        rc = load_rules(&suite, conf, mine, &all, &gen, dg);
    r.gen = gen;
    if (!rc)
        rc = prepare(&r);
    for (size_t i = 0; !rc && i < suite.n; i++) {
        r.test = &suite.test[i];
        rc = run_case(t, &r);
    }
    if (!rc)
        rc = sk_run_coverage(&r, t);
    done(&r);
    return rc;
}

void sk_trial_done(struct sk_trial *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free((char *)t->result[i].file);
        free((char *)t->result[i].name);
        free(t->result[i].message);
    }
    free(t->result);
    sk_buf_done(&t->missing);
    *t = (struct sk_trial){0};
}
