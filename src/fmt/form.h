/* SPDX-License-Identifier: Apache-2.0 */
/* form.h - the forms in which an alert can be written; each output chooses one. */
#pragma once

enum sk_form {
    SK_FORM_TEXT,
    SK_FORM_JSON,
    SK_FORM_ECS,
    SK_FORM_OCSF,
    SK_FORM_PARTS, /* no choice of users: for sinks that build messages of their own (fmt/parts.h) */
    SK_FORM_N
};
