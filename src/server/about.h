/* SPDX-License-Identifier: Apache-2.0 */
/* about.h - what metrics need to know of the configuration and rules that run: a copy that outlives them.
 *
 * Immutable and counted: a reload puts another in its place while the old one may still be read. */
#pragma once
#include "engine/generation.h"
#include "metrics/metrics.h"

struct sk_about_file {
    const char *name; /* without its directory */
    char sha256[SK_SHA256_TEXT];
};

struct sk_about {
    bool group[SK_METRICS_N]; /* wanted */
    bool rule, mb, empty;     /* metrics.output_rule, convert_memory_to_mb, include_empty_values */
    bool with_id;             /* of alerts: json_include_id_property */
    const char *file;         /* metrics.output_file; "": none */
    uint64_t interval_ms;
    uint64_t loaded_ns; /* since 1970 */
    struct sk_about_file *rules, *config;
    size_t nrules, nconfig;
    struct sk_arena *mem;
    int refs; /* of the place that hands them out */
};

SK_MUST int sk_about_new(const struct sk_conf *conf, const struct sk_gen *gen,
                         struct sk_about **out);
void sk_about_free(struct sk_about *a);
void about_freep(struct sk_about **a);
