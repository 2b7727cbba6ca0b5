/* SPDX-License-Identifier: Apache-2.0 */
/* filter_compat.c - compares the filter compiler with recorded verdicts.
 *
 *   filter_compat KIND < FILE.jsonl
 *
 * prints lines for scripts/verdicts.
 *
 * One JSON object a line.  Strings are text, {"hex": "..."} or {"repeat": "c", "count": n}.  The
 * field parser is wrapped (-Wl,--wrap): to the real fields it adds those that some cases need:
 * c.true and c.false (true when compared with 1, never), c.buffer, c.doublequote, c.singlequote. */
#include <errno.h>
#include <jansson.h>

#include "field/quote.h"
#include "rule/ir.h"

int __real_sk_field_parse_in(const struct sk_field_set *set, struct sk_str text,
                             struct sk_arena *mem, struct sk_field_ref *out, struct sk_buf *err);
int __wrap_sk_field_parse_in(const struct sk_field_set *set, struct sk_str text,
                             struct sk_arena *mem, struct sk_field_ref *out, struct sk_buf *err);

static bool extract_mock(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                         struct sk_vals *out)
{
    (void)cx;
    if (!ref->field->doc)
        return false;
    out->n = 1;
    out->v[0] = (struct sk_val){.type = SK_T_CHARBUF, .s = sk_str(ref->field->doc)};
    return true;
}

/* `doc` is the value. */
static const struct sk_field mocks[] = {
    {.name = "c.true", .type = SK_T_CHARBUF, .extract = extract_mock, .doc = "1"},
    {.name = "c.false", .type = SK_T_CHARBUF, .extract = extract_mock, .doc = "0"},
    {.name = "c.buffer", .type = SK_T_BYTEBUF, .extract = extract_mock},
    {.name = "c.doublequote",
     .type = SK_T_CHARBUF,
     .extract = extract_mock,
     .doc = "hello \"quoted\""},
    {.name = "c.singlequote",
     .type = SK_T_CHARBUF,
     .extract = extract_mock,
     .doc = "hello 'quoted'"},
};

int __wrap_sk_field_parse_in(const struct sk_field_set *set, struct sk_str text,
                             struct sk_arena *mem, struct sk_field_ref *out, struct sk_buf *err)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(mocks); i++) {
        if (!sk_str_eqz(text, mocks[i].name))
            continue;
        *out = (struct sk_field_ref){
            .field = &mocks[i], .type = mocks[i].type, .text = sk_str(mocks[i].name)};
        return 0;
    }
    return __real_sk_field_parse_in(set, text, mem, out, err);
}

struct test {
    json_t *row;
    struct sk_buf in;  /* decoded "in" or "filter" */
    struct sk_buf why; /* how the answer differs; empty: it does not */
    struct sk_arena *mem;
};

static bool decode(const json_t *j, struct sk_buf *out)
{
    const json_t *hex = json_object_get(j, "hex");
    unsigned byte;

    if (json_is_string(j)) {
        sk_buf_add(out, json_string_value(j), json_string_length(j));
        return true;
    }
    for (const char *p = json_string_value(hex); p && p[0] && sscanf(p, "%2x", &byte) == 1; p += 2)
        sk_buf_addc(out, (char)byte);
    for (json_int_t n = json_integer_value(json_object_get(j, "count")); n > 0; n--)
        sk_buf_addz(out, json_string_value(json_object_get(j, "repeat")));
    return json_is_object(j);
}

static const char *text(const struct test *t, const char *key)
{
    const char *s = json_string_value(json_object_get(t->row, key));

    return s ? s : "";
}

static bool flag(const struct test *t, const char *key)
{
    return json_is_true(json_object_get(t->row, key));
}

static void expect_str(struct test *t, const char *what, struct sk_str got, struct sk_str want)
{
    if (!sk_str_eq(got, want))
        sk_buf_printf(&t->why, "%s: got '%.*s', expected '%.*s'; ", what, (int)got.n, got.p,
                      (int)want.n, want.p);
}

static void expect_int(struct test *t, const char *what, long long got, long long want)
{
    if (got != want)
        sk_buf_printf(&t->why, "%s: got %lld, expected %lld; ", what, got, want);
}

static void check_parser(struct test *t)
{
    const json_t *pos = json_object_get(t->row, "pos");
    struct sk_ast_err err = {.text = ""};
    struct sk_buf out = SK_BUF(1u << 20);
    struct sk_ast *ast;
    int rc = sk_ast_parse(sk_buf_str(&t->in), 100, t->mem, &ast, &err);

    expect_int(t, "accepted", rc == 0, flag(t, "accept"));
    if (rc == 0) {
        sk_ast_print(ast, &out);
        expect_str(t, "ast", sk_buf_str(&out), sk_str(text(t, "ast")));
    } else {
        expect_str(t, "error", sk_str(err.text), sk_str(text(t, "error")));
        expect_int(t, "idx", err.pos.idx, json_integer_value(json_object_get(pos, "idx")));
        expect_int(t, "line", err.pos.line, json_integer_value(json_object_get(pos, "line")));
        expect_int(t, "col", err.pos.col, json_integer_value(json_object_get(pos, "col")));
    }
    sk_buf_done(&out);
}

static void check_unparse(struct test *t)
{
    struct sk_buf out = SK_BUF(1u << 20);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    if (sk_ast_parse(sk_buf_str(&t->in), 100, t->mem, &ast, &err) == 0)
        sk_ast_print(ast, &out);
    expect_str(t, "text", sk_buf_str(&out), sk_str(text(t, "out")));
    sk_buf_done(&out);
}

static void check_escaping(struct test *t)
{
    struct sk_buf out = SK_BUF(1u << 20), want = SK_BUF(1u << 20);
    char err[128] = "", *buf = malloc(t->in.n + 1);

    if (strcmp(text(t, "op"), "escape") == 0) {
        sk_ast_escape(sk_buf_str(&t->in), &out);
    } else if (t->in.n >= 2) {
        struct sk_str inner = {t->in.p + 1, t->in.n - 2};
        int n = sk_quote_unescape(inner, t->in.p[0], buf, err, sizeof(err));

        if (n >= 0)
            sk_buf_add(&out, buf, (size_t)n);
    }
    if (json_object_get(t->row, "out"))
        decode(json_object_get(t->row, "out"), &want);
    expect_str(t, "error", sk_str(err), sk_str(text(t, "error")));
    expect_str(t, "text", sk_buf_str(&out), sk_buf_str(&want));
    sk_buf_done(&out);
    sk_buf_done(&want);
    free(buf);
}

static void check_pmatch(struct test *t)
{
    struct sk_pmatch *pm = sk_pmatch_new(t->mem);
    size_t i;
    json_t *path;

    json_array_foreach(json_object_get(t->row, "paths"), i,
                       path) if (!pm || sk_pmatch_add(pm, sk_str(json_string_value(path))))
        sk_buf_addz(&t->why, "out of memory");
    expect_int(t, "match", pm && sk_pmatch_has(pm, sk_buf_str(&t->in)), flag(t, "result"));
}

struct compiled {
    struct sk_filter_pool *pool;
    uint32_t root;
    int rc;
    struct sk_buf error;
    struct sk_filter_warning warning[8];
    size_t warnings;
};

static void note_warning(void *self, const struct sk_filter_warning *w)
{
    struct compiled *c = self;

    if (c->warnings < SK_ARRAY_LEN(c->warning))
        c->warning[c->warnings] = *w;
    c->warnings++;
}

static void compile(struct test *t, struct compiled *c)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    *c = (struct compiled){.error = SK_BUF(4096)};
    c->rc = sk_filter_pool_new(t->mem, &c->pool);
    if (c->rc)
        return;
    c->rc = sk_ast_parse(sk_buf_str(&t->in), 100, t->mem, &ast, &err);
    if (c->rc) {
        sk_buf_printf(&c->error, "filter error at index %u, line %u, column %u: %s", err.pos.idx,
                      err.pos.line, err.pos.col, err.text);
        return;
    }
    c->rc = sk_filter_compile(c->pool, ast, note_warning, c, &c->root, &err);
    if (c->rc)
        sk_buf_addz(&c->error, err.text);
}

static void compiled_done(struct compiled *c)
{
    sk_filter_pool_free(c->pool);
    sk_buf_done(&c->error);
}

static void check_compile(struct test *t)
{
    json_t *warnings = json_object_get(t->row, "warnings"), *w;
    struct compiled c;
    size_t i;

    compile(t, &c);
    expect_int(t, "compiles", c.rc == 0, flag(t, "ok"));
    expect_str(t, "error", sk_buf_str(&c.error), sk_str(text(t, "error")));
    if (json_object_get(t->row, "expected_warnings")) {
        expect_int(t, "warnings", (long long)c.warnings, (long long)json_array_size(warnings));
        json_array_foreach(warnings, i, w) if (i < SK_MIN(c.warnings, SK_ARRAY_LEN(c.warning)))
            expect_str(t, "warning", sk_str(c.warning[i].text), sk_str(json_string_value(w)));
    }
    compiled_done(&c);
}

static void check_eval(struct test *t)
{
    struct sk_ctx cx = {.tmp = t->mem};
    struct sk_filter_exec *x = NULL;
    struct compiled c;

    compile(t, &c);
    if (c.rc || sk_filter_exec_new(c.pool, &x))
        sk_buf_printf(&t->why, "does not compile: %s", c.error.p ? c.error.p : "");
    else
        expect_int(t, "result", sk_filter_run(x, c.root, &cx), flag(t, "result"));
    sk_filter_exec_free(x);
    compiled_done(&c);
}

static bool in_codes(const json_t *codes, size_t code)
{
    for (size_t i = 0; i < json_array_size(codes); i++)
        if (json_integer_value(json_array_get(codes, i)) == (json_int_t)code)
            return true;
    return false;
}

/* A call is wanted when one of its events is. */
static bool wants_call(const struct sk_event_set *set, size_t sc)
{
    for (unsigned i = 0; i < sk_ppm_sc[sc].nevents; i++)
        if (sk_event_set_has(set, sk_ppm_sc[sc].event[i]))
            return true;
    return false;
}

/* Some cases are about filters that do not compile: they need every event. */
static void check_events(struct test *t)
{
    bool calls = strcmp(text(t, "kind"), "ppm_sc_codes") == 0;
    bool only = strcmp(text(t, "mode"), "only") == 0;
    const json_t *codes = json_object_get(t->row, "codes");
    struct sk_event_set set;
    struct compiled c;

    compile(t, &c);
    memset(&set, 0xff, sizeof(set));
    if (!c.rc)
        sk_filter_event_set(c.pool, c.root, &set);
    for (size_t i = 0; i < (calls ? sk_ppm_sc_n : SK_EVENT_N); i++) {
        bool got = calls ? wants_call(&set, i) : sk_event_set_has(&set, (unsigned)i);

        if (calls && !sk_ppm_sc[i].name)
            continue;
        if (got != (in_codes(codes, i) == only))
            sk_buf_printf(&t->why, "code %zu: got %d; ", i, got);
    }
    compiled_done(&c);
}

static const struct kind {
    const char *name;
    void (*check)(struct test *t);
} kinds[] = {
    {"parser", check_parser}, {"unparse", check_unparse}, {"escaping", check_escaping},
    {"pmatch", check_pmatch}, {"compile", check_compile}, {"eval", check_eval},
    {"events", check_events},
};

/* The filter as the name of the case: printable, not long. */
static void print_case(const struct test *t)
{
    for (size_t i = 0; i < SK_MIN(t->in.n, (size_t)200); i++)
        putchar((unsigned char)t->in.p[i] < ' ' ? ' ' : t->in.p[i]);
}

static bool run_line(const struct kind *k, const char *line)
{
    struct test t = {.row = json_loads(line, 0, NULL),
                     .in = SK_BUF(1u << 24),
                     .why = SK_BUF(1u << 16),
                     .mem = sk_arena_new(1u << 28)};
    const json_t *in = json_object_get(t.row, "in");
    bool passed;

    if (!t.mem || !decode(in ? in : json_object_get(t.row, "filter"), &t.in))
        sk_buf_addz(&t.why, "unreadable line");
    else
        k->check(&t);
    passed = t.why.n == 0;
    if (!passed) {
        printf("failed\t");
        print_case(&t);
        printf("\t%s\n", t.why.p);
    }
    sk_arena_free(t.mem);
    sk_buf_done(&t.in);
    sk_buf_done(&t.why);
    json_decref(t.row);
    return passed;
}

int main(int argc, char **argv)
{
    const struct kind *k = NULL;
    size_t cap = 0, passed = 0;
    char *line = NULL;

    for (size_t i = 0; argc > 1 && i < SK_ARRAY_LEN(kinds); i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            k = &kinds[i];
    if (!k) {
        fprintf(stderr, "usage: filter_compat KIND < FILE.jsonl\n");
        return 2;
    }
    while (getline(&line, &cap, stdin) > 0)
        passed += run_line(k, line);
    free(line);
    printf("passed\t%zu\n", passed);
    return 0;
}
