/* SPDX-License-Identifier: Apache-2.0 */
/* alert.h - one alert as the line that consumers read: text or JSON, byte for byte as
 * spec'd for Falco (falco-app.md section 4). */
#pragma once
#include "base/log.h"
#include "fmt/form.h"
#include "fmt/format.h"

struct sk_shapes;

struct sk_alert_options {
    enum sk_form form;
    enum sk_form parts_line;        /* of SK_FORM_PARTS: the form of the line in front */
    const struct sk_shapes *shapes; /* for the forms that have rows in tbl/shapes.def */
    uint64_t id;                    /* of the alert, in JSON; 0: not shown */
    bool include_output, include_message, include_fields, include_tags;
    bool iso_time;
    const char *hostname;
};

/* What a rule contributes; compiled once per generation. */
struct sk_alert_rule {
    const char *name, *source;
    enum sk_level priority;
    const char *const *tags;
    size_t ntags;
    const struct sk_format *format;
    const struct sk_extra { /* append_output.extra_fields, in order */
        const char *key;
        const struct sk_format *format; /* formatted text ... */
        const struct sk_field_ref *raw; /* ... or the typed value of one field */
    } *extra;
    size_t nextra;
};

/* Appends the alert line without the newline. */
void sk_alert_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *out);

/* The two parts that a summary needs of the alert that it sums up: the message without the prefix,
 * and the object output_fields. */
void sk_alert_parts(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *message, struct sk_buf *fields);

/* The rule's tags, sorted, each once; arena memory. */
const char *const *sk_alert_tags(const struct sk_alert_rule *rule, struct sk_arena *mem,
                                 size_t *out_n);

/* Alerts that were folded: the first was written when it came, these came behind it. */
struct sk_alert_summary {
    const char *rule, *source;
    enum sk_level priority;
    const char *const *tags; /* sorted, each once */
    size_t ntags;
    struct sk_str message, fields; /* of the first (sk_alert_parts) */
    uint64_t count, first_ns, last_ns;
};
void sk_alert_write_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                            struct sk_buf *out);

/* Internal messages ("Falco internal: ..."): fields are (key, JSON value) pairs sorted by key. */
struct sk_alert_kv {
    const char *key, *json;
};
void sk_alert_internal(const struct sk_alert_options *opt, uint64_t ts_ns, enum sk_level priority,
                       const char *rule, const char *message, const struct sk_alert_kv *kv,
                       size_t nkv, struct sk_buf *out);

/* "HH:MM:SS.nnnnnnnnn" local, or ISO "YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000" (`suffix` "+0000" / "Z").
 */
void sk_time_text(uint64_t ts_ns, struct sk_buf *out);
void sk_time_iso(uint64_t ts_ns, const char *suffix, struct sk_buf *out);
