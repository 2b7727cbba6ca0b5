/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - a tree from a text, a configuration from a text, a file from a text. */
#pragma once
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "tests/unit/test.h"

struct fixture {
    struct sk_arena *mem;
    struct sk_diag *dg;
    struct sk_conf *conf;
    char dir[64];
};

static inline int fixture_new(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->mem = sk_arena_new(64u << 20);
    f->dg = sk_diag_new();
    snprintf(f->dir, sizeof(f->dir), "/tmp/saker-unit-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    *state = f;
    return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static inline int fixture_free(void **state)
{
    struct fixture *f = *state;

    sk_arena_free(f->mem);
    sk_diag_free(f->dg);
    sk_conf_free(f->conf);
    assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(f);
    return 0;
}

static inline struct sk_node *tree(struct fixture *f, const char *text)
{
    struct sk_node *n = NULL;

    assert_int_equal(sk_node_parse(f->mem, "t.yaml", sk_str(text), &n, f->dg), 0);
    return n;
}

static inline const char *errors(struct fixture *f)
{
    return sk_diag_text(f->dg, SK_DIAG_ERROR);
}

static inline const char *warnings(struct fixture *f)
{
    return sk_diag_text(f->dg, SK_DIAG_WARNING);
}

/* Loads a built-in text with options (NULL-terminated, may be NULL). */
static inline int conf_text(struct fixture *f, const char *text, const char *const *option)
{
    struct sk_conf_input in = {.text = sk_str(text), .option = option};

    while (option && option[in.noptions])
        in.noptions++;
    return sk_conf_load(&in, &f->conf, f->dg);
}

static inline const char *write_file(struct fixture *f, const char *name, const char *text)
{
    static char path[4][256];
    static unsigned turn;
    char *p = path[turn++ % 4];
    FILE *o;

    snprintf(p, 256, "%s/%s", f->dir, name);
    o = fopen(p, "w");
    assert_non_null(o);
    assert_true(fputs(text, o) >= 0);
    fclose(o);
    return p;
}

/* Does the text have something of every row: its key between these two? */
static inline void has_every_key(const struct sk_buf *text, const char *before, const char *after)
{
    assert_false(text->failed);
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        char line[160];

        snprintf(line, sizeof(line), "%s%s%s", before, sk_conf_rows[i].key, after);
        if (!strstr(text->p, line))
            fail_msg("nothing of %s", sk_conf_rows[i].key);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)
