/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h - an alert for sinks that build messages of their own (SK_FORM_PARTS): the line that other
 * outputs get, a newline, and a JSON object with hostname, source, tags and output_fields.
 *
 * Unlike in SK_FORM_JSON all of it is always there, and the fields are the texts that a format
 * prints, "<NA>" for those that are absent: what Falco's gRPC clients get. */
#pragma once
#include "fmt/lines.h"

/* Appends; opt->parts_line is the form of the line. */
void sk_parts_write(const struct sk_alert_options *opt, const struct sk_alert_rule *rule,
                    const struct sk_ctx *cx, struct sk_buf *out);
/* The fields are those of the summary, as JSON values. */
void sk_parts_summary(const struct sk_alert_options *opt, const struct sk_alert_summary *sum,
                      struct sk_buf *out);
void sk_parts_note(const struct sk_alert_options *opt, const struct sk_alert_note *note,
                   struct sk_buf *out);
