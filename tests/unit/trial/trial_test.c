/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/trial.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define RULES                                                                              \
    "- list: shells\n  items: [sh, bash]\n"                                                \
    "- macro: opened\n  condition: (evt.type in (open, openat) and fd.num >= 0)\n"         \
    "- rule: Shadow\n  desc: d\n  condition: >\n    opened and fd.name = /etc/shadow\n"    \
    "    and not proc.name in (shells)\n  output: read %fd.name\n  priority: INFO\n"       \
    "- rule: Off\n  desc: d\n  condition: evt.type = execve and proc.name = x\n"           \
    "  output: ran\n  priority: INFO\n  enabled: false\n"                                  \
    "- rule: Connected\n  desc: d\n  condition: evt.type = connect and fd.sport = 80 and " \
    "fd.sip = 1.2.3.4 and proc.pname = cron\n  output: c\n  priority: INFO\n"              \
    "- rule: Pod\n  desc: d\n  condition: evt.type = unlink and k8s.ns.name = prod and "   \
    "container.id != host\n  output: p\n  priority: INFO\n"

static struct sk_conf *make_conf(struct sk_diag *dg)
{
    struct sk_conf_input in = {.text = sk_str("stdout_output: {enabled: true}\n")};
    struct sk_conf *conf = NULL;

    assert_int_equal(sk_conf_load(&in, &conf, dg), 0);
    return conf;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Runs tests beside RULES; the TAP text is in out. */
static size_t run(const char *tests, struct sk_buf *out)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(conf) struct sk_conf *conf = make_conf(dg);
    char dir[] = "/tmp/sk_trialXXXXXX", rules[64], file[64];
    struct sk_trial t = {0};
    size_t failed;

    assert_non_null(mkdtemp(dir));
    snprintf(rules, sizeof(rules), "%s/r.yaml", dir);
    snprintf(file, sizeof(file), "%s/r.tests.yaml", dir);
    write_file(rules, RULES);
    write_file(file, tests);
    if (sk_trial_run(&t, rules, conf, dg))
        fail_msg("%s", sk_diag_text(dg, SK_DIAG_ERROR));
    failed = t.failed;
    *out = SK_BUF(1u << 20);
    sk_trial_tap(&t, true, out);
    sk_trial_junit(&t, true, out);
    sk_trial_done(&t);
    assert_int_equal(unlink(rules) + unlink(file) + rmdir(dir), 0);
    return failed;
}

static void has(const struct sk_buf *out, const char *text)
{
    if (!strstr(out->p, text))
        fail_msg("'%s' is not in: %s", text, out->p);
}

#define CASE(name, event, rest) "  - name: " name "\n    events: [{" event "}]\n" rest
#define SHADOW                  "evt.type: openat, fd.name: /etc/shadow"

static void a_wrong_expectation_fails_and_says_why(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(
        run("tests:\n" CASE("missing", SHADOW ", proc.name: bash", "    expect: [Shadow]\n")
                CASE("unexpected", SHADOW ", proc.name: cat", "")
                    CASE("forbidden", SHADOW ", proc.name: cat", "    forbid: [Shadow]\n")
                        CASE("field", SHADOW ", proc.name: cat",
                             "    expect: [{rule: Shadow, output_fields: {proc.name: dog}}]\n")
                            CASE("count", SHADOW, "    expect: [{rule: Shadow, count: 2}]\n")
                                CASE("name", SHADOW, "    expect: [Shade]\n")
                                    CASE("type", "evt.type: close", "    expect: [Shadow]\n"),
            &out),
        7);
    has(&out, "rule 'Shadow' did not fire as expected: for event 1 (openat), because of:");
    has(&out, "proc.name in (sh, bash): true (proc.name = bash)");
    has(&out, "rule 'Shadow' fired for event 1, which no 'expect' names: read /etc/shadow");
    has(&out, "rule 'Shadow' is forbidden, but fired for event 1");
    has(&out, "it fired, but proc.name is 'cat', not 'dog'");
    has(&out, "rule 'Shadow' fired 1 times, not 2");
    has(&out, "no rule is called 'Shade'");
    has(&out, "no event is of a type that it looks at");
    has(&out, "<failure>");
}

static void fields_that_cannot_be_are_refused(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(
        run("tests:\n" CASE("a", "evt.type: unlink, fd.name: /x", "")
                CASE("b", SHADOW ", evt.is_open_write: true", "")
                    CASE("c", SHADOW ", evt.arg.newpath: a", "") CASE("d", "evt.type: nope", "")
                        CASE("e", SHADOW ", proc.tty: here", "") CASE("f", "proc.name: x", "")
                            CASE("g", SHADOW ", evt.arg.flags: O_NOPE", "")
                                CASE("h", SHADOW ", proc.name: cat, proc.cmdline: dog a", ""),
            &out),
        8);
    has(&out, "'fd.name': event 'unlink' cannot have it, it has no descriptor");
    has(&out, "'evt.is_open_write' is given as 'true', but follows from other fields");
    has(&out, "'evt.arg.newpath': event 'openat' has no such parameter");
    has(&out, "there is no such event");
    has(&out, "'proc.tty': a number is expected");
    has(&out, "an event needs its 'evt.type'");
    has(&out, "the value is not of the parameter's type");
    has(&out, "'proc.cmdline' is given as 'dog a', but is 'cat a'");
}

static void events_come_out_as_they_were_written(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(
        run("tests:\n" CASE("open", SHADOW ", fd.directory: /etc, proc.name: cat",
                            "    expect: [{rule: Shadow, count: 1, output: read /etc/shadow}]\n")
                CASE("failed open", SHADOW ", evt.res: EACCES", "")
                    CASE("off, not named", "evt.type: execve, proc.name: x", "")
                        CASE("off, named", "evt.type: execve, proc.name: x, proc.exepath: /bin/x",
                             "    expect: [{rule: Off, output_fields: {proc.exepath: /bin/x}}]\n")
                            CASE("socket",
                                 "evt.type: connect, fd.sip: 1.2.3.4, fd.sport: 80, proc.aname: "
                                 "[cron, init], fd.name: '0.0.0.0:0->1.2.3.4:80'",
                                 "    expect: [Connected]\n")
                                CASE("overlay",
                                     "evt.type: unlink, fs.path.name: /a, k8s.ns.name: prod, "
                                     "container.id: 0123456789ab",
                                     "    expect: [Pod]\n"),
            &out),
        0);
    has(&out, "ok 6 - overlay");
}

static void later_events_are_made_by_the_same_process(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(
        run("tests:\n  - name: two\n    ordered: true\n    events:\n"
            "      - {evt.type: execve, proc.name: x}\n      - {" SHADOW "}\n"
            "    expect: [{rule: Off}, {rule: Shadow, output_fields: {proc.name: x}}]\n",
            &out),
        0);
}

static void an_order_may_name_a_rule_again(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(
        run("tests:\n  - name: again\n    ordered: true\n    expect: ['Off', Shadow, 'Off']\n"
            "    events: [{evt.type: execve, proc.name: x}, {" SHADOW "},\n"
            "      {evt.type: execve, proc.name: x}]\n"
            "  - name: not again\n    ordered: true\n    expect: ['Off', Shadow, 'Off']\n"
            "    events: [{evt.type: execve, proc.name: x}, {" SHADOW "}]\n"
            "  - name: reversed\n    ordered: true\n    expect: [Shadow, 'Off']\n"
            "    events: [{evt.type: execve, proc.name: x}, {" SHADOW "}]\n",
            &out),
        2);
    has(&out, "ok 1 - again\nnot ok 2 - not again\n");
    has(&out, "the expected alerts came in another order\n");
}

static void coverage_lists_parts_with_their_places(void **state)
{
    sk_auto(buf) struct sk_buf out;

    (void)state;
    assert_int_equal(run("tests:\n" CASE("open", SHADOW, "    expect: [Shadow]\n"), &out), 0);
    has(&out, "/r.yaml:8:16: rule 'Shadow': never false: fd.name = /etc/shadow");
    has(&out, "/r.yaml:9:13: rule 'Shadow': never true: proc.name in (sh, bash)");
    has(&out, "rule 'Off': never reached: and");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_expectation_fails_and_says_why),
        cmocka_unit_test(fields_that_cannot_be_are_refused),
        cmocka_unit_test(events_come_out_as_they_were_written),
        cmocka_unit_test(later_events_are_made_by_the_same_process),
        cmocka_unit_test(an_order_may_name_a_rule_again),
        cmocka_unit_test(coverage_lists_parts_with_their_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
