/* SPDX-License-Identifier: Apache-2.0 */
/* params_note.c - the child's side of params.h: notes what its events must say. */
#include "tests/live/params_note.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/base.h"
#include "record.h"

struct notes *notes;
char scratch[64];
const char *nothing_exe;

void start(void)
{
    notes->ready = 1;
    while (!notes->go) /* no system call: it would be traced */
        continue;
}

_Noreturn void skip_case(const char *why)
{
    snprintf(notes->why, sizeof(notes->why), "%s", why);
    notes->skipped = 1;
    notes->ready = 1;
    _exit(0);
}

_Noreturn void broken(const char *what)
{
    snprintf(notes->why, sizeof(notes->why), "%s (%s)", what, strerror(errno));
    notes->broken = 1;
    notes->ready = 1;
    _exit(1);
}

static struct note *add(enum note_kind kind, const char *param, const void *text, size_t n)
{
    struct note *note = &notes->note[notes->n];

    if (notes->n == NOTES_MAX || notes->used + n > sizeof(notes->text))
        broken("too many notes");
    *note = (struct note){.kind = kind, .at = notes->used, .n = (uint32_t)n};
    snprintf(note->param, sizeof(note->param), "%s", param);
    if (n)
        memcpy(notes->text + notes->used, text, n);
    notes->used += (uint32_t)n;
    notes->n++;
    return note;
}

static struct note *add_text(enum note_kind kind, const char *param, const char *text)
{
    return add(kind, param, text, strlen(text) + 1);
}

void event_of(const char *name, pid_t tid)
{
    add_text(NOTE_EVENT, "", name)->a = tid;
}
void event(const char *name)
{
    event_of(name, (pid_t)syscall(SYS_gettid));
}

void is_int(const char *param, long long want)
{
    add(NOTE_INT, param, NULL, 0)->a = want;
}
void is_not(const char *param, long long not_wanted)
{
    add(NOTE_NOT, param, NULL, 0)->a = not_wanted;
}
void is_text(const char *param, const char *want)
{
    add_text(NOTE_TEXT, param, want);
}
void is_null(const char *param)
{
    add(NOTE_NULL, param, NULL, 0);
}
void is_bytes(const char *param, const void *p, size_t n)
{
    add(NOTE_BYTES, param, p, n);
}
void is_shown(const char *param, const char *want)
{
    add_text(NOTE_SHOWN, param, want);
}
void has_text(const char *param, const char *part)
{
    add_text(NOTE_HAS, param, part);
}
void is_result(const char *param, long ret)
{
    is_int(param, ret);
}

long long kernel_dev(const struct stat *st)
{
    return (long long)major(st->st_dev) << 20 | minor(st->st_dev);
}

long mntns_flag(bool changed)
{
    struct stat first, own;

    if (stat("/proc/1/ns/mnt", &first) || stat("/proc/self/ns/mnt", &own))
        return 0;
    return changed || first.st_ino != own.st_ino ? SK_TASK_MNTNS : 0;
}

void is_file(long fd, const char *path, int type)
{
    struct note *n = add_text(NOTE_FILE, "", path);
    struct stat st = {0};

    n->a = fd;
    n->b = type;
    if (fd >= 0 && fstat((int)fd, &st) == 0) {
        n->c = (long long)st.st_ino;
        n->d = kernel_dev(&st);
    }
}
void is_file_flags(unsigned flags)
{
    add(NOTE_FILE_FLAGS, "", NULL, 0)->a = flags;
}
void no_file(void)
{
    add(NOTE_NO_FILE, "", NULL, 0);
}
void is_dir(int role, const char *path)
{
    add_text(NOTE_DIR, "", path)->a = role;
}
void no_dir(int role)
{
    add(NOTE_NO_DIR, "", NULL, 0)->a = role;
}

static void address(const char *text, uint8_t out[16])
{
    if (text && inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, out) != 1)
        broken("address");
}

void is_sock(long fd, const struct sock_want *w)
{
    struct note_sock s = {.want = *w};

    address(w->local, s.local);
    address(w->remote, s.remote);
    if (w->path)
        snprintf(s.path, sizeof(s.path), "%s", w->path);
    add(NOTE_SOCK, "", &s, sizeof(s))->a = fd;
}

void is_task(enum task_value v, long long want)
{
    struct note *n = add(NOTE_TASK, "", NULL, 0);

    n->a = v;
    n->b = want;
}
void is_comm(const char *want)
{
    add_text(NOTE_COMM, "", want);
}

void is_exec_value(const char *what, long long want)
{
    add(NOTE_EXEC, what, NULL, 0)->a = want;
}
void is_ns(const char *kind)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
    if (stat(path, &st))
        broken(path);
    is_exec_value(kind, (long long)st.st_ino);
}

long call6(long nr, const long a[6])
{
    long ret = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);

    return ret < 0 ? -errno : ret;
}
