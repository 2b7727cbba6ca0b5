/* SPDX-License-Identifier: Apache-2.0 */
/* about.c - see about.h. */
#include "server/about.h"

#include <errno.h>

#include "base/interval.h"

#define ABOUT_MAX_BYTES (16u << 20)

static int add(struct sk_about *a, struct sk_about_file *f, const char *path, const char *sha256)
{
    const char *slash = strrchr(path, '/');

    f->name = sk_arena_dup(a->mem, sk_str(slash ? slash + 1 : path));
    snprintf(f->sha256, sizeof(f->sha256), "%s", sha256);
    return f->name ? 0 : -ENOMEM;
}

static int copy_files(struct sk_about *a, const struct sk_conf *conf, const struct sk_gen *gen)
{
    const struct sk_gen_file *rules = sk_gen_files(gen, &a->nrules);
    int err = 0;

    a->nconfig = conf->nfiles;
    a->rules = sk_arena_alloc(a->mem, (a->nrules + 1) * sizeof(*a->rules));
    a->config = sk_arena_alloc(a->mem, (a->nconfig + 1) * sizeof(*a->config));
    if (!a->rules || !a->config)
        return -ENOMEM;
    for (size_t i = 0; i < a->nrules && !err; i++)
        err = add(a, &a->rules[i], rules[i].path, rules[i].sha256);
    for (size_t i = 0; i < a->nconfig && !err; i++)
        err = add(a, &a->config[i], conf->file[i].path, conf->file[i].sha256);
    return err;
}

int sk_about_new(const struct sk_conf *conf, const struct sk_gen *gen, struct sk_about **out)
{
    sk_auto(about) struct sk_about *a = calloc(1, sizeof(*a));
    int err;

    if (!a)
        return -ENOMEM;
    a->mem = sk_arena_new(ABOUT_MAX_BYTES);
    if (!a->mem)
        return -ENOMEM;
    a->group[SK_METRICS_BASE] = true;
    a->group[SK_METRICS_RULES] = conf->metrics_rules;
    a->group[SK_METRICS_RESOURCES] = conf->metrics_resources;
    a->group[SK_METRICS_STATE] = conf->metrics_state;
    a->group[SK_METRICS_KERNEL] = conf->metrics_kernel || conf->metrics_per_cpu;
    a->group[SK_METRICS_PER_CPU] = conf->metrics_per_cpu;
    a->group[SK_METRICS_LIBBPF] = conf->metrics_libbpf;
    a->rule = conf->metrics_rule;
    a->mb = conf->metrics_mb;
    a->empty = conf->metrics_empty;
    a->with_id = conf->json_id_property;
    a->interval_ms = sk_parse_interval(conf->metrics_interval);
    a->loaded_ns = sk_now_ns();
    a->file = sk_arena_dup(a->mem, sk_str(conf->metrics_file));
    err = a->file ? copy_files(a, conf, gen) : -ENOMEM;
    if (err)
        return err;
    *out = SK_TAKE(a);
    return 0;
}

void sk_about_free(struct sk_about *a)
{
    if (!a)
        return;
    sk_arena_free(a->mem);
    free(a);
}

void about_freep(struct sk_about **a)
{
    sk_about_free(*a);
    *a = NULL;
}
