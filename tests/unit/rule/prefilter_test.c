/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter drops, no rule matches: random rules and those that are shipped, random events.
 *
 * The events are written as Saker's driver writes them, with whatever its extensions can say; the rules
 * are asked by the code that runs them.  PREFILTER_EVENTS=N: so many events (without it a short run).
 * PREFILTER_RULES=FILE:FILE...: those rules too. */
#include "prefiltering.h"
#include "random_rules.h"

#define SHORT_RUN     300000u
#define RULES_EACH    60u /* events for one set of random rules */
#define DEFAULT_RULES "rules/saker_rules.yaml"

static void random_sock(struct made *m)
{
    static const uint8_t known[][4] = {{10, 0, 0, 1}, {10, 1, 2, 3},  {192, 168, 3, 4},
                                       {1, 2, 3, 4},  {127, 0, 0, 1}, {0, 0, 0, 0}};
    static const uint8_t types_of[] = {SK_FD_IPV4_SOCK, SK_FD_IPV4_SERVSOCK};
    uint8_t *ends[] = {m->sock.laddr, m->sock.raddr};

    m->has_sock = true;
    m->sock.type = types_of[random_pick(2)];
    m->sock.server = random_pick(2);
    m->sock.l4proto = (uint8_t)random_pick(6);
    m->sock.lport = (uint16_t)(random_pick(3) ? 79 + random_pick(4) : 0);
    m->sock.rport = (uint16_t)(random_pick(3) ? 79 + random_pick(4) : 0);
    for (int i = 0; i < 2; i++)
        memcpy(ends[i], known[random_pick(SK_ARRAY_LEN(known))], 4);
    if (random_pick(3))
        return;
    m->path = "";
    switch (random_pick(3)) {
    case 0:
        m->sock.family = AF_UNIX;
        m->sock.type = SK_FD_UNIX;
        m->path = random_pick(2) ? random_path() : "";
        break;
    case 1:
        m->sock.family = AF_NETLINK;
        m->sock.type = SK_FD_NETLINK;
        break;
    default:
        m->sock.family = AF_INET6;
        m->sock.type = random_pick(2) ? SK_FD_IPV6_SOCK : SK_FD_IPV6_SERVSOCK;
        for (int i = 0; i < 2; i++) {
            memset(ends[i], 0, 16);
            if (!random_pick(3))
                continue;
            if (random_pick(2))
                memcpy(ends[i] + 12, known[random_pick(SK_ARRAY_LEN(known))], 4);
            ends[i][15] |= random_pick(2);
            if (random_pick(2))
                ends[i][10] = ends[i][11] = 0xff;
        }
    }
}

static void random_file(struct made *m)
{
    static const uint8_t kinds[] = {SK_FD_FILE,      SK_FD_FILE,        SK_FD_FILE,
                                    SK_FD_DIRECTORY, SK_FD_FIFO,        SK_FD_EVENT,
                                    SK_FD_MEMFD,     SK_FD_UNSUPPORTED, SK_FD_FILE_V1};

    m->has_file = true;
    m->file.type = kinds[random_pick(SK_ARRAY_LEN(kinds))];
    m->file.flags = random_pick(6) ? 0 : (uint8_t)(1u << random_pick(5));
    m->path = random_path();
}

/* A socket address or two, as parameters hold them. */
static struct sk_str random_address(enum sk_type type)
{
    static char bytes[4][64];
    static unsigned at;
    char *p = bytes[at++ % 4];
    bool tuple = type == SK_T_SOCKTUPLE;

    memset(p, 0, 64);
    switch (random_pick(4)) {
    case 0:
        p[0] = AF_INET;
        p[1] = 10;
        p[4] = (char)random_pick(2);
        p[5] = (char)(79 + random_pick(4));
        if (tuple)
            p[7] = 127, p[10] = 1, p[11] = (char)(79 + random_pick(4));
        return (struct sk_str){p, tuple ? 13 : 7};
    case 1:
        p[0] = AF_UNIX;
        memcpy(p + (tuple ? 17 : 1), "/etc/passwd", 12);
        return (struct sk_str){p, (tuple ? 17 : 1) + 12};
    case 2:
        p[0] = AF_INET6;
        p[11] = p[12] = (char)0xff;
        p[13] = 10;
        p[16] = 1;
        p[17] = 80;
        return (struct sk_str){p, tuple ? 37 : 19};
    default:
        return SK_STR("");
    }
}

/* A small one, a negative one, some flags. */
static uint64_t random_number(void)
{
    switch (random_pick(5)) {
    case 0:
    case 1:
        return random_pick(8);
    case 2:
        return (uint64_t)-(int64_t)random_pick(40);
    case 3:
        return 1ull << random_pick(40);
    default:
        return 1ull << random_pick(17) | 1ull << random_pick(17);
    }
}

static void random_params(struct made *m)
{
    const struct sk_event_info *info = &sk_events[m->code];

    for (unsigned i = 0; i < info->nparams; i++) {
        enum sk_type t = info->param[i].type;

        if (t == SK_T_SOCKADDR || t == SK_T_SOCKTUPLE)
            m->text[i] = random_address(t);
        else if (info->param[i].text)
            m->text[i] = sk_str(random_path());
        m->num[i] = random_number();
    }
}

static bool is_made(unsigned code)
{
    const struct sk_event_info *info = &sk_events[code];

    return info->supported && info->exit && !(info->flags & (SK_EF_OLD_VERSION | SK_EF_UNUSED));
}

/* Mostly the calls that conditions name. */
static unsigned random_code(void)
{
    unsigned code;

    if (random_pick(4)) {
        const char *name = random_call();

        for (code = SK_EVENT_N; code-- > 0;)
            if (is_made(code) && !strcmp(sk_events[code].name, name))
                return code;
    }
    do
        code = random_pick(SK_EVENT_N);
    while (!is_made(code));
    return code;
}

static struct made random_event(void)
{
    struct made m = made_new(random_code());
    int64_t fd = random_pick(5);

    random_params(&m);
    made_comm(&m, random_comm());
    m.task.uid = random_pick(3);
    m.task.gid = random_pick(3);
    m.exepath = random_pick(10) ? random_path() : NULL;
    m.memfd = !random_pick(4);
    m.container_id = random_pick(2) ? "" : "0123456789ab";
    if (!sk_pf_resolves(m.code))
        return m;
    switch (random_pick(5)) {
    case 0:
        break;
    case 1:
        random_sock(&m);
        break;
    default:
        random_file(&m);
    }
    /* The number is that of the parameter which names the descriptor. */
    if (sk_pf_fd_param(m.code) >= 0 && (m.has_file || m.has_sock))
        m.num[sk_pf_fd_param(m.code)] = (uint64_t)fd;
    m.file.fd = m.sock.fd = fd;
    return m;
}

struct totals {
    uint64_t events, dropped, matched;
};

static void ask(struct asking *a, struct totals *t)
{
    struct made m = random_event();
    const struct sk_rule *rule = NULL;
    bool match, pass;

    ask_about(a, &m);
    pass = sk_prefilter_pass(sk_prefilter_pf(a->f), &a->cx);
    match = rules_match(a);
    t->events++;
    t->dropped += !pass;
    t->matched += match;
    if (pass || !match)
        return;
    (void)sk_ruleset_match(a->l.rs, a->x, &a->cx, &rule, 1);
    for (unsigned i = 0; m.has_sock && i < 16; i++)
        fprintf(stderr, "%02x %02x, ", m.sock.laddr[i], m.sock.raddr[i]);
    for (unsigned w = 0; w < SK_PF_WORDS; w++) {
        uint64_t value, known;

        sk_prefilter_facts(sk_prefilter_pf(a->f), &a->cx, (enum sk_pf_word)w, &value, &known);
        fprintf(stderr, "word %u: %llx of %llx\n", w, (unsigned long long)value,
                (unsigned long long)known);
    }
    fprintf(stderr, "%s\n", rule->condition); /* longer than what cmocka prints */
    fail_msg(
        "dropped, but a rule matches: %s (%u) of '%s', path '%s' of type %u flags %u, exe '%s'",
        sk_events[m.code].name, m.code, m.task.comm, m.path,
        m.has_sock   ? m.sock.type
        : m.has_file ? m.file.type
                     : 99u,
        m.file.flags, m.exepath);
}

static uint64_t run_length(void)
{
    const char *text = getenv("PREFILTER_EVENTS");
    uint64_t n = SHORT_RUN;

    if (text)
        assert_int_equal(sk_parse_u64(text, strlen(text), &n), 0);
    return n;
}

static void told(const char *what, const struct totals *t)
{
    print_message("%s: %llu events, %llu dropped, %llu matched\n", what,
                  (unsigned long long)t->events, (unsigned long long)t->dropped,
                  (unsigned long long)t->matched);
}

static void what_is_dropped_no_random_rule_matches(void **state)
{
    struct totals t = {0};
    uint64_t n = run_length();

    (void)state;
    while (t.events < n) {
        sk_auto(buf) struct sk_buf yaml = SK_BUF(1u << 20);
        struct asking a;

        random_rules(&yaml);
        asking_new(&a, sk_buf_str(&yaml).p);
        for (unsigned i = 0; i < RULES_EACH; i++)
            ask(&a, &t);
        asking_done(&a);
    }
    told("random rules", &t);
    /* The test would be empty if either did not happen. */
    assert_true(t.dropped > t.events / 4);
    assert_true(t.matched > t.events / 50);
}

static void drops_nothing_of(const char *files)
{
    struct totals t = {0};
    uint64_t n = run_length() / 2;
    struct asking a = {.l = loading_new(), .rec = SK_BUF(SK_REC_MAX_BYTES + 64)};

    for (const char *at = files; *at;) {
        size_t len = strcspn(at, ":"), size = 0;
        sk_auto(mem) char *text = NULL;
        char name[1024];

        snprintf(name, sizeof(name), "%.*s", (int)len, at);
        assert_int_equal(sk_read_file(name, 64u << 20, &text, &size), 0);
        if (load_bytes(&a.l, name, (struct sk_str){text, size}))
            fail_msg("%s", a.l.text.p);
        at += len + (at[len] == ':');
    }
    sk_ruleset_select(a.l.rs, true, "*", NULL); /* those that are off too */
    asking_begin(&a);
    while (t.events < n)
        ask(&a, &t);
    told(files, &t);
    assert_true(t.dropped > t.events / 2);
    asking_done(&a);
}

static void what_is_dropped_no_shipped_rule_matches(void **state)
{
    const char *more = getenv("PREFILTER_RULES");

    (void)state;
    drops_nothing_of(DEFAULT_RULES);
    if (more)
        drops_nothing_of(more);
}

static void what_must_be_whole_is_not_filtered(void **state)
{
    struct sk_event_set whole = {0};
    struct sk_prefilter_stats s;
    struct asking a;

    (void)state;
    asking_rule(&a, "evt.type in (openat, creat) and fd.name=/x");
    sk_prefilter_stats(a.f, &s);
    assert_true(s.events > 100);
    assert_int_equal(s.unneeded, s.events - 2);
    assert_true(sk_prefilter_pf(a.f)->event[OPENAT_X].filtered);
    sk_prefilter_free(a.f);
    sk_event_set_add(&whole, OPENAT_X);
    assert_int_equal(sk_prefilter_new(a.l.rs, &whole, SEED, &a.f), 0);
    assert_false(sk_prefilter_pf(a.f)->event[OPENAT_X].filtered);
    assert_true(sk_prefilter_pf(a.f)->event[CREAT_X].filtered);
    asking_done(&a);
}

static void no_rules_want_nothing(void **state)
{
    struct sk_event_set none = {0};
    struct sk_ruleset_options opt = {.min_priority = SK_DEBUG};
    sk_auto(ruleset) struct sk_ruleset *rs = NULL;
    sk_auto(prefilter) struct sk_prefilter *f = NULL;
    struct sk_prefilter_stats s;

    (void)state;
    assert_int_equal(sk_ruleset_new(&opt, &rs), 0);
    assert_int_equal(sk_prefilter_new(rs, &none, SEED, &f), 0);
    sk_prefilter_stats(f, &s);
    assert_int_equal(s.events, 0);
    assert_int_not_equal(sk_prefilter_pf(f)->gen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_be_whole_is_not_filtered),
        cmocka_unit_test(no_rules_want_nothing),
        cmocka_unit_test(what_is_dropped_no_random_rule_matches),
        cmocka_unit_test(what_is_dropped_no_shipped_rule_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
