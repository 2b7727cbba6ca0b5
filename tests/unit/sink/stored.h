/* SPDX-License-Identifier: Apache-2.0 */
/* stored.h - a directory for a spool, and alerts to put into it. */
#pragma once
#include <ftw.h>
#include <sys/stat.h>

#include "sink/store.h"
#include "tests/unit/sink/util.h"

struct stored {
    char dir[64], file[96];
    struct sk_diag *dg;
    struct sk_store *store;
};

static inline int stored_new(void **state)
{
    struct stored *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    snprintf(s->dir, sizeof(s->dir), "/tmp/saker-spool-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->file, sizeof(s->file), "%s/" SK_STORE_FILE, s->dir);
    s->dg = sk_diag_new();
    *state = s;
    return log_begin(NULL);
}

static inline int stored_remove(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static inline int stored_free(void **state)
{
    struct stored *s = *state;

    sk_store_free(s->store);
    sk_diag_free(s->dg);
    assert_int_equal(nftw(s->dir, stored_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(s);
    return log_end(NULL);
}

static inline int stored_open(struct stored *s, uint64_t max_bytes)
{
    const struct sk_spool_options opt = {.dir = s->dir, .max_bytes = max_bytes};

    return sk_store_open(&opt, &s->store, s->dg);
}

static inline void stored_reopen(struct stored *s)
{
    sk_store_free(SK_TAKE(s->store));
    assert_int_equal(stored_open(s, 1 << 20), 0);
}

/* One alert "text <id>" in a transaction that is open. */
static inline int stored_put(struct sk_store *s, uint64_t id, enum sk_level priority)
{
    char text[64];
    const struct sk_sink_alert a = {
        .line = {text, (size_t)snprintf(text, sizeof(text), "text %llu", (unsigned long long)id)},
        .rule = SK_STR("R"),
        .priority = priority,
        .id = id};
    struct sk_item *it = sk_item_new(&a, 1u << SK_FORM_TEXT, 1);
    int err = sk_store_put(s, it);

    sk_item_unref(it);
    return err;
}

static inline void stored_fill(struct sk_store *s, uint64_t first, uint64_t last)
{
    assert_int_equal(sk_store_begin(s), 0);
    for (uint64_t id = first; id <= last; id++)
        assert_int_equal(stored_put(s, id, SK_NOTICE), 0);
    assert_int_equal(sk_store_commit(s), 0);
}

/* The ids behind `after` as text; damaged ones as "!". */
static inline const char *stored_ids(struct sk_store *s, uint64_t after)
{
    static char text[1 << 16];
    size_t n = 0;

    text[0] = '\0';
    for (;;) {
        struct sk_item *it = NULL;
        uint64_t id = 0;
        int err = sk_store_next(s, after, SK_DEBUG, 1u << SK_FORM_TEXT, 2, &it, &id);

        if (!it && err != -EILSEQ) {
            assert_int_equal(err, 0);
            return text;
        }
        assert_true(id > after);
        n += (size_t)snprintf(text + n, sizeof(text) - n, it ? "%llu " : "! ",
                              (unsigned long long)id);
        after = id;
        sk_item_unref(it);
    }
}

#define S(name) cmocka_unit_test_setup_teardown(name, stored_new, stored_free)
