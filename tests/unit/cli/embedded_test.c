/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in files must load without a complaint: nobody can repair them. */
#include "cli/embedded.h"

#include "engine/outputs.h"
#include "tests/unit/engine/util.h"

static int built_in_conf(struct fix *f)
{
    struct sk_conf_input in = {.text = sk_embedded_config()};

    return sk_conf_load(&in, &f->conf, f->dg);
}

static void the_configuration_loads_without_a_warning(void **state)
{
    struct fix *f = *state;

    assert_int_equal(built_in_conf(f), 0);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_WARNING), "");
    assert_string_equal(f->conf->file[0].schema, "ok");
    assert_int_equal(sk_outputs_check(f->conf, f->dg), 0);
    assert_true(f->conf->log_stderr);
}

static void the_rules_load_without_a_warning(void **state)
{
    struct fix *f = *state;
    struct sk_gen_input in = {.builtin_name = "rules", .builtin = sk_embedded_rules()};

    assert_int_equal(built_in_conf(f), 0);
    f->conf->rules_files.n = 0; /* not those of the machine that runs the test */
    in.conf = f->conf;
    if (sk_gen_new(&in, &f->gen, f->dg))
        fail_msg("%s", sk_diag_text(f->dg, SK_DIAG_ERROR));
    assert_null(strstr(log_text, "LOAD_"));
    assert_non_null(strstr(log_text, "rules | schema validation: ok"));
    assert_true(sk_gen_nrules(f->gen) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_configuration_loads_without_a_warning),
        T(the_rules_load_without_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
