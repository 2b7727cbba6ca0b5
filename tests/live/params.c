/* SPDX-License-Identifier: Apache-2.0 */
/* params.c - every system call that the driver tells about, with known arguments: does its event say
 * what was asked and what the kernel answered?  The cases are in params_*.c; see params.h.
 *
 * usage: params tp_btf|raw_tp|fexit NOTHING [WORD]    (which programs; the static program of nothing.c; only
 * the cases with WORD in their name)
 * Exit code 77: this machine or this user cannot run it. Nothing outside of the children is traced. */
#include "tests/live/params.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/ebpf/features.h"
#include "source/source.h"
#include "tests/live/params_note.h"

#define SKIP       77
#define EVENTS_MAX 4096

static const struct param_case *const groups[] = {
    cases_open, cases_name, cases_exec,   cases_fork, cases_creds,  cases_net, cases_unix,
    cases_io,   cases_fd,   cases_kernel, cases_bad,  cases_compat, cases_more};

static char cgroup[PATH_MAX], top[] = "/tmp/sk-params-XXXXXX";
static unsigned failures, skipped, passed;

/* --- what came out --- */

struct seen {
    uint8_t *raw;
    struct sk_event ev;
    bool checked;
};
static struct seen seen[EVENTS_MAX];
static size_t nseen;

static int on_event(void *self, struct sk_event *ev)
{
    struct seen *s = &seen[nseen];

    (void)self;
    if (nseen == EVENTS_MAX)
        return 0;
    s->raw = malloc(ev->raw_len);
    if (!s->raw)
        abort();
    memcpy(s->raw, ev->raw, ev->raw_len);
    s->checked = false;
    if (sk_event_decode(s->raw, ev->raw_len, ev->cpu, &s->ev))
        abort();
    nseen++;
    return 0;
}

static void forget(void)
{
    for (size_t i = 0; i < nseen; i++)
        free(seen[i].raw);
    nseen = 0;
}

static struct seen *next_event(const char *name, uint64_t tid)
{
    for (size_t i = 0; i < nseen; i++)
        if (!seen[i].checked && seen[i].ev.tid == tid &&
            strcmp(sk_event_name(&seen[i].ev), name) == 0)
            return &seen[i];
    return NULL;
}

/* --- one case --- */

static bool wait_ready(pid_t pid)
{
    for (int i = 0; i < 20000 && !notes->ready; i++) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return notes->ready;
        usleep(500);
    }
    return notes->ready;
}

static bool enter_cgroup(pid_t pid)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
    sk_auto(file) FILE *f = fopen(path, "we");
    return f && fprintf(f, "%d\n", pid) > 0 && fflush(f) == 0;
}

static void act(const struct param_case *c)
{
    umask(022);
    signal(SIGPIPE, SIG_DFL);
    if (mkdir(scratch, 0755) || chdir(scratch))
        broken("scratch directory");
    c->act();
    _exit(0);
}

/* Runs the child; false: it did not get where it should. */
static bool run(const struct param_case *c, int index)
{
    int status = 0;

    memset(notes, 0, offsetof(struct notes, text));
    snprintf(scratch, sizeof(scratch), "%s/%d", top, index);
    pid_t pid = fork();
    if (pid == 0)
        act(c);
    if (!wait_ready(pid)) {
        kill(pid, SIGKILL);
        snprintf(notes->why, sizeof(notes->why), "never called start()");
        return false;
    }
    if (notes->skipped || notes->broken) {
        waitpid(pid, NULL, 0);
        return !notes->broken;
    }
    if (!enter_cgroup(pid)) {
        snprintf(notes->why, sizeof(notes->why), "cannot enter the cgroup: %s", strerror(errno));
        kill(pid, SIGKILL);
    }
    notes->go = 1;
    for (int i = 0; i < 4000; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return !notes->broken && !notes->why[0];
        usleep(i < 100 ? 500 : 5000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    snprintf(notes->why, sizeof(notes->why), "does not end");
    return false;
}

static bool list_holds(const struct note *head, size_t n)
{
    const char *name = notes->text + head->at;
    struct seen *s = next_event(name, (uint64_t)head->a);
    bool ok = true;

    if (!s) {
        fprintf(stderr, "    no event '%s' of thread %lld\n", name, head->a);
        return false;
    }
    s->checked = true;
    for (size_t i = 1; i <= n; i++)
        ok &= note_holds(&head[i], &s->ev);
    if (!ok)
        fprintf(stderr, "    ... of an event '%s'\n", name);
    return ok;
}

static bool no_more(void)
{
    for (uint32_t i = 0; i < notes->n; i++) {
        const struct note *n = &notes->note[i];

        if (n->kind == NOTE_EVENT && next_event(notes->text + n->at, (uint64_t)n->a)) {
            fprintf(stderr, "    one more '%s' of thread %lld\n", notes->text + n->at, n->a);
            return false;
        }
    }
    return true;
}

static bool notes_hold(void)
{
    bool ok = notes->n > 0;

    for (uint32_t i = 0; i < notes->n;) {
        uint32_t end = i + 1;

        while (end < notes->n && notes->note[end].kind != NOTE_EVENT)
            end++;
        ok &= list_holds(&notes->note[i], end - i - 1);
        i = end;
    }
    return no_more() && ok;
}

static void drain(void *self)
{
    while (sk_source_find("ebpf")->poll(self, 4096, on_event, NULL) > 0)
        continue;
}

static void one_case(void *self, const struct param_case *c)
{
    static int index;

    forget();
    bool ran = run(c, index++);
    drain(self);
    if (notes->skipped) {
        skipped++;
        printf("skipped: %s: %s\n", c->name, notes->why);
        return;
    }
    if (ran && notes_hold()) {
        passed++;
        return;
    }
    failures++;
    fprintf(stderr, "FAILED: %s%s%s\n", c->name, notes->why[0] ? ": " : "", notes->why);
}

/* --- around them --- */

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
    snprintf(cgroup, sizeof(cgroup), "%s/saker-params-%d", mount, getpid());
    if (mkdir(cgroup, 0755))
        skip("cannot make a cgroup");
    notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (notes == MAP_FAILED || !mkdtemp(top) || chmod(top, 0755))
        exit(1);
}

static pid_t owner;

static void clean_up(void)
{
    char command[64];

    if (getpid() != owner)
        return;
    snprintf(command, sizeof(command), "rm -rf %s", top);
    if (system(command))
        perror(top);
    /* The kernel takes a moment to notice that the last process is gone. */
    for (int i = 0; rmdir(cgroup) && errno == EBUSY && i < 100; i++)
        usleep(10000);
}

/* Is a link of ours attached to sys_exit? */
static bool on_sys_exit(void)
{
    return system("grep -q 'tp_name:[[:space:]]*sys_exit' /proc/$PPID/fdinfo/*") == 0;
}

/* The programs at the functions of calls take over from sys_exit, or this kernel cannot be tested with them. */
static void wait_for_functions(void *self)
{
    struct pollfd p = {.fd = sk_source_find("ebpf")->settled_fd(self), .events = POLLIN};

    if (p.fd < 0 || poll(&p, 1, 280000) != 1 || on_sys_exit()) {
        fprintf(stderr, "skipped: calls stay with sys_exit\n");
        exit(SKIP);
    }
}

static void say(void *self, enum sk_level level, const char *text)
{
    (void)self;
    if (level <= SK_INFO)
        fprintf(stderr, "%s\n", text);
}

static void *open_source(const char *kind, struct sk_diag *dg)
{
    const struct sk_source_ops *ops = sk_source_find("ebpf");
    const struct sk_source_options opt = {.ring_bytes = 8 << 20,
                                          .critical_ring_bytes = 8 << 20,
                                          .attach = strcmp(kind, "fexit") == 0 ? SK_ATTACH_FEXIT
                                                                               : SK_ATTACH_SYS_EXIT,
                                          .force_raw = strcmp(kind, "raw_tp") == 0};
    struct sk_capture cap = {
        .snap_bytes = SK_SNAP_BYTES, .scope = SK_SCOPE_CGROUP, .scope_cgroup = cgroup};
    void *self = calloc(1, ops->size);
    int err = self ? ops->open(self, &opt, dg) : -ENOMEM;

    for (unsigned code = 0; code < SK_EVENT_N; code++)
        if (sk_events[code].supported)
            sk_event_set_add(&cap.events, code);
    if (!err)
        err = ops->apply(self, &cap, NULL, dg);
    fputs(sk_diag_text(dg, SK_DIAG_WARNING), stderr);
    if (err) {
        fputs(sk_diag_text(dg, SK_DIAG_ERROR), stderr);
        exit(err == -EPERM || err == -ENOENT ? SKIP : 1);
    }
    if (opt.attach == SK_ATTACH_FEXIT)
        wait_for_functions(self);
    return self;
}

/* No event was lost or broken on the way: else an absent one proves nothing. */
static void check_stats(void *self)
{
    struct sk_source_stats st;

    sk_source_find("ebpf")->stats(self, &st);
    if (st.bad_records || st.seen != st.sent || st.sent != st.received) {
        fprintf(stderr, "FAILED: %llu begun, %llu sent, %llu received, %llu of them malformed\n",
                (unsigned long long)st.seen, (unsigned long long)st.sent,
                (unsigned long long)st.received, (unsigned long long)st.bad_records);
        failures++;
    }
}

int main(int argc, char **argv)
{
    struct sk_diag *dg = sk_diag_new();

    sk_log_to(say, NULL);
    if (argc < 3) {
        fprintf(stderr, "usage: params tp_btf|raw_tp|fexit NOTHING [WORD]\n");
        return 2;
    }
    nothing_exe = realpath(argv[2], NULL);
    owner = getpid();
    set_up();
    atexit(clean_up);
    void *self = open_source(argv[1], dg);
    for (size_t g = 0; g < SK_ARRAY_LEN(groups); g++)
        for (const struct param_case *c = groups[g]; c->name; c++)
            if (argc < 4 || strstr(c->name, argv[3]))
                one_case(self, c);
    check_stats(self);
    sk_source_find("ebpf")->close(self);
    free(self);
    free((char *)nothing_exe);
    sk_diag_free(dg);
    forget();
    printf("%u passed, %u skipped, %u failures\n", passed, skipped, failures);
    return failures != 0;
}
