/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs read: the objects are valid JSON, and their keys hold what the schemas say. */
#include "fmt/shape.h"

#include <jansson.h>

#include "tests/unit/field/world.h"

static const char *const tags[] = {"T1003.008", "T1x", "Tx", "mitre_credential_access", "zeta"};

static struct sk_shapes *shapes_new(void)
{
    struct sk_shapes *s = NULL;

    assert_int_equal(sk_shapes_new(&s), 0);
    return s;
}

/* The object of the world's event in a form, parsed; the caller releases it. */
static json_t *shaped(struct world *w, enum sk_form form)
{
    sk_auto(shapes) struct sk_shapes *shapes = shapes_new();
    struct sk_format *format = NULL;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000), out = SK_BUF(65536);
    const struct sk_alert_options opt = {
        .form = form, .shapes = shapes, .id = 7, .hostname = "host1"};
    json_error_t why;
    json_t *j;

    assert_int_equal(sk_format_compile(SK_STR("read %fd.name by %proc.name"), &format, &err), 0);
    const struct sk_alert_rule rule = {.name = "A \"rule\"",
                                       .source = "syscall",
                                       .priority = SK_WARNING,
                                       .tags = tags,
                                       .ntags = SK_ARRAY_LEN(tags),
                                       .format = format};
    sk_alert_write(&opt, &rule, &w->cx, &out);
    sk_format_free(format);
    assert_false(out.failed);
    j = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &why);
    if (!j)
        fail_msg("%s at %d: %s", why.text, why.position, out.p);
    return j;
}

/* "a.b[0].c" */
static json_t *at(json_t *j, const char *path)
{
    char part[64];

    while (j && *path) {
        size_t n = strcspn(path, ".[");

        snprintf(part, sizeof(part), "%.*s", (int)n, path);
        j = json_object_get(j, part);
        path += n;
        if (*path == '[') {
            j = json_array_get(j, (size_t)strtoul(path + 1, NULL, 10));
            path = strchr(path, ']') + 1;
        }
        path += *path == '.';
    }
    return j;
}

static void is(json_t *j, const char *path, const char *want)
{
    char *text = json_dumps(at(j, path), JSON_ENCODE_ANY | JSON_COMPACT);

    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static void a_process(struct world *w)
{
    struct sk_task_info parent = world_task(1, 0, "init"), task = world_task(10, 1, "cat");

    task.args = (struct sk_str){"/etc/shadow", sizeof("/etc/shadow")};
    world_add(w, &parent);
    world_add(w, &task);
}

static void opened(struct world *w)
{
    struct sk_x_file x = {.tag = SK_X_FILE, .role = SK_ROLE_FD, .type = SK_FD_FILE, .fd = 3};

    a_process(w);
    world_begin(w);
    sk_event_write_int(&w->w, 3, 8);
    world_ext(w, EV_OPENAT, &x, sizeof(x), "/etc/shadow");
    world_send(w, EV_OPENAT, 10);
}

static void ecs_tells_process_file_rule_and_threat(void **state)
{
    struct world *w = *state;
    json_t *j;

    opened(w);
    j = shaped(w, SK_FORM_ECS);
    is(j, "@timestamp", "\"2023-11-14T22:13:20.000000000Z\"");
    is(j, "ecs.version", "\"8.11.0\"");
    is(j, "event.kind", "\"alert\"");
    is(j, "event.category", "[\"file\"]");
    is(j, "event.action", "\"openat\"");
    is(j, "event.outcome", "\"success\"");
    is(j, "event.severity", "47");
    is(j, "file.path", "\"/etc/shadow\"");
    is(j, "file.name", "\"shadow\"");
    is(j, "file.directory", "\"/etc\"");
    assert_null(at(j, "network")); /* fd.l4proto is "<NA>" */
    is(j, "host.name", "\"host1\"");
    is(j, "log.level", "\"warning\"");
    is(j, "log.syslog.severity.code", "4");
    is(j, "message", "\"read /etc/shadow by cat\"");
    is(j, "process.pid", "10");
    is(j, "process.command_line", "\"cat /etc/shadow\"");
    is(j, "process.parent.name", "\"init\"");
    is(j, "rule.name", "\"A \\\"rule\\\"\"");
    is(j, "saker.alert_id", "\"7\"");
    is(j, "saker.output_fields",
       "{\"evt.time\":1700000000000000000,\"fd.name\":\"/etc/shadow\","
       "\"proc.name\":\"cat\"}");
    is(j, "tags[4]", "\"zeta\"");
    is(j, "threat.technique.id", "[\"T1003.008\"]");
    is(j, "threat.tactic.name", "[\"Credential Access\"]");
    json_decref(j);
}

static void ocsf_is_a_detection_finding(void **state)
{
    struct world *w = *state;
    json_t *j;

    opened(w);
    j = shaped(w, SK_FORM_OCSF);
    is(j, "class_uid", "2004");
    is(j, "category_uid", "2");
    is(j, "type_uid", "200401");
    is(j, "time", "1700000000000");
    is(j, "severity_id", "3");
    is(j, "severity", "\"Medium\"");
    is(j, "metadata.version", "\"1.4.0\"");
    is(j, "metadata.product.name", "\"Saker\"");
    is(j, "finding_info.title", "\"A \\\"rule\\\"\"");
    is(j, "finding_info.attacks",
       "[{\"technique\":{\"uid\":\"T1003.008\"}},{\"tactic\":{\"name\":\"Credential Access\"}}]");
    is(j, "evidences[0].actor.process.file",
       "{\"name\":\"x\",\"path\":\"/usr/bin/x\",\"type_id\":1}");
    is(j, "evidences[0].actor.process.parent_process.pid", "1");
    is(j, "evidences[0].actor.process.user.uid", "\"0\"");
    is(j, "evidences[0].file.path", "\"/etc/shadow\"");
    is(j, "unmapped",
       "{\"evt.time\":1700000000000000000,\"fd.name\":\"/etc/shadow\","
       "\"proc.name\":\"cat\"}");
    assert_int_equal(json_string_length(at(j, "finding_info.uid")) > 20, 1);
    assert_true(json_equal(at(j, "finding_info.uid"), at(j, "metadata.uid")));
    json_decref(j);
}

static void what_is_absent_leaves_no_key_and_no_empty_object(void **state)
{
    struct world *w = *state;
    json_t *j;

    world_event(w, 99); /* nobody knows that thread */
    for (enum sk_form form = SK_FORM_ECS; form <= SK_FORM_OCSF; form++) {
        j = shaped(w, form);
        assert_null(at(j, "file"));
        assert_null(at(j, "container"));
        assert_null(at(j, "destination"));
        assert_null(at(j, "evidences[0].actor.process.file"));
        assert_null(at(j, "evidences[0].actor.process.parent_process"));
        assert_null(at(j, "evidences[0].actor.process.container"));
        assert_null(at(j, "evidences[0].file"));
        assert_null(at(j, "process.parent"));
        json_decref(j);
    }
}

static void connections_have_two_ends(void **state)
{
    struct sk_x_sock x = {.tag = SK_X_SOCK,
                          .role = SK_ROLE_FD,
                          .fd = 4,
                          .type = SK_FD_IPV4_SOCK,
                          .family = 2,
                          .l4proto = SK_L4_TCP,
                          .laddr = {10, 0, 0, 1},
                          .raddr = {192, 0, 2, 7},
                          .lport = 40000,
                          .rport = 443};
    struct world *w = *state;
    json_t *j;

    a_process(w);
    world_begin(w);
    world_ext(w, EV_CONNECT, &x, sizeof(x), NULL);
    world_send(w, EV_CONNECT, 10);
    j = shaped(w, SK_FORM_ECS);
    is(j, "event.category", "[\"network\"]");
    is(j, "destination", "{\"ip\":\"192.0.2.7\",\"port\":443}");
    is(j, "source", "{\"ip\":\"10.0.0.1\",\"port\":40000}");
    is(j, "network.transport", "\"tcp\"");
    assert_null(at(j, "file"));
    json_decref(j);
    j = shaped(w, SK_FORM_OCSF);
    is(j, "evidences[0].dst_endpoint", "{\"ip\":\"192.0.2.7\",\"port\":443}");
    json_decref(j);
}

static void messages_of_saker_itself_have_the_shape_too(void **state)
{
    sk_auto(shapes) struct sk_shapes *shapes = shapes_new();
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    const struct sk_alert_kv kv[] = {{"n_drops", "\"3\""}};
    json_t *j;

    (void)state;
    for (enum sk_form form = SK_FORM_ECS; form <= SK_FORM_OCSF; form++) {
        const struct sk_alert_options opt = {.form = form, .shapes = shapes, .hostname = "host1"};

        sk_buf_reset(&out);
        sk_alert_internal(&opt, WORLD_TS, SK_CRITICAL, "Falco internal: x", "it \"happened\"", kv,
                          1, &out);
        j = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(j);
        is(j, form == SK_FORM_ECS ? "message" : "finding_info.desc", "\"it \\\"happened\\\"\"");
        is(j, form == SK_FORM_ECS ? "saker.output_fields" : "unmapped", "{\"n_drops\":\"3\"}");
        is(j, form == SK_FORM_ECS ? "event.provider" : "metadata.log_provider", "\"internal\"");
        assert_null(at(j, "saker.alert_id"));
        json_decref(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(ecs_tells_process_file_rule_and_threat),
        WORLD_TEST(ocsf_is_a_detection_finding),
        WORLD_TEST(what_is_absent_leaves_no_key_and_no_empty_object),
        WORLD_TEST(connections_have_two_ends),
        cmocka_unit_test(messages_of_saker_itself_have_the_shape_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
