/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/bpflog.h"

#include <bpf/libbpf.h>

#include "tests/unit/test.h"

static int begin(void **state)
{
    static struct sk_bpflog log;

    sk_bpflog_begin(&log);
    *state = &log;
    return 0;
}

static int end(void **state)
{
    sk_bpflog_end();
    sk_bpflog_done(*state);
    return 0;
}

static void a_message_about_nothing_blames_nobody(void **state)
{
    struct sk_bpflog *log = *state;

    sk_bpflog_line(log, "libbpf: something else happened\n");
    sk_bpflog_line(log, "libbpf: prog 'unterminated");
    assert_string_equal(log->program, "");
    assert_string_equal(log->map, "");
    assert_int_equal(log->reason.n, 0);
}

static void the_verifiers_last_complaint_is_the_reason(void **state)
{
    struct sk_bpflog *log = *state;

    sk_bpflog_line(log, "libbpf: prog 'fill_3_open': BPF program load failed: Permission denied\n");
    sk_bpflog_line(log, "libbpf: prog 'fill_3_open': -- BEGIN PROG LOAD LOG --\n"
                        "0: R1=ctx() R10=fp0\n"
                        "R1 invalid mem access 'scalar'\n"
                        "verification time 12 usec\nstack depth 0\n"
                        "processed 5 insns (limit 1000000) max_states_per_insn 0\n"
                        "-- END PROG LOAD LOG --\n");
    sk_bpflog_line(log, "libbpf: prog 'fill_3_open': failed to load: -13\n");
    sk_bpflog_line(log, "libbpf: failed to load object 'saker'\n");
    assert_string_equal(log->program, "fill_3_open");
    assert_string_equal(
        log->reason.p,
        "BPF program load failed: Permission denied: R1 invalid mem access 'scalar'");
}

static void the_last_program_named_is_to_blame(void **state)
{
    struct sk_bpflog *log = *state;

    sk_bpflog_line(log, "libbpf: prog 'a': some warning\n");
    sk_bpflog_line(log, "libbpf: prog 'b': failed to find kernel BTF type ID of 'x': -3\n");
    assert_string_equal(log->program, "b");
    assert_string_equal(log->reason.p, "failed to find kernel BTF type ID of 'x': -3");
}

static void a_refused_map_is_named(void **state)
{
    struct sk_bpflog *log = *state;

    sk_bpflog_line(log, "libbpf: map 'sk_stats': failed to create: Cannot allocate memory(-12)\n");
    assert_string_equal(log->program, "");
    assert_string_equal(log->map, "sk_stats");
    assert_string_equal(log->reason.p, "failed to create: Cannot allocate memory(-12)");
}

static void long_names_and_reasons_are_cut(void **state)
{
    struct sk_bpflog *log = *state;
    char text[4096] = "libbpf: prog '";

    memset(text + 14, 'n', 200);
    memcpy(text + 214, "': ", 3);
    memset(text + 217, 'r', 3000);
    sk_bpflog_line(log, text);
    assert_int_equal(strlen(log->program), sizeof(log->program) - 1);
    assert_true(log->reason.n < 4096);
}

static void print_to(libbpf_print_fn_t print, enum libbpf_print_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    print(level, fmt, ap);
    va_end(ap);
}

static void keep(void *self, enum sk_level level, const char *text)
{
    snprintf(self, 200, "%u %s", level, text);
}

static void messages_reach_the_log_when_asked(void **state)
{
    libbpf_print_fn_t print = libbpf_set_print(NULL);
    char said[200] = "";

    (void)state;
    libbpf_set_print(print);
    sk_log_to(keep, said);
    sk_bpflog_tell(SK_WARNING);
    print_to(print, LIBBPF_INFO, "libbpf: %s\n", "hello");
    assert_string_equal(said, "");
    print_to(print, LIBBPF_WARN, "libbpf: %s\n", "oh");
    assert_string_equal(said, "7 [libs]: libbpf: oh\n");
    sk_bpflog_tell(SK_DEBUG);
    print_to(print, LIBBPF_DEBUG, "libbpf: %s\n", "more");
    assert_string_equal(said, "7 [libs]: libbpf: more\n");
    sk_bpflog_tell(SK_EMERGENCY);
    print_to(print, LIBBPF_WARN, "libbpf: %s\n", "quiet");
    assert_string_equal(said, "7 [libs]: libbpf: more\n");
    sk_log_to(NULL, NULL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_message_about_nothing_blames_nobody), T(the_verifiers_last_complaint_is_the_reason),
        T(the_last_program_named_is_to_blame),    T(a_refused_map_is_named),
        T(long_names_and_reasons_are_cut),        T(messages_reach_the_log_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
