/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths, names and addresses let an event through. */
#include <arpa/inet.h>

#include "prefiltering.h"

#define OPEN "evt.type=openat and "

static void a_path_is_told_by_its_components(void **state)
{
    struct made etc = made_open("/etc/ssh/sshd_config"), tmp = made_open("/tmp/x.pub"),
                root = made_open("/");

    (void)state;
    root.file.type = SK_FD_DIRECTORY;
    assert_sent(OPEN "fd.name=/etc/ssh/sshd_config", &etc);
    assert_dropped(OPEN "fd.name=/etc/ssh/sshd_config", &tmp);
    assert_dropped(OPEN "fd.name=/etc/ssh", &etc);
    assert_sent(OPEN "fd.name in (/etc/shadow, /tmp/x.pub)", &tmp);
    assert_dropped(OPEN "fd.name in (/etc/shadow, /tmp/x.pub)", &etc);
    assert_sent(OPEN "fd.name startswith /etc/", &etc);
    assert_dropped(OPEN "fd.name startswith /etc/", &tmp);
    assert_sent(OPEN "fd.name startswith /", &tmp);
    assert_sent(OPEN "fd.name startswith /", &root);
    assert_sent(OPEN "fd.name=/", &root);
    assert_dropped(OPEN "fd.name=/", &tmp);
    assert_sent(OPEN "fd.name pmatch (/etc/ssh, /var)", &etc);
    assert_dropped(OPEN "fd.name pmatch (/etc/ssh, /var)", &tmp);
    assert_sent(OPEN "fd.name endswith /x.pub", &tmp);
    assert_dropped(OPEN "fd.name endswith /x.pub", &etc);
    assert_sent(OPEN "fd.name endswith .pub", &tmp);
    assert_dropped(OPEN "fd.name endswith .pub", &etc);
    assert_sent(OPEN "fd.name glob /etc/*", &etc);
    assert_dropped(OPEN "fd.name glob /etc/*", &tmp);
}

static void what_ends_within_a_component_is_told_by_its_directory(void **state)
{
    struct made key = made_open("/etc/ssh/ssh_host_key"), conf = made_open("/etc/ssh/sshd_config"),
                tmp = made_open("/tmp/x");

    (void)state;
    assert_sent(OPEN "fd.name startswith /etc/ssh/ssh_host_", &key);
    assert_sent(OPEN "fd.name startswith /etc/ssh/ssh_host_", &conf);
    assert_dropped(OPEN "fd.name startswith /etc/ssh/ssh_host_", &tmp);
    assert_sent(OPEN "not fd.name startswith /etc/ssh/ssh_host_", &key);
    assert_sent(OPEN "fd.name pmatch (/etc/ss*/x)", &conf);
    assert_dropped(OPEN "fd.name pmatch (/etc/ss*/x)", &tmp);
    assert_sent(OPEN "fd.name glob /etc/*.conf", &conf);
    assert_dropped(OPEN "fd.name glob /etc/*.conf", &tmp);
    assert_sent(OPEN "fd.name startswith /et", &tmp);
    assert_sent(OPEN "fd.name contains shadow", &tmp);
}

static void directories_and_names_are_those_of_files(void **state)
{
    struct made file = made_open("/usr/bin/ls"), dir = made_open("/usr/bin"),
                deep = made_open("/usr/bin/x/y"), pipe = made_open("");

    (void)state;
    dir.file.type = SK_FD_DIRECTORY;
    pipe.file.type = SK_FD_FIFO;
    assert_sent(OPEN "fd.directory=/usr/bin", &file);
    assert_sent(OPEN "fd.directory=/usr/bin", &dir);
    assert_dropped(OPEN "fd.directory=/usr/bin", &deep);
    assert_dropped(OPEN "fd.directory=/usr/bin", &pipe);
    assert_dropped(OPEN "not fd.directory=/usr/bin", &file);
    assert_sent(OPEN "not fd.directory=/usr/bin", &dir); /* not told from /usr/bin/x */
    assert_sent(OPEN "not fd.directory=/usr/bin", &pipe);
    assert_sent(OPEN "fd.filename=ls", &file);
    assert_dropped(OPEN "fd.filename=bin", &file);
    assert_dropped(OPEN "not fd.filename=ls", &file);
    assert_dropped(OPEN "fd.filename endswith .so", &file);
}

static void a_negated_path_lets_everything_else_through(void **state)
{
    struct made etc = made_open("/etc/passwd"), tmp = made_open("/tmp/x"), pipe = made_open("");

    (void)state;
    pipe.file.type = SK_FD_FIFO;
    assert_dropped(OPEN "not fd.name startswith /etc/", &etc);
    assert_dropped(OPEN "fd.name != /etc/passwd", &etc);
    assert_sent(OPEN "fd.name != /etc/passwd", &tmp);
    assert_sent(OPEN "not fd.name startswith /etc/", &pipe);
    assert_dropped(OPEN "not (fd.name != /etc/passwd)", &tmp);
    assert_dropped(OPEN "not fd.name in (/etc/passwd, /tmp/x)", &tmp);
}

static void a_path_that_is_not_known_lets_everything_through(void **state)
{
    struct made m = made_open("/tmp/x");

    (void)state;
    m.file.flags = SK_FILE_DELETED;
    assert_sent(OPEN "fd.name=/etc/passwd", &m);
    m.file.flags = 0;
    m.file.type = SK_FD_MEMFD;
    assert_sent(OPEN "fd.name=/etc/passwd", &m);
    m.has_file = false;
    assert_sent(OPEN "fd.name=/etc/passwd", &m);
    m.foreign = true;
    assert_sent(OPEN "fd.name=/etc/passwd", &m);
}

static void names_of_threads_are_whole(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    made_comm(&m, "nginx");
    assert_sent(OPEN "proc.name=nginx", &m);
    assert_sent(OPEN "proc.name in (nginx, httpd)", &m);
    assert_dropped(OPEN "proc.name=httpd", &m);
    assert_dropped(OPEN "not proc.name in (nginx, httpd)", &m);
    assert_dropped(OPEN "proc.name=a-name-that-is-too-long", &m);
    assert_sent(OPEN "not proc.name=a-name-that-is-too-long", &m);
    assert_sent(OPEN "proc.name startswith ht", &m);
    assert_sent(OPEN "proc.name=\"\"", &m);
}

static void executables_are_told_by_path_and_by_name(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    m.exepath = "/usr/sbin/sshd";
    assert_sent(OPEN "proc.exepath in (/usr/sbin/sshd)", &m);
    assert_dropped(OPEN "proc.exepath in (/usr/bin/ssh)", &m);
    assert_dropped(OPEN "not proc.exepath startswith /usr/", &m);
    assert_sent(OPEN "basename(proc.exepath) in (sshd)", &m);
    assert_dropped(OPEN "basename(proc.exepath) in (ssh)", &m);
    assert_dropped(OPEN "proc.is_exe_from_memfd=true", &m);
    assert_dropped(OPEN "proc.is_exe_from_memfd!=false", &m);
    assert_dropped(OPEN "not proc.is_exe_from_memfd=false", &m);
    assert_sent(OPEN "proc.is_exe_from_memfd=false", &m);
    assert_sent(OPEN "not proc.is_exe_from_memfd=true", &m);
    m.exepath = "/memfd:x (deleted)";
    m.memfd = true;
    assert_sent(OPEN "proc.is_exe_from_memfd=true", &m);
    m.memfd = false;
    m.exepath = "";
    assert_sent(OPEN "proc.exepath in (/usr/bin/ssh)", &m);
    m.exepath = NULL;
    assert_sent(OPEN "proc.exepath in (/usr/bin/ssh)", &m);
}

static struct made made_connect(const char *from, const char *to, uint16_t port)
{
    struct made m = made_new(CONNECT_X);

    m.has_sock = true;
    assert_int_equal(inet_pton(AF_INET, from, m.sock.laddr), 1);
    assert_int_equal(inet_pton(AF_INET, to, m.sock.raddr), 1);
    m.sock.lport = 40000;
    m.sock.rport = port;
    return m;
}

static void addresses_are_told_by_network_and_end(void **state)
{
    struct made m = made_connect("10.0.0.1", "192.168.3.4", 443), none = m;

    (void)state;
    memset(none.sock.raddr, 0, sizeof(none.sock.raddr));
    none.sock.rport = 0;
    assert_sent("evt.type=connect and fd.rip=192.168.3.4", &m);
    assert_dropped("evt.type=connect and fd.rip=10.0.0.1", &m);
    assert_sent("evt.type=connect and fd.lip=10.0.0.1", &m);
    assert_dropped("evt.type=connect and fd.lip=192.168.3.4", &m);
    assert_sent("evt.type=connect and fd.ip=10.0.0.1", &m);
    assert_sent("evt.type=connect and fd.rnet=192.168.0.0/16", &m);
    assert_dropped("evt.type=connect and fd.rnet=192.168.4.0/22 and fd.lnet=11.0.0.0/8", &m);
    assert_sent("evt.type=connect and fd.net=192.168.2.0/23", &m);
    assert_dropped("evt.type=connect and not fd.rnet in (192.168.0.0/16, 10.0.0.0/8)", &m);
    assert_sent("evt.type=connect and fd.snet=192.168.0.0/16", &m);
    assert_sent("evt.type=connect and fd.snet=10.0.0.0/8", &m); /* it might be the server */
    assert_dropped("evt.type=connect and fd.snet=11.0.0.0/8", &m);
    assert_sent("evt.type=connect and not fd.snet=192.168.0.0/16", &m);
    assert_dropped("evt.type=connect and fd.rip != 192.168.3.4", &m);
    assert_sent("evt.type=connect and fd.rip=1.2.3.4", &none);
    assert_dropped("evt.type=connect and fd.rip=::1", &m);
    /* The name of an internet socket is no path. */
    assert_dropped("evt.type=connect and fd.name startswith /etc/", &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_told_by_its_components),
        cmocka_unit_test(what_ends_within_a_component_is_told_by_its_directory),
        cmocka_unit_test(directories_and_names_are_those_of_files),
        cmocka_unit_test(a_negated_path_lets_everything_else_through),
        cmocka_unit_test(a_path_that_is_not_known_lets_everything_through),
        cmocka_unit_test(names_of_threads_are_whole),
        cmocka_unit_test(executables_are_told_by_path_and_by_name),
        cmocka_unit_test(addresses_are_told_by_network_and_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
