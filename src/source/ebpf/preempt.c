/* SPDX-License-Identifier: Apache-2.0 */
/* preempt.c - see preempt.h.  Kernels that can do both (PREEMPT_DYNAMIC) choose at boot, from the command line
 * or as they were built, and by the file in debugfs, which tells the choice. */
#include "source/ebpf/preempt.h"

#include <sys/utsname.h>
#include <zlib.h>

#include "base/str.h"

#define CONFIG_MAX (1u << 20)

static bool is_mild(const char *mode, size_t n)
{
    return (n == 4 && !memcmp(mode, "none", n)) || (n == 9 && !memcmp(mode, "voluntary", n));
}

/* "none (voluntary) full": 1 mild, 0 not, -1 says nothing. */
static int by_debug(const char *text)
{
    const char *from = text ? strchr(text, '(') : NULL;
    const char *to = from ? strchr(from, ')') : NULL;

    return to ? is_mild(from + 1, (size_t)(to - from - 1)) : -1;
}

static int by_cmdline(const char *text)
{
    static const char key[] = "preempt=";
    int last = -1;

    for (const char *p = text; p && (p = strstr(p, key)); p += strlen(key)) {
        const char *mode = p + strlen(key);

        if (p == text || p[-1] == ' ')
            last = is_mild(mode, strcspn(mode, " \n"));
    }
    return last;
}

static int by_config(const char *text)
{
    if (!text)
        return -1;
    if (strstr(text, "\nCONFIG_PREEMPT_NONE=y\n") || strstr(text, "\nCONFIG_PREEMPT_VOLUNTARY=y\n"))
        return 1;
    return strstr(text, "\nCONFIG_PREEMPT=y\n") || strstr(text, "\nCONFIG_PREEMPT_LAZY=y\n") ? 0
                                                                                             : -1;
}

bool sk_preempt_never(const struct sk_preempt_texts *t, const char **why)
{
    int mild;

    *why = "threads in this kernel can lose their CPU at any time (preemption)";
    if (!strstr(t->version, "PREEMPT"))
        return true;
    if (!strstr(t->version, "PREEMPT_DYNAMIC"))
        return false;
    mild = by_debug(t->debug);
    if (mild < 0)
        mild = by_cmdline(t->cmdline);
    if (mild < 0)
        mild = by_config(t->config);
    if (mild < 0)
        *why = "cannot tell whether threads in this kernel can lose their CPU at any time "
               "(preemption): neither debugfs nor the kernel's configuration can be read";
    return mild > 0;
}

/* Packed or not. NULL: cannot. */
static char *read_text(const char *path)
{
    gzFile f = gzopen(path, "re");
    char *text = f ? malloc(CONFIG_MAX + 1) : NULL;
    int n = text ? gzread(f, text, CONFIG_MAX) : -1;

    if (f)
        gzclose(f);
    if (n <= 0) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

bool sk_preempt_never_here(const char **why)
{
    const char *root = secure_getenv("HOST_ROOT");
    struct utsname u;
    char path[512];

    uname(&u);
    sk_auto(mem) char *debug = read_text("/sys/kernel/debug/sched/preempt");
    sk_auto(mem) char *cmdline = read_text("/proc/cmdline");
    sk_auto(mem) char *config = read_text("/proc/config.gz");

    snprintf(path, sizeof(path), "%s/boot/config-%s", root ? root : "", u.release);
    if (!config)
        config = read_text(path);
    return sk_preempt_never(&(struct sk_preempt_texts){u.version, debug, cmdline, config}, why);
}
