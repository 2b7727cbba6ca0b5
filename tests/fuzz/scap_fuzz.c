/* SPDX-License-Identifier: Apache-2.0 */
/* scap_fuzz.c - arbitrary bytes as a capture file, through reader, converter, decoder and state.
 *
 * An input that is no gzip file gets the header of a section in front, so that most get past it. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/scap/scap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t section[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 28,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1, 0,
    2,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28,   0,    0, 0,
};

static int on_event(void *self, struct sk_event *ev)
{
    struct sk_thread *th;

    sk_state_apply(self, ev, &th);
    return 0;
}

static void replay(const char *path, struct sk_diag *dg, struct sk_state *st)
{
    const struct sk_source_options opt = {.capture_file = path};
    struct sk_capture cap = {.scope = SK_SCOPE_HOST};
    void *self = calloc(1, sk_source_scap.size);
    int n = 0;

    if (!self)
        return;
    if (sk_source_scap.open(self, &opt, dg) == 0 && sk_source_scap.apply(self, &cap, st, dg) == 0)
        while (n >= 0)
            n = sk_source_scap.poll(self, 64, on_event, st);
    sk_source_scap.close(self);
    free(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sk_state_limits limits = {.threads = 256, .bytes = 1 << 20};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(state) struct sk_state *st = NULL;
    sk_auto(fd) int fd = memfd_create("capture", MFD_CLOEXEC);
    bool headed = size > 2 && ((data[0] == 0x1f && data[1] == 0x8b) || data[0] == 0x0a);
    char path[64];

    if (fd < 0 || !dg || sk_state_new(&limits, NULL, &st))
        return 0;
    if ((!headed && write(fd, section, sizeof(section)) < 0) || write(fd, data, size) < 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    replay(path, dg, st);
    return 0;
}
