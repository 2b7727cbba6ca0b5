/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.c - names in the kernel's description of its types; see hooks.h. */
#include "source/ebpf/hooks.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <unistd.h>

#define NAMES_MAX (64u << 20)

static bool read_at(int fd, void *to, size_t n, off_t at)
{
    char *p = to;

    while (n) {
        ssize_t got = pread(fd, p, n, at);

        if (got <= 0)
            return false;
        p += got;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

void sk_hooks_read(struct sk_hooks *h, const char *path)
{
    sk_auto(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct btf_header head;

    *h = (struct sk_hooks){0};
    if (fd < 0 || !read_at(fd, &head, sizeof(head), 0) || head.magic != BTF_MAGIC ||
        head.str_len < 1 || head.str_len > NAMES_MAX)
        return;
    h->names = malloc(head.str_len);
    if (!h->names)
        return;
    if (!read_at(fd, h->names, head.str_len, (off_t)head.hdr_len + head.str_off) ||
        h->names[0] != '\0' || h->names[head.str_len - 1] != '\0')
        sk_hooks_done(h);
    else
        h->n = head.str_len;
}

void sk_hooks_done(struct sk_hooks *h)
{
    free(h->names);
    *h = (struct sk_hooks){0};
}

bool sk_hooks_known(const struct sk_hooks *h)
{
    return h->n != 0;
}

bool sk_hooks_has(const struct sk_hooks *h, const char *name)
{
    size_t len = strlen(name);
    const char *p = h->names, *end = p + h->n;

    while (p && (p = memmem(p, (size_t)(end - p), name, len + 1))) { /* with its NUL */
        if (p[-1] == '\0')
            return true;
        p += len;
    }
    return false;
}

bool sk_hooks_fit(const struct sk_hooks *h, const char *section)
{
    const char *slash = strchr(section, '/');
    char name[128];

    if (!sk_hooks_known(h) || !slash)
        return true;
    snprintf(name, sizeof(name), "btf_trace_%s", slash + 1);
    return sk_hooks_has(h, name);
}

bool sk_hooks_old_uring(const struct sk_hooks *h)
{
    return sk_hooks_known(h) && sk_hooks_has(h, "io_kiocb") && !sk_hooks_has(h, "io_cmd_data");
}
