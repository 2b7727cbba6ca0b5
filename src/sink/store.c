/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - the tables of the spool in SQLite: a write-ahead log, so that a batch of alerts is one
 * append, and locked for this process alone (which also keeps the index of the log in memory: a full
 * disk cannot take a mapped page away). */
#include "sink/store.h"

#include <errno.h>

#include "sink/store_own.h"

#define RECORD_MAX_BYTES (16u << 20)
#define ROW_BYTES        64 /* what a row takes beside its record, about */
#define ID_ROW           "" /* the cursor of nobody: the largest id */
/* A damaged row may claim any id: one that will never be reached is none, so that the numbers of
 * later alerts do not start there. */
#define ID_LIMIT "1152921504606846976"

static const char *const sql[SK_STORE_STATEMENTS] = {
    [SK_Q_PUT] = "INSERT INTO alerts(id, priority, body) VALUES(?1, ?2, ?3)",
    [SK_Q_NEXT] = "SELECT id, priority, body FROM alerts WHERE id > ?1 AND id < " ID_LIMIT
                  " AND priority <= ?2 ORDER BY id LIMIT 1",
    [SK_Q_COUNT] =
        "SELECT COUNT(*) FROM alerts WHERE id > ?1 AND id < " ID_LIMIT " AND priority <= ?2",
    [SK_Q_OLDEST] = "SELECT id FROM alerts WHERE priority = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [SK_Q_FORGET_BYTES] = "SELECT SUM(LENGTH(body)), COUNT(*) FROM alerts WHERE id <= ?1",
    [SK_Q_FORGET] = "DELETE FROM alerts WHERE id <= ?1",
    [SK_Q_DELETE_BYTES] = "SELECT LENGTH(body), 1 FROM alerts WHERE id = ?1",
    [SK_Q_DELETE] = "DELETE FROM alerts WHERE id = ?1",
    [SK_Q_SET_CURSOR] = "INSERT OR REPLACE INTO cursors(name, id) VALUES(?1, ?2)",
    [SK_Q_GET_CURSOR] = "SELECT id FROM cursors WHERE name = ?1 AND id BETWEEN 0 AND " ID_LIMIT,
    [SK_Q_NEXT_CURSOR] = "SELECT name FROM cursors WHERE name > ?1 ORDER BY name LIMIT 1",
    [SK_Q_DROP_CURSOR] = "DELETE FROM cursors WHERE name = ?1",
    [SK_Q_ADD_SHED] = "INSERT INTO shed(name, priority, n) VALUES(?1, ?2, ?3) "
                      "ON CONFLICT DO UPDATE SET n = n + ?3",
    [SK_Q_GET_SHED] = "SELECT n FROM shed WHERE name = ?1 AND priority = ?2",
    [SK_Q_ALL_BYTES] = "SELECT SUM(LENGTH(body)), COUNT(*) FROM alerts",
    [SK_Q_LAST_ID] = "SELECT MAX((SELECT IFNULL(MAX(id), 0) FROM alerts WHERE id < " ID_LIMIT
                     "), (SELECT IFNULL(MAX(id), 0) FROM cursors WHERE id < " ID_LIMIT "))",
};

int sk_store_errno(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a table or column is not there */
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return -EBADMSG;
    default:
        return -EIO;
    }
}

int sk_store_prepare(struct sk_store *s)
{
    for (int i = 0; i < SK_STORE_STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->st[i], NULL);

        if (rc)
            return sk_store_errno(rc);
    }
    return 0;
}

/* Ends the statement's run; the error of that run. */
static int done(sqlite3_stmt *st, int rc)
{
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return sk_store_errno(rc);
}

static sqlite3_stmt *with_ids(struct sk_store *s, enum sk_store_statement which, uint64_t a,
                              uint64_t b)
{
    sqlite3_bind_int64(s->st[which], 1, (sqlite3_int64)a);
    sqlite3_bind_int64(s->st[which], 2, (sqlite3_int64)b);
    return s->st[which];
}

static sqlite3_stmt *with_name(struct sk_store *s, enum sk_store_statement which, const char *name)
{
    sqlite3_bind_text(s->st[which], 1, name, -1, SQLITE_STATIC);
    return s->st[which];
}

static int run(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);

    return done(st, rc == SQLITE_ROW ? SQLITE_OK : rc);
}

/* The bytes that alerts take: two columns, sum of lengths and number of rows. */
static int sum(sqlite3_stmt *st, uint64_t *out)
{
    int rc = sqlite3_step(st);

    *out = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) +
                                  (uint64_t)sqlite3_column_int64(st, 1) * ROW_BYTES
                            : 0;
    return done(st, rc);
}

/* One number. -ENOENT: no row. */
static int number(sqlite3_stmt *st, uint64_t *out)
{
    int rc = sqlite3_step(st), err;
    uint64_t v = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;

    err = done(st, rc);
    if (!err && rc != SQLITE_ROW)
        return -ENOENT;
    if (!err)
        *out = v;
    return err;
}

int sk_store_measure(struct sk_store *s)
{
    int err = sum(s->st[SK_Q_ALL_BYTES], &s->bytes);

    if (!err)
        err = number(s->st[SK_Q_LAST_ID], &s->last_id);
    s->was_bytes = s->bytes;
    return err;
}

int sk_store_begin(struct sk_store *s)
{
    int err = s->db ? 0 : sk_store_attach(s);

    if (err)
        return err;
    s->was_bytes = s->bytes;
    return sk_store_errno(sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
}

int sk_store_commit(struct sk_store *s)
{
    int err = sk_store_set_cursor(s, ID_ROW, s->last_id);

    if (!err)
        err = sk_store_errno(sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL));
    if (err)
        sk_store_rollback(s);
    return err;
}

void sk_store_rollback(struct sk_store *s)
{
    if (s->db && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->bytes = s->was_bytes;
}

int sk_store_put(struct sk_store *s, const struct sk_item *it)
{
    sqlite3_stmt *st = with_ids(s, SK_Q_PUT, it->id, it->priority);
    int err;

    s->record.max = RECORD_MAX_BYTES;
    sk_buf_reset(&s->record);
    sk_record_write(it, &s->record);
    if (s->record.failed)
        return -ENOMEM;
    sqlite3_bind_blob64(st, 3, s->record.p, s->record.n, SQLITE_STATIC);
    err = run(st);
    if (err)
        return err;
    s->bytes += s->record.n + ROW_BYTES;
    s->last_id = SK_MAX(s->last_id, it->id);
    return 0;
}

int sk_store_set_cursor(struct sk_store *s, const char *name, uint64_t id)
{
    sqlite3_stmt *st = with_name(s, SK_Q_SET_CURSOR, name);

    sqlite3_bind_int64(st, 2, (sqlite3_int64)id);
    return run(st);
}

int sk_store_add_shed(struct sk_store *s, const char *name, enum sk_level priority, uint64_t n)
{
    sqlite3_stmt *st = with_name(s, SK_Q_ADD_SHED, name);

    sqlite3_bind_int64(st, 2, priority);
    sqlite3_bind_int64(st, 3, (sqlite3_int64)n);
    return run(st);
}

/* A deletion with its account. */
static int take_away(struct sk_store *s, enum sk_store_statement bytes,
                     enum sk_store_statement delete, uint64_t id)
{
    uint64_t n = 0;
    int err;

    sqlite3_bind_int64(s->st[bytes], 1, (sqlite3_int64)id);
    err = sum(s->st[bytes], &n);
    if (err || !n)
        return err;
    sqlite3_bind_int64(s->st[delete], 1, (sqlite3_int64)id);
    err = run(s->st[delete]);
    if (!err)
        s->bytes -= SK_MIN(n, s->bytes);
    return err;
}

int sk_store_forget(struct sk_store *s, uint64_t upto)
{
    return take_away(s, SK_Q_FORGET_BYTES, SK_Q_FORGET, upto);
}

int sk_store_delete(struct sk_store *s, uint64_t id)
{
    return take_away(s, SK_Q_DELETE_BYTES, SK_Q_DELETE, id);
}

static bool listed(const char *const *name, size_t n, const char *which)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(name[i], which))
            return true;
    }
    return false;
}

int sk_store_keep_cursors(struct sk_store *s, const char *const *name, size_t n)
{
    sk_auto(buf) struct sk_buf last = SK_BUF(65536);

    for (;;) {
        sqlite3_stmt *st = with_name(s, SK_Q_NEXT_CURSOR, sk_buf_str(&last).p);
        int rc = sqlite3_step(st), err;

        if (rc == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(st, 0);

            sk_buf_reset(&last);
            sk_buf_addz(&last, text ? text : "");
        }
        err = done(st, rc);
        if (err || rc != SQLITE_ROW)
            return err;
        if (last.failed || !last.n)
            return -EBADMSG; /* no name is that long */
        if (!listed(name, n, last.p))
            err = run(with_name(s, SK_Q_DROP_CURSOR, last.p));
        if (err)
            return err;
    }
}

uint64_t sk_store_bytes(const struct sk_store *s)
{
    return s->bytes;
}

uint64_t sk_store_excess(const struct sk_store *s)
{
    return s->bytes > s->opt.max_bytes ? s->bytes - s->opt.max_bytes : 0;
}

uint64_t sk_store_last_id(const struct sk_store *s)
{
    return s->last_id;
}

int sk_store_oldest(struct sk_store *s, enum sk_level priority, uint64_t after, uint64_t *out_id)
{
    return s->db ? number(with_ids(s, SK_Q_OLDEST, priority, after), out_id) : -ENOENT;
}

int sk_store_next(struct sk_store *s, uint64_t after, enum sk_level min_priority, unsigned forms,
                  size_t links, struct sk_item **out, uint64_t *out_id)
{
    sqlite3_stmt *st;
    int rc, err = 0, ended;

    *out = NULL;
    if (!s->db)
        return 0;
    st = with_ids(s, SK_Q_NEXT, after, min_priority);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const int64_t priority = sqlite3_column_int64(st, 1);
        const void *body = sqlite3_column_blob(st, 2);
        const struct sk_str bytes = {body, body ? (size_t)sqlite3_column_bytes(st, 2) : 0};

        *out_id = (uint64_t)sqlite3_column_int64(st, 0);
        err = priority < 0 || priority >= SK_LEVEL_N
                  ? -EBADMSG
                  : sk_record_read(*out_id, (uint32_t)priority, bytes, forms, links, out);
    }
    ended = done(st, rc);
    if (ended) {
        sk_item_unref(SK_TAKE(*out));
        return ended;
    }
    return err == -EBADMSG ? -EILSEQ : err;
}

int sk_store_count(struct sk_store *s, uint64_t after, enum sk_level min_priority, uint64_t *out)
{
    *out = 0;
    return s->db ? number(with_ids(s, SK_Q_COUNT, after, min_priority), out) : 0;
}

int sk_store_cursor(struct sk_store *s, const char *name, uint64_t *out)
{
    return s->db ? number(with_name(s, SK_Q_GET_CURSOR, name), out) : -ENOENT;
}

bool sk_store_has_cursors(struct sk_store *s)
{
    sqlite3_stmt *st;
    int rc;

    if (!s->db)
        return false;
    st = with_name(s, SK_Q_NEXT_CURSOR, ID_ROW);
    rc = sqlite3_step(st);
    return !done(st, rc) && rc == SQLITE_ROW;
}

int sk_store_shed(struct sk_store *s, const char *name, enum sk_level priority, uint64_t *out)
{
    sqlite3_stmt *st;
    int err;

    *out = 0;
    if (!s->db)
        return 0;
    st = with_name(s, SK_Q_GET_SHED, name);
    sqlite3_bind_int64(st, 2, priority);
    err = number(st, out);
    return err == -ENOENT ? 0 : err;
}
