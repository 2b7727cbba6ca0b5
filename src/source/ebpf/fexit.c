/* SPDX-License-Identifier: Apache-2.0 */
/* fexit.c - see fexit.h.
 *
 * The programs at the functions are copies of one, sk_call_exit: the verifier ties a program to the function
 * that it is for.  Programs that call each other (PROG_ARRAY) must be for functions of the same type, and calls
 * without arguments have another than the others: a family is an object whose programs are all for one type. */
#include "source/ebpf/fexit.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "source/ebpf/bpflog.h"
#include "source/ebpf/features.h"
#include "source/ebpf/preempt.h"
#include "source/ebpf/targets.h"

/* Calls that were in their functions when these were attached end in sys_exit alone. */
#define SETTLE_NS 1000000000ull
/* Functions that are still worth it: with so many most calls are wanted anyway. */
#define MANY 400

struct plan {
    struct sk_calls calls;
    struct sk_target target[SK_CALLS_MAX];
    struct btf *btf;
    char why[512]; /* not */
};

static int refuse(struct plan *p, int err, const char *what, const char *of)
{
    snprintf(p->why, sizeof(p->why), "%s%s%s%s%s", what, of ? " " : "", of ? of : "",
             err ? ": " : "", err ? strerror(-err) : "");
    return err ? err : -ENOTSUP;
}

static bool stopped(struct sk_fexit *f)
{
    pthread_mutex_lock(&f->lock);
    bool stop = f->stop;
    pthread_mutex_unlock(&f->lock);
    return stop;
}

static void set_moving(const struct sk_fexit *f, uint32_t on)
{
    int map = sk_bpf_map_fd(f->bpf, ".data.moving"), notes = sk_bpf_map_fd(f->bpf, "sk_told");
    uint32_t zero = 0;
    uint64_t key;

    /* Notes of an earlier time would hide calls. */
    while (on && bpf_map_get_next_key(notes, NULL, &key) == 0)
        if (bpf_map_delete_elem(notes, &key) && errno != ENOENT)
            break;
    if (bpf_map_update_elem(map, &zero, &on, BPF_ANY))
        sk_log(SK_WARNING, "eBPF: system calls may be told twice for a moment: %s",
               strerror(errno));
}

static bool is_filler(const char *program)
{
    return strncmp(program, "sk_", 3) != 0 || strcmp(program, "sk_call_exit") == 0;
}

/* Fillers, and what calls them, are for that function; the rest is loaded elsewhere. */
static int aim(struct bpf_object *obj, const char *fn)
{
    struct bpf_program *prog;

    bpf_object__for_each_program(prog, obj)
    {
        bool filler = is_filler(bpf_program__name(prog));
        int err = bpf_program__set_autoload(prog, filler);

        if (!err && filler) {
            bpf_program__set_expected_attach_type(prog, BPF_TRACE_FEXIT);
            err = bpf_program__set_attach_target(prog, 0, fn);
        }
        if (err)
            return err;
    }
    return 0;
}

/* The maps are those of the other object, apart from lists of programs. */
static int share(struct bpf_object *obj, const struct sk_bpf *with)
{
    struct bpf_map *map;

    bpf_object__for_each_map(map, obj)
    {
        const char *name = bpf_map__name(map);
        int fd = sk_bpf_map_fd(with, name), err;

        if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY || strstr(name, ".rodata") || fd < 0)
            continue;
        err = bpf_map__reuse_fd(map, fd);
        if (err)
            return err;
    }
    return 0;
}

/* Which events the rules' filter knows changes with the rules, by another thread: its program sees to it. */
static int put_checks(const struct sk_bpf *b)
{
    struct bpf_program *prog = bpf_object__find_program_by_name(b->obj, "check_event");
    int map = sk_bpf_map_fd(b, "sk_check"), fd = prog ? bpf_program__fd(prog) : -1;

    for (uint32_t code = 0; code < SK_EVENT_N && map >= 0 && fd >= 0; code++)
        if (bpf_map_update_elem(map, &code, &fd, BPF_ANY))
            return -errno;
    return 0;
}

static int load_family(struct sk_fexit *f, struct plan *p, const struct sk_target *t)
{
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "saker");
    sk_auto(bpflog) struct sk_bpflog log;
    struct sk_bpf *b = &f->family[f->nfamilies];
    int err;

    if (f->nfamilies == SK_FEXIT_FAMILIES)
        return refuse(p, 0, "functions of system calls have too many types", NULL);
    sk_bpflog_begin(&log);
    *b = (struct sk_bpf){.kind = "fexit",
                         .obj = bpf_object__open_mem(f->image->data, f->image->bytes, &opts)};
    err = b->obj ? aim(b->obj, t->fn) : -errno;
    if (!err)
        err = share(b->obj, f->bpf);
    if (!err)
        err = bpf_object__load(b->obj);
    sk_bpflog_end();
    f->proto[f->nfamilies++] = t->proto;
    if (err)
        return refuse(p, err, "the kernel refuses programs at the end of functions:",
                      log.reason.n ? log.reason.p : t->fn);
    err = sk_bpf_put_programs(b);
    if (!err)
        err = put_checks(b);
    return err ? refuse(p, err, "the kernel refuses tail calls of such programs", NULL) : 0;
}

static const struct sk_bpf *family_of(struct sk_fexit *f, struct plan *p, const struct sk_target *t)
{
    for (uint32_t i = 0; i < f->nfamilies; i++)
        if (f->proto[i] == t->proto)
            return &f->family[i];
    return load_family(f, p, t) ? NULL : &f->family[f->nfamilies - 1];
}

/* The family's program once more, for another function. */
static int attach(struct sk_fexit *f, struct plan *p, const struct sk_target *t)
{
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FEXIT,
                .attach_btf_id = t->id);
    const struct sk_bpf *b = family_of(f, p, t);
    const struct bpf_program *pattern;

    if (!b)
        return -ENOTSUP;
    pattern = bpf_object__find_program_by_name(b->obj, "sk_call_exit");
    if (!pattern)
        return refuse(p, 0, "the object lacks the program for functions", NULL);
    sk_auto(fd) int prog =
        bpf_prog_load(BPF_PROG_TYPE_TRACING, "sk_call_exit", "Dual BSD/GPL",
                      bpf_program__insns(pattern), bpf_program__insn_cnt(pattern), &opts);
    if (prog < 0)
        return refuse(p, prog, "the kernel refuses a program at the end of", t->fn);
    int link = bpf_raw_tracepoint_open(NULL, prog);
    if (link < 0)
        return refuse(p, link, "the kernel refuses to attach to the end of", t->fn);
    f->link[f->nlinks++] = link;
    return 0;
}

static bool attached_before(const struct plan *p, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (p->target[k].id == p->target[i].id)
            return true;
    return false;
}

static int plan(struct sk_fexit *f, struct plan *p)
{
    struct sk_hooks symbols;
    const char *missing;
    int err;

    if (!sk_preempt_never_here(&missing))
        return refuse(p, 0, missing, NULL);
    sk_calls_symbols(&symbols, "/proc/kallsyms");
    sk_calls_list(&f->have, &symbols, &p->calls);
    sk_hooks_done(&symbols);
    if (!p->calls.n)
        return refuse(p, 0, "/proc/kallsyms names no functions of system calls", NULL);
    if (p->calls.n > MANY && f->how != SK_ATTACH_FEXIT)
        return refuse(p, 0, "so many system calls are wanted that one program for all is better",
                      NULL);
    p->btf = btf__load_vmlinux_btf();
    if (!p->btf)
        return refuse(p, -errno, "cannot read the kernel's types", NULL);
    err = sk_try_program(SK_TRY_FEXIT, p->btf, SK_A_SYSCALL); /* cheaper than all fillers */
    if (err)
        return refuse(p, err, "the kernel refuses programs at the end of functions", NULL);
    err = sk_targets_find(p->btf, &p->calls, p->target, &missing);
    return err ? refuse(p, 0, "the kernel's types lack the function", missing) : 0;
}

static int attach_all(struct sk_fexit *f, struct plan *p)
{
    int err = 0;

    for (uint32_t i = 0; i < p->calls.n && !err; i++) {
        if (attached_before(p, i))
            continue;
        err = stopped(f) ? -ECANCELED : attach(f, p, &p->target[i]);
    }
    return err;
}

static void take_off(struct sk_fexit *f)
{
    while (f->nlinks)
        close(f->link[--f->nlinks]);
    while (f->nfamilies)
        sk_bpf_close(&f->family[--f->nfamilies]);
}

/* false: the source is being closed. */
static bool settle(struct sk_fexit *f)
{
    struct timespec until;
    uint64_t end;

    clock_gettime(CLOCK_MONOTONIC, &until);
    end = (uint64_t)until.tv_sec * 1000000000u + (uint64_t)until.tv_nsec + SETTLE_NS;
    until = (struct timespec){.tv_sec = (time_t)(end / 1000000000u),
                              .tv_nsec = (long)(end % 1000000000u)};
    pthread_mutex_lock(&f->lock);
    while (!f->stop && pthread_cond_timedwait(&f->wake, &f->lock, &until) != ETIMEDOUT)
        ;
    bool go = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return go;
}

/* With the lock. */
static void leave_sys_exit(struct sk_fexit *f)
{
    sk_bpf_detach_exit(f->bpf);
    set_moving(f, 0);
}

static void end_with(struct sk_fexit *f, enum sk_fexit_state state)
{
    pthread_mutex_lock(&f->lock);
    f->state = state;
    if (state == SK_FEXIT_ON && !f->more)
        leave_sys_exit(f);
    pthread_mutex_unlock(&f->lock);
}

static void give_up(struct sk_fexit *f, const struct plan *p, int err)
{
    take_off(f);
    set_moving(f, 0);
    if (err != -ECANCELED)
        sk_log(f->how == SK_ATTACH_FEXIT ? SK_WARNING : SK_INFO,
               "eBPF: system calls are told by sys_exit: %s", p->why);
    end_with(f, SK_FEXIT_REFUSED);
}

static void move(struct sk_fexit *f, struct plan *p)
{
    uint64_t begin = sk_boottime_ns();
    int err = plan(f, p);

    if (!err) {
        set_moving(f, 1);
        err = attach_all(f, p);
    }
    btf__free(p->btf);
    if (err || !settle(f)) {
        give_up(f, p, err ? err : -ECANCELED);
        return;
    }
    end_with(f, SK_FEXIT_ON);
    sk_log(SK_INFO,
           "eBPF: system calls are told at the ends of their %u functions, attached in %.1f s",
           f->nlinks, (double)(sk_boottime_ns() - begin - SETTLE_NS) / 1e9);
}

static void *run(void *self)
{
    struct sk_fexit *f = self;
    sk_auto(mem) struct plan *p = calloc(1, sizeof(*p));

    if (p)
        move(f, p);
    else
        end_with(f, SK_FEXIT_REFUSED);
    malloc_trim(0);
    eventfd_write(f->done_fd, 1);
    return NULL;
}

int sk_fexit_init(struct sk_fexit *f, enum sk_attach how, const struct sk_bpf_image *image,
                  struct sk_bpf *b)
{
    pthread_condattr_t attr;

    *f = (struct sk_fexit){.how = how, .image = image, .bpf = b, .done_fd = -1};
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&f->wake, &attr);
    pthread_condattr_destroy(&attr);
    /* Programs of other types than the image's are no pattern. */
    if (how == SK_ATTACH_SYS_EXIT || strcmp(image->kind, "tp_btf") != 0 ||
        sk_bpf_map_fd(b, ".data.moving") < 0)
        f->state = SK_FEXIT_REFUSED;
    else
        f->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return f->state == SK_FEXIT_IDLE && f->done_fd < 0 ? -errno : 0;
}

static bool within(const struct sk_event_set *a, const struct sk_event_set *b)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(a->bit); i++)
        if (a->bit[i] & ~b->bit[i])
            return false;
    return true;
}

int sk_fexit_before(struct sk_fexit *f, const struct sk_event_set *events, struct sk_diag *dg)
{
    int err = 0;

    pthread_mutex_lock(&f->lock);
    if ((f->state == SK_FEXIT_MOVING || f->state == SK_FEXIT_ON) && !within(events, &f->have)) {
        f->more = true;
        if (f->state == SK_FEXIT_ON && !sk_bpf_has_exit(f->bpf)) {
            set_moving(f, 1);
            err = sk_bpf_attach_exit(f->bpf);
            if (err)
                sk_err(dg, err, NULL,
                       "cannot attach to sys_exit, which system calls need that were not wanted "
                       "at the start: %s",
                       strerror(-err));
        }
    }
    pthread_mutex_unlock(&f->lock);
    return err;
}

static void begin(struct sk_fexit *f, const struct sk_event_set *events)
{
    sigset_t all, old;

    f->have = *events;
    f->state = SK_FEXIT_MOVING;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    f->threaded = pthread_create(&f->thread, NULL, run, f) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (f->threaded)
        return;
    f->state = SK_FEXIT_REFUSED;
    eventfd_write(f->done_fd, 1);
}

static bool is_empty(const struct sk_event_set *s)
{
    static const struct sk_event_set none;

    return within(s, &none);
}

void sk_fexit_after(struct sk_fexit *f, const struct sk_event_set *events)
{
    pthread_mutex_lock(&f->lock);
    if (f->state == SK_FEXIT_IDLE && !is_empty(events)) {
        begin(f, events);
    } else if (f->more && within(events, &f->have)) {
        f->more = false;
        if (f->state == SK_FEXIT_ON)
            leave_sys_exit(f);
    }
    pthread_mutex_unlock(&f->lock);
}

int sk_fexit_fd(const struct sk_fexit *f)
{
    return f->threaded ? f->done_fd : -1;
}

void sk_fexit_done(struct sk_fexit *f)
{
    if (!f->bpf)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    if (f->threaded)
        pthread_join(f->thread, NULL);
    take_off(f);
    fd_freep(&f->done_fd);
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    *f = (struct sk_fexit){.done_fd = -1};
}

bool sk_fexit_possible(const char **why)
{
    struct btf *btf;
    int err;

    if (!sk_preempt_never_here(why))
        return false;
    btf = btf__load_vmlinux_btf();
    err = sk_try_program(SK_TRY_FEXIT, btf, SK_A_SYSCALL);
    btf__free(btf);
    *why = err == -ENOENT ? "this kernel has no such function" : strerror(-err);
    return !err;
}
