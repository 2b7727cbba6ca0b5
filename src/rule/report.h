/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what the loader says about one rules file: errors and warnings with LOAD_* codes (rows
 * of tbl/diags.def), the places, a snippet with a caret; as text and as JSON
 * (falco-app.md 3.9, 3.10). */
#pragma once
#include "base/str.h"

struct sk_report;

bool sk_report_ok(const struct sk_report *r);
size_t sk_report_errors(const struct sk_report *r);
size_t sk_report_warnings(const struct sk_report *r);
const char *sk_report_name(const struct sk_report *r);
/* "ok", "none" or "failed for ...": the line of the loader's log. */
const char *sk_report_schema(const struct sk_report *r);
/* Verbose text; with `errors_only_summary`, one line for a file that has only warnings. */
void sk_report_text(const struct sk_report *r, bool summary_if_ok, struct sk_buf *out);
/* One element of falco_load_results. */
void sk_report_json(const struct sk_report *r, struct sk_buf *out);
