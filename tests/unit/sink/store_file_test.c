/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <sys/wait.h>

#include "tests/unit/sink/stored.h"

static unsigned mode(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : st.st_mode & 0777;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    fclose(f);
}

static bool is_there(const struct stored *s, const char *suffix)
{
    char path[128];

    snprintf(path, sizeof(path), "%s%s", s->file, suffix);
    return !access(path, F_OK);
}

static void directory_and_files_are_for_the_owner_alone(void **state)
{
    struct stored *s = *state;
    char deep[128], path[160];
    const struct sk_spool_options opt = {.dir = deep, .max_bytes = 1 << 20};
    mode_t old = umask(0);

    snprintf(deep, sizeof(deep), "%s/a/b", s->dir);
    assert_int_equal(sk_store_open(&opt, &s->store, s->dg), 0);
    umask(old);
    stored_fill(s->store, 1, 1);
    assert_int_equal(mode(deep), 0700);
    snprintf(path, sizeof(path), "%s/" SK_STORE_FILE, deep);
    assert_int_equal(mode(path), 0600);
    snprintf(path, sizeof(path), "%s/" SK_STORE_FILE "-wal", deep);
    assert_int_equal(mode(path), 0600);
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
    struct stored *s = *state;

    assert_int_equal(chmod(s->dir, 0777), 0);
    assert_int_equal(stored_open(s, 1 << 20), -EPERM);
    assert_non_null(strstr(sk_diag_text(s->dg, SK_DIAG_ERROR), "can be written by others"));
}

static void what_is_no_directory_and_no_file_is_an_error(void **state)
{
    struct stored *s = *state;
    const struct sk_spool_options none = {.dir = "", .max_bytes = 1},
                                  null = {.dir = "/dev/null/x", .max_bytes = 1};

    assert_int_equal(sk_store_open(&none, &s->store, s->dg), -ENOENT);
    assert_int_equal(sk_store_open(&null, &s->store, s->dg), -ENOTDIR);
    assert_int_equal(symlink("/etc/passwd", s->file), 0);
    assert_int_equal(stored_open(s, 1 << 20), -ENOTSUP);
    assert_null(s->store);
}

static void a_file_that_is_no_database_is_moved_aside(void **state)
{
    struct stored *s = *state;

    write_text(s->file, "this has never been a database, and is longer than its header: "
                        "------------------------------------------------------------");
    assert_int_equal(stored_open(s, 1 << 20), 0);
    stored_fill(s->store, 1, 2);
    assert_string_equal(stored_ids(s->store, 0), "1 2 ");
    assert_true(is_there(s, ".bad"));
    assert_non_null(strstr(log_text, "is damaged or not one of Saker: it is kept as "));
}

static void the_database_of_somebody_else_is_moved_aside(void **state)
{
    struct stored *s = *state;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(s->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE alerts(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(stored_open(s, 1 << 20), 0);
    assert_string_equal(stored_ids(s->store, 0), "");
    assert_true(is_there(s, ".bad"));
}

static void a_second_process_is_told(void **state)
{
    struct stored *s = *state;
    int status = 0;
    pid_t pid;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    stored_fill(s->store, 1, 1);
    pid = fork();
    if (!pid) {
        struct sk_store *other = NULL;
        const struct sk_spool_options opt = {.dir = s->dir, .max_bytes = 1};
        int err = sk_store_open(&opt, &other, s->dg);

        _exit(err == -EBUSY &&
                      strstr(sk_diag_text(s->dg, SK_DIAG_ERROR), "is in use by another process")
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Writes garbage over a part of the closed file. */
static void damage(const struct stored *s, long at, size_t n, unsigned seed)
{
    FILE *f = fopen(s->file, "r+");

    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    for (size_t i = 0; i < n; i++)
        fputc((int)((seed = seed * 1103515245 + 12345) >> 16 & 0xff), f);
    fclose(f);
}

static long size_of(const struct stored *s)
{
    struct stat st;

    assert_int_equal(stat(s->file, &st), 0);
    return st.st_size;
}

static void alerts_around_a_damaged_page_are_taken_over(void **state)
{
    struct stored *s = *state;
    unsigned n = 0;

    assert_int_equal(stored_open(s, 1 << 20), 0);
    stored_fill(s->store, 1, 2000);
    sk_store_free(SK_TAKE(s->store));
    damage(s, size_of(s) / 2 / 4096 * 4096, 4096, 1);
    assert_int_equal(stored_open(s, 1 << 20), 0);
    for (const char *p = stored_ids(s->store, 0); *p; p++)
        n += *p == ' ';
    assert_true(n > 1000 && n < 2000);
    assert_true(is_there(s, ".bad"));
    stored_fill(s->store, 2001, 2001);
}

/* Whatever the damage: no crash, alerts in order, and the file can be used. */
static void random_damage_is_survived(void **state)
{
    struct stored *s = *state;

    for (unsigned round = 0; round < 60; round++) {
        assert_int_equal(stored_open(s, 1 << 20), 0);
        const uint64_t last = sk_store_last_id(s->store);
        stored_fill(s->store, last + 1, last + 50);
        sk_store_free(SK_TAKE(s->store));
        for (unsigned i = 0; i < 1 + round % 7; i++)
            damage(s, (long)((round * 7919u + i * 104729u) % (unsigned long)size_of(s)),
                   1 + (round * 31 + i * 7) % 100, round + i);
        assert_int_equal(stored_open(s, 1 << 20), 0);
        for (;;) {
            const char *p;
            uint64_t id = 0;
            struct sk_item *it = NULL;
            int err = sk_store_next(s->store, last, SK_DEBUG, 1, 1, &it, &id);

            sk_item_unref(it);
            if (err == -EBADMSG)
                assert_int_equal(sk_store_repair(s->store), 0);
            else
                break;
            p = sk_store_begin(s->store) ? "" : "x";
            assert_string_equal(p, "x");
            sk_store_rollback(s->store);
        }
        sk_store_free(SK_TAKE(s->store));
        log_text[0] = '\0';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(directory_and_files_are_for_the_owner_alone),
        S(a_directory_that_others_may_write_is_refused),
        S(what_is_no_directory_and_no_file_is_an_error),
        S(a_file_that_is_no_database_is_moved_aside),
        S(the_database_of_somebody_else_is_moved_aside),
        S(a_second_process_is_told),
        S(alerts_around_a_damaged_page_are_taken_over),
        S(random_damage_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
