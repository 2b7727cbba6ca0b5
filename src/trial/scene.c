/* SPDX-License-Identifier: Apache-2.0 */
/* scene.c - see scene.h.  One row a field: where its value goes.  What no field tells is what it
 * would be for an ordinary process of the host (or of a container): rules must not fire because a
 * test left something out. */
#include "trial/scene.h"

#include <errno.h>

#include "trial/value.h"

enum kind {
    TEXT,
    CMDLINE,
    WORDS,
    SIGNED,
    UNSIGNED,
    FLAG,
    CAPS,
    ALL_CAPS,
    CONTAINER,
    USER,
    GROUP,
    AGE
};

#define PARENT 1
#define BY_ARG (-1) /* FIELD[n]; a list: from the parent on */

/* Namespaces of the host have these numbers in every kernel; mount and network are a guess. */
enum { NS_CGROUP = 0xeffffffb, NS_PID, NS_USER, NS_UTS, NS_IPC, NS_NET, NS_MNT, NS_OTHER = 1000 };
#define DOCKER_CAPS   0xa80425fbull
#define ALL_CAPS_MASK ((1ull << 41) - 1)
#define ANY_UID       1000u

#define AT(m) offsetof(struct sk_task_info, m), sizeof(((struct sk_task_info *)0)->m)

static const struct row {
    const char *field;
    enum kind kind;
    int level;
    size_t offset, size;
} rows[] = {
    {"proc.name", TEXT, 0, AT(comm)},
    {"proc.pname", TEXT, PARENT, AT(comm)},
    {"proc.aname", TEXT, BY_ARG, AT(comm)},
    {"proc.exe", TEXT, 0, AT(exe)},
    {"proc.pexe", TEXT, PARENT, AT(exe)},
    {"proc.aexe", TEXT, BY_ARG, AT(exe)},
    {"proc.exepath", TEXT, 0, AT(exepath)},
    {"proc.pexepath", TEXT, PARENT, AT(exepath)},
    {"proc.aexepath", TEXT, BY_ARG, AT(exepath)},
    {"proc.cmdline", CMDLINE, 0, 0, 0},
    {"proc.pcmdline", CMDLINE, PARENT, 0, 0},
    {"proc.acmdline", CMDLINE, BY_ARG, 0, 0},
    {"proc.args", WORDS, 0, AT(args)},
    {"proc.env", WORDS, 0, AT(env)},
    {"thread.cgroups", WORDS, 0, AT(cgroups)},
    {"proc.cwd", TEXT, 0, AT(cwd)},
    {"proc.pid", UNSIGNED, 0, AT(pid)},
    {"proc.ppid", UNSIGNED, PARENT, AT(pid)},
    {"proc.apid", UNSIGNED, BY_ARG, AT(pid)},
    {"thread.tid", UNSIGNED, 0, AT(tid)},
    {"proc.vpid", SIGNED, 0, AT(vpid)},
    {"proc.pvpid", SIGNED, PARENT, AT(vpid)},
    {"thread.vtid", SIGNED, 0, AT(vtid)},
    {"proc.sid", SIGNED, 0, AT(sid)},
    {"proc.pgid", SIGNED, 0, AT(pgid)},
    {"proc.vpgid", SIGNED, 0, AT(vpgid)},
    {"proc.tty", UNSIGNED, 0, AT(tty)},
    {"proc.fdlimit", SIGNED, 0, AT(fdlimit)},
    {"proc.vmsize", UNSIGNED, 0, AT(vm_size_kb)},
    {"proc.vmrss", UNSIGNED, 0, AT(vm_rss_kb)},
    {"proc.vmswap", UNSIGNED, 0, AT(vm_swap_kb)},
    {"proc.pid.ts", UNSIGNED, 0, AT(clone_ns)},
    {"proc.duration", AGE, 0, AT(clone_ns)},
    {"proc.ppid.duration", AGE, PARENT, AT(clone_ns)},
    {"proc.pidns_init_start_ts", UNSIGNED, 0, AT(pidns_init_start_ns)},
    {"proc.exe_ino", UNSIGNED, 0, AT(exe_ino)},
    {"proc.exe_ino.ctime", UNSIGNED, 0, AT(exe_ctime_ns)},
    {"proc.exe_ino.mtime", UNSIGNED, 0, AT(exe_mtime_ns)},
    {"proc.is_exe_writable", FLAG, 0, AT(exe_writable)},
    {"proc.is_exe_upper_layer", FLAG, 0, AT(exe_upper)},
    {"proc.is_exe_lower_layer", FLAG, 0, AT(exe_lower)},
    {"proc.is_exe_from_memfd", FLAG, 0, AT(exe_memfd)},
    {"proc.ns.mnt", UNSIGNED, 0, AT(ns_mnt)},
    {"proc.ns.pid", UNSIGNED, 0, AT(ns_pid)},
    {"proc.ns.net", UNSIGNED, 0, AT(ns_net)},
    {"proc.ns.user", UNSIGNED, 0, AT(ns_user)},
    {"proc.ns.ipc", UNSIGNED, 0, AT(ns_ipc)},
    {"proc.ns.uts", UNSIGNED, 0, AT(ns_uts)},
    {"proc.ns.cgroup", UNSIGNED, 0, AT(ns_cgroup)},
    {"user.uid", UNSIGNED, 0, AT(uid)},
    {"user.loginuid", SIGNED, 0, AT(loginuid)},
    {"group.gid", UNSIGNED, 0, AT(gid)},
    {"user.name", USER, 0, AT(uid)},
    {"user.loginname", USER, 0, AT(loginuid)},
    {"group.name", GROUP, 0, AT(gid)},
    {"thread.cap_permitted", CAPS, 0, AT(cap_permitted)},
    {"thread.cap_inheritable", CAPS, 0, AT(cap_inheritable)},
    {"thread.cap_effective", CAPS, 0, AT(cap_effective)},
    {"thread.cap_full", ALL_CAPS, 0, AT(cap_effective)},
    {"container.id", CONTAINER, 0, AT(cgroups)},
};

struct maker {
    struct sk_scene *s;
    struct sk_arena *mem;
    struct sk_diag *dg;
    uint64_t ts_ns;
};

static const struct row *row_of(const struct sk_field *f)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++)
        if (!strcmp(rows[i].field, f->name))
            return &rows[i];
    return NULL;
}

bool sk_scene_has(const struct sk_field *f)
{
    return !strncmp(f->name, "proc.", 5) || !strncmp(f->name, "thread.", 7) ||
           !strncmp(f->name, "user.", 5) || !strncmp(f->name, "group.", 6) ||
           !strncmp(f->name, "container.", 10) || !strncmp(f->name, "k8s.", 4);
}

const struct sk_given *sk_given_find(const struct sk_given *given, size_t n, const char *field)
{
    for (size_t i = 0; i < n; i++)
        if (sk_str_eqz(given[i].ref.text, field))
            return &given[i];
    return NULL;
}

struct sk_str sk_given_text(const struct sk_given *g, struct sk_arena *mem)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_REC_MAX_BYTES);
    const char *p;

    if (g->value->kind == SK_NODE_SCALAR)
        return sk_str(g->value->text);
    for (size_t i = 0; i < g->value->n; i++) {
        sk_buf_addz(&b, i ? " " : "");
        sk_buf_addz(&b, g->value->item[i]->text);
    }
    p = b.failed ? NULL : sk_arena_dup(mem, sk_buf_str(&b));
    return (struct sk_str){p, p ? b.n : 0};
}

struct sk_str sk_given_words(const struct sk_given *g, struct sk_arena *mem)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_REC_MAX_BYTES);
    const char *p;

    if (g->value->kind == SK_NODE_LIST) {
        for (size_t i = 0; i < g->value->n; i++)
            sk_buf_add(&b, g->value->item[i]->text, strlen(g->value->item[i]->text) + 1);
    } else {
        for (p = g->value->text + strspn(g->value->text, " "); *p; p += strspn(p, " ")) {
            size_t n = strcspn(p, " ");

            sk_buf_add(&b, p, n);
            sk_buf_addc(&b, '\0');
            p += n;
        }
    }
    p = b.failed ? NULL : sk_arena_dup(mem, sk_buf_str(&b));
    return (struct sk_str){p, p ? b.n : 0};
}

static int bad(struct maker *m, const struct sk_given *g, const char *what)
{
    return sk_err(m->dg, -EINVAL, &g->value->pos, "'%.*s': %s", (int)g->ref.text.n, g->ref.text.p,
                  what);
}

static void put_text(struct sk_task_info *ti, const struct row *row, struct sk_str s)
{
    memcpy((char *)ti + row->offset, &s, sizeof(s));
}

static void put_number(struct sk_task_info *ti, const struct row *row, uint64_t v)
{
    memcpy((char *)ti + row->offset, &v, row->size);
}

/* "cat /etc/shadow": name and arguments. */
static int put_cmdline(struct maker *m, struct sk_task_info *ti, const struct sk_given *g)
{
    struct sk_str words = sk_given_words(g, m->mem), first;

    if (!words.n)
        return words.p ? bad(m, g, "a command line begins with a name") : -ENOMEM;
    first = sk_str(words.p);
    if (!ti->comm.n)
        ti->comm = first;
    if (!ti->exe.n)
        ti->exe = first;
    ti->args = (struct sk_str){words.p + first.n + 1, words.n - first.n - 1};
    return 0;
}

static bool is_short_id(struct sk_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!strchr("0123456789abcdef", id.p[i]))
            return false;
    return id.n == 12;
}

/* The control group whose name gives that id. */
static int put_container(struct maker *m, struct sk_task_info *ti, const struct sk_given *g)
{
    struct sk_str id = sk_given_text(g, m->mem);
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_PATH_MAX);
    const char *p;

    if (sk_str_eqz(id, "host"))
        return 0;
    m->s->in_container = true;
    sk_buf_printf(&b, is_short_id(id) ? "cpuset=/docker/%.*s%052d" : "cpuset=/lxc/%.*s", (int)id.n,
                  id.p, 0);
    sk_buf_addc(&b, '\0');
    p = b.failed ? NULL : sk_arena_dup(m->mem, sk_buf_str(&b));
    if (!p)
        return -ENOMEM;
    ti->cgroups = (struct sk_str){p, b.n};
    return 0;
}

static int put_value(struct maker *m, const struct row *row, struct sk_task_info *ti,
                     const struct sk_given *g, struct sk_str text)
{
    int64_t v = 0;
    uint64_t u = 0;

    switch (row->kind) {
    case TEXT:
        put_text(ti, row, text);
        return 0;
    case CMDLINE:
        return put_cmdline(m, ti, g);
    case WORDS:
        text = sk_given_words(g, m->mem);
        put_text(ti, row, text);
        return text.p ? 0 : -ENOMEM;
    case CONTAINER:
        return put_container(m, ti, g);
    case USER:
    case GROUP:
        put_number(ti, row, sk_str_eqz(text, "root") ? 0 : ANY_UID);
        return 0;
    case CAPS:
        if (sk_trial_caps(text, &u))
            return bad(m, g, "names of capabilities are expected");
        put_number(ti, row, u);
        return 0;
    case FLAG:
    case ALL_CAPS:
        if (!sk_str_eqz(text, "true") && !sk_str_eqz(text, "false"))
            return bad(m, g, "true or false is expected");
        put_number(ti, row, text.p[0] == 'f' ? 0 : row->kind == FLAG ? 1 : ALL_CAPS_MASK);
        return 0;
    case SIGNED:
    case UNSIGNED:
    case AGE:
        break;
    }
    if (sk_trial_number(text, &v) || (row->kind == UNSIGNED && v < 0) ||
        (row->size == 4 && v > UINT32_MAX))
        return bad(m, g, "a number is expected");
    put_number(ti, row, row->kind == AGE ? m->ts_ns - (uint64_t)v : (uint64_t)v);
    return 0;
}

static int put_one(struct maker *m, const struct row *row, const struct sk_given *g)
{
    int64_t level = row->level;
    int rc = 0;

    if (level == BY_ARG && !g->ref.has_arg && g->value->kind == SK_NODE_LIST) {
        for (size_t i = 0; !rc && i < g->value->n; i++) {
            struct sk_given one = {g->ref, g->value->item[i], g->at};

            if (i + 1 >= SK_SCENE_CHAIN)
                return bad(m, g, "more ancestors than a test can have (15)");
            m->s->n = SK_MAX(m->s->n, (unsigned)i + 2);
            rc = put_value(m, row, &m->s->who[i + 1], &one, sk_str(one.value->text));
        }
        return rc;
    }
    if (level == BY_ARG)
        level = g->ref.arg_is_index ? g->ref.index : PARENT;
    if (level < 0 || level >= SK_SCENE_CHAIN)
        return bad(m, g, "no such ancestor: 0 is the process, 1 its parent, up to 15");
    m->s->n = SK_MAX(m->s->n, (unsigned)level + 1);
    struct sk_str text = sk_given_text(g, m->mem);
    return text.p ? put_value(m, row, &m->s->who[level], g, text) : -ENOMEM;
}

static struct sk_str base_name(struct sk_str s)
{
    const char *slash = s.n ? memrchr(s.p, '/', s.n) : NULL;

    return slash ? (struct sk_str){slash + 1, s.n - (size_t)(slash + 1 - s.p)} : s;
}

/* Before the fields: "not told" is another value than 0 here. */
static void before(struct maker *m)
{
    for (unsigned i = 0; i < SK_SCENE_CHAIN; i++)
        m->s->who[i] = (struct sk_task_info){.vpid = -1,
                                             .vtid = -1,
                                             .sid = -1,
                                             .pgid = -1,
                                             .vpgid = -1,
                                             .loginuid = UINT32_MAX,
                                             .fdlimit = 1024,
                                             .uid = UINT32_MAX,
                                             .gid = UINT32_MAX,
                                             .cap_effective = UINT64_MAX,
                                             .cap_permitted = UINT64_MAX,
                                             .clone_ns = m->ts_ns - 10000000000ull};
    m->s->n = 1;
}

static void set_ns(struct sk_task_info *ti, bool container)
{
    uint32_t more = container ? NS_OTHER : 0;

    if (!ti->ns_pid)
        ti->ns_pid = NS_PID + more;
    if (!ti->ns_mnt)
        ti->ns_mnt = NS_MNT + more;
    if (!ti->ns_net)
        ti->ns_net = NS_NET + more;
    if (!ti->ns_user)
        ti->ns_user = NS_USER;
    if (!ti->ns_uts)
        ti->ns_uts = NS_UTS + more;
    if (!ti->ns_ipc)
        ti->ns_ipc = NS_IPC + more;
    if (!ti->ns_cgroup)
        ti->ns_cgroup = NS_CGROUP + more;
}

static void set_caps(struct sk_task_info *ti, bool container)
{
    uint64_t usual = ti->uid ? 0 : container ? DOCKER_CAPS : ALL_CAPS_MASK;

    if (ti->cap_effective == UINT64_MAX)
        ti->cap_effective = ti->cap_permitted == UINT64_MAX ? usual : ti->cap_permitted;
    if (ti->cap_permitted == UINT64_MAX)
        ti->cap_permitted = ti->cap_effective;
}

static void set_names(struct sk_task_info *ti)
{
    if (!ti->comm.n)
        ti->comm = base_name(ti->exepath.n ? ti->exepath : ti->exe);
    if (!ti->comm.n)
        ti->comm = SK_STR("program");
    if (!ti->exe.n)
        ti->exe = ti->exepath.n ? ti->exepath : ti->comm;
    if (!ti->exepath.n && ti->exe.p[0] == '/')
        ti->exepath = ti->exe;
    if (!ti->cwd.n)
        ti->cwd = SK_STR("/");
}

static void after(struct maker *m)
{
    struct sk_scene *s = m->s;

    for (unsigned i = 0; i < s->n; i++)
        if (!s->who[i].pid)
            s->who[i].pid = i ? 999 - i : 1000;
    for (unsigned i = 0; i < s->n; i++) {
        struct sk_task_info *ti = &s->who[i];

        set_names(ti);
        ti->ppid = i + 1 < s->n ? s->who[i + 1].pid : 0;
        ti->tid = ti->tid ? ti->tid : ti->pid;
        if (ti->vpid == -1)
            ti->vpid = s->in_container ? ti->pid % 900 + 2 : ti->pid;
        if (ti->vtid == -1)
            ti->vtid = ti->tid == ti->pid ? ti->vpid : ti->tid;
        ti->sid = ti->sid == -1 ? ti->pid : ti->sid;
        ti->pgid = ti->pgid == -1 ? ti->pid : ti->pgid;
        ti->vpgid = ti->vpgid == -1 ? ti->vpid : ti->vpgid;
        ti->uid = ti->uid == UINT32_MAX ? s->who[0].uid == UINT32_MAX ? 0 : s->who[0].uid : ti->uid;
        ti->gid = ti->gid == UINT32_MAX ? ti->uid : ti->gid;
        ti->start_ns = 1000000000000ull + ti->pid * 1000000000ull;
        if (!ti->cgroups.n)
            ti->cgroups = i ? s->who[0].cgroups : (struct sk_str){"cpuset=/", sizeof("cpuset=/")};
        set_ns(ti, s->in_container);
        set_caps(ti, s->in_container);
    }
}

int sk_scene_make(const struct sk_given *given, size_t n, uint64_t ts_ns, struct sk_arena *mem,
                  struct sk_scene *out, bool *used, struct sk_diag *dg)
{
    struct maker m = {.s = out, .mem = mem, .dg = dg, .ts_ns = ts_ns};
    int rc = 0;

    *out = (struct sk_scene){0};
    before(&m);
    /* A command line fills names that are not given: names come first. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; !rc && i < n; i++) {
            const struct row *row = row_of(given[i].ref.field);

            if (!row || (row->kind == CMDLINE || row->kind == USER || row->kind == GROUP) != pass)
                continue;
            used[i] = true;
            if ((row->kind == USER &&
                 sk_given_find(given, n,
                               row->size == 4 && row->offset == offsetof(struct sk_task_info, uid)
                                   ? "user.uid"
                                   : "user.loginuid")) ||
                (row->kind == GROUP && sk_given_find(given, n, "group.gid")))
                continue;
            rc = put_one(&m, row, &given[i]);
        }
    }
    if (!rc)
        after(&m);
    return rc;
}

int sk_scene_tell(const struct sk_scene *s, struct sk_state *st)
{
    struct sk_task_info init = {.pid = 1,
                                .tid = 1,
                                .vpid = 1,
                                .vtid = 1,
                                .sid = 1,
                                .pgid = 1,
                                .vpgid = 1,
                                .comm = SK_STR("systemd"),
                                .exe = SK_STR("/sbin/init"),
                                .exepath = SK_STR("/usr/lib/systemd/systemd"),
                                .cwd = SK_STR("/"),
                                .loginuid = UINT32_MAX,
                                .cap_permitted = ALL_CAPS_MASK,
                                .cap_effective = ALL_CAPS_MASK,
                                .start_ns = 1000000000ull};
    int rc = 0;

    set_ns(&init, false);
    if (!sk_state_proc(st, 1))
        rc = sk_state_add(st, &init);
    for (unsigned i = s->n; !rc && i-- > 0;)
        rc = sk_state_add(st, &s->who[i]);
    sk_state_link(st);
    return rc;
}
