/* SPDX-License-Identifier: Apache-2.0 */
/* set.c - the rows, and values that are added one by one. */
#include <ctype.h>
#include <errno.h>

#include "metrics/metrics.h"

#define SET_MAX_BYTES (64u << 20)
#define LABELS_MAX    65536

#define ZERO_KEEP true
#define ZERO_OMIT false

const struct sk_metric_row sk_metric_rows[SK_METRIC_N] = {
#define METRIC_GROUP(id, key, about)
#define METRIC(id, field, prom, kind, unit, group, zero, labels, help)                        \
    [SK_METRIC_##                                                                             \
        id] = {field,  prom, SK_KIND_##kind, SK_UNIT_##unit, SK_METRICS_##group, ZERO_##zero, \
               labels, help},
#include "metrics.def"
};

const struct sk_metric_group_row sk_metric_groups[SK_METRICS_N] = {
#define METRIC_GROUP(id, key, about) [SK_METRICS_##id] = {key, about},
#define METRIC(id, field, prom, kind, unit, group, zero, labels, help)
#include "metrics.def"
};

int sk_metrics_init(struct sk_metrics *m)
{
    *m = (struct sk_metrics){.mem = sk_arena_new(SET_MAX_BYTES)};
    return m->mem ? 0 : -ENOMEM;
}

void sk_metrics_done(struct sk_metrics *m)
{
    sk_arena_free(m->mem);
    free(m->v);
    *m = (struct sk_metrics){0};
}

void metrics_freep(struct sk_metrics *m)
{
    sk_metrics_done(m);
}

static const char *copy(struct sk_metrics *m, const char *text)
{
    const char *p = sk_arena_dup(m->mem, sk_str(text));

    m->failed |= !p;
    return p ? p : "";
}

static bool make_room(struct sk_metrics *m)
{
    const size_t cap = m->cap ? m->cap * 2 : 256;
    struct sk_metric **v;

    if (m->n < m->cap)
        return true;
    v = realloc(m->v, cap * sizeof(*v));
    if (!v)
        return false;
    m->v = v;
    m->cap = cap;
    return true;
}

static struct sk_metric *add(struct sk_metrics *m, enum sk_metric_id id)
{
    struct sk_metric *s = make_room(m) ? sk_arena_alloc(m->mem, sizeof(*s)) : NULL;

    if (!s) {
        m->failed = true;
        m->spare = (struct sk_metric){.id = id};
        return &m->spare;
    }
    s->id = id;
    s->seq = m->n;
    m->v[m->n++] = s;
    return s;
}

struct sk_metric *sk_metric_u64(struct sk_metrics *m, enum sk_metric_id id, uint64_t v)
{
    struct sk_metric *s = add(m, id);

    s->u64 = v;
    return s;
}

struct sk_metric *sk_metric_double(struct sk_metrics *m, enum sk_metric_id id, double v)
{
    struct sk_metric *s = add(m, id);

    s->dbl = v;
    return s;
}

struct sk_metric *sk_metric_text(struct sk_metrics *m, enum sk_metric_id id, const char *v)
{
    struct sk_metric *s = add(m, id);

    s->text = copy(m, v);
    return s;
}

void sk_metric_part(struct sk_metrics *m, struct sk_metric *s, const char *part)
{
    s->part = copy(m, part);
}

static void add_value(struct sk_buf *b, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            sk_buf_addz(b, "\\n");
        else if (*value == '"' || *value == '\\')
            sk_buf_printf(b, "\\%c", *value);
        else
            sk_buf_addc(b, *value);
    }
}

/* Prometheus takes UTF-8 only: what is none is replaced, as in JSON. */
static void add_label(struct sk_buf *b, const char *name, const char *value)
{
    sk_auto(buf) struct sk_buf json = SK_BUF(LABELS_MAX);
    bool ascii = true;

    for (const char *p = value; *p; p++)
        ascii &= !((unsigned char)*p & 0x80);
    if (b->n)
        sk_buf_addc(b, ',');
    if (isdigit((unsigned char)*name))
        sk_buf_addc(b, '_');
    for (; *name; name++)
        sk_buf_addc(b, isalnum((unsigned char)*name) ? *name : '_');
    sk_buf_addz(b, "=\"");
    if (ascii) {
        add_value(b, value);
    } else {
        sk_buf_add_json(&json, sk_str(value));
        sk_buf_adds(b, sk_buf_str(&json));
    }
    sk_buf_addc(b, '"');
}

void sk_metric_label(struct sk_metrics *m, struct sk_metric *s, const char *name, const char *value)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(LABELS_MAX);

    if (s->labels)
        sk_buf_addz(&b, s->labels);
    add_label(&b, name, value);
    m->failed |= b.failed;
    s->labels = copy(m, sk_buf_str(&b).p);
}

const char *sk_metric_name(struct sk_metrics *m, const char *text)
{
    char *out = sk_arena_alloc(m->mem, strlen(text) + 1), *p = out;

    if (!out) {
        m->failed = true;
        return "";
    }
    for (; *text; text++) {
        const bool fit = isalnum((unsigned char)*text) || *text == ':';

        if (fit || p == out || p[-1] != '_')
            *p++ = fit ? *text : '_';
    }
    if (p != out && p[-1] == '_')
        p--;
    *p = '\0';
    return out;
}
