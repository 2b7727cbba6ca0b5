/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/write.h"

#include "tests/unit/trial/util.h"

struct made {
    struct sk_arena *mem;
    struct sk_buf rec;
    struct sk_scene scene;
    struct sk_event ev;
};

static void make(struct made *m, const char *fields)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char text[1024];
    struct sk_suite s;
    const struct sk_trial_event *e;
    bool used[SK_SUITE_FIELDS] = {false};

    *m = (struct made){.mem = sk_arena_new(1u << 20), .rec = SK_BUF(1u << 20)};
    snprintf(text, sizeof(text), "tests:\n  - name: a\n    events: [{%s}]\n", fields);
    assert_int_equal(sk_suite_parse("x.tests.yaml", sk_str(text), m->mem, &s, dg), 0);
    e = &s.test[0].event[0];
    if (sk_scene_make(e->given, e->n, SK_SCENE_TS_NS, m->mem, &m->scene, used, dg) ||
        sk_record_make(e, e->given, e->n, &m->scene, SK_SCENE_TS_NS, m->mem, &m->rec, used, dg))
        fail_msg("%s: %s", fields, sk_diag_text(dg, SK_DIAG_ERROR));
    if (sk_event_decode(m->rec.p, m->rec.n, 0, &m->ev))
        fail_msg("%s: not well-formed", fields);
}

static void done(struct made *m)
{
    sk_buf_done(&m->rec);
    sk_arena_free(m->mem);
}

static void every_event_of_the_driver_can_be_written(void **state)
{
    (void)state;
    for (unsigned code = 2; code < SK_EVENT_N; code++) {
        char fields[128];
        struct made m;

        if (!sk_events[code].supported || sk_events[code].flags & SK_EF_UNUSED)
            continue;
        snprintf(fields, sizeof(fields), "evt.type: %s", sk_events[code].name);
        make(&m, fields);
        assert_string_equal(m.ev.info->name, sk_events[code].name);
        assert_int_equal(m.ev.nparams, m.ev.info->nparams);
        assert_non_null(m.ev.task);
        done(&m);
    }
}

static void a_system_call_without_a_row_is_generic(void **state)
{
    struct made m;

    (void)state;
    make(&m, "evt.type: sysinfo");
    assert_int_equal(m.ev.type, 1);
    assert_string_equal(sk_event_name(&m.ev), "sysinfo");
    done(&m);
}

static void execve_tells_the_new_image(void **state)
{
    struct made m;
    int i;

    (void)state;
    make(&m,
         "evt.type: execve, proc.exepath: /bin/x, proc.cmdline: x a b, proc.exe_deleted: true, "
         "proc.is_exe_upper_layer: true, proc.tty: 7, container.id: 0123456789ab, proc.vpid: 1");
    i = sk_event_param_index(m.ev.info, "trusted_exepath");
    assert_true(sk_str_eqz(sk_event_text(&m.ev, (unsigned)i), "/bin/x (deleted)"));
    i = sk_event_param_index(m.ev.info, "args");
    assert_int_equal(sk_event_bytes(&m.ev, (unsigned)i).n, 4);
    assert_int_equal(m.ev.task->vpid, 1);
    assert_true(m.ev.task->flags & SK_TASK_PIDNS);
    assert_int_equal(m.ev.task->uid, 0);
    assert_non_null(m.ev.exec);
    done(&m);
}

static void descriptors_are_files_or_sockets(void **state)
{
    struct made m;

    (void)state;
    make(&m, "evt.type: openat, fd.name: /a, fd.num: 9, fd.ino: 5, fd.is_upper_layer: true");
    assert_int_equal(m.ev.file.x->fd, 9);
    assert_int_equal(m.ev.file.x->ino, 5);
    assert_int_equal(m.ev.file.x->flags, SK_FILE_UPPER);
    assert_true(sk_str_eqz(m.ev.file.path, "/a"));
    done(&m);
    make(&m, "evt.type: openat, fd.name: /a, evt.res: ENOENT");
    assert_null(m.ev.file.x);
    done(&m);
    make(&m, "evt.type: accept4, fd.cip: 1.2.3.4, fd.cport: 5, fd.sip: 10.0.0.1, fd.sport: 80");
    assert_int_equal(m.ev.sock.x->rport, 5);
    assert_int_equal(m.ev.sock.x->lport, 80);
    assert_int_equal(m.ev.sock.x->server, 1);
    done(&m);
}

static void refused(const char *before, const char *value, const char *message)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    sk_buf_printf(&b, "%s%s", before, value);
    sk_auto(told) struct told *t = told_new(b.p, 1u << 20);
    assert_int_equal(told_scene(t), 0);
    assert_int_equal(told_record(t), -EINVAL);
    says(t, FIELDS_COL + (unsigned)strlen(before), message);
}

static void what_no_record_can_say_is_refused_at_its_place(void **state)
{
    sk_auto(told) struct told *none = told_new("proc.name: x", 1u << 20);

    (void)state;
    assert_int_equal(told_scene(none), 0);
    assert_int_equal(told_record(none), -EINVAL);
    says(none, FIELDS_COL - 1, "an event needs its 'evt.type'");
    refused("evt.type: ", "opne",
            "'evt.type': there is no such event; saker --list-events lists them");
    refused("evt.type: ", "[open, openat]",
            "'evt.type': there is no such event; saker --list-events lists them");
    refused("evt.type: close, evt.res: ", "EGREAT",
            "'evt.res': a number or the name of an error is expected");
    refused("evt.type: close, evt.rawres: ", "''",
            "'evt.rawres': a number or the name of an error is expected");
    refused("evt.type: close, fd.num: ", "three", "'fd.num': a number is expected");
    refused("evt.type: switch, evt.res: ", "EPERM", "'evt.res': this event has no result");
    refused("evt.type: switch, evt.failed: ", "true", "'evt.failed': this event has no result");
    refused("evt.type: openat, evt.arg.flags: ", "O_NOPE",
            "'evt.arg.flags': the value is not of the parameter's type");
    refused("evt.type: kill, evt.arg.sig: ", "SIGNOPE",
            "'evt.arg.sig': the value is not of the parameter's type");
    refused("evt.type: connect, evt.arg.addr: ", "1.2.3.4",
            "'evt.arg.addr': a parameter of this type cannot be written as text: give fd.* fields");
    refused("evt.type: openat, ", "evt.arg.newpath: a",
            "'evt.arg.newpath': event 'openat' has no such parameter");
    refused("evt.type: openat, ", "'evt.arg[7]': a",
            "'evt.arg[7]': event 'openat' has no such parameter");
    refused("evt.type: openat, ", "evt.rawarg.sig: 1",
            "'evt.rawarg.sig': event 'openat' has no such parameter");
}

static int64_t result_of(const char *fields)
{
    struct made m;
    int64_t v;

    make(&m, fields);
    assert_true(sk_event_i64(&m.ev, 0, &v));
    done(&m);
    return v;
}

static void a_result_is_a_success_unless_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(result_of("evt.type: openat"), 3);
    assert_int_equal(result_of("evt.type: openat, fd.num: 9"), 9);
    assert_int_equal(result_of("evt.type: openat, fd.num: 9, evt.res: SUCCESS"), 9);
    assert_int_equal(result_of("evt.type: openat, evt.res: ENOENT"), -2);
    assert_int_equal(result_of("evt.type: openat, evt.failed: true"), -1);
    assert_int_equal(result_of("evt.type: openat, evt.failed: false"), 3);
    assert_int_equal(result_of("evt.type: openat, evt.rawres: -13, evt.res: EACCES"), -13);
    assert_int_equal(result_of("evt.type: close"), 0);
    assert_int_equal(result_of("evt.type: openat, evt.arg.fd: 5"), 5);
}

static void is_text(const char *fields, unsigned param, const char *want)
{
    struct made m;

    make(&m, fields);
    if (!sk_str_eqz(sk_event_text(&m.ev, param), want))
        fail_msg("%s: '%s' is not '%s'", fields, sk_event_text(&m.ev, param).p, want);
    done(&m);
}

static void a_path_is_what_was_asked_for(void **state)
{
    (void)state;
    is_text("evt.type: openat, fd.name: /a", 2, "/a");
    is_text("evt.type: openat, fd.nameraw: ../a, fd.name: /a", 2, "../a");
    is_text("evt.type: openat, fs.path.nameraw: r, fs.path.name: /n, fs.path.resolved: /s", 2, "r");
    is_text("evt.type: openat, fs.path.name: /n, fs.path.resolved: /s", 2, "/n");
    is_text("evt.type: openat, evt.arg.name: own, fs.path.name: /n", 2, "own");
    is_text("evt.type: openat, 'evt.arg[2]': second", 2, "second");
    is_text("evt.type: symlink, fs.path.target: /t, fs.path.source: /s", 1, "/t");
    is_text("evt.type: symlink, fs.path.target: /t, fs.path.source: /s", 2, "/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_the_driver_can_be_written),
        cmocka_unit_test(a_system_call_without_a_row_is_generic),
        cmocka_unit_test(execve_tells_the_new_image),
        cmocka_unit_test(descriptors_are_files_or_sockets),
        cmocka_unit_test(what_no_record_can_say_is_refused_at_its_place),
        cmocka_unit_test(a_result_is_a_success_unless_it_is_told),
        cmocka_unit_test(a_path_is_what_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
