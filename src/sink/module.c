/* SPDX-License-Identifier: Apache-2.0 */
/* module.c - finds and loads a shared object of Saker. */
#include "sink/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

static bool beside_program(char *out, size_t n, const char *file)
{
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash;

    if (len <= 0)
        return false;
    exe[len] = '\0';
    slash = strrchr(exe, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return (size_t)snprintf(out, n, "%s/%s", exe, file) < n && !access(out, R_OK);
}

int sk_module_open(const char *file, const char *symbol, const void **out, struct sk_diag *dg)
{
    char path[PATH_MAX + 64];
    const void *found;
    void *object;

    if (!beside_program(path, sizeof(path), file))
        snprintf(path, sizeof(path), "%s/%s", SK_MODULE_DIR, file);
    if (access(path, R_OK))
        return sk_err(dg, -ENOENT, NULL, "'%s' is not there: %s", path, strerror(errno));
    /* Never unloaded: its libraries have threads of their own. */
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object)
        return sk_err(dg, -ELIBACC, NULL, "cannot load '%s': %s", path, dlerror());
    found = dlsym(object, symbol);
    if (!found)
        return sk_err(dg, -ELIBACC, NULL, "'%s' is no part of Saker: it has no '%s'", path, symbol);
    *out = found;
    return 0;
}
