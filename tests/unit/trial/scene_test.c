/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/scene.h"

#include "tests/unit/trial/util.h"

static struct told *scene(const char *fields)
{
    struct told *t = told_new(fields, 1u << 20);

    if (told_scene(t))
        fail_msg("%s: %s", fields, sk_diag_text(t->dg, SK_DIAG_ERROR));
    return t;
}

/* `before` is what stands ahead of the refused value. */
static void refused(const char *before, const char *value, const char *message)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(65536);

    sk_buf_printf(&b, "%s%s", before, value);
    sk_auto(told) struct told *t = told_new(b.p, 1u << 20);
    assert_int_equal(told_scene(t), -EINVAL);
    says(t, FIELDS_COL + (unsigned)strlen(before), message);
}

static void is(struct sk_str s, const char *want)
{
    if (!sk_str_eqz(s, want))
        fail_msg("'%.*s' is not '%s'", (int)s.n, s.p, want);
}

static void what_is_not_told_is_an_ordinary_process_of_the_host(void **state)
{
    sk_auto(told) struct told *t = scene("evt.type: open");
    const struct sk_task_info *ti = &t->scene.who[0];

    (void)state;
    assert_int_equal(t->scene.n, 1);
    assert_false(t->scene.in_container);
    assert_false(t->used[0]);
    is(ti->comm, "program");
    is(ti->exe, "program");
    is(ti->exepath, "");
    is(ti->cwd, "/");
    assert_int_equal(ti->pid, 1000);
    assert_int_equal(ti->tid, 1000);
    assert_int_equal(ti->vpid, 1000);
    assert_int_equal(ti->vtid, 1000);
    assert_int_equal(ti->sid, 1000);
    assert_int_equal(ti->ppid, 0);
    assert_int_equal(ti->uid, 0);
    assert_int_equal(ti->gid, 0);
    assert_int_equal(ti->loginuid, UINT32_MAX);
    assert_true(ti->cap_effective == (1ull << 41) - 1);
    assert_true(ti->cap_permitted == ti->cap_effective);
    assert_int_equal(ti->cgroups.n, sizeof("cpuset=/"));
    assert_true(SK_SCENE_TS_NS - ti->clone_ns == 10000000000ull);
}

static void a_command_line_fills_names_that_are_not_given(void **state)
{
    sk_auto(told) struct told *a = scene("proc.cmdline: cat  /etc/shadow");
    sk_auto(told) struct told *b = scene("proc.cmdline: [cat, 'a b'], proc.name: dog");
    sk_auto(told) struct told *c = scene("proc.exepath: /bin/x");
    sk_auto(told) struct told *d = scene("proc.exe: ./x");

    (void)state;
    is(a->scene.who[0].comm, "cat");
    is(a->scene.who[0].exe, "cat");
    assert_int_equal(a->scene.who[0].args.n, sizeof("/etc/shadow"));
    assert_string_equal(a->scene.who[0].args.p, "/etc/shadow");
    assert_true(a->used[0]);
    is(b->scene.who[0].comm, "dog");
    is(b->scene.who[0].exe, "cat");
    assert_string_equal(b->scene.who[0].args.p, "a b");
    is(c->scene.who[0].comm, "x");
    is(c->scene.who[0].exe, "/bin/x");
    is(d->scene.who[0].comm, "x");
    is(d->scene.who[0].exepath, "");
    sk_auto(told) struct told *e = scene("proc.cmdline: ' cat a'");
    is(e->scene.who[0].comm, "cat");
    refused("proc.cmdline: ", "''", "'proc.cmdline': a command line begins with a name");
    refused("proc.cmdline: ", "[]", "'proc.cmdline': a command line begins with a name");
}

static void ancestors_are_told_one_by_one_or_as_a_list(void **state)
{
    sk_auto(told) struct told *a =
        scene("proc.pname: sh, 'proc.aname[2]': sshd, proc.apid: [7, 8, 9], 'proc.aexe[3]': /i");
    sk_auto(told) struct told *b = scene("'proc.aname[15]': far, 'proc.aname[0]': own");

    (void)state;
    assert_int_equal(a->scene.n, 4);
    is(a->scene.who[0].comm, "program");
    is(a->scene.who[1].comm, "sh");
    is(a->scene.who[2].comm, "sshd");
    is(a->scene.who[3].comm, "i");
    assert_int_equal(a->scene.who[0].ppid, 7);
    assert_int_equal(a->scene.who[1].ppid, 8);
    assert_int_equal(a->scene.who[2].ppid, 9);
    assert_int_equal(a->scene.who[3].ppid, 0);
    assert_int_equal(b->scene.n, SK_SCENE_CHAIN);
    is(b->scene.who[15].comm, "far");
    is(b->scene.who[0].comm, "own");
    refused("'proc.aname[16]': ", "far",
            "'proc.aname[16]': no such ancestor: 0 is the process, 1 its parent, up to 15");
    refused("proc.aname: ", "[a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]",
            "'proc.aname': more ancestors than a test can have (15)");
}

static void numbers_fit_their_field_or_are_refused(void **state)
{
    sk_auto(told) struct told *t =
        scene("user.loginuid: -1, proc.tty: 0x22, proc.duration: 5, proc.vmsize: 4294967296, "
              "proc.ppid.duration: 7");

    (void)state;
    assert_int_equal(t->scene.who[0].loginuid, UINT32_MAX);
    assert_int_equal(t->scene.who[0].tty, 0x22);
    assert_true(t->scene.who[0].vm_size_kb == 4294967296ull);
    assert_true(t->scene.who[0].clone_ns == SK_SCENE_TS_NS - 5);
    assert_true(t->scene.who[1].clone_ns == SK_SCENE_TS_NS - 7);
    refused("proc.tty: ", "-1", "'proc.tty': a number is expected");
    refused("proc.tty: ", "4294967296", "'proc.tty': a number is expected");
    refused("proc.name: x, proc.pid: ", "one", "'proc.pid': a number is expected");
    refused("proc.apid: [1, ", "'']", "'proc.apid': a number is expected");
    refused("proc.sid: ", "[1, 2]", "'proc.sid': a number is expected");
}

static void flags_and_capabilities_are_words(void **state)
{
    sk_auto(told) struct told *a =
        scene("proc.is_exe_writable: true, proc.is_exe_from_memfd: false, "
              "thread.cap_effective: CAP_CHOWN CAP_KILL");
    sk_auto(told) struct told *b = scene("thread.cap_full: false");
    sk_auto(told) struct told *c = scene("thread.cap_permitted: [CAP_KILL], user.uid: 5");
    sk_auto(told) struct told *d = scene("user.uid: 5");

    (void)state;
    assert_true(a->scene.who[0].exe_writable);
    assert_false(a->scene.who[0].exe_memfd);
    assert_true(a->scene.who[0].cap_effective == 0x21);
    assert_true(a->scene.who[0].cap_permitted == 0x21);
    assert_true(b->scene.who[0].cap_effective == 0);
    assert_true(c->scene.who[0].cap_permitted == 0x20);
    assert_true(c->scene.who[0].cap_effective == 0x20);
    assert_true(d->scene.who[0].cap_effective == 0);
    refused("proc.is_exe_writable: ", "yes", "'proc.is_exe_writable': true or false is expected");
    refused("thread.cap_full: ", "1", "'thread.cap_full': true or false is expected");
    refused("thread.cap_effective: ", "CAP_NOPE",
            "'thread.cap_effective': names of capabilities are expected");
}

static void a_name_of_a_user_has_a_number_that_fits(void **state)
{
    sk_auto(told) struct told *a = scene("user.name: root, group.name: staff");
    sk_auto(told) struct told *b = scene("user.name: bob, user.uid: 33, user.loginname: bob");
    sk_auto(told) struct told *c = scene("user.uid: 33, proc.pname: sh");
    sk_auto(told) struct told *d = scene("group.name: root, group.gid: 4, user.loginuid: 9, "
                                         "user.loginname: root");

    (void)state;
    assert_int_equal(a->scene.who[0].uid, 0);
    assert_int_equal(a->scene.who[0].gid, 1000);
    assert_int_equal(b->scene.who[0].uid, 33);
    assert_int_equal(b->scene.who[0].gid, 33);
    assert_int_equal(b->scene.who[0].loginuid, 1000);
    assert_int_equal(c->scene.who[1].uid, 33);
    assert_int_equal(d->scene.who[0].gid, 4);
    assert_int_equal(d->scene.who[0].loginuid, 9);
    assert_true(d->used[3]);
}

static void a_container_is_a_control_group_and_namespaces(void **state)
{
    sk_auto(told) struct told *host = scene("container.id: host");
    sk_auto(told) struct told *docker = scene("container.id: 0123456789ab, proc.pname: sh");
    sk_auto(told) struct told *lxc = scene("container.id: web");

    (void)state;
    assert_false(host->scene.in_container);
    assert_true(docker->scene.in_container);
    is(sk_cgroups_container_id(docker->scene.who[0].cgroups), "0123456789ab");
    is(sk_cgroups_container_id(docker->scene.who[1].cgroups), "0123456789ab");
    is(sk_cgroups_container_id(lxc->scene.who[0].cgroups), "web");
    assert_int_not_equal(docker->scene.who[0].ns_pid, host->scene.who[0].ns_pid);
    assert_int_equal(docker->scene.who[0].ns_user, host->scene.who[0].ns_user);
    assert_int_equal(docker->scene.who[0].vpid, 102);
    assert_true(docker->scene.who[0].cap_effective == 0xa80425fbull);
}

static void a_full_arena_is_said(void **state)
{
    static const char *const fields[] = {"proc.cmdline: a b", "proc.args: [a]", "proc.name: [a, b]",
                                         "container.id: web"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(fields); i++) {
        sk_auto(told) struct told *t = told_new(fields[i], 1);

        assert_int_equal(told_scene(t), -ENOMEM);
        assert_int_equal(sk_diag_count(t->dg, SK_DIAG_ERROR), 0);
    }
}

static void the_state_is_told_the_whole_family(void **state)
{
    sk_auto(told) struct told *t = scene("proc.pname: sh, 'proc.aname[2]': sshd");
    const struct sk_state_limits limits = {0}, one = {.threads = 1};
    const struct sk_state_ops ops = {.host_root = ""};
    sk_auto(state) struct sk_state *st = NULL, *small = NULL;
    const struct sk_proc *p;

    (void)state;
    assert_int_equal(sk_state_new(&limits, &ops, &st), 0);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(sk_scene_tell(&t->scene, st), 0);
        assert_non_null(sk_state_proc(st, 1));
        p = sk_state_proc(st, 1000);
        assert_non_null(p);
        assert_int_equal(p->parent->pid, 998);
        assert_int_equal(p->parent->parent->pid, 997);
    }
    assert_int_equal(sk_state_new(&one, &ops, &small), 0);
    assert_int_equal(sk_scene_tell(&t->scene, small), -ENOSPC);
}

static void fields_of_who_acts_hold_on(void **state)
{
    static const char *const who[] = {"proc.name", "thread.tid",   "user.uid",
                                      "group.gid", "container.id", "k8s.ns.name"};
    static const char *const what[] = {"evt.type", "fd.name", "fs.path.name"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(who); i++)
        assert_true(sk_scene_has(&(struct sk_field){.name = who[i]}));
    for (size_t i = 0; i < SK_ARRAY_LEN(what); i++)
        assert_false(sk_scene_has(&(struct sk_field){.name = what[i]}));
}

static void given_values_are_texts_or_words(void **state)
{
    sk_auto(told) struct told *t =
        told_new("proc.name: ' a  b ', proc.args: [a, 'b c', ''], proc.env: []", 1u << 20);
    const struct sk_given *g = t->e->given;
    struct sk_str words;

    (void)state;
    assert_ptr_equal(sk_given_find(g, 3, "proc.args"), &g[1]);
    assert_null(sk_given_find(g, 1, "proc.args"));
    is(sk_given_text(&g[0], t->mem), " a  b ");
    is(sk_given_text(&g[1], t->mem), "a b c ");
    is(sk_given_text(&g[2], t->mem), "");
    words = sk_given_words(&g[1], t->mem);
    assert_int_equal(words.n, 7);
    assert_memory_equal(words.p, "a\0b c\0", 7);
    assert_int_equal(sk_given_words(&g[2], t->mem).n, 0);
    words = sk_given_words(&g[0], t->mem);
    assert_int_equal(words.n, 4);
    assert_memory_equal(words.p, "a\0b", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_told_is_an_ordinary_process_of_the_host),
        cmocka_unit_test(a_command_line_fills_names_that_are_not_given),
        cmocka_unit_test(ancestors_are_told_one_by_one_or_as_a_list),
        cmocka_unit_test(numbers_fit_their_field_or_are_refused),
        cmocka_unit_test(flags_and_capabilities_are_words),
        cmocka_unit_test(a_name_of_a_user_has_a_number_that_fits),
        cmocka_unit_test(a_container_is_a_control_group_and_namespaces),
        cmocka_unit_test(a_full_arena_is_said),
        cmocka_unit_test(the_state_is_told_the_whole_family),
        cmocka_unit_test(fields_of_who_acts_hold_on),
        cmocka_unit_test(given_values_are_texts_or_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
