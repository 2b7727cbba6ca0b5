/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/trial/util.h"

static int check(struct told *t, struct sk_overlay *out)
{
    return sk_check_given(t->e->given, t->e->n, t->used, &t->cx, t->mem, out, t->dg);
}

/* The values that the event does not have, but the rules see: "FIELD=N values". */
static void overlays(const char *fields, const char *want)
{
    sk_auto(told) struct told *t = told_new(fields, 1u << 20);
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_overlay o;

    told_apply(t);
    if (check(t, &o))
        fail_msg("%s: %s", fields, sk_diag_text(t->dg, SK_DIAG_ERROR));
    for (size_t i = 0; i < o.n; i++)
        sk_buf_printf(&b, "%.*s=%zu ", (int)o.row[i].text.n, o.row[i].text.p, o.row[i].n);
    assert_string_equal(sk_buf_str(&b).p, want);
}

static void refused(const char *before, const char *field, const char *message)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);
    struct sk_overlay o;

    sk_buf_printf(&b, "%s%s", before, field);
    sk_auto(told) struct told *t = told_new(b.p, 1u << 20);
    told_apply(t);
    assert_int_equal(check(t, &o), -EINVAL);
    says(t, FIELDS_COL + (unsigned)strlen(before), message);
}

#define OPEN "evt.type: openat, fd.name: /etc/shadow, "

static void what_the_event_says_needs_no_value_of_its_own(void **state)
{
    (void)state;
    overlays(OPEN "fd.directory: /etc, proc.name: cat, fd.num: 0x9, evt.num: 1", "");
    overlays(OPEN "proc.aname: [sh, sshd], proc.env: [A=b]", "");
    overlays("evt.type: openat, fd.name: /a, evt.res: ENOENT, evt.failed: true", "");
    overlays("evt.type: unlink, fs.path.name: /a, evt.res: ENOENT", "");
    overlays("evt.type: openat, evt.arg.flags: O_RDONLY|O_CLOEXEC, fd.typechar: f", "");
}

static void what_comes_from_elsewhere_is_put_over_the_event(void **state)
{
    (void)state;
    overlays(OPEN "k8s.ns.name: prod, container.id: 0123456789ab", "k8s.ns.name=1 ");
    overlays(OPEN "container.image.repository: [a, b]", "container.image.repository=2 ");
    overlays(OPEN "container.privileged: true, user.name: bob, group.name: bob",
             "container.privileged=1 user.name=1 group.name=1 ");
    overlays("evt.type: symlink, fs.path.target: /t, fs.path.target_resolved: /r",
             "fs.path.target_resolved=1 ");
    refused(OPEN "container.privileged: ", "maybe",
            "'container.privileged': 'maybe' is no value of its type BOOL");
    refused(OPEN "container.image.repository: a, container.privileged: [true, ", "x]",
            "'container.privileged': 'x' is no value of its type BOOL");
}

static void what_is_not_so_is_refused_at_its_field(void **state)
{
    (void)state;
    refused(OPEN "proc.name: cat, ", "proc.cmdline: dog a",
            "'proc.cmdline' is given as 'dog a', but is 'cat a' with the other fields of the "
            "event");
    refused(OPEN, "evt.is_open_write: true",
            "'evt.is_open_write' is given as 'true', but follows from other fields, and is "
            "'false'");
    refused(OPEN, "evt.num: 0x2",
            "'evt.num' is given as '0x2', but follows from other fields, and is '1'");
    refused("evt.type: unlink, ", "fd.name: /x",
            "'fd.name': event 'unlink' cannot have it, it has no descriptor");
    refused("evt.type: openat, fs.path.nameraw: a, proc.cwd: /b/, ", "fs.path.name: /c/a",
            "'fs.path.name' is given as '/c/a', but is '/b/a' with the other fields of the event");
}

static void a_full_arena_is_said(void **state)
{
    sk_auto(told) struct told *t = told_new(OPEN "k8s.ns.name: prod", 1u << 20);
    sk_auto(arena) struct sk_arena *none = sk_arena_new(1);
    struct sk_overlay o;

    (void)state;
    told_apply(t);
    assert_int_equal(sk_check_given(t->e->given, t->e->n, t->used, &t->cx, none, &o, t->dg),
                     -ENOMEM);
    assert_int_equal(o.n, 0);
    assert_int_equal(sk_diag_count(t->dg, SK_DIAG_ERROR), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_event_says_needs_no_value_of_its_own),
        cmocka_unit_test(what_comes_from_elsewhere_is_put_over_the_event),
        cmocka_unit_test(what_is_not_so_is_refused_at_its_field),
        cmocka_unit_test(a_full_arena_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
