/* SPDX-License-Identifier: Apache-2.0 */
/* What was given up does not come back: each test that gives up has a process of its own. */
#include "cli/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/conf_with.h"
#include "tests/unit/test.h"

#define BIT(cap) (1ull << (cap))

struct seen {
    uint64_t effective, permitted;
    bool no_new, bound; /* bound: the bounding set lacks CAP_SYS_MODULE */
    pid_t tid;
};

static int look(void *out)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2] = {0};
    struct seen *s = out;

    if (syscall(SYS_capget, &h, d))
        return -errno;
    s->effective = d[0].effective | (uint64_t)d[1].effective << 32;
    s->permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
    s->no_new = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    s->bound = prctl(PR_CAPBSET_READ, CAP_SYS_MODULE, 0, 0, 0) == 0;
    s->tid = gettid();
    return 7;
}

struct pair {
    struct seen before, called, after;
    uint64_t keep;
};

static void give_up(const struct sk_conf *conf, bool live, struct pair *out)
{
    struct sk_privileges p = {.conf = conf, .live = live};

    (void)look(&out->before);
    if (sk_privileges_call(&p, look, &out->called) != 7)
        _exit(1);
    sk_privileges_drop(&p);
    (void)look(&out->after);
    out->keep = p.keep;
}

/* In another process, whose user is `uid`. */
static struct pair try(struct sk_conf *conf, bool live, uid_t uid)
{
    struct pair out = {0};
    int fd[2], status = 0;
    pid_t pid;

    assert_int_equal(pipe(fd), 0);
    pid = fork();
    if (!pid) {
        if (uid && setresuid(uid, uid, uid))
            _exit(2);
        give_up(conf, live, &out);
        _exit(write(fd[1], &out, sizeof(out)) == sizeof(out) ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(fd[0], &out, sizeof(out)), sizeof(out));
    close(fd[0]);
    close(fd[1]);
    sk_conf_free(conf);
    return out;
}

static void need_root(void)
{
    if (geteuid() != 0 || prctl(PR_CAPBSET_READ, CAP_SYS_MODULE, 0, 0, 0) != 1)
        skip();
}

static void what_is_no_capability_is_refused(void **state)
{
    struct sk_diag *dg = sk_diag_new();
    struct sk_conf *conf = CONF("privileges.keep[]=CAP_KILL", "privileges.keep[]=CAP_FLY");

    (void)state;
    assert_int_equal(sk_privileges_check(conf, dg), -EINVAL);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "'CAP_FLY' is no capability"));
    sk_conf_free(conf);
    conf =
        CONF("privileges.keep[]=cap_kill", "privileges.keep[]=SYS_ADMIN", "privileges.keep[]=all");
    assert_int_equal(sk_privileges_check(conf, dg), 0);
    sk_conf_free(conf);
    conf = CONF("privileges.seccomp=maybe");
    assert_int_equal(sk_privileges_check(conf, dg), -EINVAL);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR),
                           "privileges.seccomp is 'maybe': one of errno, log, kill, off"));
    sk_conf_free(conf);
    sk_diag_free(dg);
}

static void threads_and_the_caller_keep_the_same_little(void **state)
{
    struct pair p;

    (void)state;
    need_root();
    p = try(CONF("stdout_output.enabled=true"), false, 0);
    assert_int_not_equal(p.called.tid, p.before.tid);
    assert_int_equal(p.called.effective, BIT(CAP_DAC_READ_SEARCH));
    assert_int_equal(p.called.permitted, BIT(CAP_DAC_READ_SEARCH));
    assert_true(p.called.bound && p.called.no_new);
    assert_int_equal(p.after.permitted, BIT(CAP_DAC_READ_SEARCH));
    assert_true(p.after.bound && p.after.no_new);
}

static void who_watches_live_reads_proc_of_others(void **state)
{
    struct pair p;

    (void)state;
    need_root();
    p = try(CONF("stdout_output.enabled=true"), true, 0);
    /* CAP_BPF: where maps need it. */
    assert_int_equal(p.after.effective & ~BIT(39), BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE));
}

static void switched_off_everything_stays(void **state)
{
    struct pair p;

    (void)state;
    p = try(CONF("privileges.drop=false"), true, 0);
    assert_int_equal(p.called.tid, p.before.tid);
    assert_int_equal(p.after.permitted, p.before.permitted);
    assert_false(p.after.no_new && !p.before.no_new);
}

static void what_is_to_be_kept_is_kept(void **state)
{
    struct pair p;

    (void)state;
    need_root();
    p = try(CONF("privileges.keep[]=CAP_CHOWN", "privileges.no_new_privs=false",
                 "privileges.seccomp=off", "webserver.enabled=true", "webserver.listen_port=443"),
            false, 0);
    assert_int_equal(p.after.effective,
                     BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHOWN) | BIT(CAP_NET_BIND_SERVICE));
    assert_false(p.after.no_new);
    p = try(CONF("privileges.keep[]=all"), false, 0);
    assert_int_equal(p.after.effective, p.before.permitted);
}

static void programs_have_all_rights_unless_reduced(void **state)
{
    struct pair p;

    (void)state;
    need_root();
    p = try(CONF("program_output.enabled=true", "program_output.program=cat"), false, 0);
    assert_int_equal(p.after.effective, BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_KILL));
    assert_false(p.after.bound || p.after.no_new);
    p = try(CONF("program_output.enabled=true", "program_output.program=cat",
                 "privileges.programs=reduced"),
            false, 0);
    assert_int_equal(p.after.effective, BIT(CAP_DAC_READ_SEARCH));
    assert_true(p.after.bound && p.after.no_new);
}

static void a_file_among_those_of_others_needs_their_right(void **state)
{
    char dir[] = "/tmp/saker-priv-XXXXXX", option[128];
    struct pair p;

    (void)state;
    need_root();
    assert_non_null(mkdtemp(dir));
    snprintf(option, sizeof(option), "file_output.filename=%s/alerts", dir);
    p = try(CONF("file_output.enabled=true", option), false, 0);
    assert_int_equal(p.after.effective, BIT(CAP_DAC_READ_SEARCH));
    assert_int_equal(chown(dir, 65534, 65534), 0);
    p = try(CONF("file_output.enabled=true", option), false, 0);
    assert_int_equal(p.after.effective, BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_DAC_OVERRIDE));
    rmdir(dir);
}

static void who_has_nothing_gives_up_nothing_and_is_filtered_all_the_same(void **state)
{
    struct pair p;

    (void)state;
    if (geteuid() != 0)
        skip();
    p = try(CONF("stdout_output.enabled=true"), true, 65534);
    assert_int_equal(p.after.permitted, 0);
    assert_true(p.after.no_new);
}

static void programs_that_come_later_are_refused_where_none_can_be_started(void **state)
{
    static const struct {
        int left;
        bool program;
        int err;
    } row[] = {{SK_LEFT_ALL, true, 0},
               {SK_LEFT_PROGRAMS, true, 0},
               {SK_LEFT_ALONE, false, 0},
               {SK_LEFT_ALONE, true, -EPERM}};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        sk_auto(conf) struct sk_conf *c =
            row[i].program ? CONF("program_output.enabled=true", "program_output.program=cat")
                           : CONF("stdout_output.enabled=true");
        struct sk_privileges p = {.left = row[i].left};

        assert_int_equal(sk_privileges_allow(&p, c, dg), row[i].err);
    }
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "Saker was started without programs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_capability_is_refused),
        cmocka_unit_test(threads_and_the_caller_keep_the_same_little),
        cmocka_unit_test(who_watches_live_reads_proc_of_others),
        cmocka_unit_test(switched_off_everything_stays),
        cmocka_unit_test(what_is_to_be_kept_is_kept),
        cmocka_unit_test(programs_have_all_rights_unless_reduced),
        cmocka_unit_test(programs_that_come_later_are_refused_where_none_can_be_started),
        cmocka_unit_test(a_file_among_those_of_others_needs_their_right),
        cmocka_unit_test(who_has_nothing_gives_up_nothing_and_is_filtered_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
