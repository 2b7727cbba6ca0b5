/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules on random events: the pass over all rules says what each condition says by itself. */
#include "fake_fields.h"
#include "loading.h"
#include "plain.h"

#define RULES_MAX 200

static uint64_t seed;

static uint32_t any(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

/* Short texts of few letters, so that tests hold as often as not. */
static void add_word(struct sk_buf *b)
{
    uint32_t n = 1 + any(3);

    for (uint32_t i = 0; i < n; i++)
        sk_buf_addc(b, (char)('a' + any(2)));
}

static void add_text_check(struct sk_buf *b)
{
    static const char *const fields[] = {"proc.name", "proc.pname", "fd.name", "proc.aname",
                                         "tolower(fd.name)"};
    static const char *const one[] = {"=",         "!=",   "startswith", "endswith", "contains",
                                      "icontains", "glob", "regex",      "pmatch",   "contains"};
    static const char *const many[] = {
        "in",       "pmatch",         "= oneof",        "= anyof",          "!= allof",
        "!= anyof", "contains anyof", "contains allof", "startswith anyof", "endswith oneof"};
    bool list = any(3) == 0;
    uint32_t op = any(10), field = any(list || op > 2 ? 5 : 4);

    if (any(20) == 0) {
        sk_buf_addz(b, any(2) ? "proc.name = val(proc.pname)" : "proc.args in (aa, ab, ba, bb)");
        return;
    }
    if (field == 3 && op > 5)
        field = 0;
    sk_buf_printf(b, "%s %s ", fields[field], list ? many[op] : one[op]);
    if (!list && op == 6) {
        sk_buf_addz(b, any(2) ? "*a" : "b?*");
        return;
    }
    if (!list) {
        add_word(b);
        return;
    }
    sk_buf_addc(b, '(');
    for (uint32_t i = any(4);; i--) {
        add_word(b);
        if (!i)
            break;
        sk_buf_addz(b, ", ");
    }
    sk_buf_addc(b, ')');
}

static void add_check(struct sk_buf *b)
{
    static const char *const ops[] = {"=", "!=", "<", ">=", ">"};

    switch (any(6)) {
    case 0:
        sk_buf_printf(b, "proc.pid %s %u", ops[any(5)], any(4));
        break;
    case 1:
        sk_buf_printf(b, "user.uid in (%u, %u)", any(4), any(4));
        break;
    default:
        add_text_check(b);
    }
}

static void add_condition(struct sk_buf *b, unsigned depth)
{
    uint32_t n = 1 + any(4);
    bool and = any(2);

    if (depth == 0 || any(4) == 0) {
        sk_buf_addz(b, any(3) ? "" : "not ");
        add_check(b);
        return;
    }
    sk_buf_addz(b, any(4) ? "(" : "not (");
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            sk_buf_addz(b, and? " and " : " or ");
        add_condition(b, depth - 1);
    }
    sk_buf_addc(b, ')');
}

static void load_random(struct loading *l, uint32_t nrules, const char *more)
{
    static const char *const types[] = {"evt.type = open", "evt.type = close",
                                        "evt.type in (open, close)", "evt.type in (open, dup)"};
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 22);

    for (uint32_t i = 0; i < nrules; i++) {
        sk_buf_printf(
            &b, "- rule: r%u\n  desc: d\n  output: o\n  priority: INFO\n  condition: >\n   %s", i,
            types[any(4)]);
        for (uint32_t k = any(5); k; k--) {
            sk_buf_addz(&b, " and ");
            add_condition(&b, 3);
        }
        sk_buf_printf(&b, "%s\n", more);
    }
    if (load_bytes(l, "r.yaml", sk_buf_str(&b)))
        fail_msg("refused:\n%s", l->text.p);
}

static char words[8][8];

static void random_texts(enum fake_field f, uint32_t n)
{
    if (any(6) == 0)
        return;
    fake_values[f].present = true;
    for (uint32_t i = 0; i < n; i++) {
        char *w = words[any(8)];
        uint32_t len = any(6);

        for (uint32_t k = 0; k < len; k++)
            w[k] = (char)((any(6) ? 'a' : 'A') + any(2));
        w[len] = '\0';
        fake_add_text(f, w);
    }
}

static void random_event(const char *type)
{
    fake_clear();
    fake_set_text(FAKE_EVT_TYPE, type);
    random_texts(FAKE_PROC_NAME, 1);
    random_texts(FAKE_PROC_PNAME, 1);
    random_texts(FAKE_FD_NAME, any(50) ? 1 : 2); /* two of a field that has one: no value */
    random_texts(FAKE_PROC_ANAME, any(5));
    random_texts(FAKE_PROC_ARGS, any(4));
    if (any(6))
        fake_set_int(FAKE_PROC_PID, any(4));
    if (any(6))
        fake_set_int(FAKE_USER_UID, any(4));
}

static unsigned code_of(const char *name)
{
    struct sk_event_set set = {0};

    assert_true(sk_event_set_by_name(sk_str(name), &set));
    for (unsigned code = SK_EVENT_N; code-- > 0;)
        if (sk_event_set_has(&set, code))
            return code;
    fail();
    return 0;
}

/* Rules that hold when each is asked by itself. */
static size_t by_themselves(const struct loading *l, const struct sk_ctx *cx,
                            const struct sk_rule **out)
{
    size_t n = 0;

    for (size_t i = 0; i < sk_ruleset_count(l->rs); i++) {
        const struct sk_rule *r = sk_ruleset_at(l->rs, i);

        if (r->active && sk_event_set_has(&r->events, cx->ev->type) &&
            plain_run(sk_ruleset_pool(l->rs), r->root, cx))
            out[n++] = r;
    }
    return n;
}

static void compare_one(const struct loading *l, struct sk_filter_exec *x, const struct sk_ctx *cx)
{
    const struct sk_rule *want[RULES_MAX], *got[RULES_MAX];
    size_t n = by_themselves(l, cx, want), m;

    if (!l->opt.match_all)
        n = SK_MIN(n, (size_t)1);
    sk_filter_exec_begin(x);
    m = sk_ruleset_match(l->rs, x, cx, got, RULES_MAX);
    assert_int_equal(m, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(got[i]->name, want[i]->name);
    for (size_t i = 0; i < n; i++)
        assert_true(sk_filter_run(x, want[i]->root, cx));
}

static void compare(const struct loading *l, unsigned events)
{
    static const char *const types[] = {"open", "close", "dup"};
    sk_auto(arena) struct sk_arena *tmp = sk_arena_new(1u << 22);
    struct sk_filter_exec *x = NULL;

    assert_int_equal(sk_ruleset_exec_new(l->rs, &x), 0);
    for (unsigned i = 0; i < events; i++) {
        const char *type = types[i % 3];
        unsigned code = code_of(type);
        struct sk_event ev = {.type = (uint16_t)code, .info = &sk_events[code]};
        struct sk_ctx cx = {.ev = &ev, .tmp = tmp};

        random_event(type);
        compare_one(l, x, &cx);
        sk_arena_reset(tmp);
    }
    sk_filter_exec_free(x);
}

static void one_pass_says_what_each_condition_says(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        sk_auto(loading) struct loading l = loading_new();

        seed = round;
        l.opt.match_all = round % 2;
        load_random(&l, 1 + any(20), "");
        compare(&l, 1500); /* enough for a learned order */
    }
}

static void more_rules_than_a_word_has_bits(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        sk_auto(loading) struct loading l = loading_new();

        seed = 1000 + round;
        l.opt.match_all = round % 2;
        load_random(&l, RULES_MAX - any(60), "");
        compare(&l, 1500);
    }
}

static void rules_that_count_are_run_as_they_are_written(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    seed = 5;
    l.opt.match_all = true;
    load_random(&l, 10, " and not evt.deltatime = 0");
    compare(&l, 300);
}

static void an_executor_of_an_earlier_selection_runs_rule_by_rule(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    struct sk_filter_exec *x = NULL;
    struct sk_event ev = {.type = (uint16_t)code_of("open")};
    sk_auto(arena) struct sk_arena *tmp = sk_arena_new(1u << 22);
    struct sk_ctx cx = {.ev = &ev, .tmp = tmp};
    const struct sk_rule *out[2];

    (void)state;
    ev.info = &sk_events[ev.type];
    assert_loads(&l, RULE("a", "evt.type=open and proc.name=a")
                         RULE("b", "evt.type=open and proc.name=b"));
    assert_int_equal(sk_ruleset_exec_new(l.rs, &x), 0);
    sk_ruleset_select(l.rs, false, "a", NULL);
    fake_clear();
    fake_set_text(FAKE_PROC_NAME, "a");
    sk_filter_exec_begin(x);
    assert_int_equal(sk_ruleset_match(l.rs, x, &cx, out, 2), 0);
    fake_set_text(FAKE_PROC_NAME, "b");
    sk_filter_exec_begin(x);
    assert_int_equal(sk_ruleset_match(l.rs, x, &cx, out, 2), 1);
    assert_string_equal(out[0]->name, "b");
    sk_filter_exec_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_pass_says_what_each_condition_says),
        cmocka_unit_test(more_rules_than_a_word_has_bits),
        cmocka_unit_test(rules_that_count_are_run_as_they_are_written),
        cmocka_unit_test(an_executor_of_an_earlier_selection_runs_rule_by_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
