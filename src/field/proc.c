/* SPDX-License-Identifier: Apache-2.0 */
/* proc.c - proc.*: names, command lines, environment, ids, ancestors of the process of an event.
 *
 * Every extractor is absent without a process.  Where the state knows nothing but the driver told
 * who made the event (cx->ev->task), that is used. */
#include "field/extract.h"
#include "state/ids.h"
#include "state/names.h"

/* An ancestor chain longer than this is taken for a loop. */
#define ANCESTORS_MAX 1024
/* proc.aenv[NAME] looks no further. */
#define AENV_MAX 20

static struct sk_str comm_of(const char comm[SK_COMM_MAX])
{
    return (struct sk_str){comm, strnlen(comm, SK_COMM_MAX)};
}

struct sk_str sk_thread_comm(const struct sk_ctx *cx)
{
    if (cx->th && cx->th->comm[0])
        return sk_whole_comm(cx->th->comm, cx->th->proc->image);
    if (cx->ev->task)
        return comm_of(cx->ev->task->comm);
    return SK_STR("");
}

struct sk_str sk_proc_comm(const struct sk_proc *p)
{
    return p->comm[0] ? sk_whole_comm(p->comm, p->image) : p->image->comm;
}

const struct sk_proc *sk_proc_ancestor(const struct sk_proc *p, int64_t n)
{
    if (n < 0 || n > ANCESTORS_MAX)
        return n < 0 ? p : NULL;
    while (p && n-- > 0)
        p = p->parent;
    return p && p->fake ? NULL : p;
}

struct sk_str sk_proc_cmdline(const struct sk_ctx *cx, struct sk_str comm, const struct sk_proc *p)
{
    struct sk_str args = sk_join_nuls(cx, p->image->args);
    char *text = sk_arena_alloc(cx->tmp, comm.n + args.n + 2);

    if (!text || !args.p)
        return (struct sk_str){NULL, 0};
    if (comm.n)
        memcpy(text, comm.p, comm.n);
    if (!args.n)
        return (struct sk_str){text, comm.n};
    text[comm.n] = ' ';
    memcpy(text + comm.n + 1, args.p, args.n);
    return (struct sk_str){text, comm.n + 1 + args.n};
}

static bool give(const struct sk_field_ref *ref, struct sk_str s, struct sk_vals *out)
{
    return s.p && sk_give_text(ref, s, out);
}

bool sk_f_proc_exe(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_text(ref, cx->proc->image->exe, out);
}

bool sk_f_proc_pexe(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && cx->proc->parent && sk_give_text(ref, cx->proc->parent->image->exe, out);
}

bool sk_f_proc_exepath(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_text(ref, cx->proc->image->exepath, out);
}

bool sk_f_proc_pexepath(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    return cx->proc && cx->proc->parent && sk_give_text(ref, cx->proc->parent->image->exepath, out);
}

bool sk_f_proc_name(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return (cx->th || cx->ev->task) && sk_give_text(ref, sk_thread_comm(cx), out);
}

bool sk_f_proc_pname(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && cx->proc->parent && sk_give_text(ref, sk_proc_comm(cx->proc->parent), out);
}

bool sk_f_proc_cmdline(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && give(ref, sk_proc_cmdline(cx, sk_thread_comm(cx), cx->proc), out);
}

bool sk_f_proc_pcmdline(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc ? cx->proc->parent : NULL;

    return p && give(ref, sk_proc_cmdline(cx, sk_proc_comm(p), p), out);
}

/* Unlike in proc.cmdline the blank stays when there are no arguments. */
bool sk_f_proc_exeline(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_str piece[3];

    if (!cx->proc)
        return false;
    piece[0] = cx->proc->image->exe;
    piece[1] = SK_STR(" ");
    piece[2] = sk_join_nuls(cx, cx->proc->image->args);
    return sk_give_joined(cx, ref, piece, 3, out);
}

bool sk_f_proc_args(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    struct sk_str rest, arg = SK_STR("");

    if (!cx->proc)
        return false;
    if (!ref->arg_is_index)
        return give(ref, sk_join_nuls(cx, cx->proc->image->args), out);
    rest = cx->proc->image->args;
    for (int64_t i = 0; sk_next_nul(&rest, &arg); i++)
        if (i == ref->index)
            return sk_give_text(ref, arg, out);
    return sk_give_text(ref, SK_STR(""), out);
}

bool sk_f_proc_cmdnargs(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    struct sk_str rest, arg;
    uint64_t n = 0;

    if (!cx->proc)
        return false;
    rest = cx->proc->image->args;
    if (rest.n == 1 && !rest.p[0])
        return sk_give_u64(ref, 0, out); /* what is left of a command line that was wiped */
    while (sk_next_nul(&rest, &arg))
        n++;
    return sk_give_u64(ref, n, out);
}

bool sk_f_proc_cmdlenargs(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                          struct sk_vals *out)
{
    struct sk_str rest, arg;
    uint64_t n = 0;

    if (!cx->proc)
        return false;
    rest = cx->proc->image->args;
    while (sk_next_nul(&rest, &arg))
        n += arg.n;
    return sk_give_u64(ref, n, out);
}

/* Value of NAME in "NAME=value" strings, blanks cut off; {NULL, 0}: not set. */
static struct sk_str env_value(struct sk_str env, struct sk_str name)
{
    struct sk_str var;

    while (sk_next_nul(&env, &var))
        if (var.n > name.n && var.p[name.n] == '=' && sk_str_starts(var, name))
            return sk_str_trim((struct sk_str){var.p + name.n + 1, var.n - name.n - 1});
    return (struct sk_str){NULL, 0};
}

static bool has_name(const struct sk_field_ref *ref)
{
    return ref->has_arg && !ref->arg_is_index;
}

bool sk_f_proc_env(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (!cx->proc)
        return false;
    if (has_name(ref))
        return sk_give_text(ref, env_value(cx->proc->image->env, ref->key), out);
    return give(ref, sk_join_nuls(cx, cx->proc->image->env), out);
}

bool sk_f_proc_aenv(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;
    struct sk_str value = SK_STR("");

    if (!p)
        return false;
    if (has_name(ref)) {
        for (int i = 0; i < AENV_MAX && (p = p->parent); i++) {
            value = env_value(p->image->env, ref->key);
            if (value.p)
                break;
        }
        return sk_give_text(ref, value, out);
    }
    if (cx->for_output) {
        if (p->fake)
            return sk_give_text(ref, SK_STR(""), out);
        p = sk_proc_ancestor(p, ref->arg_is_index ? ref->index : 0);
        return p && give(ref, sk_join_nuls(cx, p->image->env), out);
    }
    /* A filter looks at every ancestor, even where a number is given. */
    for (size_t i = 0; i < SK_VALS_MAX && (p = p->parent); i++)
        give(ref, sk_join_nuls(cx, p->image->env), out);
    return out->n > 0;
}

/* The text that an ancestor contributes to proc.aname, proc.aexe, proc.aexepath, proc.acmdline. */
static struct sk_str ancestor_text(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                                   const struct sk_proc *p)
{
    struct sk_str comm = sk_proc_comm(p);

    switch (sk_field_id(ref)) {
    case SK_FLD_PROC_AEXE:
        return p->image->exe;
    case SK_FLD_PROC_AEXEPATH:
        return p->image->exepath;
    case SK_FLD_PROC_ACMDLINE:
        return sk_proc_cmdline(cx, comm, p);
    case SK_FLD_PROC_AARGS:
        return sk_join_nuls(cx, p->image->args);
    default:
        return comm;
    }
}

/* All ancestors, nearest first, with blanks between them; nothing stands in front of the first that
 * is not empty.  Absent when all are. */
static bool give_ancestors(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                           struct sk_vals *out)
{
    struct sk_str piece[2 * SK_VALS_MAX];
    size_t n = 0;

    for (const struct sk_proc *p = cx->proc->parent; p && n + 2 <= SK_ARRAY_LEN(piece);
         p = p->parent) {
        struct sk_str text = ancestor_text(cx, ref, p);

        if (n)
            piece[n++] = SK_STR(" ");
        if (n || text.n)
            piece[n++] = text;
    }
    return n && sk_give_joined(cx, ref, piece, n, out);
}

bool sk_f_proc_ancestor(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                        struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    if (ref->arg_is_index) {
        p = sk_proc_ancestor(p, ref->index);
        return p && sk_give_text(ref, ancestor_text(cx, ref, p), out);
    }
    if (cx->for_output)
        return give_ancestors(cx, ref, out);
    for (size_t i = 0; i < SK_VALS_MAX && (p = p->parent); i++)
        sk_give_text(ref, ancestor_text(cx, ref, p), out);
    return out->n > 0;
}

/* No any-ancestor comparison here: filters see the joined text too. */
bool sk_f_proc_aargs(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    if (!ref->arg_is_index)
        return give_ancestors(cx, ref, out);
    p = sk_proc_ancestor(p, ref->index);
    return p && sk_give_text(ref, ancestor_text(cx, ref, p), out);
}

bool sk_f_proc_apid(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_proc *p = cx->proc;

    if (!p)
        return false;
    if (ref->arg_is_index || cx->for_output) {
        p = sk_proc_ancestor(p, ref->arg_is_index ? ref->index : 0);
        return p && !(p->pid & SK_ID_WIDE) && sk_give_i64(ref, sk_proc_pid(p), out);
    }
    for (size_t i = 0; i < SK_VALS_MAX && (p = p->parent); i++)
        sk_give_i64(ref, sk_proc_pid(p), out);
    return out->n > 0;
}

bool sk_f_proc_lineage(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    const struct sk_image *im = cx->proc ? cx->proc->image : NULL;

    if (!im)
        return false;
    for (size_t i = 0; i < SK_VALS_MAX && (im = im->parent); i++)
        sk_give_text(ref, im->comm, out);
    return true;
}

bool sk_f_proc_cwd(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    if (!cx->proc)
        return false;
    return sk_give_text(ref, cx->proc->fake ? SK_STR("./") : cx->proc->cwd, out);
}

static bool ends_in_sh(struct sk_str comm)
{
    return sk_str_ends(comm, SK_STR("sh"));
}

bool sk_f_proc_loginshellid(const struct sk_ctx *cx, const struct sk_field_ref *ref,
                            struct sk_vals *out)
{
    const struct sk_proc *shell = NULL;
    int left = ANCESTORS_MAX;

    for (const struct sk_proc *p = cx->proc; p && left-- > 0; p = p->parent)
        if (ends_in_sh(sk_proc_comm(p)))
            shell = p;
    return shell && !(shell->pid & SK_ID_WIDE) && sk_give_i64(ref, shell->pid, out);
}

bool sk_f_proc_tty(const struct sk_ctx *cx, const struct sk_field_ref *ref, struct sk_vals *out)
{
    return cx->proc && sk_give_u64(ref, cx->proc->tty, out);
}
