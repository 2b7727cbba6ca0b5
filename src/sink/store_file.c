/* SPDX-License-Identifier: Apache-2.0 */
/* store_file.c - opening the file of the spool, and what becomes of one that is no spool or that is
 * damaged: it is kept beside the new one (one of them: the next takes its place), and alerts that
 * can still be read are taken over. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/store_own.h"

#define APPLICATION_ID 0x53616b72 /* "Sakr" */
#define SCHEMA_VERSION 1
#define BAD            ".bad"
#define WAL            "-wal"
#define PAGE_BYTES     4096u
#define WAL_PAGES      "1000"

static const char schema[] =
    "CREATE TABLE alerts(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX alerts_by_priority ON alerts(priority, id);"
    "CREATE TABLE cursors(name TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE shed(name TEXT, priority INTEGER, n INTEGER NOT NULL, PRIMARY KEY(name, "
    "priority)) WITHOUT ROWID;";

static void detach(struct sk_store *s)
{
    for (int i = 0; i < SK_STORE_STATEMENTS; i++) {
        sqlite3_finalize(s->st[i]);
        s->st[i] = NULL;
    }
    sqlite3_close_v2(s->db);
    s->db = NULL;
}

/* One number of a pragma or query; -errno. */
static int ask(sqlite3 *db, const char *query, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return sk_store_errno(rc);
}

static int exec(sqlite3 *db, const char *text)
{
    return sk_store_errno(sqlite3_exec(db, text, NULL, NULL, NULL));
}

static int create_schema(struct sk_store *s)
{
    char text[128];
    int err = exec(s->db, "BEGIN IMMEDIATE");

    snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, SCHEMA_VERSION);
    if (!err)
        err = exec(s->db, schema);
    if (!err)
        err = exec(s->db, text);
    if (!err)
        err = exec(s->db, "COMMIT");
    if (err)
        exec(s->db, "ROLLBACK");
    return err;
}

/* -EBADMSG: another program's, or damaged from the first page on. */
static int check_kind(struct sk_store *s)
{
    int64_t id = 0, version = 0, tables = 0;
    int err = ask(s->db, "PRAGMA application_id", &id);

    if (!err)
        err = ask(s->db, "PRAGMA user_version", &version);
    if (!err)
        err = ask(s->db, "SELECT COUNT(*) FROM sqlite_master", &tables);
    if (err)
        return err;
    if (!tables && !id && !version)
        return create_schema(s);
    return id == APPLICATION_ID && version == SCHEMA_VERSION ? 0 : -EBADMSG;
}

static int check_content(struct sk_store *s)
{
    sqlite3_stmt *st = NULL;
    const char *text;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &st, NULL), err;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
    err = sk_store_errno(rc);
    if (!err && (!text || strcmp(text, "ok") != 0))
        err = -EBADMSG;
    sqlite3_finalize(st);
    return err;
}

static int open_db(const char *path, sqlite3 **out)
{
    int rc = sqlite3_open_v2(path, out,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_PRIVATECACHE,
                             NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*out,
                          "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; "
                          "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
                          "PRAGMA temp_store = MEMORY",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(*out, 0);
        sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    }
    return sk_store_errno(rc);
}

/* Makes the file with its mode before SQLite would with another; the log of it gets the same. */
static int create_file(const char *path)
{
    struct stat st;
    int fd;

    if (!lstat(path, &st)) {
        if (!S_ISREG(st.st_mode))
            return -ENOTSUP;
        return st.st_mode & 077 && chmod(path, 0600) ? -errno : 0;
    }
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

static int set_up(struct sk_store *s)
{
    char text[192];
    int err;

    /* The log is cut back when it has been written into the file; the limit of pages is a second
     * line of defence behind max_bytes. */
    snprintf(
        text, sizeof(text),
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = " WAL_PAGES
        "; PRAGMA journal_size_limit = 1048576; PRAGMA max_page_count = %llu",
        s->opt.fsync ? "FULL" : "NORMAL",
        64 + 2 * (unsigned long long)s->opt.max_bytes / PAGE_BYTES);
    err = exec(s->db, text);
    if (!err)
        err = check_kind(s);
    if (!err)
        err = sk_store_prepare(s);
    return err ? err : sk_store_measure(s);
}

static int attach(struct sk_store *s)
{
    int err = create_file(s->path);

    if (!err)
        err = open_db(s->path, &s->db);
    if (!err)
        err = set_up(s);
    if (err)
        detach(s);
    return err;
}

static int move_aside(const struct sk_store *s)
{
    static const char *const suffix[] = {"", WAL};

    for (size_t i = 0; i < SK_ARRAY_LEN(suffix); i++) {
        sk_auto(mem) char *from = NULL, *to = NULL;

        if (asprintf(&from, "%s%s", s->path, suffix[i]) < 0 ||
            asprintf(&to, "%s" BAD "%s", s->path, suffix[i]) < 0)
            return -ENOMEM;
        if (unlink(to) && errno != ENOENT)
            return -errno;
        if (rename(from, to) && errno != ENOENT)
            return -errno;
    }
    return 0;
}

/* Alerts of `from` in one direction until the end or the damage; ids that are there already too. */
static uint64_t copy_alerts(struct sk_store *s, sqlite3 *from, const char *order)
{
    sqlite3_stmt *get = NULL, *put = NULL;
    char query[96];
    uint64_t n = 0;

    snprintf(query, sizeof(query), "SELECT id, priority, body FROM alerts ORDER BY id %s", order);
    if (!sqlite3_prepare_v2(from, query, -1, &get, NULL) &&
        !sqlite3_prepare_v2(s->db,
                            "INSERT OR IGNORE INTO alerts(id, priority, body) VALUES(?1, ?2, ?3)",
                            -1, &put, NULL)) {
        while (sqlite3_step(get) == SQLITE_ROW) {
            for (int i = 0; i < 3; i++)
                sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i));
            n += sqlite3_step(put) == SQLITE_DONE && sqlite3_changes(s->db) > 0;
            sqlite3_reset(put);
        }
    }
    sqlite3_finalize(get);
    sqlite3_finalize(put);
    return n;
}

static void copy_cursors(struct sk_store *s, sqlite3 *from)
{
    static const char *const table[][2] = {
        {"SELECT name, id, 0 FROM cursors", "INSERT OR IGNORE INTO cursors VALUES(?1, ?2)"},
        {"SELECT name, priority, n FROM shed", "INSERT OR IGNORE INTO shed VALUES(?1, ?2, ?3)"},
    };

    for (size_t t = 0; t < SK_ARRAY_LEN(table); t++) {
        sqlite3_stmt *get = NULL, *put = NULL;

        if (!sqlite3_prepare_v2(from, table[t][0], -1, &get, NULL) &&
            !sqlite3_prepare_v2(s->db, table[t][1], -1, &put, NULL)) {
            while (sqlite3_step(get) == SQLITE_ROW) {
                for (int i = 0; i < sqlite3_bind_parameter_count(put); i++)
                    sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i));
                (void)sqlite3_step(put);
                sqlite3_reset(put);
            }
        }
        sqlite3_finalize(get);
        sqlite3_finalize(put);
    }
}

static int rescue(struct sk_store *s, const char *bad, uint64_t *out_n)
{
    sqlite3 *from = NULL;
    int err = open_db(bad, &from);

    *out_n = 0;
    if (!err)
        err = exec(s->db, "BEGIN IMMEDIATE");
    if (!err) {
        *out_n = copy_alerts(s, from, "ASC");
        *out_n += copy_alerts(s, from, "DESC");
        copy_cursors(s, from);
        err = exec(s->db, "COMMIT");
    }
    sqlite3_close_v2(from);
    return err;
}

int sk_store_repair(struct sk_store *s)
{
    sk_auto(mem) char *bad = NULL;
    uint64_t n = 0;
    int err;

    detach(s);
    if (asprintf(&bad, "%s" BAD, s->path) < 0)
        return -ENOMEM;
    err = move_aside(s);
    if (!err)
        err = attach(s);
    if (err)
        return err;
    if (rescue(s, bad, &n))
        n = 0;
    sk_log(SK_ERROR,
           "the spool %s is damaged or not one of Saker: it is kept as %s, and %llu alerts could "
           "be taken over",
           s->path, bad, (unsigned long long)n);
    return sk_store_measure(s);
}

int sk_store_attach(struct sk_store *s)
{
    int err = attach(s);

    if (!err)
        err = check_content(s);
    if (err == -EBADMSG)
        err = sk_store_repair(s);
    return err;
}

/* mkdir -p; what is missing gets 0700. */
static int make_dir(char *path)
{
    struct stat st;

    for (char *p = path + 1;; p++) {
        const char c = *p;

        if (c && c != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) && errno != EEXIST) {
            const int err = -errno;

            *p = c;
            return err;
        }
        *p = c;
        if (!c)
            break;
    }
    if (stat(path, &st))
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    return st.st_mode & 022 ? -EPERM : 0;
}

static int complain(const struct sk_store *s, int err, struct sk_diag *dg)
{
    if (err == -EPERM)
        return sk_err(dg, err, NULL,
                      "the directory of the spool, '%s', can be written by others: chmod 0700 it",
                      s->dir);
    if (err == -EBUSY)
        return sk_err(dg, err, NULL, "the spool '%s' is in use by another process", s->path);
    return sk_err(dg, err, NULL, "cannot open the spool '%s': %s", s->path, strerror(-err));
}

int sk_store_open(const struct sk_spool_options *opt, struct sk_store **out, struct sk_diag *dg)
{
    sk_auto(store) struct sk_store *s = calloc(1, sizeof(*s));
    int err;

    if (!s)
        return -ENOMEM;
    s->opt = *opt;
    s->dir = strdup(opt->dir);
    if (!s->dir || asprintf(&s->path, "%s/" SK_STORE_FILE, opt->dir) < 0)
        return -ENOMEM;
    err = *s->dir ? make_dir(s->dir) : -ENOENT;
    if (!err)
        err = sk_store_attach(s);
    if (err == -ENOSPC)
        sk_log(SK_ERROR, "the spool '%s': %s: alerts are kept in memory until it can be written",
               s->path, strerror(-err));
    else if (err)
        return complain(s, err, dg);
    *out = SK_TAKE(s);
    return 0;
}

void sk_store_free(struct sk_store *s)
{
    if (!s)
        return;
    detach(s);
    sk_buf_done(&s->record);
    free(s->dir);
    free(s->path);
    free(s);
}

void store_freep(struct sk_store **s)
{
    sk_store_free(*s);
    *s = NULL;
}
