/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_explain.c - a filter in words: for each event the clauses of which one must hold for it to be
 * sent, and which checks of a rule are not among them and why. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "field/fd_view.h"
#include "rule/loader.h"
#include "rule/prefilter_own.h"

#define ENTRIES_SHOWN 6 /* of one set */
#define NAMES_COLUMNS 100

/* Checks that are not made as they stand, each once. */
struct untested {
    const struct sk_filter_pool *pool;
    struct {
        uint32_t pred;
        const char *why;
    } *row;
    size_t n, cap;
    bool failed;
};

static void note(void *self, uint32_t pred, const char *why)
{
    struct untested *u = self;

    for (size_t i = 0; i < u->n; i++)
        if (u->row[i].pred == pred && !strcmp(u->row[i].why, why))
            return;
    if (u->n == u->cap) {
        size_t cap = u->cap ? 2 * u->cap : 32;
        void *more = realloc(u->row, cap * sizeof(*u->row));

        if (!more) {
            u->failed = true;
            return;
        }
        u->row = more;
        u->cap = cap;
    }
    u->row[u->n].pred = pred;
    u->row[u->n++].why = why;
}

static void add_number(const struct sk_pt_kind *k, uint64_t v, struct sk_buf *out)
{
    if (k->fact == SK_PF_F_FDTYPE)
        sk_buf_adds(out, v ? sk_fd_type_name((enum sk_fd_type)v) : SK_STR("none"));
    else if (k->fact == SK_PF_F_CONTAINER)
        sk_buf_addz(out, v ? "container" : "host");
    else if (k->op == SK_PF_ANY)
        sk_buf_printf(out, "0x%" PRIx64, v);
    else
        sk_buf_printf(out, "%" PRId64, (int64_t)v);
}

static void add_entry(const struct sk_pt_kind *k, const struct sk_pe *e, struct sk_buf *out)
{
    char text[INET6_ADDRSTRLEN];

    switch (e->kind) {
    case SK_PE_CHILD:
        sk_buf_printf(out, "%.*s/?", (int)(e->text.n == 1 ? 0 : e->text.n), e->text.p);
        return;
    case SK_PE_BELOW:
        sk_buf_printf(out, "%.*s/*", (int)(e->text.n == 1 ? 0 : e->text.n), e->text.p);
        return;
    case SK_PE_MAYBE:
        sk_buf_printf(out, "%.*s/... (perhaps)", (int)(e->text.n == 1 ? 0 : e->text.n), e->text.p);
        return;
    case SK_PE_NAME:
        sk_buf_printf(out, "*/%.*s", (int)e->text.n, e->text.p);
        return;
    case SK_PE_EXT:
        sk_buf_printf(out, "*%.*s", (int)e->text.n, e->text.p);
        return;
    case SK_PE_NET:
        if (inet_ntop(e->text.n == 4 ? AF_INET : AF_INET6, e->text.p, text, sizeof(text)))
            sk_buf_printf(out, "%s/%u", text, e->prefix);
        return;
    case SK_PE_NUM:
        add_number(k, e->num, out);
        return;
    default:
        sk_buf_adds(out, e->text);
    }
}

static const char *subject(const struct sk_pfc *c, const struct sk_pt_kind *k)
{
    static const char *const words[] = {[SK_PF_COMM] = "thread name",
                                        [SK_PF_EXE] = "executable",
                                        [SK_PF_PATH] = "path",
                                        [SK_PF_REQ] = "requested path"},
                             *const facts[] = {[SK_PF_F_RET] = "result",
                                               [SK_PF_F_EUID] = "uid",
                                               [SK_PF_F_EGID] = "gid",
                                               [SK_PF_F_FDTYPE] = "descriptor type",
                                               [SK_PF_F_FDNUM] = "descriptor",
                                               [SK_PF_F_L4PROTO] = "transport protocol",
                                               [SK_PF_F_LPORT] = "local port",
                                               [SK_PF_F_RPORT] = "remote port",
                                               [SK_PF_F_CONTAINER] = "process is in"};

    if (k->word == SK_PF_NET)
        return k->fact == SK_PT_LOCAL    ? "local address"
               : k->fact == SK_PT_REMOTE ? "remote address"
                                         : "either address";
    if (k->word != SK_PF_NUM)
        return words[k->word];
    return k->fact == SK_PF_F_PARAM ? sk_events[c->code].param[k->n].name : facts[k->fact];
}

static void add_literal(const struct sk_pfc *c, uint16_t lit, struct sk_buf *out)
{
    static const char *const ops[] = {[SK_PF_LT] = "<",
                                      [SK_PF_GT] = ">",
                                      [SK_PF_SLT] = "<",
                                      [SK_PF_SGT] = ">",
                                      [SK_PF_ANY] = "has a bit of"};
    const struct sk_pt *t = &c->test[lit >> 1];

    sk_buf_printf(out, "%s%s ", lit & 1 ? "not " : "", subject(c, &t->kind));
    if (t->kind.word == SK_PF_NUM && t->kind.op != SK_PF_IN) {
        sk_buf_printf(out, "%s ", ops[t->kind.op]);
        add_number(&t->kind, t->value, out);
        return;
    }
    sk_buf_addz(out, t->kind.fact == SK_PF_F_CONTAINER && t->kind.word == SK_PF_NUM ? "(" : "in (");
    for (uint32_t i = 0; i < t->n && i < ENTRIES_SHOWN; i++) {
        sk_buf_addz(out, i ? ", " : "");
        add_entry(&t->kind, &c->entry[t->entry[i]], out);
    }
    if (t->n > ENTRIES_SHOWN)
        sk_buf_printf(out, ", ... %u more", t->n - ENTRIES_SHOWN);
    sk_buf_addz(out, ")");
}

struct place {
    struct sk_pt_kind kind;
    uint16_t lit;
};

/* As the kernel side finds the facts; what must not be behind what must. */
static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int k = x->kind.word - y->kind.word;

    k = k ? k : x->kind.fact - y->kind.fact;
    k = k ? k : x->kind.n - y->kind.n;
    k = k ? k : (x->lit & 1) - (y->lit & 1);
    return k ? k : x->lit - y->lit;
}

static void add_clauses(const struct sk_pfc *c, struct sk_dnf d, struct sk_buf *out)
{
    struct place list[SK_CUBE_MAX];

    for (uint32_t i = 0; i < d.n; i++) {
        const struct sk_cube *q = &d.cube[i];

        for (uint32_t k = 0; k < q->n; k++)
            list[k] = (struct place){c->test[q->lit[k] >> 1].kind, q->lit[k]};
        if (q->n)
            qsort(list, q->n, sizeof(*list), by_place);
        sk_buf_addz(out, i ? "  or " : "  ");
        for (uint32_t k = 0; k < q->n; k++) {
            sk_buf_addz(out, k ? "\n     and " : "");
            add_literal(c, list[k].lit, out);
        }
        sk_buf_addz(out, q->n ? "\n" : "always\n");
    }
    if (!d.n)
        sk_buf_addz(out, "  never\n");
}

/* Events for which the same is said are named together. */
struct said {
    struct sk_buf text[SK_EVENT_N]; /* "": it is not captured for these rules */
};

static void add_names(const struct said *s, unsigned first, struct sk_buf *out)
{
    size_t line = out->n;

    for (unsigned code = first; code < SK_EVENT_N; code++) {
        if (!s->text[code].n || !sk_str_eq(sk_buf_str(&s->text[code]), sk_buf_str(&s->text[first])))
            continue;
        sk_buf_addz(out, code == first ? "" : ", ");
        if (out->n - line > NAMES_COLUMNS) {
            sk_buf_addc(out, '\n');
            line = out->n;
        }
        sk_buf_addz(out, sk_events[code].name);
    }
}

static bool told_before(const struct said *s, unsigned code)
{
    for (unsigned i = 0; i < code; i++)
        if (s->text[i].n && sk_str_eq(sk_buf_str(&s->text[i]), sk_buf_str(&s->text[code])))
            return true;
    return false;
}

static struct sk_dnf of_rule(struct sk_pfc *c, const struct sk_generation *g,
                             const struct sk_rule *rule)
{
    for (uint32_t i = g->first[c->code]; i < g->first[c->code + 1]; i++)
        if (g->slot[i].rule == rule)
            return sk_dnf_join_sets(c, sk_pfc_root(c, g->slot[i].root));
    return sk_dnf_const(c, false);
}

static void say_all(struct sk_pfc *c, const struct sk_generation *g, const struct sk_rule *rule,
                    const struct sk_event_set *whole, struct said *s)
{
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        struct sk_buf *b = &s->text[code];
        bool mine = !rule || (rule->active && sk_event_set_has(&rule->events, code));

        *b = SK_BUF(1u << 20);
        if (!mine || !sk_events[code].supported || g->first[code] == g->first[code + 1])
            continue;
        if (!sk_pf_filters(whole, code)) {
            sk_buf_addz(b, "  sent whole: the process table or base_syscalls wants it\n");
            continue;
        }
        sk_arena_reset(c->tmp);
        c->code = code;
        c->req = -1;
        add_clauses(c, rule ? of_rule(c, g, rule) : sk_pf_event_dnf(c, g, code), b);
    }
}

static void tell_untested(const struct untested *u, struct sk_buf *out)
{
    sk_buf_addz(out, u->n ? "tested in userspace, not in the kernel:\n" : "");
    for (size_t i = 0; i < u->n; i++) {
        struct sk_str text = u->pool->pred[u->row[i].pred].text;

        sk_buf_printf(out, "  %.*s%s: %s\n", (int)SK_MIN(text.n, (size_t)200), text.p,
                      text.n > 200 ? "..." : "", u->row[i].why);
    }
}

int sk_prefilter_explain(const struct sk_ruleset *rs, const struct sk_rule *rule,
                         const struct sk_event_set *whole, struct sk_buf *out)
{
    sk_auto(mem) struct said *s = calloc(1, sizeof(*s));
    struct untested u = {.pool = sk_ruleset_pool(rs)};
    struct sk_pfc c;
    int rc;

    if (!s || !rs->gen)
        return s ? 0 : -ENOMEM;
    rc = sk_pfc_init(&c, u.pool);
    if (rc)
        return rc;
    c.tell = note;
    c.tell_self = &u;
    say_all(&c, rs->gen, rule, whole, s);
    for (unsigned code = 0; code < SK_EVENT_N; code++) {
        if (s->text[code].n && !told_before(s, code)) {
            add_names(s, code, out);
            sk_buf_printf(out, ":\n%s", s->text[code].p);
        }
    }
    if (c.order)
        sk_buf_addz(out,
                    "nothing is filtered: a rule asks for evt.deltatime, which depends on every "
                    "event before\n");
    if (rule)
        tell_untested(&u, out);
    rc = c.failed || u.failed || out->failed ? -ENOMEM : 0;
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        sk_buf_done(&s->text[code]);
    free(u.row);
    sk_pfc_done(&c);
    return rc;
}
