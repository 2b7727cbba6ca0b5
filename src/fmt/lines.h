/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - one alert in every form that some output wants. */
#pragma once
#include "fmt/shape.h"

struct sk_alert_lines {
    unsigned forms;           /* bits (1u << enum sk_form) */
    struct sk_shapes *shapes; /* NULL: no form needs it */
    struct sk_buf buf[SK_FORM_N];
    struct sk_str line[SK_FORM_N]; /* of the last alert; absent where the form is not wanted */
    bool failed;                   /* it did not fit, in some form */
};

/* max_bytes: of each line.  0 or -ENOMEM. */
SK_MUST int sk_alert_lines_init(struct sk_alert_lines *l, unsigned forms, size_t max_bytes);
void sk_alert_lines_done(struct sk_alert_lines *l);
void alert_lines_freep(struct sk_alert_lines *l);

/* As sk_alert_write() and sk_alert_internal(), whatever opt->form says; the last alert is gone. */
void sk_alert_lines_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                          const struct sk_ctx *cx, struct sk_alert_lines *l);
void sk_alert_lines_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                            struct sk_alert_lines *l);
struct sk_alert_note {
    uint64_t ts_ns;
    enum sk_level priority;
    const char *rule, *message;
    const struct sk_alert_kv *kv;
    size_t nkv;
};
void sk_alert_lines_note(const struct sk_alert_options *opt, const struct sk_alert_note *note,
                         struct sk_alert_lines *l);
