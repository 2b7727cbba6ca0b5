/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/module.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* Beside this program, as in a build folder. */
static void beside(char *out, size_t n, const char *file)
{
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

    assert_true(len > 0);
    exe[len] = '\0';
    *strrchr(exe, '/') = '\0';
    assert_true((size_t)snprintf(out, n, "%s/%s", exe, file) < n);
}

static void refused(const char *file, int want, const char *said)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const void *found = NULL;

    assert_int_equal(sk_module_open(file, "sk_grpc_module", &found, dg), want);
    assert_null(found);
    if (!strstr(sk_diag_text(dg, SK_DIAG_ERROR), said))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
}

static void a_module_that_is_not_there_is_named_where_it_would_be(void **state)
{
    (void)state;
    refused("saker-none.so", -ENOENT, "/saker/saker-none.so' is not there: No such file");
}

static void a_file_that_is_no_module_is_refused(void **state)
{
    char name[64], path[PATH_MAX + 64];
    FILE *f;

    (void)state;
    snprintf(name, sizeof(name), "saker-test-%d.so", (int)getpid());
    beside(path, sizeof(path), name);
    f = fopen(path, "we");
    if (!f)
        skip(); /* a build folder that cannot be written to */
    fputs("hello\n", f);
    fclose(f);
    refused(name, -ELIBACC, "cannot load '");
    unlink(path);
}

static void an_object_without_the_symbol_is_refused(void **state)
{
    char name[64], path[PATH_MAX + 64];

    (void)state;
    snprintf(name, sizeof(name), "saker-test-%d.so", (int)getpid());
    beside(path, sizeof(path), name);
    if (access("/lib64/ld-linux-x86-64.so.2", R_OK) || symlink("/lib64/ld-linux-x86-64.so.2", path))
        skip();
    refused(name, -ELIBACC, "' is no part of Saker: it has no 'sk_grpc_module'");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_module_that_is_not_there_is_named_where_it_would_be),
        cmocka_unit_test(a_file_that_is_no_module_is_refused),
        cmocka_unit_test(an_object_without_the_symbol_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
