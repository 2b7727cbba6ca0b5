/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - alerts appended to a file.
 *
 * Without keep_alive the file is opened for each alert, so that whoever moves it away needs not
 * tell anybody; with keep_alive SIGUSR1 opens it again.  A file that was deleted is opened again in
 * any case: what goes there nobody will ever read.  One that ends in the middle of a line, because
 * somebody died while writing it, gets a newline first: readers lose that line, not the next too. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/line.h"
#include "sink/rotate.h"
#include "sink/sink.h"

#define SK_FILE_ROTATE_AGAIN_NS 60000000000ull /* after one that failed */

struct file_sink {
    struct sk_line line;
    char *path;
    bool keep_alive;
    struct sk_rotate rotate;
    uint64_t rotate_after_ns; /* of boottime: not before */
    char name[64];
};

static int open_target(const struct file_sink *fs)
{
    int fd = open(fs->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    return fd < 0 ? -errno : fd;
}

static bool file_enabled(const struct sk_conf *conf)
{
    return conf->file_enabled;
}

static int file_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    struct file_sink *fs = self;

    fs->line.fd = -1;
    fs->keep_alive = opt->conf->file_keep_alive;
    fs->line.buffered = fs->keep_alive && !opt->unbuffered;
    fs->rotate = (struct sk_rotate){.max_bytes = opt->conf->file_max_size << 20,
                                    .max_age_s = opt->conf->file_max_age,
                                    .keep = SK_MAX(opt->conf->file_keep, 1u)};
    snprintf(fs->name, sizeof(fs->name), "%s", opt->name ? opt->name : sk_sink_file.name);
    fs->path = strdup(opt->conf->file_name);
    if (!fs->path)
        return -ENOMEM;
    fs->line.fd = open_target(fs);
    if (fs->line.fd < 0)
        return sk_err(dg, fs->line.fd, NULL, "failed to open output file %s: %s", fs->path,
                      strerror(-fs->line.fd));
    fs->line.torn = sk_ends_torn(fs->line.fd, fs->path);
    if (!fs->keep_alive)
        fd_freep(&fs->line.fd);
    return 0;
}

static bool deleted(int fd)
{
    struct stat st;

    return fd >= 0 && !fstat(fd, &st) && !st.st_nlink;
}

/* The next line is for a new file. What was collected belongs to this one. */
static void rotate(struct file_sink *fs)
{
    int err = sk_line_flush(&fs->line);

    if (!err)
        err = sk_rotate_shift(&fs->rotate, fs->path);
    if (err) {
        sk_log(SK_ERROR, "%s: cannot rotate '%s': %s; it goes on in the same file", fs->name,
               fs->path, strerror(-err));
        fs->rotate_after_ns = sk_boottime_ns() + SK_FILE_ROTATE_AGAIN_NS;
        return;
    }
    fd_freep(&fs->line.fd);
    fs->line.torn = false;
}

/* Has the right file open. */
static int ensure_open(struct file_sink *fs, size_t more)
{
    for (int round = 0; round < 2; round++) {
        if (deleted(fs->line.fd)) {
            fd_freep(&fs->line.fd);
            fs->line.torn = false;
        }
        if (fs->line.fd < 0)
            fs->line.fd = open_target(fs);
        if (fs->line.fd < 0)
            return fs->line.fd;
        if (round || sk_boottime_ns() < fs->rotate_after_ns ||
            !sk_rotate_due(&fs->rotate, fs->line.fd, fs->line.keep.n + more + 1))
            break;
        rotate(fs);
    }
    return 0;
}

static int file_write(void *self, const struct sk_sink_alert *alert)
{
    struct file_sink *fs = self;
    int err = ensure_open(fs, alert->line.n);

    if (err)
        return err;
    err = sk_line_write(&fs->line, alert->line);
    if (!fs->keep_alive)
        fd_freep(&fs->line.fd);
    return err;
}

static int file_reopen(void *self)
{
    struct file_sink *fs = self;
    int fd, err;

    if (!fs->keep_alive)
        return 0;
    fd = open_target(fs);
    if (fd < 0)
        return fd;                  /* the old descriptor stays: a rotation must not lose alerts */
    err = sk_line_flush(&fs->line); /* what was collected belongs to the old file */
    fd_freep(&fs->line.fd);
    fs->line.fd = fd;
    fs->line.torn = sk_ends_torn(fd, fs->path);
    return err;
}

static void file_tend(void *self)
{
    sk_line_tend(&((struct file_sink *)self)->line);
}

static void file_close(void *self)
{
    struct file_sink *fs = self;

    sk_line_done(&fs->line, "file");
    fd_freep(&fs->line.fd);
    free(fs->path);
    fs->path = NULL;
}

const struct sk_sink_ops sk_sink_file = {
    .name = "file",
    .size = sizeof(struct file_sink),
    .enabled = file_enabled,
    .open = file_open,
    .write = file_write,
    .reopen = file_reopen,
    .close = file_close,
    .tend = file_tend,
};
