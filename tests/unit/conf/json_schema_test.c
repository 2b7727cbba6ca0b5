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

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_schema_is_json_and_knows_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
