/* SPDX-License-Identifier: Apache-2.0 */
/* state_compat.c - container ids, joined paths and output formats against recorded ones:
 * state_compat containers|paths|formats <FILE.jsonl; prints lines for scripts/verdicts. */
#include <jansson.h>

#include "fmt/alert.h"

#define LINE_BYTES (1u << 20)

struct bench {
    struct sk_state *st;
    struct sk_arena *tmp;
    struct sk_buf rec;
    struct sk_event ev;
    size_t skipped;
};

/* Texts are plain, or {"hex": ...} where they hold foreign bytes. */
static struct sk_str text_of(struct bench *b, const json_t *case_, const char *key)
{
    const json_t *v = json_object_get(case_, key);
    const char *hex = json_string_value(json_object_get(v, "hex"));
    char *out;
    size_t n;

    if (!hex)
        return sk_str(json_string_value(v));
    n = strlen(hex) / 2;
    out = sk_arena_alloc(b->tmp, n + 1);
    for (size_t i = 0; out && i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out[i] = (char)strtoul(pair, NULL, 16);
    }
    return (struct sk_str){out, out ? n : 0};
}

static bool same(const char *what, struct sk_str got, struct sk_str want)
{
    if (sk_str_eq(got, want))
        return true;
    printf("failed\t%s\tgot '%.*s', want '%.*s'\n", what, (int)got.n, got.p, (int)want.n, want.p);
    return false;
}

static bool check_container(struct bench *b, const json_t *c)
{
    struct sk_str path = text_of(b, c, "cgroup");

    return same(path.p, sk_container_id(path), text_of(b, c, "id"));
}

static bool check_path(struct bench *b, const json_t *c)
{
    struct sk_str base = text_of(b, c, "a");

    return same(base.p, sk_path_join(b->tmp, base, text_of(b, c, "b")), text_of(b, c, "out"));
}

/* The processes and the event that the recorded formats were printed for. */
static bool make_world(struct bench *b, uint32_t tid)
{
    static struct sk_event_writer w;
    struct sk_task_info task[] = {
        {.pid = 1, .tid = 1, .comm = SK_STR("init"), .exe = SK_STR("/sbin/init")},
        {.pid = 2, .tid = 2, .ppid = 1, .comm = SK_STR("bash"), .exe = SK_STR("bash")},
        {.pid = 3, .tid = 3, .ppid = 2, .comm = SK_STR("child"), .exe = SK_STR("child")},
    };

    for (size_t i = 0; i < SK_ARRAY_LEN(task); i++)
        if (sk_state_add(b->st, &task[i]))
            return false;
    sk_buf_reset(&b->rec);
    sk_event_write_begin(&w, &b->rec);
    sk_event_write_int(&w, 0, 8);
    sk_event_write_text(&w, SK_STR("/test/dir"));
    sk_event_write_int(&w, 0, 4);
    return sk_event_write_end(&w, 277, 1, tid) == 0 && /* mkdir */
           sk_event_decode(b->rec.p, b->rec.n, 0, &b->ev) == 0;
}

/* The fields of an alert with this format, without its time. */
static bool same_fields(struct bench *b, const struct sk_ctx *cx, const struct sk_format *f,
                        const json_t *c)
{
    const struct sk_alert_options opt = {
        .form = SK_FORM_JSON, .include_fields = true, .hostname = "here"};
    const struct sk_alert_rule rule = {.name = "rule", .source = "syscall", .format = f};
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    json_t *alert, *got,
        *want = json_loads(json_string_value(json_object_get(c, "output")), 0, NULL);
    bool equal;

    sk_alert_write(&opt, &rule, cx, &out);
    alert = json_loadb(out.p, out.n, 0, NULL);
    got = json_object_get(alert, "output_fields");
    json_object_del(got, "evt.time");
    equal = want && json_equal(got, want);
    if (!equal)
        printf("failed\t%s\tgot %.*s\n", text_of(b, c, "fmt").p, (int)out.n, out.p);
    json_decref(want);
    json_decref(alert);
    return equal;
}

static bool check_format(struct bench *b, const json_t *c)
{
    uint32_t tid = (uint32_t)json_integer_value(json_object_get(c, "tid"));
    struct sk_str text = text_of(b, c, "fmt"), error = text_of(b, c, "error");
    sk_auto(buf) struct sk_buf err = SK_BUF(4096), out = SK_BUF(65536);
    sk_auto(format) struct sk_format *f = NULL;
    struct sk_ctx cx = {.st = b->st, .tmp = b->tmp, .ev = &b->ev};

    if (sk_format_compile(text, &f, &err))
        return same(text.p, sk_buf_str(&err), error);
    if (error.n != 0)
        return same(text.p, SK_STR("compiles"), error);
    if (!json_is_true(json_object_get(c, "res"))) {
        printf("skipped\t%s\tFalco never prints a format that stops at an absent field\n", text.p);
        b->skipped++;
        return true;
    }
    if (!make_world(b, tid))
        return false;
    cx.th = sk_state_thread(b->st, tid);
    cx.proc = cx.th ? cx.th->proc : NULL;
    if (json_integer_value(json_object_get(c, "of")))
        return same_fields(b, &cx, f, c);
    sk_format_text(f, &cx, &out);
    return same(text.p, sk_buf_str(&out), text_of(b, c, "output"));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*check)(struct bench *b, const json_t *c);
    } kind[] = {
        {"containers", check_container},
        {"paths", check_path},
        {"formats", check_format},
    };
    static char line[LINE_BYTES];
    struct bench b = {.rec = SK_BUF(65536), .tmp = sk_arena_new(1 << 20)};
    bool (*check)(struct bench *, const json_t *) = NULL;
    size_t n = 0;

    for (size_t i = 0; argc == 2 && i < SK_ARRAY_LEN(kind); i++)
        if (strcmp(argv[1], kind[i].name) == 0)
            check = kind[i].check;
    if (!check || !b.tmp || sk_state_new(NULL, NULL, &b.st)) {
        fputs("usage: state_compat containers|paths|formats <FILE.jsonl\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof(line), stdin)) {
        json_t *c = json_loads(line, 0, NULL);

        sk_arena_reset(b.tmp);
        n += c && check(&b, c);
        json_decref(c);
    }
    printf("passed\t%zu\n", n - b.skipped);
    sk_state_free(b.st);
    sk_arena_free(b.tmp);
    sk_buf_done(&b.rec);
    return 0;
}
