/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c - the set as fields of an alert: names and JSON values. */
#include <errno.h>

#include "metrics/metrics.h"

#define FIELD_MAX_BYTES 65536

static bool is_memory(const struct sk_metric_row *r)
{
    return r->unit == SK_UNIT_KIB || r->unit == SK_UNIT_BYTES;
}

static bool is_zero(const struct sk_metric *s)
{
    return !s->text && s->u64 == 0 && s->dbl == 0;
}

static const char *keep(struct sk_metrics *m, struct sk_buf *b)
{
    const char *p = b->failed ? NULL : sk_arena_dup(m->mem, sk_buf_str(b));

    sk_buf_reset(b);
    return p;
}

/* With memory in MB, the unit at the end of the name is that. */
static const char *key_of(struct sk_metrics *m, const struct sk_metric *s, bool mb,
                          struct sk_buf *b)
{
    const struct sk_metric_row *r = &sk_metric_rows[s->id];
    const struct sk_str name = sk_str(r->field);
    size_t end = name.n;

    if (mb && is_memory(r))
        end -= strlen(r->unit == SK_UNIT_KIB ? "_kb" : "_bytes");
    for (size_t i = 0; i < end; i++) {
        if (name.p[i] == '*')
            sk_buf_addz(b, s->part ? s->part : "");
        else
            sk_buf_addc(b, name.p[i]);
    }
    if (end != name.n)
        sk_buf_addz(b, "_mb");
    return keep(m, b);
}

/* A JSON number that is seen to be no integer. */
static void add_double(struct sk_buf *b, double v)
{
    char text[64];

    snprintf(text, sizeof(text), "%.15g", v);
    sk_buf_addz(b, text);
    if (!strpbrk(text, ".en"))
        sk_buf_addz(b, ".0");
}

static double tenths(double v)
{
    return (double)(uint64_t)(v * 10 + 0.5) / 10;
}

static const char *json_of(struct sk_metrics *m, const struct sk_metric *s, bool mb,
                           struct sk_buf *b)
{
    const struct sk_metric_row *r = &sk_metric_rows[s->id];

    if (s->text) {
        sk_buf_addc(b, '"');
        sk_buf_add_json(b, sk_str(s->text));
        sk_buf_addc(b, '"');
    } else if (r->unit == SK_UNIT_PERC || r->unit == SK_UNIT_SEC) {
        add_double(b, s->dbl);
    } else if (mb && is_memory(r)) {
        add_double(b, tenths((double)s->u64 / (r->unit == SK_UNIT_KIB ? 1024 : 1048576)));
    } else {
        sk_buf_printf(b, "%llu", (unsigned long long)s->u64);
    }
    return keep(m, b);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct sk_metric_field *)a)->key,
                  ((const struct sk_metric_field *)b)->key);
}

static size_t once(struct sk_metric_field *f, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        if (!to || strcmp(f[to - 1].key, f[i].key) != 0)
            f[to++] = f[i];
    }
    return to;
}

int sk_metrics_fields(struct sk_metrics *m, const struct sk_metric_options *opt,
                      struct sk_metric_field **out, size_t *out_n)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(FIELD_MAX_BYTES);
    struct sk_metric_field *f = sk_arena_alloc(m->mem, (m->n + 1) * sizeof(*f));
    size_t n = 0;

    if (!f || m->failed)
        return -ENOMEM;
    for (size_t i = 0; i < m->n; i++) {
        const struct sk_metric *s = m->v[i];
        const struct sk_metric_row *r = &sk_metric_rows[s->id];

        if (!*r->field || (is_zero(s) && !r->keep && !opt->empty))
            continue;
        f[n].key = key_of(m, s, opt->mb, &b);
        f[n].json = json_of(m, s, opt->mb, &b);
        if (!f[n].key || !f[n].json)
            return -ENOMEM;
        n++;
    }
    qsort(f, n, sizeof(*f), by_key);
    *out = f;
    *out_n = once(f, n);
    return 0;
}
