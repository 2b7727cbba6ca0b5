/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "field/list.h"
#include "tests/unit/test.h"

static struct sk_buf b;

static int make_buf(void **state)
{
    (void)state;
    b = SK_BUF(1 << 20);
    return 0;
}

static int drop_buf(void **state)
{
    (void)state;
    sk_buf_done(&b);
    return 0;
}

static const char *fields(struct sk_list_opts o)
{
    sk_buf_reset(&b);
    assert_int_equal(sk_list_fields(&o, &b), 0);
    return b.p;
}

#define assert_has(text, part)         \
    do {                               \
        if (!strstr(text, part))       \
            fail_msg("no '%s'", part); \
    } while (0)
#define assert_lacks(text, part) assert_null(strstr(text, part))

static void an_unknown_source_is_refused(void **state)
{
    (void)state;
    sk_buf_reset(&b);
    assert_int_equal(sk_list_fields(&(struct sk_list_opts){.source = SK_STR("nosuch")}, &b),
                     -EINVAL);
    assert_int_equal(sk_list_fields(&(struct sk_list_opts){.source = SK_STR("")}, &b), -EINVAL);
    assert_int_equal(b.n, 0);
}

static void a_full_buffer_is_reported(void **state)
{
    sk_auto(buf) struct sk_buf tiny = SK_BUF(100);

    (void)state;
    assert_int_equal(sk_list_fields(&(struct sk_list_opts){0}, &tiny), -ENOBUFS);
}

static void hidden_and_deprecated_fields_are_not_listed(void **state)
{
    const char *text = fields((struct sk_list_opts){.names_only = true});

    (void)state;
    assert_has(text, "proc.name\n");
    assert_has(text, "thread.vmsize\n");
    assert_lacks(text, "thread.vmsize.b\n");
    assert_lacks(text, "util.cnt\n");
    assert_lacks(text, "evt.dir\n");
    assert_has(text, "k8s.rc.name\n");
    assert_has(text, "k8s.pod.name\n");
}

static void text_begins_each_class_with_a_rule(void **state)
{
    const char *text = fields((struct sk_list_opts){0});

    (void)state;
    assert_has(text, "-------------------------------\n"
                     "Field Class:                  user\n"
                     "Description:                  The user on whose behalf the thread runs. \n"
                     "Event Sources:                syscall \n\n"
                     "user.uid                      Effective user id of the thread. \n");
    assert_lacks(text, "Field Class:                  util");
}

static void text_tells_properties_and_on_demand_types(void **state)
{
    (void)state;
    assert_has(fields((struct sk_list_opts){0}),
               "evt.arg                       (ARG_REQUIRED) One");
    assert_has(fields((struct sk_list_opts){0}),
               "container.mount               (ARG_INDEX,ARG_KEY,ARG_REQUIRED) ");
    assert_has(fields((struct sk_list_opts){0}),
               "Field Class:                  evt (Syscall events only)\n");
    assert_has(fields((struct sk_list_opts){0}),
               "fd.port                       (EPF_NO_RHS,EPF_NO_TRANSFORMER,FILTER_ONLY) Port");
    assert_has(fields((struct sk_list_opts){.verbose = true}),
               "user.uid                      (Type: UINT32) Effective");
    assert_has(fields((struct sk_list_opts){0}), "(SAKER) Inode number");
}

static void long_names_and_texts_are_broken(void **state)
{
    const char *text = fields((struct sk_list_opts){0});
    size_t column = 0;

    (void)state;
    assert_has(text,
               "\nproc.exe_ino.ctime_duration_proc_start\n                              Nano");
    for (const char *p = text; *p; p++) {
        column = *p == '\n' ? 0 : column + 1;
        assert_true(column <= 120);
    }
}

static void markdown_is_a_table(void **state)
{
    const char *text = fields((struct sk_list_opts){.format = SK_LIST_MARKDOWN});

    (void)state;
    assert_has(text, "## Field Class: group\n\n");
    assert_has(text, "Name | Type | Description\n:----|:-----|:-----------\n");
    assert_has(text, "`group.gid` | UINT32 | Effective group id of the thread.\n");
    assert_has(text, "`fd.types` | LIST(CHARBUF) | ");
    assert_has(text, "&lt;NA>");
}

static void json_describes_arguments(void **state)
{
    const char *text = fields((struct sk_list_opts){.format = SK_LIST_JSON});

    (void)state;
    assert_has(text, "{\n  \"fieldclasses\": [\n    {\n      \"desc\": ");
    assert_has(text, "          \"argument\": null,\n"
                     "          \"desc\": \"Effective group id of the thread.\",\n"
                     "          \"is_list\": false,\n          \"name\": \"group.gid\",\n"
                     "          \"type\": \"UINT32\"\n");
    assert_has(text, "            \"required\": true,\n            \"type\": [\n"
                     "              \"INDEX\",\n              \"KEY\"\n            ]\n");
    assert_has(text, "      \"event_sources\": [\n        \"syscall\"\n      ],\n");
    text = fields((struct sk_list_opts){
        .format = SK_LIST_JSON, .names_only = true, .source = SK_STR("syscall")});
    assert_has(text, "{\n  \"fieldnames\": [\n    \"evt.num\",\n");
    assert_has(text, "    \"fd.name\",\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_source_is_refused),
        cmocka_unit_test(a_full_buffer_is_reported),
        cmocka_unit_test(hidden_and_deprecated_fields_are_not_listed),
        cmocka_unit_test(text_begins_each_class_with_a_rule),
        cmocka_unit_test(text_tells_properties_and_on_demand_types),
        cmocka_unit_test(long_names_and_texts_are_broken),
        cmocka_unit_test(markdown_is_a_table),
        cmocka_unit_test(json_describes_arguments),
    };

    return cmocka_run_group_tests(tests, make_buf, drop_buf);
}
