/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.c - see privileges.h.
 *
 * Kept is what reading other processes' /proc takes, and what this configuration and this kernel need
 * beside it: found out by trying without, not from versions.  A program that an output starts as root
 * would have again what the bounding set holds; privileges.programs says whether it may. */
#include "cli/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/callfilter.h"

#define BIT(cap)     (1ull << (cap))
#define SK_CAP_BPF   39 /* younger than some headers */
#define SK_CAP_WORDS 2
#define LOW_PORTS    1024

static const struct {
    unsigned number;
    const char *name;
} caps[] = {
#define CAP(number, name) {number, name},
#include "capabilities.def"
};

static int named(const char *name, uint64_t *out)
{
    if (!strcasecmp(name, "all")) {
        *out = UINT64_MAX;
        return 0;
    }
    for (size_t i = 0; i < SK_ARRAY_LEN(caps); i++) {
        if (!strcasecmp(name, caps[i].name) || !strcasecmp(name, caps[i].name + strlen("CAP_"))) {
            *out = BIT(caps[i].number);
            return 0;
        }
    }
    return -EINVAL;
}

/* In the order of enum sk_callfilter_action; then none. */
static const char *const actions[] = {"errno", "log", "kill", "off", NULL};
static const char *const rights[] = {"full", "reduced", NULL};

static int check_word(const char *key, const char *value, const char *const *word,
                      struct sk_diag *dg)
{
    sk_auto(buf) struct sk_buf all = SK_BUF(256);

    for (size_t i = 0; word[i]; i++) {
        if (!strcmp(word[i], value))
            return 0;
        sk_buf_printf(&all, "%s%s", i ? ", " : "", word[i]);
    }
    return sk_err(dg, -EINVAL, NULL, "%s is '%s': one of %s is expected", key, value,
                  sk_buf_str(&all).p);
}

int sk_privileges_check(const struct sk_conf *conf, struct sk_diag *dg)
{
    const struct sk_conf_list *l = &conf->priv_keep;
    uint64_t ignored;
    int err;

    for (size_t i = 0; i < l->n; i++) {
        if (named(l->text[i], &ignored))
            return sk_err(dg, -EINVAL, NULL,
                          "privileges.keep: '%s' is no capability: give names such as "
                          "CAP_DAC_OVERRIDE, or all",
                          l->text[i]);
    }
    err = check_word("privileges.seccomp", conf->priv_seccomp, actions, dg);
    return err ? err : check_word("privileges.programs", conf->priv_programs, rights, dg);
}

/* May an output start programs? */
static bool programs(const struct sk_conf *c)
{
    bool any = c->program_enabled;

    for (size_t i = 0; i < c->noutputs; i++)
        any |= !strcmp(c->output[i].type, "program");
    return any;
}

/* Whatever starts gets all that Saker had. */
static bool unbounded(const struct sk_conf *c)
{
    return programs(c) && !strcmp(c->priv_programs, "full");
}

/* Effective and permitted. */
static int get_caps(uint64_t *out_permitted)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[SK_CAP_WORDS] = {0};

    if (syscall(SYS_capget, &h, d))
        return -errno;
    *out_permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
    return 0;
}

static int set_caps(uint64_t effective, uint64_t permitted)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[SK_CAP_WORDS] = {
        {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted},
        {.effective = (uint32_t)(effective >> 32), .permitted = (uint32_t)(permitted >> 32)},
    };

    return syscall(SYS_capset, &h, d) ? -errno : 0;
}

static long bpf_call(int cmd, union bpf_attr *attr)
{
    return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Older kernels ask for CAP_BPF whenever a map is touched, later ones when it is made. */
static bool maps_need_cap(uint64_t keep, uint64_t permitted)
{
    union bpf_attr make = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    uint32_t key = 0, value = 0;
    sk_auto(fd) int fd = (int)bpf_call(BPF_MAP_CREATE, &make);
    union bpf_attr use = {.map_fd = (uint32_t)fd,
                          .key = (uintptr_t)&key,
                          .value = (uintptr_t)&value,
                          .flags = BPF_ANY};
    bool needed;

    if (fd < 0 || set_caps(keep & permitted, permitted))
        return true;
    needed = bpf_call(BPF_MAP_UPDATE_ELEM, &use) != 0;
    (void)set_caps(permitted, permitted);
    return needed;
}

static bool denied(const char *path, int how)
{
    return faccessat(AT_FDCWD, path, how, AT_EACCESS) && errno == EACCES;
}

/* Is the file, or the directory where others take its place, closed to who is not its owner? */
static bool closed(const char *path)
{
    char dir[PATH_MAX];

    if (!path || !*path)
        return false;
    snprintf(dir, sizeof(dir), "%s", path);
    return denied(path, W_OK) || denied(dirname(dir), W_OK | X_OK);
}

/* The self-test enters it. */
static bool closed_cgroup(const char *dir)
{
    char path[PATH_MAX];

    if (!*dir || (size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", dir) >= sizeof(path))
        return false;
    return denied(path, W_OK);
}

/* NULL: it is no socket in the file system. */
static const char *unix_path(const char *address)
{
    static const char scheme[] = "unix://";

    return strncmp(address, scheme, strlen(scheme)) ? NULL : address + strlen(scheme);
}

static bool writes_where_closed(const struct sk_privileges *p)
{
    const struct sk_conf *c = p->conf;
    bool any = c->file_enabled && closed(c->file_name);

    any |= c->capture_enabled && closed(c->capture_path_prefix);
    any |= p->live && c->self_test && closed_cgroup(c->scope_cgroup);
    any |= c->metrics_enabled && closed(c->metrics_file);
    any |= c->spool_enabled && closed(c->spool_path);
    any |= c->web_enabled && closed(unix_path(c->web_address));
    any |= c->grpc_enabled && closed(unix_path(c->grpc_bind_address));
    for (size_t i = 0; i < c->noutputs; i++)
        any |= !strcmp(c->output[i].type, "file") && closed(c->output[i].conf->file_name);
    return any;
}

static bool low(uint64_t port)
{
    return port && port < LOW_PORTS;
}

static bool low_ports(const struct sk_conf *c)
{
    const char *colon = strrchr(c->grpc_bind_address, ':');
    uint64_t port = 0;

    if (c->grpc_enabled && !unix_path(c->grpc_bind_address) && colon &&
        !sk_conf_number(colon + 1, UINT16_MAX, &port))
        port = 0;
    return low(port) || (c->web_enabled && !unix_path(c->web_address) && low(c->web_port));
}

static bool needs_override(const struct sk_privileges *p, uint64_t keep, uint64_t permitted)
{
    bool needed;

    if (!(permitted & BIT(CAP_DAC_OVERRIDE)) || set_caps(keep & permitted, permitted))
        return false;
    needed = writes_where_closed(p);
    (void)set_caps(permitted, permitted);
    return needed;
}

static void plan(struct sk_privileges *p)
{
    const struct sk_conf *c = p->conf;
    uint64_t permitted = 0, keep = BIT(CAP_DAC_READ_SEARCH),
             more; /* files of others: of a reload too */

    if (p->planned || get_caps(&permitted))
        return;
    for (size_t i = 0; i < c->priv_keep.n; i++) {
        if (!named(c->priv_keep.text[i], &more))
            keep |= more;
    }
    if (low_ports(c))
        keep |= BIT(CAP_NET_BIND_SERVICE);
    if (unbounded(c) || (programs(c) && !c->priv_no_new))
        keep |= BIT(CAP_KILL); /* a program may become somebody else, and has to be ended */
    if (needs_override(p, keep, permitted))
        keep |= BIT(CAP_DAC_OVERRIDE);
    if (p->live)
        keep |= BIT(CAP_SYS_PTRACE); /* /proc of others */
    if (p->live && maps_need_cap(keep, permitted))
        keep |= BIT(SK_CAP_BPF);
    p->keep = keep & permitted;
    p->planned = true;
}

/* What executing a file could bring back. -errno of the first step that was refused. */
static int bound(const struct sk_privileges *p)
{
    int err = 0;

    for (int cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        if (!(p->keep & BIT(cap)) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
            err = err ? err : -errno;
    }
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
        err = err ? err : -errno;
    return err;
}

static void refused(const char *what, int err)
{
    sk_log(SK_WARNING, "Privileges: the kernel refuses to %s: %s", what, strerror(-err));
}

static bool no_new(const struct sk_conf *c)
{
    return c->priv_no_new && !unbounded(c);
}

/* All but the last step, which needs what that step takes. say: warn. */
static void shut(const struct sk_privileges *p, bool say)
{
    int err = unbounded(p->conf) ? 0 : bound(p);

    /* Who is not root has no right to, and gains nothing by executing once no_new_privs is set. */
    if (err && say && !(err == -EPERM && geteuid() && no_new(p->conf)))
        refused("narrow the bounding set of capabilities", err);
    if (no_new(p->conf) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && say)
        refused("rule out new privileges", -errno);
}

struct call {
    struct sk_privileges *p;
    int (*fn)(void *self);
    void *self;
    int result;
};

static void *run(void *arg)
{
    struct call *c = arg;

    plan(c->p);
    shut(c->p, false); /* the main thread will say the same */
    if (c->p->planned)
        (void)set_caps(c->p->keep, c->p->keep);
    c->result = c->fn(c->self);
    return NULL;
}

int sk_privileges_call(struct sk_privileges *p, int (*fn)(void *self), void *self)
{
    struct call c = {p, fn, self, 0};
    pthread_t thread;
    int err;

    if (!p->conf->priv_drop)
        return fn(self);
    err = pthread_create(&thread, NULL, run, &c);
    if (err)
        return -err;
    pthread_join(thread, NULL);
    return c.result;
}

static enum sk_callfilter_for whom(const struct sk_conf *c)
{
    return unbounded(c)  ? SK_CALLFILTER_ANYTHING
           : programs(c) ? SK_CALLFILTER_PROGRAMS
                         : SK_CALLFILTER_ALONE;
}

static bool filter(const struct sk_conf *c)
{
    size_t action = 0;
    int err;

    while (strcmp(actions[action], "off") && strcmp(actions[action], c->priv_seccomp))
        action++;
    if (!strcmp(actions[action], "off"))
        return false;
    err = sk_callfilter_load(whom(c), (enum sk_callfilter_action)action);
    if (err)
        refused("filter system calls", err);
    return !err;
}

int sk_privileges_allow(const struct sk_privileges *p, const struct sk_conf *conf,
                        struct sk_diag *dg)
{
    const int left = atomic_load(&p->left);

    if (left && programs(conf) && left != SK_LEFT_PROGRAMS)
        return sk_err(
            dg, -EPERM, NULL,
            "program_output: Saker was started without programs, and has given up what it "
            "takes to start them: restart it (or see privileges.drop)");
    return 0;
}

static void tell(const struct sk_privileges *p, bool filtered)
{
    static const char *const calls[] = {
        [SK_CALLFILTER_ALONE] = "system calls only those of Saker, it starts no programs",
        [SK_CALLFILTER_PROGRAMS] = "system calls only those of Saker and usual programs",
        [SK_CALLFILTER_ANYTHING] =
            ("system calls all but those that change the kernel; the programs that it "
             "starts have all rights (privileges.programs: full)"),
    };
    sk_auto(buf) struct sk_buf names = SK_BUF(4096);
    const struct sk_conf *c = p->conf;

    for (size_t i = 0; i < SK_ARRAY_LEN(caps); i++) {
        if (p->keep & BIT(caps[i].number))
            sk_buf_printf(&names, "%s%s", names.n ? " " : "", caps[i].name);
    }
    sk_log(SK_INFO, "Privileges: keeps %s; %s privileges by executing files; %s",
           names.n ? sk_buf_str(&names).p : "no capability",
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "no new" : "new",
           filtered ? calls[whom(c)] : "system calls are not filtered");
}

void sk_privileges_drop(struct sk_privileges *p)
{
    bool filtered;
    int err;

    if (!p->conf->priv_drop) {
        sk_log(SK_INFO, "Privileges: all are kept (privileges.drop is false)");
        return;
    }
    plan(p);
    shut(p, true);
    filtered = filter(p->conf); /* before the capability that it may take is gone */
    err = p->planned ? set_caps(p->keep, p->keep) : -EPERM;
    if (err)
        refused("give up capabilities", err);
    atomic_store(&p->left, programs(p->conf) ? SK_LEFT_PROGRAMS : SK_LEFT_ALONE);
    tell(p, filtered);
}
