/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_flags_test.c - tbl/kernel_flags.def against the tables of names, the kernel's headers, and the
 * rows of events that translate by it. */
#include <asm/ptrace-abi.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <sys/mman.h>

#include "event/table.h"
#include "tests/unit/test.h"

#if defined(__aarch64__)
#define __TARGET_ARCH_arm64
#endif

struct row {
    const char *table;
    bool bits;
    uint64_t kernel, wire;
};
static const struct row rows[] = {
#define KFLAGS(t)        {#t, true, 0, 0},
#define KENUM(t)         {#t, false, 0, 0},
#define K(kernel, wire)  {NULL, true, kernel, wire},
#define KV(kernel, wire) {NULL, false, kernel, wire},
#define KFLAGS_END(t)
#define KENUM_END(t, other)
#include "kernel_flags.def"
};

/* Which table of names each of them fills. */
static const struct {
    const char *table, *names;
} wire_names[] = {
    {"open", "file_flags"},
    {"clone", "clone_flags"},
    {"delete_module", "delete_module_flags"},
    {"epoll_create1", "epoll_create1_flags"},
    {"fchownat", "fchownat_flags"},
    {"io_uring_setup", "io_uring_setup_flags"},
    {"linkat", "linkat_flags"},
    {"mmap", "mmap_flags"},
    {"newfstatat", "newfstatat_flags"},
    {"openat2_resolve", "openat2_flags"},
    {"pidfd_open", "pidfd_open_flags"},
    {"poll", "poll_flags"},
    {"prot", "prot_flags"},
    {"semget", "semget_flags"},
    {"semop", "semop_flags"},
    {"unlinkat", "unlinkat_flags"},
    {"fcntl", "fcntl_commands"},
    {"ptrace", "ptrace_requests"},
    {"quotactl", "quotactl_cmds"},
    {"rlimit", "rlimit_resources"},
    {"semctl", "semctl_commands"},
    {"shutdown_how", "shutdown_how"},
    {"sockopt", "sockopt_options"},
    {"sockopt_level", "sockopt_levels"},
};

static const struct sk_flag_table *names_of(const char *table)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(wire_names); i++)
        if (strcmp(wire_names[i].table, table) == 0)
            return sk_flag_table_find(wire_names[i].names);
    return NULL;
}

/* First row of a table, behind its head; *n: how many. */
static const struct row *rows_of(const char *table, size_t *n)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        if (!rows[i].table || strcmp(rows[i].table, table) != 0)
            continue;
        for (*n = 0; i + 1 + *n < SK_ARRAY_LEN(rows) && !rows[i + 1 + *n].table; ++*n)
            continue;
        return &rows[i + 1];
    }
    *n = 0;
    return NULL;
}

static void every_number_on_the_wire_has_a_name(void **state)
{
    const struct sk_flag_table *names = NULL;
    const char *table = "";

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        bool found = false;

        if (rows[i].table) {
            table = rows[i].table;
            names = names_of(table);
            if (!names)
                fail_msg("table '%s' fills none", table);
            continue;
        }
        for (size_t k = 0; k < names->n; k++)
            found |= names->row[k].value == rows[i].wire;
        if (!found)
            fail_msg("%s: nothing is called 0x%llx", table, (unsigned long long)rows[i].wire);
    }
}

static void no_number_is_told_twice(void **state)
{
    (void)state;
    for (size_t t = 0; t < SK_ARRAY_LEN(rows); t++) {
        size_t n;

        if (!rows[t].table)
            continue;
        const struct row *r = rows_of(rows[t].table, &n);
        assert_ptr_equal(r, &rows[t + 1]); /* no second table of that name */
        for (size_t i = 0; i < n; i++) {
            if (r[i].bits && (!r[i].kernel || r[i].kernel & (r[i].kernel - 1)))
                fail_msg("%s: 0x%llx is not one bit", rows[t].table,
                         (unsigned long long)r[i].kernel);
            for (size_t k = 0; k < i; k++)
                if (r[i].kernel == r[k].kernel)
                    fail_msg("%s: 0x%llx twice", rows[t].table, (unsigned long long)r[i].kernel);
        }
    }
}

/* --- what the headers of this machine say --- */

#define H(table, name) {#table, #name, (uint64_t)(name)}
static const struct {
    const char *table, *name;
    uint64_t kernel;
} header[] = {
    H(open, O_CREAT),
    H(open, O_EXCL),
    H(open, O_TRUNC),
    H(open, O_APPEND),
    H(open, O_NONBLOCK),
    H(open, O_DSYNC),
    H(open, O_CLOEXEC),
    H(open, O_DIRECT),
    H(open, O_DIRECTORY),
    H(clone, CLONE_VM),
    H(clone, CLONE_FS),
    H(clone, CLONE_FILES),
    H(clone, CLONE_SIGHAND),
    H(clone, CLONE_PTRACE),
    H(clone, CLONE_VFORK),
    H(clone, CLONE_PARENT),
    H(clone, CLONE_THREAD),
    H(clone, CLONE_NEWNS),
    H(clone, CLONE_SYSVSEM),
    H(clone, CLONE_SETTLS),
    H(clone, CLONE_PARENT_SETTID),
    H(clone, CLONE_CHILD_CLEARTID),
    H(clone, CLONE_UNTRACED),
    H(clone, CLONE_CHILD_SETTID),
    H(clone, CLONE_NEWCGROUP),
    H(clone, CLONE_NEWUTS),
    H(clone, CLONE_NEWIPC),
    H(clone, CLONE_NEWUSER),
    H(clone, CLONE_NEWPID),
    H(clone, CLONE_NEWNET),
    H(clone, CLONE_IO),
    H(openat2_resolve, RESOLVE_NO_XDEV),
    H(openat2_resolve, RESOLVE_NO_MAGICLINKS),
    H(openat2_resolve, RESOLVE_NO_SYMLINKS),
    H(openat2_resolve, RESOLVE_BENEATH),
    H(openat2_resolve, RESOLVE_IN_ROOT),
    H(io_uring_setup, IORING_SETUP_IOPOLL),
    H(io_uring_setup, IORING_SETUP_SQPOLL),
    H(io_uring_setup, IORING_SETUP_SQ_AFF),
    H(io_uring_setup, IORING_SETUP_CQSIZE),
    H(io_uring_setup, IORING_SETUP_CLAMP),
    H(io_uring_setup, IORING_SETUP_R_DISABLED),
    H(fchownat, AT_SYMLINK_NOFOLLOW),
    H(fchownat, AT_EMPTY_PATH),
    H(fcntl, F_DUPFD),
    H(fcntl, F_GETFD),
    H(fcntl, F_SETFD),
    H(fcntl, F_GETFL),
    H(fcntl, F_SETFL),
    H(fcntl, F_SETOWN),
    H(fcntl, F_GETOWN),
    H(fcntl, F_SETSIG),
    H(fcntl, F_GETSIG),
    H(fcntl, F_OFD_GETLK),
    H(fcntl, F_OFD_SETLK),
    H(fcntl, F_OFD_SETLKW),
    H(fcntl, F_SETLEASE),
    H(fcntl, F_GETLEASE),
    H(fcntl, F_NOTIFY),
    H(fcntl, F_DUPFD_CLOEXEC),
    H(fcntl, F_SETPIPE_SZ),
    H(fcntl, F_GETPIPE_SZ),
    H(ptrace, PTRACE_TRACEME),
    H(ptrace, PTRACE_PEEKTEXT),
    H(ptrace, PTRACE_PEEKDATA),
    H(ptrace, PTRACE_PEEKUSR),
    H(ptrace, PTRACE_POKETEXT),
    H(ptrace, PTRACE_POKEDATA),
    H(ptrace, PTRACE_POKEUSR),
    H(ptrace, PTRACE_CONT),
    H(ptrace, PTRACE_KILL),
    H(ptrace, PTRACE_SINGLESTEP),
    H(ptrace, PTRACE_ATTACH),
    H(ptrace, PTRACE_DETACH),
    H(ptrace, PTRACE_SYSCALL),
    H(ptrace, PTRACE_SETOPTIONS),
    H(ptrace, PTRACE_GETEVENTMSG),
    H(ptrace, PTRACE_GETSIGINFO),
    H(ptrace, PTRACE_SETSIGINFO),
    H(ptrace, PTRACE_GETREGSET),
    H(ptrace, PTRACE_SETREGSET),
    H(ptrace, PTRACE_SEIZE),
    H(ptrace, PTRACE_INTERRUPT),
    H(ptrace, PTRACE_LISTEN),
    H(ptrace, PTRACE_PEEKSIGINFO),
    H(ptrace, PTRACE_GETSIGMASK),
    H(ptrace, PTRACE_SETSIGMASK),
    H(prot, PROT_READ),
    H(prot, PROT_WRITE),
    H(prot, PROT_EXEC),
    H(mmap, MAP_SHARED),
    H(mmap, MAP_PRIVATE),
    H(mmap, MAP_FIXED),
    H(mmap, MAP_ANONYMOUS),
#if defined(__x86_64__)
    H(ptrace, PTRACE_GETREGS),
    H(ptrace, PTRACE_SETREGS),
    H(ptrace, PTRACE_GETFPREGS),
    H(ptrace, PTRACE_SETFPREGS),
#endif
};

/* The number on the wire; bits without a row: those of the kernel (a table may be equal in part). */
static bool translated(const char *table, uint64_t kernel, uint64_t *out)
{
    size_t n;
    const struct row *r = rows_of(table, &n);

    for (size_t i = 0; i < n; i++)
        if (r[i].kernel == kernel) {
            *out = r[i].wire;
            return true;
        }
    return false;
}

static void constants_of_the_headers_get_their_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(header); i++) {
        const struct sk_flag_table *names = names_of(header[i].table);
        uint64_t wire = 0;
        bool found = false;

        assert_non_null(names);
        if (!translated(header[i].table, header[i].kernel, &wire))
            fail_msg("%s has no row for %s", header[i].table, header[i].name);
        for (size_t k = 0; k < names->n; k++)
            found |= names->row[k].value == wire && strcmp(names->row[k].name, header[i].name) == 0;
        if (!found)
            fail_msg("%s: %s is not called 0x%llx", header[i].table, header[i].name,
                     (unsigned long long)wire);
    }
}

/* --- the rows of events --- */

struct source {
    const char *event, *param, *names, *source;
};

/* The head of an event has no source; its parameters follow. */
#define P(nm, ty, fm, s)                           {NULL, #nm, "", #s}
#define PR(nm, ty, fm, i, s)                       {NULL, #nm, "", #s}
#define PD(nm, ty, fm, t, s)                       {NULL, #nm, "", #s}
#define PF(nm, ty, fm, t, s)                       {NULL, #nm, #t, #s}
#define NOPARAMS                                   {NULL, "", "", "NONE"}
#define EVENT(code, id, nm, cat, fl, cls, rs, ...) {nm, "", "", ""}, __VA_ARGS__,
static const struct source sources[] = {
#include "events.def"
};

/* A parameter that shows names of a table whose numbers differ from the kernel's is translated by it,
 * or by a source that does more than that. */
static void rows_translate_by_the_table_that_they_show(void **state)
{
    const char *event = "";

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(sources); i++) {
        const struct source *s = &sources[i];

        if (s->event)
            event = s->event;
        for (size_t k = 0; k < SK_ARRAY_LEN(wire_names); k++) {
            const char *table = wire_names[k].table;
            size_t n = strlen(table);
            bool names_it = strcmp(s->names, wire_names[k].names) == 0;
            bool by_it = strncmp(s->source, "KF(", 3) == 0 &&
                         strncmp(s->source + 3, table, n) == 0 && s->source[3 + n] == ',';

            if (by_it && !names_it)
                fail_msg("%s.%s shows %s, but is translated as %s", event, s->param, s->names,
                         table);
            if (names_it && strncmp(s->source, "ARG(", 4) == 0)
                fail_msg("%s.%s shows %s, but is not translated", event, s->param, s->names);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_on_the_wire_has_a_name),
        cmocka_unit_test(no_number_is_told_twice),
        cmocka_unit_test(constants_of_the_headers_get_their_name),
        cmocka_unit_test(rows_translate_by_the_table_that_they_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
