/* SPDX-License-Identifier: Apache-2.0 */
/* store_own.h - what the two files of the store share. */
#pragma once
#include <sqlite3.h>

#include "sink/store.h"

enum sk_store_statement {
    SK_Q_PUT,
    SK_Q_NEXT,
    SK_Q_COUNT,
    SK_Q_OLDEST,
    SK_Q_FORGET_BYTES,
    SK_Q_FORGET,
    SK_Q_DELETE_BYTES,
    SK_Q_DELETE,
    SK_Q_SET_CURSOR,
    SK_Q_GET_CURSOR,
    SK_Q_NEXT_CURSOR,
    SK_Q_DROP_CURSOR,
    SK_Q_ADD_SHED,
    SK_Q_GET_SHED,
    SK_Q_ALL_BYTES,
    SK_Q_LAST_ID,
    SK_STORE_STATEMENTS
};

struct sk_store {
    struct sk_spool_options opt;
    char *dir, *path;
    sqlite3 *db; /* NULL: the disk is full, and there is no file yet */
    sqlite3_stmt *st[SK_STORE_STATEMENTS];
    uint64_t bytes, was_bytes; /* of alerts; before the transaction */
    uint64_t last_id;
    struct sk_buf record;
};

int sk_store_errno(int sqlite_rc);
SK_MUST int sk_store_prepare(struct sk_store *s);
/* Reads bytes and last_id. */
SK_MUST int sk_store_measure(struct sk_store *s);
/* Opens the file of a store that has none open. */
SK_MUST int sk_store_attach(struct sk_store *s);
