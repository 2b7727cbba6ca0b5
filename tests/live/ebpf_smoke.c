/* SPDX-License-Identifier: Apache-2.0 */
/* ebpf_smoke.c - the live source against a child in a cgroup of its own: are the events that it
 * makes told, with what belongs to them, and is every one either received or counted as dropped?
 * usage: ebpf_smoke tp_btf|raw_tp NOTHING (the program of nothing.c).  Exit code 77: it cannot run here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/ebpf/features.h"
#include "source/source.h"

#define SKIP 77

#define CHECK(cond)                                                              \
    do {                                                                         \
        if (!(cond)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
            failures++;                                                          \
        }                                                                        \
    } while (0)

#define CHECK_EQ(a, b)                                                                        \
    do {                                                                                      \
        long long a_ = (long long)(a), b_ = (long long)(b);                                   \
        if (a_ != b_) {                                                                       \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #a, a_, b_); \
            failures++;                                                                       \
        }                                                                                     \
    } while (0)

static unsigned failures;
static bool force_raw;
static const char *nothing;
static char cgroup[PATH_MAX], dir[] = "/tmp/sk-smoke-XXXXXX", real_file[64], alias[64];

/* --- the child: does what it is told, n times --- */

enum act { ACT_OPEN, ACT_STORM, ACT_CONNECT, ACT_HELPER_OPEN, ACT_LONG_OPEN, ACT_GENERIC };
struct order {
    enum act act;
    unsigned n;
};
struct child {
    pid_t pid;
    int to, from;
};

static struct child start_child(bool with_helper);

static void open_alias(void)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, alias, O_RDONLY, 0);

    if (fd >= 0)
        close(fd);
}

/* Its record is longer than a ring of one page. */
static void open_long_name(void)
{
    char name[PATH_MAX];

    memset(name, '/', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    syscall(SYS_openat, AT_FDCWD, name, O_PATH | O_DIRECTORY, 0);
}

static void fork_exec(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl(nothing, "nothing", "an argument", (char *)NULL);
        _exit(9);
    }
    waitpid(pid, NULL, 0);
}

static void connect_loopback(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
        perror("connect");
    close(fd);
}

/* Many calls that nobody misses, some that must not be lost. */
static void generic_calls(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        syscall(i % 256 ? SYS_getppid : SYS_setgroups, 0, NULL);
}

static bool tell(const struct child *c, enum act act, unsigned n)
{
    struct order o = {act, n};

    return write(c->to, &o, sizeof(o)) == sizeof(o) && read(c->from, &o, 1) == 1;
}

static void child_main(int in, int out, bool with_helper)
{
    struct child helper = {0};
    struct order o;

    if (with_helper)
        helper = start_child(false);
    if (write(out, "r", 1) != 1)
        _exit(1);
    while (read(in, &o, sizeof(o)) == sizeof(o)) {
        if (o.act == ACT_CONNECT)
            connect_loopback((uint16_t)o.n);
        else if (o.act == ACT_LONG_OPEN)
            open_long_name();
        else if (o.act == ACT_HELPER_OPEN)
            tell(&helper, ACT_OPEN, o.n);
        else if (o.act == ACT_GENERIC)
            generic_calls(o.n);
        else
            for (unsigned i = 0; i < o.n; i++) {
                open_alias();
                if (o.act == ACT_STORM)
                    fork_exec();
            }
        if (write(out, "d", 1) != 1)
            break;
    }
    _exit(0);
}

static struct child start_child(bool with_helper)
{
    int down[2], up[2];
    char ready;

    if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
        _exit(1);
    struct child c = {.pid = fork(), .to = down[1], .from = up[0]};
    if (c.pid == 0) {
        close(down[1]);
        close(up[0]);
        child_main(down[0], up[1], with_helper);
    }
    close(down[0]);
    close(up[1]);
    if (read(c.from, &ready, 1) != 1)
        _exit(1);
    return c;
}

static void end_child(struct child *c)
{
    close(c->to);
    close(c->from);
    waitpid(c->pid, NULL, 0);
}

/* --- what came out --- */

struct got {
    uint32_t of_type[SK_EVENT_N];
    uint32_t total;
    uint64_t last_ns;
    pid_t child;
    uint16_t port;
    unsigned opens, execs, forks, connects, exits;
};

static bool param_is(const struct sk_event *ev, const char *name, const char *want)
{
    int i = sk_event_param_index(ev->info, name);

    return i >= 0 && sk_str_eqz(sk_event_text(ev, (unsigned)i), want);
}

static void check_open(struct got *g, const struct sk_event *ev)
{
    struct stat st;
    int64_t res = -1;

    g->opens++;
    CHECK(param_is(ev, "name", alias));
    CHECK(sk_event_result(ev, &res) && res >= 0);
    CHECK(ev->task && ev->task->pid == (uint32_t)g->child && ev->task->ppid == (uint32_t)getpid());
    CHECK(ev->file.x && sk_str_eqz(ev->file.path, real_file));
    CHECK(stat(real_file, &st) == 0 && ev->file.x && ev->file.x->ino == st.st_ino);
}

static void check_exec(struct got *g, const struct sk_event *ev)
{
    char path[PATH_MAX];

    g->execs++;
    CHECK(realpath(nothing, path) && param_is(ev, "trusted_exepath", path));
    CHECK(ev->task && ev->task->ppid == (uint32_t)g->child);
    CHECK(ev->task && strncmp(ev->task->comm, strrchr(path, '/') + 1, SK_COMM_MAX - 1) == 0);
    CHECK(ev->exec && ev->exec->sid == (uint32_t)getsid(0));
}

static void check_connect(struct got *g, const struct sk_event *ev)
{
    g->connects++;
    CHECK(ev->sock.x && ev->sock.x->family == AF_INET && ev->sock.x->rport == g->port);
    CHECK(ev->sock.x && ev->sock.x->lport != 0);
}

static int on_event(void *self, struct sk_event *ev)
{
    struct got *g = self;
    const char *name = ev->info->name;

    g->total++;
    g->of_type[ev->type]++;
    if (!g->child)
        return 0;
    CHECK(ev->ts_ns >= g->last_ns && ev->ts_ns <= sk_now_ns() + 1000000);
    g->last_ns = ev->ts_ns;
    if (strcmp(name, "openat") == 0)
        check_open(g, ev);
    else if (strcmp(name, "execve") == 0)
        check_exec(g, ev);
    else if (strcmp(name, "connect") == 0)
        check_connect(g, ev);
    g->forks += strcmp(name, "clone") == 0 || strcmp(name, "fork") == 0 ||
                strcmp(name, "vfork") == 0 || strcmp(name, "clone3") == 0;
    g->exits += strcmp(name, "procexit") == 0;
    return 0;
}

/* --- a source for one case --- */

struct live {
    void *self;
    struct sk_diag *dg;
    struct sk_capture cap;
};

static void want(struct live *lv, const char *name)
{
    struct sk_event_set set = {0};

    if (!sk_event_set_by_name(sk_str(name), &set)) {
        fprintf(stderr, "no event is called '%s'\n", name);
        failures++;
    }
    sk_event_set_or(&lv->cap.events, &set);
}

static struct live begin(uint32_t ring_bytes)
{
    const struct sk_source_ops *ops = sk_source_find("ebpf");
    const struct sk_source_options opt = {.ring_bytes = ring_bytes,
                                          .critical_ring_bytes = ring_bytes,
                                          .cpus_per_ring = 1,
                                          .force_raw = force_raw};
    struct live lv = {.self = calloc(1, ops->size), .dg = sk_diag_new()};
    int err = ops->open(lv.self, &opt, lv.dg);

    fputs(sk_diag_text(lv.dg, SK_DIAG_WARNING), stderr);
    if (err) {
        fputs(sk_diag_text(lv.dg, SK_DIAG_ERROR), stderr);
        exit(err == -EPERM || err == -ENOENT ? SKIP : 1);
    }
    lv.cap.scope = SK_SCOPE_CGROUP;
    lv.cap.scope_cgroup = cgroup;
    return lv;
}

static void apply(struct live *lv, struct sk_state *st)
{
    if (sk_source_find("ebpf")->apply(lv->self, &lv->cap, st, lv->dg)) {
        fputs(sk_diag_text(lv->dg, SK_DIAG_ERROR), stderr);
        failures++;
    }
}

static void drain(struct live *lv, struct got *g)
{
    while (sk_source_find("ebpf")->poll(lv->self, 4096, on_event, g) > 0)
        continue;
}

static struct sk_source_stats stats(struct live *lv)
{
    struct sk_source_stats st;

    sk_source_find("ebpf")->stats(lv->self, &st);
    return st;
}

static void end(struct live *lv)
{
    sk_source_find("ebpf")->close(lv->self);
    sk_diag_free(lv->dg);
    free(lv->self);
}

static struct child child_in_cgroup(void)
{
    struct child c = start_child(false);
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
    sk_auto(file) FILE *f = fopen(path, "we");
    if (!f || fprintf(f, "%d\n", c.pid) < 0 || fflush(f)) {
        perror(path);
        _exit(1);
    }
    return c;
}

/* --- the cases --- */

static int listener(uint16_t *out_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8) ||
        getsockname(fd, (struct sockaddr *)&at, &n))
        perror("listen");
    *out_port = ntohs(at.sin_port);
    return fd;
}

static void events_tell_what_happened(void)
{
    struct live lv = begin(1 << 20);
    struct child c = child_in_cgroup();
    struct got g = {.child = c.pid, .last_ns = sk_now_ns()};
    sk_auto(fd) int fd = listener(&g.port);
    static const char *const names[] = {"openat", "execve", "clone",   "clone3",
                                        "fork",   "vfork",  "connect", "procexit"};

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        want(&lv, names[i]);
    apply(&lv, NULL);
    CHECK(tell(&c, ACT_STORM, 1));
    CHECK(tell(&c, ACT_CONNECT, g.port));
    drain(&lv, &g);
    CHECK_EQ(g.opens, 1);
    CHECK_EQ(g.execs, 1);
    CHECK_EQ(g.forks, 2); /* told by the parent and by the child */
    CHECK_EQ(g.connects, 1);
    CHECK_EQ(g.exits, 1);
    CHECK_EQ(stats(&lv).bad_records, 0);
    end_child(&c);
    end(&lv);
}

static uint64_t dropped(const struct sk_source_stats *st, unsigned klass)
{
    uint64_t n = 0;

    for (size_t d = 0; d < SK_DROP_N; d++)
        n += st->drops[klass][d];
    return n;
}

/* Received and dropped of all events with one of these names, which share a class. */
static uint64_t accounted(const struct got *g, const struct sk_source_stats *st,
                          const char *const *names)
{
    uint64_t n = 0;
    unsigned klass = 0;

    for (; *names; names++)
        for (unsigned code = 0; code < SK_EVENT_N; code++)
            if (strcmp(sk_events[code].name, *names) == 0 && g->of_type[code]) {
                n += g->of_type[code];
                klass = sk_events[code].klass;
            }
    if (!n) /* everything was dropped */
        return 0;
    return n + dropped(st, klass);
}

/* A storm of known size: every event is received or counted as dropped. */
static void every_event_is_accounted_for(uint32_t ring_bytes, unsigned opens, unsigned storm,
                                         bool must_drop)
{
    static const char *const fork_names[] = {"clone", "clone3", "fork", "vfork", NULL};
    static const char *const one[][2] = {{"openat"}, {"execve"}, {"procexit"}};
    struct live lv = begin(ring_bytes);
    struct child c = child_in_cgroup();
    struct got g = {0};
    uint64_t drops = 0;

    for (size_t i = 0; i < SK_ARRAY_LEN(one); i++)
        want(&lv, one[i][0]);
    for (size_t i = 0; fork_names[i]; i++)
        want(&lv, fork_names[i]);
    apply(&lv, NULL);
    CHECK(tell(&c, ACT_OPEN, opens));
    drain(&lv, &g);
    CHECK(tell(&c, ACT_STORM, storm));
    drain(&lv, &g);
    struct sk_source_stats st = stats(&lv);
    for (unsigned k = 0; k < SK_CLASS_MAX; k++)
        drops += dropped(&st, k);
    CHECK_EQ(st.seen, opens + 5ull * storm);
    CHECK_EQ(st.seen, st.sent + drops);
    CHECK_EQ(st.sent, st.received);
    CHECK_EQ(st.received, g.total);
    CHECK_EQ(accounted(&g, &st, one[0]), opens + storm);
    CHECK_EQ(accounted(&g, &st, one[1]), storm);
    CHECK_EQ(accounted(&g, &st, one[2]), storm);
    CHECK_EQ(accounted(&g, &st, fork_names), 2 * storm);
    CHECK((drops > 0) == must_drop);
    end_child(&c);
    end(&lv);
}

/* The class of a call without an event of its own: that of the call. */
static void calls_that_change_credentials_do_not_wait_behind_others(void)
{
    struct live lv = begin(1);
    struct child c = child_in_cgroup();
    struct got g = {0};

    want(&lv, "getppid");
    apply(&lv, NULL);
    CHECK(tell(&c, ACT_GENERIC, 4096));
    drain(&lv, &g);
    struct sk_source_stats st = stats(&lv);
    CHECK(dropped(&st, SK_CLASS_OTHER) == 4096 - g.total && g.total < 4096);
    CHECK_EQ(dropped(&st, SK_CLASS_CREDS), 0);
    end_child(&c);
    end(&lv);
}

/* Descendants that were there before the scope belong to it; strangers do not. */
static void a_process_scope_holds_its_descendants_only(void)
{
    struct live lv = begin(1 << 20);
    struct child c = start_child(true), stranger = start_child(false);
    struct got g = {0};

    want(&lv, "openat");
    lv.cap.scope = SK_SCOPE_PID;
    lv.cap.scope_pid = (uint32_t)c.pid;
    apply(&lv, NULL);
    CHECK(tell(&c, ACT_OPEN, 3));
    CHECK(tell(&c, ACT_HELPER_OPEN, 5));
    CHECK(tell(&stranger, ACT_OPEN, 7));
    drain(&lv, &g);
    CHECK_EQ(g.total, 8);
    lv.cap.scope_pid = (uint32_t)stranger.pid;
    apply(&lv, NULL);
    CHECK(tell(&c, ACT_OPEN, 3));
    CHECK(tell(&stranger, ACT_OPEN, 7));
    drain(&lv, &g);
    CHECK_EQ(g.total, 15);
    end_child(&stranger);
    end_child(&c);
    end(&lv);
}

/* Nobody in the scope does anything: nothing wakes us. */
static void an_idle_scope_costs_nothing(void)
{
    struct live lv = begin(1 << 20);
    struct child c = child_in_cgroup();
    struct got g = {0};
    struct pollfd p = {.events = POLLIN};

    want(&lv, "openat");
    apply(&lv, NULL);
    p.fd = sk_source_find("ebpf")->settled_fd(lv.self);
    CHECK(p.fd < 0 || poll(&p, 1, 60000) == 1); /* what a thread loads costs time of ours */
    p.fd = sk_source_find("ebpf")->fd(lv.self);
    CHECK_EQ(poll(&p, 1, 0), 0);
    for (unsigned turn = 1; turn <= 5; turn++) {
        CHECK(tell(&c, ACT_OPEN, 1));
        CHECK_EQ(poll(&p, 1, 5000), 1);
        drain(&lv, &g);
        CHECK_EQ(g.total, turn);
        for (int i = 0; i < 100 && poll(&p, 1, 50) == 1; i++) /* it comes by until it sleeps */
            drain(&lv, &g);
        uint64_t before = sk_cputime_ns();
        CHECK_EQ(poll(&p, 1, 300), 0);
        CHECK(sk_cputime_ns() - before < 5000000);
    }
    end_child(&c);
    end(&lv);
}

/* The record that should have woken the reader found no room: the next one has to. */
static void a_reader_that_sleeps_is_woken_after_a_drop(void)
{
    struct live lv = begin(1);
    struct child c = child_in_cgroup();
    struct got g = {0};
    struct pollfd p = {.fd = sk_source_find("ebpf")->fd(lv.self), .events = POLLIN};

    want(&lv, "openat");
    apply(&lv, NULL);
    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK(tell(&c, ACT_LONG_OPEN, 1));
    CHECK_EQ(stats(&lv).seen, 1);
    CHECK_EQ(stats(&lv).sent, 0);
    CHECK(tell(&c, ACT_OPEN, 1));
    CHECK_EQ(poll(&p, 1, 2000), 1);
    drain(&lv, &g);
    CHECK_EQ(g.total, 1);
    end_child(&c);
    end(&lv);
}

/* Processes that were there are in the state after apply; those outside are not, and a refill keeps
 * what is there. */
static void the_state_begins_with_the_scope(void)
{
    const struct sk_state_ops ops = {.host_root = "", .live = true};
    const struct sk_state_limits limits = {0};
    struct live lv = begin(1 << 20);
    struct child c = child_in_cgroup();
    struct sk_state *st = NULL;

    CHECK_EQ(sk_state_new(&limits, &ops, &st), 0);
    apply(&lv, st);
    CHECK(sk_state_proc(st, (uint32_t)c.pid));
    CHECK(!sk_state_proc(st, (uint32_t)getpid()));
    CHECK_EQ(sk_source_find("ebpf")->refill(lv.self, st), 0);
    CHECK(sk_state_proc(st, (uint32_t)c.pid));
    sk_state_free(st);
    end_child(&c);
    end(&lv);
}

static void skip(const char *why)
{
    printf("skipped: %s\n", why);
    exit(SKIP);
}

static void set_up(void)
{
    char mount[PATH_MAX - 64];

    if (geteuid() != 0)
        skip("needs root");
    if (sk_mount_find("/proc/self/mounts", "cgroup2", mount, sizeof(mount)))
        skip("no cgroup v2 hierarchy is mounted");
    snprintf(cgroup, sizeof(cgroup), "%s/saker-smoke-%d", mount, getpid());
    if (mkdir(cgroup, 0755))
        skip("cannot make a cgroup");
    if (!mkdtemp(dir))
        _exit(1);
    snprintf(real_file, sizeof(real_file), "%s/real", dir);
    snprintf(alias, sizeof(alias), "%s/alias", dir);
    sk_auto(fd) int fd = open(real_file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || symlink("real", alias))
        _exit(1);
}

static void clean_up(void)
{
    unlink(alias);
    unlink(real_file);
    rmdir(dir);
    /* The kernel takes a moment to notice that the last process is gone. */
    for (int i = 0; rmdir(cgroup) && errno == EBUSY && i < 100; i++)
        usleep(10000);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ebpf_smoke tp_btf|raw_tp NOTHING\n");
        return 2;
    }
    force_raw = strcmp(argv[1], "raw_tp") == 0;
    nothing = argv[2];
    signal(SIGPIPE, SIG_IGN);
    set_up();
    atexit(clean_up);
    events_tell_what_happened();
    every_event_is_accounted_for(8 << 20, 20000, 500, false);
    every_event_is_accounted_for(1, 20000, 500, true);
    calls_that_change_credentials_do_not_wait_behind_others();
    a_process_scope_holds_its_descendants_only();
    an_idle_scope_costs_nothing();
    a_reader_that_sleeps_is_woken_after_a_drop();
    the_state_begins_with_the_scope();
    printf("%u failures\n", failures);
    return failures != 0;
}
