/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - results as TAP version 13 and as JUnit XML; coverage of conditions. */
#include <errno.h>

#include "base/map.h"
#include "trial/run.h"

#define MISSING_MAX   (16u << 20)
#define PARTS_MEM_MAX (64u << 20)
#define PARTS_MAX     1000000u

/* A macro is the same code wherever it is put in: what one rule's tests saw of it, all have seen.  Its
 * parts are known by the macro and their place in it. */
struct part {
    bool seen_true, seen_false, said;
};

struct coverage {
    struct sk_trial *t;
    struct sk_arena *mem;
    struct sk_map *parts;
};

/* The innermost macro around node i, or w->n. */
static size_t macro_of(const struct sk_why *w, size_t i)
{
    for (size_t k = i + 1; k-- > 0;)
        if (w->node[k].macro.n && w->node[k].end > i)
            return k;
    return w->n;
}

/* NULL: not within a macro, or no memory (then it counts as a part of its rule alone). */
static struct part *part_of(struct coverage *c, const struct sk_why *w, size_t i)
{
    sk_auto(buf) struct sk_buf key = SK_BUF(65536);
    size_t macro = macro_of(w, i);
    struct part *part;
    const char *kept;

    if (macro == w->n)
        return NULL;
    sk_buf_adds(&key, w->node[macro].macro);
    sk_buf_printf(&key, "/%zu", i - macro);
    part = key.failed ? NULL : sk_map_get(c->parts, sk_buf_str(&key));
    if (part || key.failed)
        return part;
    kept = sk_arena_dup(c->mem, sk_buf_str(&key));
    part = kept ? sk_arena_alloc(c->mem, sizeof(*part)) : NULL;
    return part && !sk_map_put(c->parts, (struct sk_str){kept, key.n}, part) ? part : NULL;
}

static void gather(struct coverage *c, const struct sk_why *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct part *part = part_of(c, w, i);

        if (!part)
            continue;
        part->seen_true |= w->node[i].seen_true != 0;
        part->seen_false |= w->node[i].seen_false != 0;
    }
}

static void note(struct sk_trial *t, const struct sk_why *w, size_t i, const char *what)
{
    const struct sk_why_node *node = &w->node[i];
    size_t macro = macro_of(w, i);

    if (node->pos.line)
        sk_buf_printf(&t->missing, "%s:%u:%u", w->file, node->pos.line, node->pos.col);
    else
        sk_buf_printf(&t->missing, "%s:%u:%u", w->file, w->rule->at.line, w->rule->at.col);
    sk_buf_printf(&t->missing, ": rule '%s'", w->rule->name);
    if (macro < w->n)
        sk_buf_printf(&t->missing, ", macro '%.*s'", (int)w->node[macro].macro.n,
                      w->node[macro].macro.p);
    sk_buf_printf(&t->missing, ": %s: ", what);
    sk_buf_adds(&t->missing, node->text);
    sk_buf_addc(&t->missing, '\n');
}

/* A group that no test reached is said once, not part by part.  What no event of the rule's types can
 * make true or false (evt.type itself) is no outcome. */
static void coverage_of(struct coverage *c, const struct sk_why *w)
{
    size_t silent = 0;

    for (size_t i = 0; i < w->n; i++) {
        const struct sk_why_node *node = &w->node[i];
        struct part own = {node->seen_true, node->seen_false, false}, *part = part_of(c, w, i);
        bool check = node->kind == SK_WHY_CHECK;

        part = part ? part : &own;
        if (part->said)
            continue;
        part->said = true;
        if (check) {
            c->t->parts += node->can_be_true + node->can_be_false;
            c->t->covered +=
                (node->can_be_true && part->seen_true) + (node->can_be_false && part->seen_false);
        }
        if (i < silent)
            continue;
        if (!part->seen_true && !part->seen_false) {
            note(c->t, w, i, "never reached");
            silent = node->end;
        } else if (check && node->can_be_true && !part->seen_true) {
            note(c->t, w, i, "never true");
        } else if (check && node->can_be_false && !part->seen_false) {
            note(c->t, w, i, "never false");
        }
    }
}

int sk_run_coverage(const struct sk_run *r, struct sk_trial *t)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(PARTS_MEM_MAX);
    sk_auto(map) struct sk_map *parts = sk_map_new(PARTS_MAX);
    struct coverage c = {t, mem, parts};

    if (!mem || !parts)
        return -ENOMEM;
    if (!t->missing.max)
        t->missing = SK_BUF(MISSING_MAX);
    for (size_t i = 0; i < r->nrules; i++)
        gather(&c, r->why[i]);
    for (size_t i = 0; i < r->nrules; i++)
        coverage_of(&c, r->why[i]);
    return 0;
}

/* Every line of text behind `before`; control characters become '?'. */
static void add_lines(struct sk_str text, const char *before, struct sk_buf *out)
{
    for (size_t i = 0; i < text.n;) {
        sk_buf_addz(out, before);
        for (; i < text.n && text.p[i] != '\n'; i++)
            sk_buf_addc(out, (unsigned char)text.p[i] < ' ' ? '?' : text.p[i]);
        sk_buf_addc(out, '\n');
        i++;
    }
}

/* '#' would begin a directive ("# SKIP"). */
static void add_tap_name(const char *name, struct sk_buf *out)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            sk_buf_addc(out, '\\');
        sk_buf_addc(out, (unsigned char)*name < ' ' ? ' ' : *name);
    }
}

static void add_summary(const struct sk_trial *t, bool coverage, struct sk_buf *out)
{
    sk_buf_printf(out, "# %zu tests, %zu failed\n", t->n, t->failed);
    sk_buf_printf(out, "# coverage: %llu of %llu outcomes of the conditions' parts were seen%s\n",
                  (unsigned long long)t->covered, (unsigned long long)t->parts,
                  coverage || t->covered == t->parts ? "" : "; --coverage lists the others");
    if (coverage)
        add_lines(sk_buf_str(&t->missing), "#   ", out);
}

void sk_trial_tap(const struct sk_trial *t, bool coverage, struct sk_buf *out)
{
    sk_buf_printf(out, "TAP version 13\n1..%zu\n", t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct sk_trial_result *r = &t->result[i];

        sk_buf_printf(out, "%s %zu - ", r->ok ? "ok" : "not ok", i + 1);
        add_tap_name(r->name, out);
        sk_buf_addc(out, '\n');
        if (r->ok)
            continue;
        sk_buf_addz(out, "  ---\n  at: '");
        for (const char *p = r->file; *p; p++)
            sk_buf_addz(out, *p == '\'' ? "''" : (char[]){*p, '\0'});
        sk_buf_printf(out, ":%u:%u'\n  message: |\n", r->at.line, r->at.col);
        add_lines(sk_str(r->message), "    ", out);
        sk_buf_addz(out, "  ...\n");
    }
    add_summary(t, coverage, out);
}

static void add_xml(struct sk_str s, struct sk_buf *out)
{
    size_t len, bad;

    for (size_t i = 0; i < s.n; i += len ? len : bad) {
        len = sk_utf8_len((struct sk_str){s.p + i, s.n - i}, &bad);
        if (!len) {
            sk_buf_addz(out, "\xef\xbf\xbd");
            continue;
        }
        switch (s.p[i]) {
        case '<':
            sk_buf_addz(out, "&lt;");
            break;
        case '>':
            sk_buf_addz(out, "&gt;");
            break;
        case '&':
            sk_buf_addz(out, "&amp;");
            break;
        case '"':
            sk_buf_addz(out, "&quot;");
            break;
        default:
            /* XML 1.0 has no other control characters, however they are written. */
            if ((unsigned char)s.p[i] >= ' ' || s.p[i] == '\n' || s.p[i] == '\t')
                sk_buf_add(out, s.p + i, len);
            else
                sk_buf_addc(out, '?');
        }
    }
}

void sk_trial_junit(const struct sk_trial *t, bool coverage, struct sk_buf *out)
{
    sk_auto(buf) struct sk_buf summary = SK_BUF(MISSING_MAX);

    sk_buf_printf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" "
        "failures=\"%zu\">\n<testsuite name=\"saker test\" tests=\"%zu\" failures=\"%zu\" "
        "errors=\"0\" skipped=\"0\">\n",
        t->n, t->failed, t->n, t->failed);
    for (size_t i = 0; i < t->n; i++) {
        const struct sk_trial_result *r = &t->result[i];

        sk_buf_addz(out, "<testcase classname=\"");
        add_xml(sk_str(r->file), out);
        sk_buf_addz(out, "\" name=\"");
        add_xml(sk_str(r->name), out);
        sk_buf_printf(out, "\" file=\"");
        add_xml(sk_str(r->file), out);
        sk_buf_printf(out, "\" line=\"%u\"", r->at.line);
        if (r->ok) {
            sk_buf_addz(out, "/>\n");
            continue;
        }
        sk_buf_addz(out, "><failure>");
        add_xml(sk_str(r->message), out);
        sk_buf_addz(out, "</failure></testcase>\n");
    }
    add_summary(t, coverage, &summary);
    sk_buf_addz(out, "<system-out>");
    add_xml(sk_buf_str(&summary), out);
    sk_buf_addz(out, "</system-out>\n</testsuite>\n</testsuites>\n");
}
