/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - a set of measured values, each of a row of tbl/metrics.def, and its renderings.
 *
 * One thread at a time. */
#pragma once
#include "base/arena.h"

enum sk_metric_id {
#define METRIC_GROUP(id, key, about)
#define METRIC(id, field, prom, kind, unit, group, zero, labels, help) SK_METRIC_##id,
#include "metrics.def"
    SK_METRIC_N
};

enum sk_metric_group {
#define METRIC_GROUP(id, key, about) SK_METRICS_##id,
#define METRIC(id, field, prom, kind, unit, group, zero, labels, help)
#include "metrics.def"
    SK_METRICS_N
};

enum sk_metric_kind { SK_KIND_COUNTER, SK_KIND_GAUGE, SK_KIND_INFO };
enum sk_metric_unit {
    SK_UNIT_NONE,
    SK_UNIT_BYTES,
    SK_UNIT_KIB,
    SK_UNIT_PERC,
    SK_UNIT_NS,
    SK_UNIT_SEC,
    SK_UNIT_TEXT
};

struct sk_metric_row {
    const char *field, *prom; /* "": not in that rendering */
    enum sk_metric_kind kind;
    enum sk_metric_unit unit;
    enum sk_metric_group group;
    bool keep; /* a zero too */
    const char *labels, *help;
};
extern const struct sk_metric_row sk_metric_rows[SK_METRIC_N];

struct sk_metric_group_row {
    const char *key, *about;
};
extern const struct sk_metric_group_row sk_metric_groups[SK_METRICS_N];

/* One value. PERC and SEC are doubles, TEXT is a text, the rest are u64. */
struct sk_metric {
    enum sk_metric_id id;
    size_t seq; /* in the order of adding */
    uint64_t u64;
    double dbl;
    const char *text;
    const char *part;   /* for the `*` in its names; NULL: none */
    const char *labels; /* as Prometheus writes them, without the braces; NULL: none */
};

struct sk_metrics {
    struct sk_arena *mem;
    struct sk_metric **v;
    size_t n, cap;
    bool failed;            /* no memory: some values are missing */
    struct sk_metric spare; /* what a failed add returns */
};

SK_MUST int sk_metrics_init(struct sk_metrics *m);
void sk_metrics_done(struct sk_metrics *m);
void metrics_freep(struct sk_metrics *m);

/* Each adds a value and returns it, for a part or labels; never NULL.  Texts are copied. */
struct sk_metric *sk_metric_u64(struct sk_metrics *m, enum sk_metric_id id, uint64_t v);
struct sk_metric *sk_metric_double(struct sk_metrics *m, enum sk_metric_id id, double v);
struct sk_metric *sk_metric_text(struct sk_metrics *m, enum sk_metric_id id, const char *v);
/* The part of the names: as given for the field, made fit for names of Prometheus there. */
void sk_metric_part(struct sk_metrics *m, struct sk_metric *s, const char *part);
/* Adds name="value"; in the name, what a label cannot have becomes `_`. */
void sk_metric_label(struct sk_metrics *m, struct sk_metric *s, const char *name,
                     const char *value);

/* Falco's names of rules and files in names of fields: other characters than letters, digits, `_` and `:` become
 * one `_`, none at the end.  Arena memory; "" when there is none. */
const char *sk_metric_name(struct sk_metrics *m, const char *text);

/* The text format 0.0.4: each family once, with its help and type. */
void sk_metrics_prometheus(const struct sk_metrics *m, struct sk_buf *out);

/* Fields and their JSON values, sorted by name, each once. Arena memory of m. */
struct sk_metric_field {
    const char *key, *json;
};
struct sk_metric_options {
    bool mb;    /* memory in MB, with one decimal */
    bool empty; /* zeros too */
};
SK_MUST int sk_metrics_fields(struct sk_metrics *m, const struct sk_metric_options *opt,
                              struct sk_metric_field **out, size_t *out_n);

/* docs/metrics.md: every row. */
void sk_metrics_doc(struct sk_buf *out);
