/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc/message.h"

#include <errno.h>

#define PROTOBUF_C__NO_DEPRECATED
#include "outputs.pb-c.h"
#include "tests/unit/test.h"
#include "version.pb-c.h"

static Falco__Outputs__Response *packed_as(struct sk_str line)
{
    const struct sk_grpc_alert a = {.line = line,
                                    .priority = SK_WARNING,
                                    .id = 7,
                                    .ts_ns = 1700000000123456789,
                                    .rule = SK_STR("A rule")};
    sk_auto(mem) struct sk_grpc_item *it = NULL;
    Falco__Outputs__Response *r;

    assert_int_equal(sk_grpc_pack_alert(&a, &it), 0);
    assert_int_equal(it->id, 7);
    r = falco__outputs__response__unpack(NULL, it->n, it->data);
    assert_non_null(r);
    return r;
}

static int refused_as(struct sk_str line)
{
    struct sk_grpc_item *it = NULL;
    int err = sk_grpc_pack_alert(&(struct sk_grpc_alert){.line = line}, &it);

    assert_null(it);
    return err;
}

static void parts_that_are_no_object_are_refused(void **state)
{
    (void)state;
    assert_int_equal(refused_as(SK_STR("line\n")), -EBADMSG);
    assert_int_equal(refused_as(SK_STR("line\n{")), -EBADMSG);
    assert_int_equal(refused_as(SK_STR("line\n[]")), -EBADMSG);
    assert_int_equal(refused_as(SK_STR("line\n{} x")), -EBADMSG);
}

static void an_alert_that_clients_would_refuse_is_refused(void **state)
{
    char *line = calloc(1, 5u << 20);

    (void)state;
    memset(line, 'x', 5u << 20);
    assert_int_equal(refused_as((struct sk_str){line, 5u << 20}), -EMSGSIZE);
    free(line);
}

static void a_line_without_parts_is_a_message_all_the_same(void **state)
{
    Falco__Outputs__Response *r = packed_as(SK_STR("12:00:00: Warning x"));

    (void)state;
    assert_string_equal(r->output, "12:00:00: Warning x");
    assert_string_equal(r->rule, "A rule");
    assert_int_equal(r->priority, FALCO__SCHEMA__PRIORITY__WARNING);
    assert_int_equal(r->time->seconds, 1700000000);
    assert_int_equal(r->time->nanos, 123456789);
    assert_int_equal(r->n_output_fields + r->n_tags, 0);
    assert_string_equal(r->source, "");
    falco__outputs__response__free_unpacked(r, NULL);
}

static void fields_are_texts_and_what_is_no_string_is_its_json(void **state)
{
    static const char *const want[][2] = {
        {"a", "x\xc3\xa4\xef\xbf\xbdy"},
        {"b", "5"},
        {"c", "true"},
        {"d", "<NA>"},
        {"e", "[1,\"z\"]"},
    };
    Falco__Outputs__Response *r = packed_as(
        SK_STR("first\nsecond\n{\"hostname\":\"h\",\"source\":\"syscall\",\"tags\":[\"t1\",\"t2\"],"
               "\"output_fields\":{\"a\":\"x\\u00e4\\u0000y\",\"b\":5,\"c\":true,\"d\":null,"
               "\"e\":[1,\"z\"]}}"));

    (void)state;
    assert_string_equal(r->output, "first\nsecond");
    assert_string_equal(r->hostname, "h");
    assert_int_equal(r->n_tags, 2);
    assert_string_equal(r->tags[1], "t2");
    assert_int_equal(r->n_output_fields, SK_ARRAY_LEN(want));
    for (size_t i = 0; i < SK_ARRAY_LEN(want); i++) {
        assert_string_equal(r->output_fields[i]->key, want[i][0]);
        assert_string_equal(r->output_fields[i]->value, want[i][1]);
    }
    falco__outputs__response__free_unpacked(r, NULL);
}

static void a_source_that_the_old_enum_does_not_know_is_a_plugin(void **state)
{
    static const struct {
        struct sk_str line;
        int number;
    } rows[] = {
        {SK_STR("\n{\"source\":\"syscall\"}"), 0},
        {SK_STR("\n{\"source\":\"k8s_audit\"}"), 1},
        {SK_STR("\n{\"source\":\"internal\"}"), 2},
        {SK_STR("\n{\"source\":\"aws_cloudtrail\"}"), 3},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        Falco__Outputs__Response *r = packed_as(rows[i].line);

        assert_int_equal(r->source_deprecated, rows[i].number);
        falco__outputs__response__free_unpacked(r, NULL);
    }
}

static void priorities_and_sources_have_three_spellings(void **state)
{
    const ProtobufCEnumDescriptor *d = &falco__schema__priority__descriptor;
    char text[3][32];

    (void)state;
    for (int p = 0; p < SK_LEVEL_N; p++) {
        snprintf(text[0], sizeof(text[0]), "%s", sk_level_name((enum sk_level)p));
        for (size_t i = 0; i <= strlen(text[0]); i++) {
            text[1][i] = (char)(text[0][i] & ~32);
            text[2][i] = (char)(text[0][i] ? text[0][i] | 32 : 0);
        }
        for (int i = 0; i < 3; i++)
            assert_int_equal(protobuf_c_enum_descriptor_get_value_by_name(d, text[i])->value, p);
    }
}

static void a_version_without_three_numbers_is_refused(void **state)
{
    static const char *const bad[] = {"",       "1", "1.2", "1.2.x", "1..2", "1.2.99999999999",
                                      "1.2.3.4"};
    struct sk_grpc_item *it = NULL;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        assert_int_equal(
            sk_grpc_pack_version(
                &(struct sk_grpc_options){.version = bad[i], .engine_version = "1.2.3"}, &it),
            -EINVAL);
        assert_int_equal(
            sk_grpc_pack_version(
                &(struct sk_grpc_options){.version = "1.2.3", .engine_version = bad[i]}, &it),
            -EINVAL);
    }
    assert_null(it);
}

static void a_version_is_told_in_text_and_numbers(void **state)
{
    const struct sk_grpc_options opt = {
        .version = "0.45.1-rc2", .engine_version = "0.63.2", .fields_checksum = "abc"};
    sk_auto(mem) struct sk_grpc_item *it = NULL;
    Falco__Version__Response *r;

    (void)state;
    assert_int_equal(sk_grpc_pack_version(&opt, &it), 0);
    r = falco__version__response__unpack(NULL, it->n, it->data);
    assert_non_null(r);
    assert_string_equal(r->version, "0.45.1-rc2");
    assert_int_equal(r->major * 10000 + r->minor * 100 + r->patch, 4501);
    assert_string_equal(r->engine_version, "0.63.2");
    assert_int_equal(r->engine_major * 10000 + r->engine_minor * 100 + r->engine_patch, 6302);
    assert_string_equal(r->engine_fields_checksum, "abc");
    falco__version__response__free_unpacked(r, NULL);
}

static void a_request_is_any_message_and_nothing_else(void **state)
{
    (void)state;
    assert_true(sk_grpc_is_request("", 0));
    assert_true(sk_grpc_is_request("\x0a\x01x", 3)); /* a field that is not known yet */
    assert_false(sk_grpc_is_request("\x0a\x05x", 3));
    assert_false(sk_grpc_is_request("\xff\xff\xff", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_are_no_object_are_refused),
        cmocka_unit_test(an_alert_that_clients_would_refuse_is_refused),
        cmocka_unit_test(a_line_without_parts_is_a_message_all_the_same),
        cmocka_unit_test(fields_are_texts_and_what_is_no_string_is_its_json),
        cmocka_unit_test(a_source_that_the_old_enum_does_not_know_is_a_plugin),
        cmocka_unit_test(priorities_and_sources_have_three_spellings),
        cmocka_unit_test(a_version_without_three_numbers_is_refused),
        cmocka_unit_test(a_version_is_told_in_text_and_numbers),
        cmocka_unit_test(a_request_is_any_message_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
