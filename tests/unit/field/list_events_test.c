/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "field/list.h"
#include "tests/unit/test.h"

static struct sk_buf b;

static const char *events(enum sk_list_format format)
{
    sk_buf_done(&b);
    b = SK_BUF(1 << 20);
    assert_int_equal(sk_list_events(format, &b), 0);
    return b.p;
}

static int drop_buf(void **state)
{
    (void)state;
    sk_buf_done(&b);
    return 0;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *p = text; (p = strstr(p, part)); p++)
        n++;
    return n;
}

static void a_full_buffer_is_reported(void **state)
{
    sk_auto(buf) struct sk_buf tiny = SK_BUF(100);

    (void)state;
    assert_int_equal(sk_list_events(SK_LIST_TEXT, &tiny), -ENOBUFS);
}

static void superseded_events_are_not_listed(void **state)
{
    const char *text = events(SK_LIST_TEXT);

    (void)state;
    assert_int_equal(count(text, "\n< openat("), 1);
    assert_int_equal(count(text, "\n> openat("), 1);
    assert_int_equal(count(text, "\n< read("), 1);
    assert_int_equal(count(text, "\n> read("), 0);
    assert_null(strstr(text, " NA("));
}

static void text_lists_parameters_by_section(void **state)
{
    const char *text = events(SK_LIST_TEXT);

    (void)state;
    assert_int_equal(strncmp(text,
                             "The events below are valid for Falco *Schema Version*: 4.3.0\n"
                             "## Syscall events\n\n",
                             strlen("The events below are valid for Falco *Schema Version*: 4.3.0\n"
                                    "## Syscall events\n\n")),
                     0);
    assert_non_null(strstr(text, "< close(ERRNO **res**, FD **fd**)\n"));
    assert_non_null(strstr(text, "< open(FD **fd**, FSPATH **name**, FLAGS32 **flags**: O_"));
    assert_non_null(strstr(text, "\n## Tracepoint events\n\n> "));
    assert_non_null(strstr(text, "\n## Plugin events\n\n> pluginevent(UINT32 **plugin_id**"));
    assert_non_null(strstr(text, "\n## Metaevents\n\n> "));
}

static void calls_without_an_event_share_the_generic_pair(void **state)
{
    const char *text = events(SK_LIST_TEXT);

    (void)state;
    assert_int_equal(count(text, "\n> sysinfo(SYSCALLID **ID**, UINT16 **nativeID**)\n"), 1);
    assert_int_equal(count(text, "\n< sysinfo(SYSCALLID **ID**, UINT16 **nativeID**)\n"), 1);
}

static void markdown_marks_calls_that_are_watched_on_demand(void **state)
{
    const char *text = events(SK_LIST_MARKDOWN);

    (void)state;
    assert_non_null(strstr(text, "Default | Dir | Name | Params \n:-------|:----|:-----|:-----\n"));
    assert_non_null(strstr(text, "\nNo | `<` | `read` | "));
    assert_non_null(strstr(text, "\nYes | `<` | `open` | FD **fd**"));
    assert_non_null(strstr(text, "FLAGS32 **flags**: *O_"));
}

static void json_lists_flags(void **state)
{
    const char *text = events(SK_LIST_JSON);

    (void)state;
    assert_int_equal(strncmp(text, "{\n  \"Metaevents\": [\n    {\n      \"available\": ", 45), 0);
    assert_non_null(strstr(text, "\n  ],\n  \"schema_version\": \"4.3.0\"\n}\n"));
    assert_non_null(strstr(text, "      \"available\": false,\n      \"dir\": \"<\",\n"
                                 "      \"name\": \"read\",\n      \"params\": [\n        {\n"
                                 "          \"name\": \"res\",\n          \"type\": \"ERRNO\"\n"));
    assert_non_null(strstr(text, "          \"flags\": [\n            \"O_"));
    assert_null(strstr(text, "[,"));
    assert_null(strstr(text, "}{"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_buffer_is_reported),
        cmocka_unit_test(superseded_events_are_not_listed),
        cmocka_unit_test(text_lists_parameters_by_section),
        cmocka_unit_test(calls_without_an_event_share_the_generic_pair),
        cmocka_unit_test(markdown_marks_calls_that_are_watched_on_demand),
        cmocka_unit_test(json_lists_flags),
    };

    return cmocka_run_group_tests(tests, NULL, drop_buf);
}
