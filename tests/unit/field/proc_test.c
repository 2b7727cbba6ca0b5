/* SPDX-License-Identifier: Apache-2.0 */
#include "state/ids.h"
#include "state/internal.h"
#include "tests/unit/field/world.h"

#define ARGS(s) ((struct sk_str){s, sizeof(s)}) /* with the NUL that ends the last one */

/* init(1) - sshd(10) - bash(20) - ls(30) */
static void family(struct world *w)
{
    struct sk_task_info ti = world_task(1, 0, "init");

    ti.exe = SK_STR("/sbin/init");
    ti.args = ARGS("splash");
    ti.env = ARGS("HOME=/\0A=1");
    world_add(w, &ti);
    ti = world_task(10, 1, "sshd");
    ti.exepath = SK_STR("/usr/sbin/sshd");
    world_add(w, &ti);
    ti = world_task(20, 10, "bash");
    ti.exe = SK_STR("-bash");
    ti.env = ARGS("B= two ");
    world_add(w, &ti);
    ti = world_task(30, 20, "ls");
    ti.args = ARGS("-l\0\0/tmp");
    ti.env = ARGS("PATH=/bin\0A=x");
    ti.cwd = SK_STR("/root/");
    ti.tty = 34816;
    world_add(w, &ti);
    world_event(w, 30);
}

static void without_a_process_everything_is_absent(void **state)
{
    static const char *const names[] = {
        "proc.exe",      "proc.pexe",    "proc.aname",    "proc.aname[1]",     "proc.exepath",
        "proc.name",     "proc.args",    "proc.args[0]",  "proc.aargs",        "proc.cmdline",
        "proc.pcmdline", "proc.exeline", "proc.cmdnargs", "proc.cmdlenargs",   "proc.env",
        "proc.env[A]",   "proc.aenv",    "proc.cwd",      "proc.loginshellid", "proc.tty",
        "proc.apid",     "proc.lineage",
    };
    struct world *w = *state;

    world_event(w, 99);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        assert_field(w, names[i], "(absent)");
}

static void a_process_without_parent_has_no_ancestors(void **state)
{
    struct world *w = *state;

    family(w);
    world_event(w, 1);
    assert_field(w, "proc.pname", "(absent)");
    assert_field(w, "proc.aname", "(absent)");
    assert_output(w, "proc.aname", "(absent)");
    assert_field(w, "proc.aname[1]", "(absent)");
    assert_field(w, "proc.aname[2000000000]", "(absent)");
    assert_field(w, "proc.pcmdline", "(absent)");
    assert_field(w, "proc.loginshellid", "(absent)");
}

static void names_and_paths_are_those_of_the_process(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.name", "ls");
    assert_field(w, "proc.pname", "bash");
    assert_field(w, "proc.exe", "ls");
    assert_field(w, "proc.pexe", "-bash");
    assert_field(w, "proc.exepath", "/usr/bin/x");
    assert_field(w, "proc.cwd", "/root/");
    assert_field(w, "proc.tty", "34816");
}

static void the_driver_tells_the_name_of_an_unknown_thread(void **state)
{
    struct world *w = *state;
    struct sk_x_task x = {.tag = SK_X_TASK, .pid = 77, .ppid = 1, .comm = "ghost"};

    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 77);
    assert_field(w, "proc.name", "ghost");
}

static void arguments_are_joined_by_blanks_and_counted(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.args", "-l  /tmp");
    assert_field(w, "proc.args[0]", "-l");
    assert_field(w, "proc.args[1]", "");
    assert_field(w, "proc.args[2]", "/tmp");
    assert_field(w, "proc.args[3]", "");
    assert_field(w, "proc.args[-1]", "");
    assert_field(w, "proc.cmdnargs", "3");
    assert_field(w, "proc.cmdlenargs", "6");
    assert_field(w, "proc.cmdline", "ls -l  /tmp");
    assert_field(w, "proc.exeline", "ls -l  /tmp");
    assert_field(w, "proc.pcmdline", "bash");
    world_event(w, 20);
    assert_field(w, "proc.args", "");
    assert_field(w, "proc.cmdline", "bash");
    assert_field(w, "proc.exeline", "-bash ");
    assert_field(w, "proc.cmdnargs", "0");
}

static void a_command_line_that_was_wiped_has_no_arguments(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.args = (struct sk_str){"", 1};
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.cmdnargs", "0");
    assert_field(w, "proc.args", "");
}

static void the_environment_is_searched_by_name(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.env", "PATH=/bin A=x");
    assert_field(w, "proc.env[PATH]", "/bin");
    assert_field(w, "proc.env[PAT]", "");
    assert_field(w, "proc.env[0]", "PATH=/bin A=x");
    world_event(w, 20);
    assert_field(w, "proc.env[B]", "two");
}

static void environments_of_ancestors_are_searched_nearest_first(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.aenv[A]", "1");
    assert_field(w, "proc.aenv[B]", "two");
    assert_field(w, "proc.aenv[PATH]", "");
    assert_field(w, "proc.aenv", "B= two ||HOME=/ A=1");
    assert_field(w, "proc.aenv[1]", "B= two ||HOME=/ A=1");
    assert_output(w, "proc.aenv", "PATH=/bin A=x");
    assert_output(w, "proc.aenv[1]", "B= two ");
}

static void a_filter_sees_every_ancestor_and_an_output_one_text(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.aname", "bash|sshd|init");
    assert_output(w, "proc.aname", "bash sshd init");
    assert_field(w, "proc.aexe", "-bash|sshd|/sbin/init");
    assert_field(w, "proc.aexepath", "/usr/bin/x|/usr/sbin/sshd|/usr/bin/x");
    assert_field(w, "proc.acmdline", "bash|sshd|init splash");
    assert_output(w, "proc.acmdline", "bash sshd init splash");
    assert_field(w, "proc.aargs", "splash");
    assert_field(w, "proc.apid", "20|10|1");
    assert_output(w, "proc.apid", "30");
}

static void an_index_chooses_one_ancestor(void **state)
{
    struct world *w = *state;

    family(w);
    assert_field(w, "proc.aname[0]", "ls");
    assert_field(w, "proc.aname[1]", "bash");
    assert_field(w, "proc.aname[3]", "init");
    assert_field(w, "proc.aname[4]", "(absent)");
    assert_field(w, "proc.acmdline[3]", "init splash");
    assert_field(w, "proc.aargs[0]", "-l  /tmp");
    assert_field(w, "proc.apid[2]", "10");
    assert_field(w, "proc.apid[9]", "(absent)");
}

static void the_login_shell_is_the_oldest_one(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(40, 20, "zsh");

    family(w);
    assert_field(w, "proc.loginshellid", "20");
    world_add(w, &ti);
    world_event(w, 40);
    assert_field(w, "proc.loginshellid", "20");
}

static void a_number_that_stands_for_another_is_no_login_shell(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(SK_ID_WIDE | 7, 0, "bash");

    world_add(w, &ti);
    world_event(w, SK_ID_WIDE | 7);
    assert_field(w, "proc.name", "bash");
    assert_field(w, "proc.loginshellid", "(absent)");
}

static void names_that_others_recorded_are_whole(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(10, 0, "a-name-that-is-long");

    world_add(w, &ti);
    world_event(w, 10);
    assert_field(w, "proc.name", "a-name-that-is-long");
    assert_field(w, "proc.aname[0]", "a-name-that-is-long");
    assert_field(w, "thread.nametid", "a-name-that-is-long10");
    sk_thread_set_comm(w->cx.th, SK_STR("a-name-that-was"));
    assert_field(w, "proc.name", "a-name-that-was");
}

static void more_ancestors_than_values_are_cut_off(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti;

    for (uint32_t pid = 1; pid <= 100; pid++) {
        ti = world_task(pid, pid - 1, "deep");
        world_add(w, &ti);
    }
    world_event(w, 100);
    assert_non_null(strstr(world_text(w, "proc.apid"), "99|98|"));
    assert_non_null(strstr(world_text(w, "proc.apid"), "|36"));
    assert_null(strstr(world_text(w, "proc.apid"), "|35"));
    assert_field(w, "proc.apid[99]", "1");
    assert_non_null(strstr(world_output(w, "proc.aname"), "deep deep"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_process_everything_is_absent),
        WORLD_TEST(a_process_without_parent_has_no_ancestors),
        WORLD_TEST(names_and_paths_are_those_of_the_process),
        WORLD_TEST(the_driver_tells_the_name_of_an_unknown_thread),
        WORLD_TEST(arguments_are_joined_by_blanks_and_counted),
        WORLD_TEST(a_command_line_that_was_wiped_has_no_arguments),
        WORLD_TEST(the_environment_is_searched_by_name),
        WORLD_TEST(environments_of_ancestors_are_searched_nearest_first),
        WORLD_TEST(a_filter_sees_every_ancestor_and_an_output_one_text),
        WORLD_TEST(an_index_chooses_one_ancestor),
        WORLD_TEST(the_login_shell_is_the_oldest_one),
        WORLD_TEST(a_number_that_stands_for_another_is_no_login_shell),
        WORLD_TEST(names_that_others_recorded_are_whole),
        WORLD_TEST(more_ancestors_than_values_are_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
