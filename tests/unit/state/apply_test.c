/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#include <errno.h>

#define CHDIR  95
#define FCHDIR 97

static void shell(struct feed *f)
{
    feed_init(f, NULL, NULL);
    feed_exec(f, 10, 1, "/bin/sh", "");
    feed_send(f, FEED_EXECVE, 10);
}

static void the_codes_are_those_of_the_rows(void **state)
{
    static const struct {
        unsigned code;
        const char *name;
    } row[] = {
        {93, "getcwd"},     {95, "chdir"},     {97, "fchdir"},    {141, "getrlimit"},
        {143, "setrlimit"}, {145, "prlimit"},  {159, "brk"},      {161, "mmap"},
        {163, "mmap2"},     {165, "munmap"},   {186, "procexit"}, {193, "setresuid"},
        {195, "setresgid"}, {199, "setuid"},   {201, "setgid"},   {223, "clone"},
        {225, "fork"},      {227, "vfork"},    {241, "setns"},    {267, "chroot"},
        {275, "setsid"},    {285, "unshare"},  {293, "execve"},   {295, "setpgid"},
        {331, "execveat"},  {335, "clone3"},   {353, "capset"},   {401, "prctl"},
        {427, "setreuid"},  {429, "setregid"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++)
        assert_string_equal(sk_events[row[i].code].name, row[i].name);
}

static void events_without_a_thread_have_none(void **state)
{
    struct feed f;
    struct sk_event ev = {.info = &sk_events[0], .tid = 1};
    struct sk_event_info meta = {.category = SK_EC_METAEVENT};

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_touch(&f, 0);
    assert_null(f.th);
    ev.info = &meta;
    sk_state_apply(f.st, &ev, &f.th);
    assert_null(f.th);
    feed_done(&f);
}

static void an_unknown_thread_of_a_capture_is_a_fake(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_touch(&f, 77);
    assert_true(f.th->proc->fake);
    assert_string_equal(f.th->comm, "<NA>");
    assert_int_equal(f.th->uid, UINT32_MAX);
    feed_exec(&f, 77, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 77);
    assert_false(f.th->proc->fake);
    feed_done(&f);
}

static void an_unknown_thread_is_made_from_what_the_driver_tells(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 20,
                             .ppid = 10,
                             .vtid = 3,
                             .vpid = 2,
                             .uid = 5,
                             .gid = 6,
                             .start_ns = 9,
                             .cgroup_id = 8,
                             .comm = "exactly15chars!"};

    (void)state;
    shell(&f);
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &task);
    feed_send(&f, 275, 21);
    assert_false(f.th->proc->fake);
    assert_int_equal(f.th->tid, 21);
    assert_int_equal(f.th->vtid, 3);
    assert_int_equal(f.th->proc->pid, 20);
    assert_int_equal(f.th->proc->vpid, 2);
    assert_int_equal(f.th->proc->parent->pid, 10);
    assert_int_equal(f.th->uid, 5);
    assert_string_equal(f.th->comm, "exactly15chars!");
    assert_true(sk_str_eqz(f.th->proc->image->comm, "exactly15chars!"));
    feed_done(&f);
}

static int find_it(void *self, struct sk_state *st, uint32_t pid)
{
    struct sk_task_info ti = {.pid = pid, .tid = pid, .exepath = SK_STR("/from/proc")};

    if (*(int *)self != 0)
        return *(int *)self;
    return sk_state_add(st, &ti);
}

static void an_unknown_thread_is_looked_up_when_live_and_only_once(void **state)
{
    struct feed f;
    int answer = 0;
    struct sk_state_ops ops = {.self = &answer, .lookup = find_it, .live = true};
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, &ops);
    feed_touch(&f, 30);
    feed_touch(&f, 30);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/from/proc"));
    answer = -ESRCH;
    feed_touch(&f, 31);
    feed_touch(&f, 31);
    assert_true(f.th->proc->fake);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.lookups, 2);
    assert_int_equal(stats.lookup_misses, 1);
    feed_done(&f);
}

static void a_reused_pid_is_told_by_its_start(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .start_ns = 123456789, .comm = "sh"};
    struct sk_state_stats stats;

    (void)state;
    shell(&f);
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &task);
    feed_send(&f, 275, 10);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    task.start_ns = 999;
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &task);
    feed_send(&f, 275, 10);
    assert_int_equal(f.th->proc->image->exepath.n, 0);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.repaired, 1);
    feed_done(&f);
}

static void a_start_in_ticks_is_the_same_start(void **state)
{
    struct feed f;
    struct sk_task_info ti = {
        .pid = 10, .tid = 10, .start_ns = 120000000, .comm = SK_STR("a"), .exepath = SK_STR("/a")};
    struct sk_x_task task = {.pid = 10, .start_ns = 123456789, .comm = "b"};

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &task);
    feed_send(&f, 275, 10);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/a"));
    assert_string_equal(f.th->comm, "b");
    assert_int_equal(f.th->proc->start_ns, 123456789);
    feed_done(&f);
}

static void every_event_refreshes_credentials_and_parent(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .ppid = 4, .uid = 33, .gid = 34, .comm = "new"};

    (void)state;
    shell(&f);
    feed_exec(&f, 4, 1, "/sbin/reaper", "");
    feed_send(&f, FEED_EXECVE, 4);
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &task);
    feed_send(&f, 275, 10);
    assert_int_equal(f.th->uid, 33);
    assert_int_equal(f.th->gid, 34);
    assert_string_equal(f.th->comm, "new");
    assert_string_equal(f.th->proc->comm, "new");
    assert_int_equal(f.th->proc->parent->pid, 4);
    feed_done(&f);
}

/* A call of thread 10 that changes nothing: close. */
static void plain_call(struct feed *f, const struct sk_x_task *task)
{
    feed_result(f, 5, 0);
    sk_event_write_int(&f->w, 3, 8);
    feed_task(f, 5, task);
    feed_send(f, 5, 10);
}

static void what_a_call_has_set_is_what_the_next_event_tells(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .ppid = 1, .uid = 33, .comm = "same"};

    (void)state;
    shell(&f);
    plain_call(&f, &task);
    plain_call(&f, &task);
    assert_int_equal(f.th->uid, 33);
    feed_result(&f, 199, 0); /* setuid */
    sk_event_write_int(&f.w, 7, 4);
    feed_task(&f, 199, &task);
    feed_send(&f, 199, 10);
    assert_int_equal(f.th->uid, 7);
    plain_call(&f, &task);
    assert_int_equal(f.th->uid, 33);
    task.uid = 7;
    plain_call(&f, &task);
    assert_int_equal(f.th->uid, 7);
    feed_done(&f);
}

static void a_parent_that_appears_later_is_found_by_the_next_event(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .ppid = 4, .comm = "same"};

    (void)state;
    shell(&f);
    plain_call(&f, &task);
    plain_call(&f, &task);
    assert_null(f.th->proc->parent);
    feed_exec(&f, 4, 1, "/sbin/late", "");
    feed_send(&f, FEED_EXECVE, 4);
    plain_call(&f, &task);
    assert_non_null(f.th->proc->parent);
    assert_int_equal(f.th->proc->parent->pid, 4);
    feed_done(&f);
}

static void memory_is_followed_and_who_ended_is_gone(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .ppid = 1, .comm = "same"};

    (void)state;
    shell(&f);
    plain_call(&f, &task);
    feed_result(&f, 159, 0x1000); /* brk */
    sk_event_write_int(&f.w, 111, 4);
    sk_event_write_int(&f.w, 22, 4);
    sk_event_write_int(&f.w, 3, 4);
    feed_task(&f, 159, &task);
    feed_send(&f, 159, 10);
    assert_int_equal(f.th->proc->vm_size_kb, 111);
    assert_int_equal(f.th->proc->vm_swap_kb, 3);
    feed_result(&f, FEED_EXIT, 0);
    feed_task(&f, FEED_EXIT, &task);
    feed_send(&f, FEED_EXIT, 10);
    assert_non_null(f.th);
    feed_touch(&f, 11);
    assert_null(sk_state_thread(f.st, 10));
    feed_done(&f);
}

static void chdir_joins_and_a_resolved_directory_wins(void **state)
{
    struct feed f;
    struct sk_x_dir dir = {.tag = SK_X_DIR, .role = SK_ROLE_OLD};
    char ext[32];

    (void)state;
    shell(&f);
    feed_result(&f, CHDIR, 0);
    feed_text(&f, "../tmp/x/..");
    feed_send(&f, CHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/tmp/"));
    feed_result(&f, CHDIR, -2);
    feed_text(&f, "/nowhere");
    feed_send(&f, CHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/tmp/"));
    feed_result(&f, CHDIR, 0);
    feed_text(&f, "link");
    memcpy(ext, &dir, sizeof(dir));
    memcpy(ext + sizeof(dir), "/real", 6);
    sk_event_write_param(&f.w, ext, sizeof(dir) + 6);
    feed_send(&f, CHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/real/"));
    feed_done(&f);
}

static void chdir_whose_path_was_lost_goes_to_the_root(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    feed_result(&f, CHDIR, 0);
    feed_text(&f, "/tmp");
    feed_send(&f, CHDIR, 10);
    feed_result(&f, CHDIR, -2);
    feed_text(&f, "");
    feed_send(&f, CHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/tmp/"));
    feed_result(&f, CHDIR, 0);
    feed_text(&f, "");
    feed_send(&f, CHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/"));
    feed_done(&f);
}

static void fchdir_uses_the_resolved_descriptor(void **state)
{
    struct feed f;
    struct sk_x_file file = {.tag = SK_X_FILE, .role = SK_ROLE_FD, .type = SK_FD_DIRECTORY};
    char ext[64];

    (void)state;
    shell(&f);
    feed_result(&f, FCHDIR, 0);
    sk_event_write_int(&f.w, 3, 8);
    memcpy(ext, &file, sizeof(file));
    memcpy(ext + sizeof(file), "/", 2);
    sk_event_write_param(&f.w, ext, sizeof(file) + 2);
    feed_send(&f, FCHDIR, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/"));
    feed_done(&f);
}

static void getcwd_and_chroot_set_directories(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    feed_result(&f, 93, 5);
    feed_text(&f, "/seen");
    feed_send(&f, 93, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/seen/"));
    feed_result(&f, 93, 5);
    feed_text(&f, "(unreachable)/x");
    feed_send(&f, 93, 10);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/seen/"));
    feed_result(&f, 267, 0);
    feed_text(&f, "jail");
    feed_send(&f, 267, 10);
    assert_true(sk_str_eqz(f.th->proc->root, "/seen/jail/"));
    feed_done(&f);
}

/* A result and two or three numbers of `bytes` each. */
static void numbers(struct feed *f, uint16_t type, int64_t res, unsigned bytes, int64_t a,
                    int64_t b, int64_t c)
{
    feed_result(f, type, res);
    sk_event_write_int(&f->w, (uint64_t)a, bytes);
    sk_event_write_int(&f->w, (uint64_t)b, bytes);
    if (sk_events[type].nparams > 3)
        sk_event_write_int(&f->w, (uint64_t)c, bytes);
    feed_send(f, type, 10);
}

static void user_and_group_changes_set_the_effective_id(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    numbers(&f, 193, 0, 4, 1, 2, 3);
    assert_int_equal(f.th->uid, 2);
    numbers(&f, 193, 0, 4, 1, -1, 3);
    assert_int_equal(f.th->uid, 2);
    numbers(&f, 193, -1, 4, 1, 9, 3);
    assert_int_equal(f.th->uid, 2);
    numbers(&f, 195, 0, 4, 1, 4, 3);
    assert_int_equal(f.th->gid, 4);
    numbers(&f, 427, 0, 4, -1, 5, 0);
    assert_int_equal(f.th->uid, 5);
    numbers(&f, 429, 0, 4, -1, 6, 0);
    assert_int_equal(f.th->gid, 6);
    feed_result(&f, 199, 0);
    sk_event_write_int(&f.w, 7, 4);
    feed_send(&f, 199, 10);
    assert_int_equal(f.th->uid, 7);
    feed_result(&f, 201, 0);
    sk_event_write_int(&f.w, 8, 4);
    feed_send(&f, 201, 10);
    assert_int_equal(f.th->gid, 8);
    feed_done(&f);
}

static void capabilities_follow_capset_and_user_namespaces(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    numbers(&f, 353, -1, 8, 9, 9, 9);
    assert_int_equal(f.th->cap_effective, 3);
    numbers(&f, 353, 0, 8, 1, 2, 4);
    assert_int_equal(f.th->cap_effective, 4);
    f.th->proc->ns_mnt = 5;
    f.th->proc->ns_net = 6;
    feed_result(&f, 285, 0);
    sk_event_write_int(&f.w, 0x100000 | 0x20, 4);
    feed_send(&f, 285, 10);
    assert_int_equal(f.th->cap_effective, (1ull << 41) - 1);
    assert_int_equal(f.th->proc->ns_mnt, 0);
    assert_int_equal(f.th->proc->ns_net, 6);
    feed_done(&f);
}

static void prctl(struct feed *f, uint32_t option, const char *text, int64_t number)
{
    feed_result(f, 401, 0);
    sk_event_write_int(&f->w, option, 4);
    feed_text(f, text);
    sk_event_write_int(&f->w, (uint64_t)number, 8);
    feed_send(f, 401, 10);
}

static void prctl_renames_and_makes_reapers(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    prctl(&f, 15, "a-name-that-is-too-long", 0);
    assert_string_equal(f.th->comm, "a-name-that-is-");
    assert_true(sk_str_eqz(f.th->proc->image->comm, "sh"));
    prctl(&f, 36, "", 1);
    assert_true(f.th->proc->reaper);
    prctl(&f, 36, "", 0);
    assert_false(f.th->proc->reaper);
    feed_done(&f);
}

static void limits_sessions_and_groups_are_followed(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .vpid = 10, .vtid = 10};

    (void)state;
    shell(&f);
    feed_result(&f, 145, 0);
    for (int i = 1; i <= 4; i++)
        sk_event_write_int(&f.w, (uint64_t)i * 100, 8);
    sk_event_write_int(&f.w, 0, 8);
    sk_event_write_int(&f.w, 7, 1);
    feed_send(&f, 145, 10);
    assert_int_equal(f.th->proc->fdlimit, 100);
    feed_result(&f, 275, 10);
    feed_send(&f, 275, 10);
    assert_int_equal(f.th->proc->sid, 10);
    feed_result(&f, 295, 0);
    sk_event_write_int(&f.w, 0, 8);
    sk_event_write_int(&f.w, 4, 8);
    feed_task(&f, 295, &task);
    feed_send(&f, 295, 10);
    assert_int_equal(f.th->proc->vpgid, 4);
    assert_int_equal(f.th->proc->pgid, 4);
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_are_those_of_the_rows),
        cmocka_unit_test(events_without_a_thread_have_none),
        cmocka_unit_test(an_unknown_thread_of_a_capture_is_a_fake),
        cmocka_unit_test(an_unknown_thread_is_made_from_what_the_driver_tells),
        cmocka_unit_test(an_unknown_thread_is_looked_up_when_live_and_only_once),
        cmocka_unit_test(a_reused_pid_is_told_by_its_start),
        cmocka_unit_test(a_start_in_ticks_is_the_same_start),
        cmocka_unit_test(every_event_refreshes_credentials_and_parent),
        cmocka_unit_test(what_a_call_has_set_is_what_the_next_event_tells),
        cmocka_unit_test(a_parent_that_appears_later_is_found_by_the_next_event),
        cmocka_unit_test(memory_is_followed_and_who_ended_is_gone),
        cmocka_unit_test(chdir_joins_and_a_resolved_directory_wins),
        cmocka_unit_test(chdir_whose_path_was_lost_goes_to_the_root),
        cmocka_unit_test(fchdir_uses_the_resolved_descriptor),
        cmocka_unit_test(getcwd_and_chroot_set_directories),
        cmocka_unit_test(user_and_group_changes_set_the_effective_id),
        cmocka_unit_test(capabilities_follow_capset_and_user_namespaces),
        cmocka_unit_test(prctl_renames_and_makes_reapers),
        cmocka_unit_test(limits_sessions_and_groups_are_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
