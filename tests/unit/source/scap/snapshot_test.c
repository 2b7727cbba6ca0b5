/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of a recording, read back into another state. */
#include "tests/unit/test.h"

#include "source/scap/writer.h"

#include <errno.h>
#include <unistd.h>

#include "source/scap/reader.h"
#include "state/fd.h"

static struct sk_state *read_back(const char *path)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_reader *r;
    struct sk_scap_record rec;
    struct sk_state *st;
    int step;

    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    assert_int_equal(sk_scap_reader_open(path, &r, dg), 0);
    sk_scap_reader_set_state(r, st);
    while ((step = sk_scap_reader_step(r, &rec)) >= 0)
        continue;
    if (step != -ENODATA)
        fail_msg("%s", sk_scap_reader_why(r));
    assert_int_equal(sk_scap_reader_skipped_lists(r), 0);
    sk_scap_reader_free(r);
    return st;
}

static struct sk_state *through_a_file(struct sk_state *st, const char *proc)
{
    char path[] = "/tmp/saker_snapshot_XXXXXX";
    const struct sk_scap_writer_options opt = {.path = path};
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_scap_writer *w;
    struct sk_state *again;

    close(mkstemp(path));
    assert_int_equal(sk_scap_writer_open(&opt, &w, dg), 0);
    sk_scap_write_state(w, st, proc);
    assert_int_equal(sk_scap_writer_close(w), 0);
    again = read_back(path);
    unlink(path);
    return again;
}

static void what_a_capture_told_is_told_again(void **state)
{
    const struct sk_task_info task = {.pid = 5,
                                      .tid = 5,
                                      .ppid = 1,
                                      .comm = SK_STR("five"),
                                      .cwd = SK_STR("/w"),
                                      .uid = 7,
                                      .start_ns = 123,
                                      .clone_ns = 456,
                                      .ns_pid = 11,
                                      .ns_cgroup = 12,
                                      .cgroup_id = 13};
    const struct sk_task_info thread = {.pid = 5, .tid = 6, .comm = SK_STR("six")};
    const struct sk_fd_info fd = {.num = 3, .type = SK_FD_FILE, .name = SK_STR("/etc/x"), .ino = 9};
    const struct sk_iface ifc = {.ip = {10, 0, 0, 1}};
    const struct sk_user user = {7, 8, SK_STR("seven"), SK_STR("/"), SK_STR("")};
    sk_auto(state) struct sk_state *st = NULL, *again = NULL;
    const struct sk_fd *got;
    uint8_t ip[16] = {10, 0, 0, 1};

    (void)state;
    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    assert_int_equal(sk_state_add(st, &task), 0);
    assert_int_equal(sk_state_add(st, &thread), 0);
    assert_int_equal(sk_state_add_fd(st, 5, &fd), 0);
    assert_int_equal(sk_state_add_iface(st, &ifc), 0);
    assert_int_equal(sk_state_add_user(st, &user), 0);
    again = through_a_file(st, NULL);
    assert_string_equal(sk_state_thread(again, 5)->comm, "five");
    assert_true(sk_str_eqz(sk_state_thread(again, 5)->proc->cwd, "/w/"));
    assert_int_equal(sk_state_proc(again, 5)->start_ns, 123);
    assert_int_equal(sk_state_proc(again, 5)->clone_ns, 456);
    assert_int_equal(sk_state_proc(again, 5)->ns_pid, 11);
    assert_int_equal(sk_state_proc(again, 5)->ns_cgroup, 12);
    assert_int_equal(sk_state_proc(again, 5)->cgroup_id, 13);
    assert_ptr_equal(sk_state_thread(again, 6)->proc, sk_state_proc(again, 5));
    got = sk_state_fd(sk_state_thread(again, 5), 3);
    assert_non_null(got);
    assert_true(sk_str_eqz(got->name, "/etc/x"));
    assert_true(sk_str_eqz(sk_state_user(again, NULL, 7)->name, "seven"));
    assert_true(sk_state_local_ip(again, NULL, ip, false));
}

static void of_this_machine_descriptors_and_names_are_read(void **state)
{
    const struct sk_task_info me = {
        .pid = (uint32_t)getpid(), .tid = (uint32_t)getpid(), .comm = SK_STR("me")};
    sk_auto(state) struct sk_state *st = NULL, *again = NULL;
    const struct sk_fd *got;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    assert_int_equal(sk_state_add(st, &me), 0);
    again = through_a_file(st, "/proc");
    got = sk_state_fd(sk_state_thread(again, me.tid), fds[0]);
    assert_non_null(got);
    assert_int_equal(got->type, SK_FD_FIFO);
    assert_non_null(sk_state_user(again, NULL, 0));
    assert_true(sk_str_eqz(sk_state_user(again, NULL, 0)->name, "root"));
    close(fds[0]);
    close(fds[1]);
}

/* More than one block holds. */
static void long_lists_take_several_blocks(void **state)
{
    sk_auto(state) struct sk_state *st = NULL, *again = NULL;
    static char env[4000];

    (void)state;
    memset(env, 'e', sizeof(env));
    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    for (uint32_t i = 1; i <= 300; i++) {
        const struct sk_task_info ti = {.pid = i, .tid = i, .env = {env, sizeof(env) - i}};

        assert_int_equal(sk_state_add(st, &ti), 0);
    }
    again = through_a_file(st, NULL);
    for (uint32_t i = 1; i <= 300; i++)
        assert_non_null(sk_state_thread(again, i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_capture_told_is_told_again),
        cmocka_unit_test(of_this_machine_descriptors_and_names_are_read),
        cmocka_unit_test(long_lists_take_several_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
