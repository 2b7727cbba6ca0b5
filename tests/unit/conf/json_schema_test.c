/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "tests/unit/conf/util.h"

static void the_schema_is_json_and_knows_every_key(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    json_error_t err;
    json_t *j;

    (void)state;
    sk_conf_schema(&out);
    assert_false(out.failed);
    j = json_loads(out.p, JSON_REJECT_DUPLICATES, &err);
    assert_non_null(j);
    json_decref(j);
    assert_non_null(strstr(out.p, "\"capture_file\":{\"type\":\"string\""));
    assert_non_null(strstr(out.p, "\"minimum\":1,\"maximum\":10"));
    assert_non_null(strstr(out.p, "\"enum\":[\"modern_ebpf\",\"kmod\""));
    assert_non_null(strstr(out.p, "Until Falco 0.37: "));
}

/* Properties of the item of `outputs` of that type. */
static const json_t *output(const json_t *schema, const char *type)
{
    const json_t *top = json_array_get(json_object_get(schema, "allOf"), 0);
    const json_t *key = json_object_get(json_object_get(top, "properties"), "outputs");
    const json_t *list = json_array_get(json_object_get(key, "anyOf"), 0); /* else the old map */
    const json_t *items = json_object_get(json_object_get(list, "items"), "anyOf");

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *p = json_object_get(json_array_get(items, i), "properties");
        const json_t *is = json_object_get(json_object_get(p, "type"), "enum");

        if (!strcmp(json_string_value(json_array_get(is, 0)), type))
            return p;
    }
    return NULL;
}

static void an_item_of_outputs_has_its_own_keys_and_those_of_its_type(void **state)
{
    static const char *const own[] = {
#define OUTPUT_KEY(member, key, def, words, doc) key,
#include "output_keys.def"
    };
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    size_t types = 0;
    json_t *j;

    (void)state;
    sk_conf_schema(&out);
    j = json_loads(out.p, 0, NULL);
    assert_non_null(j);
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const char *key = sk_conf_rows[i].key, *end = strstr(key, "_output.enabled");
        const json_t *p;
        char type[64];

        if (!end || sk_conf_rows[i].use == SK_CONF_OLD)
            continue;
        snprintf(type, sizeof(type), "%.*s", (int)(end - key), key);
        p = output(j, type);
        if (!p)
            fail_msg("no output of type '%s'", type);
        for (size_t k = 0; k < SK_ARRAY_LEN(own); k++)
            assert_non_null(json_object_get(p, own[k]));
        types++;
    }
    assert_true(types >= 5);
    assert_non_null(json_object_get(output(j, "file"), "filename"));
    assert_null(json_object_get(output(j, "file"), "url"));
    assert_non_null(json_object_get(output(j, "http"), "url"));
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_schema_is_json_and_knows_every_key),
        T(an_item_of_outputs_has_its_own_keys_and_those_of_its_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
