/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/outputs.h"

#include "tests/unit/engine/util.h"

static bool push(struct sk_outputs *o, const char *line)
{
    return sk_outputs_push(o, &(struct sk_sink_alert){.line = sk_str(line), .priority = SK_ERROR});
}

static void no_output_at_all_is_an_error(void **state)
{
    struct fix *f = *state;

    conf(f, "");
    assert_true(sk_outputs_none(f->conf));
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), -EINVAL);
    assert_string_equal(
        sk_diag_text(f->dg, SK_DIAG_ERROR),
        "No output configured, please make sure at least one output is configured and enabled.\n");
}

static void an_output_that_cannot_be_opened_is_logged_and_left_out(void **state)
{
    struct fix *f = *state;

    conf(f, "file_output: {enabled: true, filename: /no/such/dir/f}");
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    assert_true(push(f->outputs, "x"));
    assert_non_null(strstr(
        log_text, "3 Failed to init output: file: failed to open output file /no/such/dir/f"));
}

static void an_enabled_output_receives_alerts(void **state)
{
    struct fix *f = *state;
    char text[256];

    snprintf(text, sizeof(text), "file_output: {enabled: true, filename: %s}", f->path);
    conf(f, text);
    assert_int_equal(sk_outputs_check(f->conf, f->dg), 0);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    assert_true(push(f->outputs, "hello"));
    assert_string_equal(alerts(f), "hello\n");
}

static void items_of_outputs_are_outputs_too_each_in_its_form(void **state)
{
    struct fix *f = *state;
    struct sk_output_stat st;
    char text[512];

    snprintf(text, sizeof(text),
             "outputs:\n"
             "  - {type: file, filename: %s, name: siem, min_priority: warning, format: json}\n"
             "  - {type: file, filename: /no/such/dir/f, name: other}\n"
             "  - {type: stdout, enabled: false}\n",
             f->path);
    conf(f, text);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    assert_non_null(strstr(log_text, "3 Failed to init output: other: failed to open"));
    assert_int_equal(sk_outputs_count(f->outputs), 1);
    assert_int_equal(sk_outputs_forms(f->outputs), 1u << SK_FORM_JSON);
    (void)sk_outputs_stat(f->outputs, 0, &st);
    assert_string_equal(st.name, "siem");
    assert_true(push(f->outputs, "hello"));
    assert_true(sk_outputs_push(
        f->outputs, &(struct sk_sink_alert){.line = SK_STR("less"), .priority = SK_NOTICE}));
    assert_string_equal(alerts(f), "hello\n");
}

static void alerts_go_through_the_spool_and_json_has_their_id(void **state)
{
    struct fix *f = *state;
    char text[512], dir[80], file[96];

    snprintf(dir, sizeof(dir), "%s.spool", f->path);
    snprintf(file, sizeof(file), "%s/alerts.db", dir);
    snprintf(text, sizeof(text),
             "spool: {enabled: true, path: %s}\n"
             "outputs: [{type: file, filename: /no/such/dir/f, name: absent},\n"
             "          {type: file, filename: %s}]\n",
             dir, f->path);
    conf(f, text);
    assert_true(f->conf->json_id_property);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    assert_true(push(f->outputs, "hello"));
    assert_string_equal(alerts(f), "hello\n");
    assert_non_null(strstr(log_text, "5 absent: 0 alerts delivered, 0 lost, 0 dropped, 0 shed, 1 "
                                     "stay in the spool"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_server_is_no_item_of_outputs(void **state)
{
    struct fix *f = *state;

    conf(f, "outputs: [{type: grpc}]");
    assert_int_equal(sk_outputs_check(f->conf, f->dg), -EINVAL);
    assert_string_equal(
        sk_diag_text(f->dg, SK_DIAG_ERROR),
        "output 'grpc-2': there is one server of type 'grpc'; grpc_output switches it on\n");
}

static void a_server_without_its_output_is_opened_and_is_no_output(void **state)
{
    struct fix *f = *state;
    char text[256];

    conf(f, "grpc: {enabled: true}\ngrpc_output: {enabled: false}\n");
    assert_int_equal(sk_outputs_check(f->conf, f->dg), -EINVAL);
    sk_conf_free(SK_TAKE(f->conf));
    snprintf(text, sizeof(text),
             "grpc: {enabled: true, bind_address: nonsense}\ngrpc_output: {enabled: false}\n"
             "file_output: {enabled: true, filename: %s}\n",
             f->path);
    conf(f, text);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    assert_non_null(strstr(log_text, "0 Error starting gRPC server\n"));
    assert_int_equal(sk_outputs_forms(f->outputs), 1u << SK_FORM_TEXT);
}

static struct sk_conf *load_next(struct fix *f, const char *text)
{
    struct sk_conf *next = NULL;
    const struct sk_conf_input in = {.text = sk_str(text)};

    assert_int_equal(sk_conf_load(&in, &next, f->dg), 0);
    return next;
}

static void a_reload_changes_what_is_changed_and_keeps_the_rest(void **state)
{
    struct fix *f = *state;
    sk_auto(conf) struct sk_conf *next = NULL;
    struct sk_renewal *r = NULL;
    struct sk_output_stat st;
    char text[512];

    snprintf(text, sizeof(text),
             "stdout_output: {enabled: true}\nfile_output: {enabled: true, filename: %s}", f->path);
    conf(f, text);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    snprintf(
        text, sizeof(text),
        "json_output: true\nfile_output: {enabled: true, filename: %s}\noutputs_queue: {capacity: 7}\n"
        "outputs:\n  - {type: file, filename: %s, name: siem, format: text}\n",
        f->path, f->path);
    next = load_next(f, text);
    assert_int_equal(sk_outputs_renewal(f->outputs, f->conf, next, false, &r, f->dg), 0);
    assert_int_equal(sk_renewal_forms(r), 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON);
    sk_renewal_commit(r);
    sk_renewal_free(r);
    assert_int_equal(sk_outputs_count(f->outputs), 2);
    assert_true(sk_outputs_stat(f->outputs, 1, &st));
    assert_false(sk_outputs_stat(f->outputs, 2, &st));
}

static void a_reload_whose_outputs_cannot_be_opened_is_refused(void **state)
{
    struct fix *f = *state;
    sk_auto(conf) struct sk_conf *next = NULL;
    struct sk_renewal *r = NULL;
    char text[512];

    snprintf(text, sizeof(text), "file_output: {enabled: true, filename: %s}", f->path);
    conf(f, text);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    next = load_next(f, "file_output: {enabled: true, filename: /no/such/dir/f}");
    assert_int_equal(sk_outputs_renewal(f->outputs, f->conf, next, false, &r, f->dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(f->dg, SK_DIAG_ERROR),
                           "Failed to init output: file: failed to open output file /no/such"));
    assert_true(push(f->outputs, "hello"));
    assert_string_equal(alerts(f), "hello\n");
}

static void what_could_not_be_opened_before_is_tried_again_and_refuses_nothing(void **state)
{
    static const char both[] =
        "stdout_output: {enabled: %s}\nfile_output: {enabled: true, filename: "
        "/no/such/dir/f}";
    struct fix *f = *state;
    sk_auto(conf) struct sk_conf *next = NULL;
    struct sk_renewal *r = NULL;
    char text[512];

    snprintf(text, sizeof(text), both, "true");
    conf(f, text);
    assert_int_equal(sk_outputs_from_conf(f->conf, false, &f->outputs, f->dg), 0);
    next = load_next(f, text);
    log_text[0] = '\0';
    assert_int_equal(sk_outputs_renewal(f->outputs, f->conf, next, false, &r, f->dg), 0);
    sk_renewal_commit(r);
    sk_renewal_free(r);
    assert_non_null(strstr(log_text, "3 Failed to init output: file: failed to open output file"));
    assert_int_equal(sk_outputs_count(f->outputs), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(no_output_at_all_is_an_error),
        T(an_output_that_cannot_be_opened_is_logged_and_left_out),
        T(an_enabled_output_receives_alerts),
        T(items_of_outputs_are_outputs_too_each_in_its_form),
        T(alerts_go_through_the_spool_and_json_has_their_id),
        T(a_server_is_no_item_of_outputs),
        T(a_server_without_its_output_is_opened_and_is_no_output),
        T(a_reload_changes_what_is_changed_and_keeps_the_rest),
        T(a_reload_whose_outputs_cannot_be_opened_is_refused),
        T(what_could_not_be_opened_before_is_tried_again_and_refuses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
