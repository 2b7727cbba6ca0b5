/* SPDX-License-Identifier: Apache-2.0 */
/* prometheus.c - the text format of Prometheus, version 0.0.4.
 *
 * Falco repeats help and type at every sample, which the format forbids; here they stand once, in front of
 * all samples of a name, as scrapers want them. */
#include <ctype.h>
#include <errno.h>

#include "metrics/metrics.h"

/* By row, then part, then as they were added. */
static int in_order(const void *a, const void *b)
{
    const struct sk_metric *one = *(struct sk_metric *const *)a,
                           *two = *(struct sk_metric *const *)b;
    int c;

    if (one->id != two->id)
        return one->id < two->id ? -1 : 1;
    c = strchr(sk_metric_rows[one->id].prom, '*')
            ? strcmp(one->part ? one->part : "", two->part ? two->part : "")
            : 0;
    return c ? c : one->seq < two->seq ? -1 : one->seq > two->seq;
}

static void add_name(const struct sk_metric *s, struct sk_buf *out)
{
    for (const char *p = sk_metric_rows[s->id].prom; *p; p++) {
        if (*p != '*') {
            sk_buf_addc(out, *p);
            continue;
        }
        for (const char *q = s->part ? s->part : ""; *q; q++)
            sk_buf_addc(out, isalnum((unsigned char)*q) ? *q : '_');
    }
}

static void add_head(const struct sk_metric *s, struct sk_buf *out)
{
    const struct sk_metric_row *r = &sk_metric_rows[s->id];

    sk_buf_addz(out, "# HELP ");
    add_name(s, out);
    sk_buf_printf(out, " %s\n# TYPE ", r->help);
    add_name(s, out);
    sk_buf_addz(out, r->kind == SK_KIND_COUNTER ? " counter\n" : " gauge\n");
}

static void add_value(const struct sk_metric *s, struct sk_buf *out)
{
    switch (sk_metric_rows[s->id].unit) {
    case SK_UNIT_TEXT:
        sk_buf_addc(out, '1');
        return;
    case SK_UNIT_PERC:
        sk_buf_printf(out, "%f", s->dbl / 100);
        return;
    case SK_UNIT_SEC:
        sk_buf_printf(out, "%.9f", s->dbl);
        return;
    case SK_UNIT_KIB:
        sk_buf_printf(out, "%llu", (unsigned long long)s->u64 * 1024);
        return;
    default:
        sk_buf_printf(out, "%llu", (unsigned long long)s->u64);
    }
}

static void add_sample(const struct sk_metric *s, struct sk_buf *out)
{
    add_name(s, out);
    if (s->labels)
        sk_buf_printf(out, "{%s}", s->labels);
    sk_buf_addc(out, ' ');
    add_value(s, out);
    sk_buf_addc(out, '\n');
}

static bool same_family(const struct sk_metric *a, const struct sk_metric *b)
{
    return a->id == b->id && (!strchr(sk_metric_rows[a->id].prom, '*') ||
                              !strcmp(a->part ? a->part : "", b->part ? b->part : ""));
}

/* Two files of the same name and content are one sample: scrapers refuse a second. */
static bool seen(struct sk_metric *const *v, size_t first, size_t i)
{
    if (sk_metric_rows[v[i]->id].kind != SK_KIND_INFO)
        return false;
    for (; first < i; first++) {
        if (!strcmp(v[first]->labels ? v[first]->labels : "", v[i]->labels ? v[i]->labels : ""))
            return true;
    }
    return false;
}

void sk_metrics_prometheus(const struct sk_metrics *m, struct sk_buf *out)
{
    sk_auto(mem) struct sk_metric **v = malloc((m->n + 1) * sizeof(*v));
    size_t first = 0, n = 0;

    if (!v) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < m->n; i++) {
        if (*sk_metric_rows[m->v[i]->id].prom)
            v[n++] = m->v[i];
    }
    qsort(v, n, sizeof(*v), in_order);
    for (size_t i = 0; i < n; i++) {
        if (!i || !same_family(v[first], v[i])) {
            first = i;
            add_head(v[i], out);
        }
        if (!seen(v, first, i))
            add_sample(v[i], out);
    }
    out->failed = out->failed || m->failed;
}
