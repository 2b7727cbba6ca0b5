/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - fields -> parameters of the event's row -> record; see write.h.  What the driver appends
 * is made in write_ext.c. */
#include "trial/write.h"

#include <assert.h>
#include <errno.h>

#include "trial/value.h"
#include "trial/write_make.h"

static int bad(struct sk_record *r, const struct sk_given *g, const char *what)
{
    return sk_err(r->dg, -EINVAL, &g->value->pos, "'%.*s': %s", (int)g->ref.text.n, g->ref.text.p,
                  what);
}

const struct sk_given *sk_record_take(struct sk_record *r, const char *field)
{
    const struct sk_given *g = sk_given_find(r->given, r->n, field);

    if (g)
        r->used[g - r->given] = true;
    return g;
}

struct sk_str sk_record_text(struct sk_record *r, const char *field)
{
    const struct sk_given *g = sk_record_take(r, field);

    return g ? sk_given_text(g, r->mem) : (struct sk_str){NULL, 0};
}

/* The event that today's driver writes for a name. */
static unsigned code_of(struct sk_str name)
{
    unsigned found = SK_EVENT_N;

    for (unsigned code = 2; code < SK_EVENT_N; code++) {
        const struct sk_event_info *info = &sk_events[code];

        if (info->flags & (SK_EF_UNUSED | SK_EF_OLD_VERSION) || !sk_str_eqz(name, info->name))
            continue;
        if (found == SK_EVENT_N || (info->supported && !sk_events[found].supported) ||
            (info->supported == sk_events[found].supported && info->exit))
            found = code;
    }
    return found;
}

static int find_event(struct sk_record *r, const struct sk_trial_event *e)
{
    const struct sk_given *g = sk_record_take(r, "evt.type");
    struct sk_str name;

    if (!g)
        return sk_err(r->dg, -EINVAL, &e->at, "an event needs its 'evt.type'");
    name = sk_given_text(g, r->mem);
    r->code = code_of(name);
    for (size_t i = 0; r->code == SK_EVENT_N && i < sk_ppm_sc_n; i++) {
        if (sk_ppm_sc[i].name && sk_str_eqz(name, sk_ppm_sc[i].name)) {
            r->code = 1;
            r->ppm_sc = i;
        }
    }
    if (r->code == SK_EVENT_N)
        return bad(r, g, "there is no such event; saker --list-events lists them");
    r->info = &sk_events[r->code];
    return 0;
}

static bool result_param(const struct sk_event_info *info, unsigned *out)
{
    int i = sk_event_param_index(info, "res");

    if (!info->exit || !info->nparams)
        return false;
    if (i < 0 && !strcmp(info->param[0].name, "fd"))
        i = 0;
    *out = i < 0 ? 0 : (unsigned)i;
    return i >= 0;
}

/* evt.rawres, evt.res, evt.failed, or what a success is. */
static int find_result(struct sk_record *r)
{
    const struct sk_given *raw = sk_record_take(r, "evt.rawres"),
                          *res = sk_record_take(r, "evt.res"),
                          *failed = sk_record_take(r, "evt.failed"),
                          *num = sk_record_take(r, "fd.num");
    const struct sk_given *g = raw ? raw : res;
    unsigned i = 0;
    bool creates;

    assert(r->info);
    creates = r->info->flags & SK_EF_CREATES_FD;
    if (num && sk_trial_number(sk_given_text(num, r->mem), &r->fd))
        return bad(r, num, "a number is expected");
    r->has_result = result_param(r->info, &i);
    r->result_at = i;
    if (!r->has_result && (g || failed))
        return bad(r, g ? g : failed, "this event has no result");
    r->result = creates ? r->fd : 0;
    if (failed && sk_str_eqz(sk_given_text(failed, r->mem), "true"))
        r->result = -1;
    if (g && !(res && creates && sk_str_eqz(sk_given_text(res, r->mem), "SUCCESS")) &&
        sk_trial_result(sk_given_text(g, r->mem), &r->result))
        return bad(r, g, "a number or the name of an error is expected");
    if (creates && r->result >= 0)
        r->fd = r->result;
    return 0;
}

/* evt.arg.NAME, evt.arg[0], evt.rawarg.NAME. */
static const struct sk_given *arg_of(struct sk_record *r, unsigned i)
{
    for (size_t k = 0; k < r->n; k++) {
        const struct sk_field_ref *ref = &r->given[k].ref;

        if (strcmp(ref->field->name, "evt.arg") && strcmp(ref->field->name, "evt.rawarg"))
            continue;
        if (ref->arg_is_index ? ref->index != (int64_t)i
                              : !sk_str_eqz(ref->key, r->info->param[i].name))
            continue;
        r->used[k] = true;
        return &r->given[k];
    }
    return NULL;
}

enum role { NAME, SOURCE, TARGET, EXTRA, ROLE_N };

static const struct call {
    const char *event, *param;
    enum role role;
} calls[] = {
#define FS_CALL(ev, rl, par, base, follow) {ev, par, rl},
#include "fspath_calls.def"
};

/* As it was asked for, else as it is made absolute, else where it leads. */
static const char *const role_fields[ROLE_N][3] = {
    [NAME] = {"fs.path.nameraw", "fs.path.name", "fs.path.resolved"},
    [SOURCE] = {"fs.path.sourceraw", "fs.path.source", "fs.path.source_resolved"},
    [TARGET] = {"fs.path.targetraw", "fs.path.target", "fs.path.target_resolved"},
    [EXTRA] = {"fs.path.resolved", "fs.path.resolved", "fs.path.resolved"},
};

static struct sk_str path_of(struct sk_record *r, const struct sk_param_info *p)
{
    struct sk_str s = {NULL, 0};

    for (size_t i = 0; i < SK_ARRAY_LEN(calls); i++) {
        if (strcmp(calls[i].event, r->info->name) || strcmp(calls[i].param, p->name))
            continue;
        for (int k = 0; k < 3; k++) {
            struct sk_str one = sk_record_text(r, role_fields[calls[i].role][k]);

            if (!s.p)
                s = one;
        }
    }
    return s;
}

static void write_number(struct sk_record *r, const struct sk_param_info *p, uint64_t v)
{
    sk_event_write_int(&r->w, v, SK_MAX(sk_type_size(p->type), 1u));
}

/* Where a parameter that is no argument of the test comes from; false: nobody knows. */
static bool write_known(struct sk_record *r, unsigned i)
{
    const struct sk_param_info *p = &r->info->param[i];
    bool path = p->type == SK_T_FSPATH || p->type == SK_T_FSRELPATH;
    struct sk_str s;

    if (r->code == 1 && i < 2) {
        write_number(r, p, r->ppm_sc);
        return true;
    }
    if (r->has_result && i == r->result_at) {
        write_number(r, p, (uint64_t)r->result);
        return true;
    }
    if (sk_record_who_param(r, p))
        return true;
    if (sk_type_is_text(p->type)) {
        s = path_of(r, p);
        if (!s.p && path && r->info->flags & SK_EF_CREATES_FD) {
            s = sk_record_text(r, "fd.nameraw");
            if (!s.p)
                s = sk_record_text(r, "fd.name");
        }
        if (s.p)
            sk_event_write_text(&r->w, s);
        return s.p != NULL;
    }
    if (!strcmp(p->name, "fd") && p->type == SK_T_FD) {
        write_number(r, p, (uint64_t)r->fd);
        return true;
    }
    return sk_record_sock_param(r, p);
}

static int write_params(struct sk_record *r)
{
    int rc = 0;

    for (unsigned i = 0; !rc && i < r->info->nparams; i++) {
        const struct sk_given *g = arg_of(r, i);
        struct sk_str text = g ? sk_given_text(g, r->mem) : (struct sk_str){NULL, 0};

        if (!g && write_known(r, i))
            continue;
        if (g && r->info->param[i].type == SK_T_BYTEBUF && g->value->kind == SK_NODE_LIST)
            text = sk_given_words(g, r->mem);
        rc = sk_trial_param(&r->w, &r->info->param[i], text);
        if (rc && g)
            return bad(r, g,
                       rc == -ENOTSUP
                           ? "a parameter of this type cannot be written as text: give fd.* "
                             "fields"
                           : "the value is not of the parameter's type");
    }
    return rc;
}

/* A parameter that the event does not have would never be looked at. */
static int check_args(struct sk_record *r)
{
    for (size_t k = 0; k < r->n; k++) {
        const struct sk_field_ref *ref = &r->given[k].ref;

        if (r->used[k] ||
            (strcmp(ref->field->name, "evt.arg") && strcmp(ref->field->name, "evt.rawarg")))
            continue;
        return sk_err(r->dg, -EINVAL, &r->given[k].at, "'%.*s': event '%s' has no such parameter",
                      (int)ref->text.n, ref->text.p, r->info->name);
    }
    return 0;
}

static int write_all(struct sk_record *r, const struct sk_trial_event *e, uint64_t ts_ns,
                     struct sk_buf *out)
{
    int rc = find_event(r, e);

    if (!rc)
        rc = find_result(r);
    if (!rc)
        rc = sk_record_read_fd(r);
    if (rc)
        return rc;
    sk_event_write_begin(&r->w, out);
    rc = write_params(r);
    if (!rc)
        rc = check_args(r);
    if (!rc)
        rc = sk_record_extend(r);
    if (!rc)
        rc = sk_event_write_end(&r->w, (uint16_t)r->code, ts_ns, r->s->who[0].tid);
    return rc == -EMSGSIZE ? sk_err(r->dg, rc, &e->at, "the event does not fit into a record") : rc;
}

int sk_record_make(const struct sk_trial_event *e, const struct sk_given *given, size_t n,
                   const struct sk_scene *s, uint64_t ts_ns, struct sk_arena *mem,
                   struct sk_buf *out, bool *used, struct sk_diag *dg)
{
    struct sk_record *r = calloc(1, sizeof(*r));
    int rc;

    if (!r)
        return -ENOMEM;
    *r = (struct sk_record){.given = given, .n = n, .s = s, .mem = mem, .dg = dg, .fd = 3};
    r->used = used;
    rc = write_all(r, e, ts_ns, out);
    free(r);
    return rc;
}
