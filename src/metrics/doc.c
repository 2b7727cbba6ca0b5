/* SPDX-License-Identifier: Apache-2.0 */
/* doc.c - the rows as a page for readers: docs/metrics.md is this text. */
#include "metrics/metrics.h"

static const char head[] =
    "# Metrics\n"
    "\n"
    "This page is made from `tbl/metrics.def` (`make docs`). `metrics.enabled` switches "
    "metrics on; each of the three ways to read them has a switch of its own:\n"
    "\n"
    "- `webserver.prometheus_metrics_enabled`: `GET /metrics` at the web server, for Prometheus.\n"
    "- `metrics.output_rule`: an alert of the rule `Falco internal: metrics snapshot` (Informational), to "
    "every output.\n"
    "- `metrics.output_file`: the same fields, one JSON object a line: `{\"output_fields\":{...},\"sample\":N}`. "
    "The file is opened for each line, so that it can be rotated at any time.\n"
    "\n"
    "A snapshot is taken at the start and then every `metrics.interval`, whether or not there were events. "
    "Fields that are 0 are left out unless `metrics.include_empty_values` is set, but for those marked "
    "*always*. With `metrics.convert_memory_to_mb` fields that end in `_kb` or `_bytes` end in `_mb` "
    "instead, and are in MB.\n"
    "\n"
    "`GET /metrics` makes a snapshot of its own each time, zeros included. Names and labels are those of "
    "Falco 0.44 where Falco has the value; help and type stand once for each name, and values of labels "
    "are escaped, as the format wants it. What Falco has and Saker cannot know is left out: jemalloc, BPF "
    "iterators, counters of the kernel module, metrics of plugins. `promtool check metrics` reads it; what it "
    "says about the names of units (`nanoseconds`) and of gauges that end in `_total` is about names that are "
    "Falco's, and stay.\n"
    "\n"
    "Drops are known by class and by reason: `ring_full`, `over_share` (the ring was filling up, and the cgroup "
    "had more in it than its share), `too_long`, `bug`. The alert about lost events also tells of which cgroups, "
    "from when to when.\n";

static const char *kind_of(const struct sk_metric_row *r)
{
    return r->kind == SK_KIND_COUNTER ? "counter" : r->kind == SK_KIND_GAUGE ? "gauge" : "text";
}

static void add_cell(struct sk_buf *out, const char *text, bool code)
{
    sk_buf_printf(out, code && *text ? " `%s` |" : " %s |", text);
}

static void add_row(struct sk_buf *out, const struct sk_metric_row *r)
{
    sk_buf_addc(out, '|');
    add_cell(out, r->field, true);
    add_cell(out, r->prom, true);
    add_cell(out, kind_of(r), false);
    add_cell(out, r->labels, false);
    sk_buf_printf(out, " %s%s |\n", r->help, r->keep && *r->field ? " *always*" : "");
}

void sk_metrics_doc(struct sk_buf *out)
{
    sk_buf_addz(out, head);
    for (int g = 0; g < SK_METRICS_N; g++) {
        sk_buf_printf(out, "\n## %c%s\n\n", sk_metric_groups[g].about[0] & ~0x20,
                      sk_metric_groups[g].about + 1);
        if (*sk_metric_groups[g].key)
            sk_buf_printf(out, "Switch: `%s`.\n\n", sk_metric_groups[g].key);
        sk_buf_addz(out,
                    "| field | Prometheus | kind | labels | what it is |\n|---|---|---|---|---|\n");
        for (int i = 0; i < SK_METRIC_N; i++) {
            if ((int)sk_metric_rows[i].group == g)
                add_row(out, &sk_metric_rows[i]);
        }
    }
}
