/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - main file -> environment -> checks -> config_files -> -o -> typed values. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "conf/items.h"

#define SK_CONF_MAX_BYTES (64u << 20) /* of all trees together */
#define SK_CONF_MAX_FILES 1000

static int add_file(struct sk_conf *c, const char *path, struct sk_str text, const char *schema,
                    bool ok)
{
    if (c->nfiles == SK_CONF_MAX_FILES)
        return -E2BIG;
    c->file[c->nfiles].path = sk_arena_dup(c->mem, sk_str(path));
    c->file[c->nfiles].schema = schema;
    c->file[c->nfiles].ok = ok;
    sk_sha256(text, c->file[c->nfiles].sha256);
    return c->file[c->nfiles++].path ? 0 : -ENOMEM;
}

static int parse(struct sk_conf *c, const char *name, struct sk_str text, struct sk_node **out,
                 struct sk_diag *dg)
{
    struct sk_node *root = NULL;
    const char *schema;
    int err = sk_node_parse(c->mem, name, text, &root, dg);

    if (err)
        return err;
    err = sk_env_expand(c->mem, root, dg);
    if (err)
        return err;
    schema = sk_conf_check(c->mem, root, dg);
    if (!schema)
        return -ENOMEM;
    err = add_file(c, name, text, schema, !strcmp(schema, "ok") || !strcmp(schema, "none"));
    if (!err)
        *out = root;
    return err;
}

static int parse_file(struct sk_conf *c, const char *path, struct sk_node **out, struct sk_diag *dg)
{
    sk_auto(mem) char *text = NULL;
    size_t n = 0;
    int err = sk_read_file(path, SK_NODE_MAX_BYTES, &text, &n);

    if (err)
        return sk_err(dg, err, NULL, "Cannot read config file (%s): %s", path, strerror(-err));
    return parse(c, path, (struct sk_str){text, n}, out, dg);
}

static int include_file(struct sk_conf *c, const char *path, enum sk_merge how, struct sk_diag *dg)
{
    struct sk_node *from = NULL;
    int err;

    if (c->path && !strcmp(path, c->path))
        return sk_err(
            dg, -EINVAL, NULL,
            "Config error: 'config_files' directive tried to recursively include main config file: %s.",
            path);
    err = parse_file(c, path, &from, dg);
    if (err)
        return err;
    if (sk_node_get(from, "config_files"))
        return sk_err(dg, -EINVAL, NULL,
                      "Config error: 'config_files' directive in included config file %s.", path);
    if (from->kind != SK_NODE_MAP && from->kind != SK_NODE_NULL)
        sk_warn(dg, &from->pos, "the file is not a map of keys: it is ignored");
    return sk_node_merge(c->mem, c->root, from, how);
}

static int regular(const struct dirent *d)
{
    return d->d_name[0] != '.' || (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int include_dir(struct sk_conf *c, const char *dir, enum sk_merge how, struct sk_diag *dg)
{
    struct dirent **entry = NULL;
    int n = scandir(dir, &entry, regular, by_name), err = 0;

    if (n < 0) { /* permission denied: as Falco, left out */
        sk_warn(dg, NULL, "'config_files': the directory '%s' is left out: %s", dir,
                strerror(errno));
        return 0;
    }
    for (int i = 0; i < n; i++) {
        sk_auto(mem) char *path = NULL;
        struct stat st;

        if (!err && asprintf(&path, sk_str_ends(sk_str(dir), SK_STR("/")) ? "%s%s" : "%s/%s", dir,
                             entry[i]->d_name) < 0)
            err = -ENOMEM;
        if (!err && !stat(path, &st) && S_ISREG(st.st_mode))
            err = include_file(c, path, how, dg);
        free(entry[i]);
    }
    free(entry);
    return err;
}

static int include_entry(struct sk_conf *c, const struct sk_node *e, struct sk_diag *dg)
{
    const struct sk_node *path = e->kind == SK_NODE_MAP ? sk_node_get(e, "path") : e;
    const struct sk_node *how = e->kind == SK_NODE_MAP ? sk_node_get(e, "strategy") : NULL;
    enum sk_merge merge = SK_MERGE_APPEND;
    struct stat st;

    if (!path || path->kind != SK_NODE_SCALAR)
        return sk_err(dg, -EINVAL, &e->pos,
                      "an entry of 'config_files' is a path or {path, strategy}");
    if (how && how->kind == SK_NODE_SCALAR) {
        if (!strcmp(how->text, "override"))
            merge = SK_MERGE_OVERRIDE;
        else if (!strcmp(how->text, "add-only"))
            merge = SK_MERGE_ADD_ONLY;
    }
    if (stat(path->text, &st))
        return 0;
    if (S_ISDIR(st.st_mode))
        return include_dir(c, path->text, merge, dg);
    if (S_ISREG(st.st_mode))
        return include_file(c, path->text, merge, dg);
    sk_warn(dg, &path->pos, "'%s' is neither a file nor a directory: it is left out", path->text);
    return 0;
}

static int include_all(struct sk_conf *c, struct sk_diag *dg)
{
    const struct sk_node *list = sk_node_get(c->root, "config_files");

    if (!list || list->kind == SK_NODE_NULL || list->kind == SK_NODE_MAP)
        return 0;
    if (list->kind == SK_NODE_SCALAR)
        return include_entry(c, list, dg);
    for (size_t i = 0; i < list->n; i++) {
        int err = include_entry(c, list->item[i], dg);

        if (err)
            return err;
    }
    return 0;
}

static int apply_options(struct sk_conf *c, const struct sk_conf_input *in, bool only_files,
                         struct sk_diag *dg)
{
    for (size_t i = 0; i < in->noptions; i++) {
        int err;

        if (only_files && strncmp(in->option[i], "config_files", strlen("config_files")) != 0)
            continue;
        err = sk_node_override(c->mem, &c->root, in->option[i], dg);
        if (err)
            return err;
    }
    return 0;
}

/* The node of a row; *out NULL: absent. */
static int find(struct sk_conf *c, const char *key, const struct sk_node **out, struct sk_diag *dg)
{
    const struct sk_node *n = c->root;

    for (const char *p = key; n && *p;) {
        char part[64];
        size_t len = strcspn(p, ".");

        if (n->kind == SK_NODE_SCALAR)
            return sk_err(
                dg, -EINVAL, &n->pos,
                "Config error at key \"%s\": '%.80s' is a single value where a section is expected",
                key, sk_node_shown(n));
        snprintf(part, sizeof(part), "%.*s", (int)len, p);
        n = sk_node_get(n, part);
        p += len + (p[len] == '.');
    }
    *out = n && n->kind != SK_NODE_NULL ? n : NULL;
    return 0;
}

bool sk_conf_read_scalar(struct sk_conf *c, const struct sk_conf_row *r, const char *text)
{
    void *to = (char *)c + r->offset;
    uint64_t v;

    switch (r->type) {
    case SK_CONF_BOOL:
        return sk_conf_bool(text, to);
    case SK_CONF_U32:
        if (!sk_conf_number(text, UINT32_MAX, &v))
            return false;
        *(uint32_t *)to = (uint32_t)v;
        return true;
    case SK_CONF_U64:
        return sk_conf_number(text, UINT64_MAX, to);
    case SK_CONF_DOUBLE:
        return sk_conf_double(text, to);
    default:
        *(const char **)to = text;
        return true;
    }
}

static int read_list(struct sk_conf *c, const struct sk_conf_row *r, const struct sk_node *n)
{
    struct sk_conf_list *to = (struct sk_conf_list *)((char *)c + r->offset);
    size_t max = n && n->kind == SK_NODE_LIST ? n->n : 1;

    to->text = sk_arena_alloc(c->mem, (max + 1) * sizeof(*to->text));
    if (!to->text)
        return -ENOMEM;
    if (!n && *r->def)
        to->text[to->n++] = r->def;
    if (n && n->kind == SK_NODE_SCALAR)
        to->text[to->n++] = n->text;
    for (size_t i = 0; n && n->kind == SK_NODE_LIST && i < n->n; i++) {
        if (n->item[i]->kind == SK_NODE_SCALAR)
            to->text[to->n++] = n->item[i]->text;
    }
    return 0;
}

int sk_conf_read_node(struct sk_conf *c, const struct sk_conf_row *r, const struct sk_node *n)
{
    if (r->type == SK_CONF_LIST) {
        *(struct sk_conf_list *)((char *)c + r->offset) = (struct sk_conf_list){0};
        return read_list(c, r, n);
    }
    *(const struct sk_node **)((char *)c + r->offset) = n;
    return 0;
}

/* False: not of its type, or outside of its limits where that is no error. */
static bool read_within(struct sk_conf *c, const struct sk_conf_row *r, const char *text)
{
    return sk_conf_read_scalar(c, r, text) && (sk_conf_strict(r) || sk_conf_within(r, text));
}

static int read_rows(struct sk_conf *c, struct sk_diag *dg)
{
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const struct sk_node *n = NULL;
        int err;

        if (r->use == SK_CONF_OLD)
            continue;
        err = find(c, r->key, &n, dg);
        if (err)
            return err;
        if (r->type == SK_CONF_TREE || r->type == SK_CONF_LIST) {
            err = sk_conf_read_node(c, r, n);
            if (err)
                return err;
        } else {
            (void)!sk_conf_read_scalar(c, r, r->def);
            if (n && n->kind == SK_NODE_SCALAR && !read_within(c, r, n->text))
                (void)!sk_conf_read_scalar(c, r, r->def);
        }
    }
    return 0;
}

static int rules_files(struct sk_conf *c, struct sk_diag *dg)
{
    if (!sk_node_get(c->root, "rules_file"))
        return 0;
    if (sk_node_get(c->root, "rules_files"))
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): both 'rules_files' and 'rules_file' keys set",
            c->path ? c->path : "built-in configuration");
    sk_warn(
        dg, NULL,
        "Using deprecated config key 'rules_file' (singular form). Please use new 'rules_files' config "
        "key (plural form).");
    c->rules_files = c->rules_file;
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct sk_conf_file *)a)->path, ((const struct sk_conf_file *)b)->path);
}

static int load(struct sk_conf *c, const struct sk_conf_input *in, struct sk_diag *dg)
{
    int err = in->path ? parse_file(c, in->path, &c->root, dg)
                       : parse(c, "built-in configuration", in->text, &c->root, dg);

    if (err)
        return err;
    if (c->root->kind != SK_NODE_MAP) {
        if (c->root->kind != SK_NODE_NULL)
            sk_warn(dg, &c->root->pos, "the configuration is not a map of keys: it is ignored");
        c->root = sk_node_new(c->mem, SK_NODE_MAP, NULL);
        if (!c->root)
            return -ENOMEM;
    }
    err = apply_options(c, in, true, dg);
    if (!err)
        err = include_all(c, dg);
    if (!err)
        err = apply_options(c, in, false, dg);
    if (!err)
        sk_conf_check_options(c->root, dg);
    if (!err)
        err = sk_conf_old_keys(c, dg);
    if (!err)
        err = read_rows(c, dg);
    if (!err)
        err = rules_files(c, dg);
    if (!err)
        err = sk_conf_read_select(c, dg);
    if (!err)
        err = sk_conf_read_append(c, dg);
    if (!err)
        err = sk_conf_check_values(c, dg);
    if (!err)
        err = sk_conf_read_outputs(c, dg);
    if (!err)
        sk_conf_warn_later(c, dg);
    qsort(c->file, c->nfiles, sizeof(*c->file), compare_files);
    return err;
}

int sk_conf_load(const struct sk_conf_input *in, struct sk_conf **out, struct sk_diag *dg)
{
    sk_auto(conf) struct sk_conf *c = calloc(1, sizeof(*c));
    int err;

    if (!c)
        return -ENOMEM;
    c->mem = sk_arena_new(SK_CONF_MAX_BYTES);
    if (!c->mem)
        return -ENOMEM;
    c->file = sk_arena_alloc(c->mem, SK_CONF_MAX_FILES * sizeof(*c->file));
    c->path = in->path ? sk_arena_dup(c->mem, sk_str(in->path)) : NULL;
    if (!c->file || (in->path && !c->path))
        return -ENOMEM;
    err = load(c, in, dg);
    if (!err)
        *out = SK_TAKE(c);
    else if (err == -ENOMEM)
        sk_err(dg, err, NULL, "the configuration does not fit in %u MiB of memory",
               SK_CONF_MAX_BYTES >> 20);
    return err;
}

void sk_conf_free(struct sk_conf *c)
{
    if (!c)
        return;
    sk_arena_free(c->mem);
    free(c);
}

void conf_freep(struct sk_conf **c)
{
    sk_conf_free(*c);
    *c = NULL;
}
