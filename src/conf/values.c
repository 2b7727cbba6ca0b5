/* SPDX-License-Identifier: Apache-2.0 */
/* values.c - limits that a row cannot express, and values that are asked for in vain. */
#include <arpa/inet.h>
#include <errno.h>
#include <strings.h>

#include "conf/items.h"

static const char *name(const struct sk_conf *c)
{
    return c->path ? c->path : "built-in configuration";
}

static int check_levels(struct sk_conf *c, struct sk_diag *dg)
{
    static const char *const libs[] = {"fatal",  "critical", "error", "warning",
                                       "notice", "info",     "debug", "trace"};
    static const enum sk_level libs_as[] = {SK_CRITICAL, SK_CRITICAL, SK_ERROR, SK_WARNING,
                                            SK_NOTICE,   SK_INFO,     SK_DEBUG, SK_DEBUG};
    size_t i = 0;

    if (sk_level_parse(c->priority, &c->min_priority))
        return sk_err(
            dg, -EINVAL, NULL,
            "Unknown priority \"%s\"--must be one of emergency, alert, critical, error, warning, notice, "
            "informational, debug",
            c->priority);
    if (!strcasecmp(c->log_level, "informational") || sk_level_parse(c->log_level, &c->level))
        return sk_err(dg, -EINVAL, NULL, "Unknown log level %s", c->log_level);
    while (i < SK_ARRAY_LEN(libs) && strcmp(libs[i], c->libs_severity) != 0)
        i++;
    if (i == SK_ARRAY_LEN(libs))
        return sk_err(dg, -EINVAL, NULL, "Unknown sinsp log severity %s", c->libs_severity);
    c->libs_least = c->libs_logger ? libs_as[i] : SK_EMERGENCY;
    c->match_all = !strcasecmp(c->rule_matching, "all");
    if (!c->match_all && strcasecmp(c->rule_matching, "first") != 0)
        return sk_err(dg, -EINVAL, NULL,
                      "Unknown rule matching strategy \"%s\"--must be one of first, all",
                      c->rule_matching);
    return 0;
}

static int check_drops(struct sk_conf *c, struct sk_diag *dg)
{
    bool ignore = false;

    for (size_t i = 0; i < c->drops_actions.n; i++) {
        const char *a = c->drops_actions.text[i];

        if (ignore && (!strcmp(a, "log") || !strcmp(a, "alert")))
            return sk_err(
                dg, -EINVAL, NULL,
                "Error reading config file (%s): syscall event drop action \"%s\" does not make sense with "
                "the \"ignore\" action",
                name(c), a);
        if (!strcmp(a, "ignore"))
            ignore = true;
        else if (!strcmp(a, "log"))
            c->drop_actions |= SK_DROPS_LOG;
        else if (!strcmp(a, "alert"))
            c->drop_actions |= SK_DROPS_ALERT;
        else if (!strcmp(a, "exit"))
            c->drop_actions |= SK_DROPS_EXIT;
        else
            return sk_err(
                dg, -EINVAL, NULL,
                "Error reading config file (%s): available actions for syscall event drops are \"ignore\", "
                "\"log\", \"alert\", and \"exit\"",
                name(c));
    }
    if (!(c->drops_threshold >= 0 && c->drops_threshold <= 1))
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): syscall event drops threshold must be a double in the range "
            "[0, 1]",
            name(c));
    return 0;
}

static int check_engine(struct sk_conf *c, struct sk_diag *dg)
{
    static const char *const kinds[] = {"kmod", "ebpf", "modern_ebpf", "replay", "nodriver"};
    size_t i = 0;

    if (!strcmp(c->engine_kind, "gvisor"))
        return sk_err(dg, -EINVAL, NULL,
                      "Error reading config file (%s): engine.kind 'gvisor' is no longer a kind of "
                      "engine: Falco removed it in 0.44 and Saker does not read the events of "
                      "gVisor's sandboxes; 'modern_ebpf' watches the host",
                      name(c));
    while (i < SK_ARRAY_LEN(kinds) && strcmp(kinds[i], c->engine_kind) != 0)
        i++;
    if (i == SK_ARRAY_LEN(kinds))
        return sk_err(dg, -EINVAL, NULL,
                      "Error reading config file (%s): engine.kind '%s' is not a valid kind.",
                      name(c), c->engine_kind);
    if (!strcmp(c->engine_kind, "replay") && !*c->capture_file)
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): engine.kind is 'replay' but no engine.replay.capture_file "
            "specified.",
            name(c));
    if (strcmp(c->capture_mode, "rules") != 0 && strcmp(c->capture_mode, "all_rules") != 0)
        return sk_err(dg, -EINVAL, NULL,
                      "Error reading config file (%s): capture.mode '%s' is not a valid mode.",
                      name(c), c->capture_mode);
    if (c->buf_size_preset < 1 || c->buf_size_preset > 10)
        return sk_err(dg, -EINVAL, NULL,
                      "The 'buf_size_preset' value must be between '1' and '10'");
    if (c->critical_ring_mib < 1 || c->critical_ring_mib > 512)
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): engine.modern_ebpf.critical_ring_mib is '%u': it must be "
            "between 1 and 512",
            name(c), c->critical_ring_mib);
    if (!!*c->scope_cgroup + !!c->scope_pid + c->scope_containers > 1)
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): only one of engine.scope.cgroup, engine.scope.pid and "
            "engine.scope.containers can be set",
            name(c));
    return 0;
}

int sk_conf_check_sections(struct sk_conf *c, const struct sk_pos *at, struct sk_diag *dg)
{
    if (c->file_enabled && !*c->file_name)
        return sk_err(
            dg, -EINVAL, at,
            "Error reading config file (%s): file output enabled but no filename in configuration block",
            name(c));
    if (c->program_enabled && !*c->program_name)
        return sk_err(
            dg, -EINVAL, at,
            "Error reading config file (%s): program output enabled but no program in configuration block",
            name(c));
    if (c->http_enabled && !*c->http_url)
        return sk_err(
            dg, -EINVAL, at,
            "Error reading config file (%s): http output enabled but no url in configuration block",
            name(c));
    return 0;
}

static int check_services(struct sk_conf *c, struct sk_diag *dg)
{
    unsigned char addr[16];

    if (strcmp(c->queue_recovery, "exit") != 0 && strcmp(c->queue_recovery, "continue") != 0 &&
        strcmp(c->queue_recovery, "empty") != 0)
        return sk_err(dg, -EINVAL, NULL,
                      "Unknown recovery \"%s\"--must be one of exit, continue, empty",
                      c->queue_recovery);
    c->json_id_property |= c->spool_enabled; /* who may get an alert twice must be able to see it */
    if (strncmp(c->web_address, "unix:///", 8) != 0 &&
        inet_pton(AF_INET, c->web_address, addr) != 1 &&
        inet_pton(AF_INET6, c->web_address, addr) != 1)
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): webserver listen address \"%s\" is not a valid IP address",
            name(c), c->web_address);
    if (!c->max_consecutives)
        return sk_err(
            dg, -EINVAL, NULL,
            "Error reading config file (%s): the maximum consecutive timeouts without an event must be an "
            "unsigned integer > 0",
            name(c));
    return 0;
}

int sk_conf_check_values(struct sk_conf *c, struct sk_diag *dg)
{
    int err = check_levels(c, dg);

    if (!err)
        err = check_drops(c, dg);
    if (!err)
        err = check_engine(c, dg);
    if (!err)
        err = sk_conf_check_sections(c, NULL, dg);
    return err ? err : check_services(c, dg);
}

struct sk_node *sk_conf_find(const struct sk_node *root, const char *key)
{
    struct sk_node *n = (struct sk_node *)root;

    while (n && *key) {
        char part[64];
        size_t len = strcspn(key, ".");

        snprintf(part, sizeof(part), "%.*s", (int)len, key);
        n = sk_node_get(n, part);
        key += len + (key[len] == '.');
    }
    return n;
}

void sk_conf_warn_later(const struct sk_conf *c, struct sk_diag *dg)
{
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        const struct sk_node *n = r->use == SK_CONF_LATER ? sk_conf_find(c->root, r->key) : NULL;
        bool set = n && n->kind != SK_NODE_NULL;

        if (set && n->kind == SK_NODE_SCALAR && r->type == SK_CONF_BOOL)
            set = *(const bool *)((const char *)c + r->offset) != !strcmp(r->def, "true");
        else if (set && n->kind == SK_NODE_SCALAR)
            set = strcmp(n->text, r->def) != 0;
        else if (set)
            set = n->n > 0;
        if (set)
            sk_warn(dg, &n->pos, "'%s' is accepted, but has no effect in this version of Saker",
                    r->key);
    }
}
