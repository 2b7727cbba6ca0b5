/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - the tables of fields and events as text, markdown and JSON: --list, --list-events. */
#pragma once
#include "base/digest.h"

struct sk_field;
struct sk_field_set;

enum sk_list_format { SK_LIST_TEXT, SK_LIST_MARKDOWN, SK_LIST_JSON };

struct sk_list_opts {
    enum sk_list_format format;
    bool verbose; /* text: types */
    bool names_only;
    const struct sk_field_set *made; /* at run time; NULL: none */
    struct sk_str source;            /* only classes of that event source; {NULL, 0}: all */
};

/* Hidden and deprecated fields are left out.  -EINVAL: no class has that source; -ENOBUFS. */
SK_MUST int sk_list_fields(const struct sk_list_opts *opts, struct sk_buf *out);

/* SHA-256 of what the fields are called, their types and how they may be used.  -ENOMEM. */
SK_MUST int sk_fields_checksum(const struct sk_field *field, size_t n, char out[SK_SHA256_TEXT]);

/* Every event that a current driver can make.  -ENOBUFS. */
SK_MUST int sk_list_events(enum sk_list_format format, struct sk_buf *out);
