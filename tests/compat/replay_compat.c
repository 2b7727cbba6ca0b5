/* SPDX-License-Identifier: Apache-2.0 */
/* replay_compat.c - captures replayed, and compared with what was recorded of them.
 *
 *   replay_compat fields FIELDS PATH <ROWS   texts of fields at every event
 *   replay_compat hits DIR NAMES <ROWS       filters: number and hash of the events they meet
 *   replay_compat asserts DIR <ROWS          single statements about single events
 *
 * Rows are JSON, one a line; those that belong to one capture follow one another.  Prints lines for
 * scripts/verdicts; a case is a field or filter, the capture, and evt.num. */
#include <errno.h>
#include <jansson.h>

#include "rule/filter.h"
#include "tests/compat/replay.h"

#define ROWS_MAX    20000u
#define FIELDS_MAX  400u
#define HASH_START  0x14650fb0739d0383u
#define HASH_FACTOR 0x100000001b3u

struct field {
    char name[128];
    struct sk_field_ref ref;
    bool known;
};

struct compiled {
    uint32_t root;
    bool ok;
    char error[512];
    uint64_t hits, hash;
};

struct bench {
    size_t passed;
    struct sk_arena *mem;
    struct sk_buf text;
    const char *capture;
    json_t **row; /* of this run of rows */
    size_t nrows, at;
    struct field field[FIELDS_MAX];
    size_t nfields;
    bool foreign_names; /* names of users were not recorded: they were those of another machine */
    struct compiled *filter;
    struct sk_filter_pool *pool;
    struct sk_filter_exec *exec;
};

static const char *str(const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));

    return s ? s : "";
}

static uint64_t num(const json_t *row, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(row, key));
}

/* On one line, whatever is in it. */
static void print_line(const char *s)
{
    for (; *s; s++)
        putchar((unsigned char)*s < ' ' ? '.' : *s);
}

static void print_value(const char *word, const char *value)
{
    printf(value ? "%s '" : "%s nothing", word);
    if (!value)
        return;
    print_line(value);
    putchar('\'');
}

/* Counts one comparison; NULL: absent. */
static void judge(struct bench *b, bool same, uint64_t n, const char *what, const char *want,
                  const char *got)
{
    if (same) {
        b->passed++;
        return;
    }
    printf("failed\t");
    print_line(what);
    printf(" %s %llu\t", b->capture, (unsigned long long)n);
    print_value("want", want);
    print_value(", got", got);
    putchar('\n');
}

/* Text of a recorded value: plain, or {"hex": ...} where it has foreign bytes. */
static bool wanted_text(struct bench *b, const json_t *v, struct sk_str *out)
{
    const char *hex = json_string_value(json_object_get(v, "hex"));
    char *p;
    size_t n;

    if (json_is_string(v)) {
        *out = (struct sk_str){json_string_value(v), json_string_length(v)};
        return true;
    }
    if (!hex)
        return false;
    n = strlen(hex) / 2;
    p = sk_arena_alloc(b->mem, n + 1);
    for (size_t i = 0; p && i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        p[i] = (char)strtoul(pair, NULL, 16);
    }
    *out = (struct sk_str){p, p ? n : 0};
    return true;
}

/* As an output prints it; NULL: absent. Borrowed until the next call. */
static const char *text_of(struct bench *b, const struct sk_ctx *cx, const struct sk_field_ref *ref)
{
    struct sk_ctx mine = *cx;
    struct sk_vals vals;

    mine.for_output = true;
    vals.n = 0;
    sk_buf_reset(&b->text);
    if (ref->field->flags & SK_FF_FILTER_ONLY || !sk_field_extract(&mine, ref, &vals) ||
        (vals.n == 0 && !ref->is_list))
        return NULL;
    if (ref->is_list)
        sk_buf_addc(&b->text, '(');
    for (size_t i = 0; i < vals.n && (i == 0 || ref->is_list); i++) {
        sk_buf_addz(&b->text, i ? "," : "");
        sk_val_text(&vals.v[i], ref->fmt, &b->text);
    }
    if (ref->is_list)
        sk_buf_addc(&b->text, ')');
    return b->text.p ? b->text.p : "";
}

static bool parse_field(struct bench *b, const char *name, struct field *out)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    snprintf(out->name, sizeof(out->name), "%s", name);
    out->known = sk_field_parse(sk_str(out->name), b->mem, &out->ref, &err) == 0;
    if (!out->known)
        judge(b, false, 0, name, "a field", err.p ? err.p : "");
    return out->known;
}

/* -- fields -- */

static bool machine_field(const char *name)
{
    static const char *const names[] = {"user.name", "user.homedir", "user.shell", "user.loginname",
                                        "group.name"};

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool has_item(struct sk_str list, struct sk_str item)
{
    for (size_t i = 1; i + item.n < list.n; i++)
        if (memcmp(list.p + i, item.p, item.n) == 0 && strchr("(,", list.p[i - 1]) &&
            strchr(",)", list.p[i + item.n]))
            return true;
    return false;
}

/* Lists "(a,b)" of different values: Falco's order is that of a hash. */
static bool same_list(struct sk_str a, struct sk_str b)
{
    size_t start = 1;

    for (size_t i = 1; i < a.n; i++) {
        if (a.p[i] != ',' && a.p[i] != ')')
            continue;
        if (!has_item(b, (struct sk_str){a.p + start, i - start}))
            return false;
        start = i + 1;
    }
    return a.n == b.n;
}

static bool same_text(const struct bench *b, const struct sk_field_ref *ref, struct sk_str want)
{
    struct sk_str got = sk_buf_str(&b->text);

    return ref->is_list ? same_list(want, got) : sk_str_eq(want, got);
}

static void compare_field(struct bench *b, struct sk_ctx *cx, const struct field *f,
                          const json_t *values)
{
    struct sk_str want;
    bool has = wanted_text(b, json_object_get(values, f->name), &want);
    const char *got = f->known ? text_of(b, cx, &f->ref) : NULL;
    bool same;

    if (!has && !got)
        return;
    same = has && got && same_text(b, &f->ref, want);
    judge(b, same, cx->ev->num, f->name, has ? want.p : NULL, got);
}

static void at_fields(void *self, struct sk_ctx *cx)
{
    struct bench *b = self;

    while (b->at < b->nrows && num(b->row[b->at], "n") < cx->ev->num)
        judge(b, false, num(b->row[b->at++], "n"), "event", "delivered", NULL);
    if (b->at < b->nrows && num(b->row[b->at], "n") == cx->ev->num) {
        const json_t *values = json_object_get(b->row[b->at++], "f");

        if (cx->ev->state_only)
            judge(b, false, cx->ev->num, "event", "delivered", "for the state only");
        for (size_t i = 0; i < b->nfields; i++)
            if (!b->foreign_names || !machine_field(b->field[i].name))
                compare_field(b, cx, &b->field[i], values);
    } else if (!cx->ev->state_only) {
        judge(b, false, cx->ev->num, "event", NULL, cx->ev->info->enum_name);
    }
}

static int read_fields(struct bench *b, const char *path)
{
    sk_auto(file) FILE *f = fopen(path, "re");
    char line[128];

    if (!f)
        return -errno;
    b->capture = "fields";
    while (b->nfields < FIELDS_MAX && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            parse_field(b, line, &b->field[b->nfields++]);
    }
    return 0;
}

/* -- filters -- */

static void compile(struct bench *b, const char *filter, struct compiled *out)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast = NULL;

    out->ok = sk_ast_parse(sk_str(filter), 100, b->mem, &ast, &err) == 0 &&
              sk_filter_compile(b->pool, ast, NULL, NULL, &out->root, &err) == 0;
    snprintf(out->error, sizeof(out->error), "%s", err.text);
}

static bool make_filters(struct bench *b)
{
    sk_filter_exec_free(b->exec);
    sk_filter_pool_free(b->pool);
    b->exec = NULL;
    b->pool = NULL;
    free(b->filter);
    b->filter = calloc(b->nrows + 1, sizeof(*b->filter));
    if (!b->filter || sk_filter_pool_new(b->mem, &b->pool))
        return false;
    for (size_t i = 0; i < b->nrows; i++)
        if (*str(b->row[i], "filter"))
            compile(b, str(b->row[i], "filter"), &b->filter[i]);
    return sk_filter_exec_new(b->pool, &b->exec) == 0;
}

/* A recorded message: the filter must be refused. true: it was one. */
static bool judge_error(struct bench *b, size_t i)
{
    const json_t *row = b->row[i];
    const char *want = json_string_value(json_object_get(row, "error"));

    if (want)
        judge(b, !b->filter[i].ok, 0, str(row, "filter"), want, "compiles");
    else if (!b->filter[i].ok)
        judge(b, false, 0, str(row, "filter"), "compiles", b->filter[i].error);
    return want || !b->filter[i].ok;
}

static void at_hits(void *self, struct sk_ctx *cx)
{
    struct bench *b = self;

    if (cx->ev->state_only)
        return;
    sk_filter_exec_begin(b->exec);
    for (size_t i = 0; i < b->nrows; i++) {
        struct compiled *c = &b->filter[i];

        if (!c->ok || !sk_filter_run(b->exec, c->root, cx))
            continue;
        c->hits++;
        for (unsigned k = 0; k < 8; k++)
            c->hash = (c->hash ^ (cx->ev->num >> (8 * k) & 0xff)) * HASH_FACTOR;
    }
}

static void judge_hits(struct bench *b)
{
    for (size_t i = 0; i < b->nrows; i++) {
        const struct compiled *c = &b->filter[i];
        json_t *want = json_object_get(json_object_get(b->row[i], "hits"), b->capture);
        char got[64], exp[64];

        if (!c->ok || !want)
            continue;
        snprintf(got, sizeof(got), "%llu %016llx", (unsigned long long)c->hits,
                 (unsigned long long)c->hash);
        snprintf(exp, sizeof(exp), "%lld %s",
                 (long long)json_integer_value(json_array_get(want, 0)),
                 json_string_value(json_array_get(want, 1)));
        judge(b, strcmp(got, exp) == 0, 0, str(b->row[i], "filter"), exp, got);
    }
}

static int run_hits(struct bench *b, const char *dir, const char *names)
{
    json_t *captures = json_load_file(names, 0, NULL), *file;
    const char *name;
    int rc = captures ? 0 : -EINVAL;

    b->capture = "filters";
    if (rc || !make_filters(b))
        return -EINVAL;
    for (size_t i = 0; i < b->nrows; i++)
        judge_error(b, i);
    json_object_foreach(captures, name, file)
    {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", dir, json_string_value(file));
        b->capture = name;
        for (size_t i = 0; i < b->nrows; i++)
            b->filter[i].hits = 0, b->filter[i].hash = HASH_START;
        rc |= replay(path, at_hits, b);
        judge_hits(b);
    }
    json_decref(captures);
    return rc;
}

/* -- asserts -- */

static void check_assert(struct bench *b, struct sk_ctx *cx, size_t i)
{
    const json_t *row = b->row[i], *value = json_object_get(row, "value");
    const char *op = str(row, "op"), *got;
    struct field f;

    if (strcmp(op, "filter") == 0) {
        bool want = json_is_true(json_object_get(row, "result")), hit;

        if (judge_error(b, i))
            return;
        hit = sk_filter_run(b->exec, b->filter[i].root, cx);
        judge(b, hit == want, cx->ev->num, str(row, "filter"), want ? "true" : "false",
              hit ? "true" : "false");
        return;
    }
    got = parse_field(b, str(row, "field"), &f) ? text_of(b, cx, &f.ref) : NULL;
    if (strcmp(op, "has") == 0)
        judge(b, json_is_true(value) == (got != NULL), cx->ev->num, f.name,
              json_is_true(value) ? "a value" : NULL, got);
    else {
        struct sk_str want = SK_STR("");
        bool has = wanted_text(b, value, &want);

        judge(b, has && got && same_text(b, &f.ref, want), cx->ev->num, f.name, want.p, got);
    }
}

static void at_asserts(void *self, struct sk_ctx *cx)
{
    struct bench *b = self;

    sk_filter_exec_begin(b->exec);
    for (size_t i = 0; i < b->nrows; i++)
        if (num(b->row[i], "evt_num") == cx->ev->num) {
            check_assert(b, cx, i);
            b->at++;
        }
}

/* -- all -- */

/* One run of rows that belong to one capture. */
static int run_capture(struct bench *b, const char *mode, const char *path)
{
    bool asserts = strcmp(mode, "asserts") == 0;

    b->at = 0;
    for (size_t i = 0; i < b->nfields; i++)
        if (b->field[i].ref.counter)
            *b->field[i].ref.counter = 0;
    if (asserts && !make_filters(b))
        return -ENOMEM;
    if (replay(path, asserts ? at_asserts : at_fields, b))
        judge(b, false, 0, "replay", "to the end", "an error");
    for (; b->at < b->nrows; b->at++)
        judge(b, false, 0, "event", "delivered", "the capture has ended");
    return 0;
}

static bool statement(const json_t *row)
{
    const json_t *r = json_object_get(row, "replayable");

    return !r || json_is_true(r);
}

static size_t read_rows(json_t **row)
{
    char *line = NULL;
    size_t cap = 0, n = 0;

    while (n < ROWS_MAX && getline(&line, &cap, stdin) > 0) {
        row[n] = json_loads(line, 0, NULL);
        if (row[n] && statement(row[n]))
            n++;
        else
            json_decref(row[n]);
    }
    free(line);
    return n;
}

static int run_all(struct bench *b, const char *mode, const char *path, json_t **row, size_t n)
{
    size_t end;
    int rc = 0;

    for (size_t i = 0; i < n && !rc; i = end) {
        const char *scap = str(row[i], "scap");
        char file[4096];

        for (end = i; end < n && strcmp(str(row[end], "scap"), scap) == 0;)
            end++;
        b->row = row + i;
        b->nrows = end - i;
        b->foreign_names = *scap != '\0';
        b->capture = *scap ? scap : strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        snprintf(file, sizeof(file), *scap ? "%s/%s.scap" : "%s", path, scap);
        rc = run_capture(b, mode, file);
    }
    return rc;
}

int main(int argc, char **argv)
{
    static json_t *row[ROWS_MAX];
    static struct bench b = {.text = SK_BUF(1u << 20)};
    const char *mode = argc > 1 ? argv[1] : "";
    size_t n;
    int rc = -EINVAL;

    b.mem = sk_arena_new(1u << 30);
    if (!b.mem)
        return 1;
    n = read_rows(row);
    b.row = row;
    b.nrows = n;
    if (argc == 4 && strcmp(mode, "hits") == 0)
        rc = run_hits(&b, argv[2], argv[3]);
    else if (argc == 4 && strcmp(mode, "fields") == 0)
        rc = read_fields(&b, argv[2]) ? -EINVAL : run_all(&b, mode, argv[3], row, n);
    else if (argc == 3 && strcmp(mode, "asserts") == 0)
        rc = run_all(&b, mode, argv[2], row, n);
    else
        fputs("usage: replay_compat fields FIELDS PATH | hits DIR NAMES | asserts DIR\n", stderr);
    for (size_t i = 0; i < n; i++)
        json_decref(row[i]);
    sk_filter_exec_free(b.exec);
    sk_filter_pool_free(b.pool);
    free(b.filter);
    sk_buf_done(&b.text);
    sk_arena_free(b.mem);
    printf("passed\t%zu\n", b.passed);
    return rc != 0;
}
