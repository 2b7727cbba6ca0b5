/* SPDX-License-Identifier: Apache-2.0 */
/* paths.c - which rules files a list of files and directories means. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "engine/generation.h"

#define SK_RULES_MAX_FILES 10000

static bool is_yaml(const char *path)
{
    return sk_str_ends(sk_str(path), SK_STR(".yaml")) || sk_str_ends(sk_str(path), SK_STR(".yml"));
}

static int add(struct sk_arena *mem, struct sk_paths *out, const char *path)
{
    if (!is_yaml(path))
        return 0;
    if (out->n == SK_RULES_MAX_FILES)
        return -E2BIG;
    out->path[out->n] = sk_arena_dup(mem, sk_str(path));
    return out->path[out->n++] ? 0 : -ENOMEM;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_dir(struct sk_arena *mem, struct sk_paths *out, const char *dir, struct sk_diag *dg)
{
    struct dirent **entry = NULL;
    int n = scandir(dir, &entry, NULL, by_name), err = 0;

    if (n < 0)
        return sk_err(dg, -errno, NULL, "cannot read rules directory '%s': %s", dir,
                      strerror(errno));
    for (int i = 0; i < n; i++) {
        sk_auto(mem) char *path = NULL;
        struct stat st;

        if (!err && asprintf(&path, "%s/%s", dir, entry[i]->d_name) < 0)
            err = -ENOMEM;
        if (!err && !stat(path, &st) && S_ISREG(st.st_mode))
            err = add(mem, out, path);
        free(entry[i]);
    }
    free(entry);
    return err;
}

int sk_rules_paths(const char *const *entry, size_t n, bool strict, struct sk_arena *mem,
                   struct sk_paths *out, struct sk_diag *dg)
{
    struct sk_paths p = {0};
    int err = 0;

    p.path = sk_arena_alloc(mem, SK_RULES_MAX_FILES * sizeof(*p.path));
    if (!p.path)
        return -ENOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        struct stat st;

        if (stat(entry[i], &st)) {
            if (strict)
                err = sk_err(dg, -errno, NULL, "Could not open file %s for reading", entry[i]);
            continue;
        }
        p.any = true;
        err = S_ISDIR(st.st_mode) ? add_dir(mem, &p, entry[i], dg) : add(mem, &p, entry[i]);
    }
    if (err == -E2BIG)
        return sk_err(dg, err, NULL, "more than %d rules files", SK_RULES_MAX_FILES);
    if (!err)
        *out = p;
    return err;
}
