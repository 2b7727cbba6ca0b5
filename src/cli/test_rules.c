/* SPDX-License-Identifier: Apache-2.0 */
/* test_rules.c - `saker test`: the tests that come with rules files.
 *
 * The configuration of the machine does not count (but for -c and -o): a test says the same
 * everywhere. */
#include <errno.h>

#include "cli/app.h"
#include "trial/trial.h"

#define OUT_MAX (256u << 20)

static int run_all(struct sk_app *app, struct sk_trial *t)
{
    for (size_t i = 0; i < app->args.nwords; i++) {
        int rc = sk_trial_run(t, app->args.word[i], app->conf, app->dg);
        const char *text = rc ? sk_diag_text(app->dg, SK_DIAG_ERROR) : "";

        if (rc)
            return sk_fail(*text ? text : "no memory");
    }
    return SK_EXIT_OK;
}

int sk_test_rules(struct sk_app *app)
{
    const char *format = sk_args_value(&app->args, SK_OPT_FORMAT);
    bool coverage = sk_args_has(&app->args, SK_OPT_COVERAGE);
    sk_auto(buf) struct sk_buf out = SK_BUF(OUT_MAX);
    struct sk_trial t = {0};
    int code;

    if (!app->args.nwords)
        return sk_fail("saker test FILE...: give a rules file that has tests beside it, or a file "
                       "of tests");
    if (format && strcmp(format, "tap") != 0 && strcmp(format, "junit") != 0)
        return sk_fail("saker test: --format must be tap or junit");
    code = run_all(app, &t);
    if (code == SK_EXIT_OK) {
        if (format && !strcmp(format, "junit"))
            sk_trial_junit(&t, coverage, &out);
        else
            sk_trial_tap(&t, coverage, &out);
        code = sk_put(&out);
    }
    if (t.failed)
        code = SK_EXIT_ERROR;
    sk_trial_done(&t);
    return code;
}
