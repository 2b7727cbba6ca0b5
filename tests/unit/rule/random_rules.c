/* SPDX-License-Identifier: Apache-2.0 */
/* random_rules.c - conditions of every kind of check that a filter knows, and of others. */
#include "tests/unit/rule/random_rules.h"

static uint64_t random_state = 0x9e3779b97f4a7c15ull;

unsigned random_pick(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 24) % n;
}

static const char *one_of(const char *const *list, size_t n)
{
    return list[random_pick((unsigned)n)];
}
#define ONE_OF(list) one_of((list), SK_ARRAY_LEN(list))

/* Few of each, so that conditions and events meet. */
static const char *const paths[] = {"/",
                                    "/etc",
                                    "/etc/passwd",
                                    "/etc/ssh/sshd_config",
                                    "/etc/ssh",
                                    "/etc/shadow",
                                    "/usr/bin/ls",
                                    "/usr/bin",
                                    "/usr/lib/x.so",
                                    "/root/.ssh/id.pub",
                                    "/root/.ssh",
                                    "/tmp/a.tar.gz",
                                    "/tmp/.pub",
                                    "/a/b/c/d/e/f",
                                    "/a/b/c",
                                    "/home/u/x",
                                    "/x/c",
                                    "/tmp/b.gz",
                                    "/home/u",
                                    "/var/log/auth.log",
                                    "/etc/ssh/ssh_host_key",
                                    "/tmp/x:80"};
static const char *const odd_paths[] = {"",         "/etc/",     "etc/passwd", "/etc/../x",
                                        "//etc",    "/tmp//a",   "passwd",     "memfd:x",
                                        "/memfd:x", "1.2.3.4:80"};
static const char *const pieces[] = {"/etc/",  "/etc/ssh/ssh_", "/",        "/e",    "/usr/bin",
                                     "/home/", "/root/.ss",     "/tmp/x:8", "/a/b/", "//"};
static const char *const suffixes[] = {".pub", ".so", ".tar.gz", "/ls", "/passwd", "sh",
                                       "/b/c", ":80", ".gz",     "/",   "c"};
static const char *const patterns[] = {"/etc/*",      "/etc/*.conf", "/home/*/x", "*",
                                       "/usr/bin/l?", "/etc/passwd", "/tmp/[ab]*"};
static const char *const comms[] = {"sh", "bash", "nginx", "sshd", "a-name-of-more", "ls", "x"};
static const char *const addresses[] = {"10.0.0.1",  "10.1.2.3", "192.168.3.4", "1.2.3.4",
                                        "127.0.0.1", "::1",      "fe80::1",     "0.0.0.0"};
static const char *const networks[] = {"10.0.0.0/8",  "192.168.0.0/16", "0.0.0.0/0", "127.0.0.0/8",
                                       "10.0.0.1/32", "fe80::/10",      "::1/128",   "10.1.0.0/15"};
static const char *const types[] = {"file", "directory", "ipv4", "ipv6", "unix", "pipe", "event"};
static const char *const letters[] = {"f", "d", "4", "6", "u", "p", "o", "e"};
static const char *const errors[] = {"SUCCESS", "ENOENT", "EACCES", "EINPROGRESS", "EPERM"};
static const char *const flags[] = {"O_CREAT", "O_RDWR",  "O_WRONLY",   "O_TRUNC", "O_NONE",
                                    "CREAT",   "S_ISUID", "MAP_SHARED", "O",       "1"};
static const char *const calls[] = {"open",   "openat", "openat2", "creat", "connect", "read",
                                    "write",  "chmod",  "unlink",  "close", "socket",  "accept4",
                                    "mmap",   "bind",   "sendto",  "dup",   "fchmod",  "futex",
                                    "getpid", "pipe2",  "recvfrom"};

static void quoted(struct sk_buf *b, const char *s)
{
    sk_buf_printf(b, "\"%s\"", s);
}

/* A path of any kind, or one after another. */
const char *random_path(void)
{
    return random_pick(8) ? ONE_OF(paths) : ONE_OF(odd_paths);
}

static void list_of(struct sk_buf *b, const char *const *list, size_t n)
{
    sk_buf_addz(b, "(");
    for (unsigned k = 1 + random_pick(4), i = 0; i < k; i++) {
        sk_buf_addz(b, i ? ", " : "");
        quoted(b, one_of(list, n));
    }
    sk_buf_addz(b, ")");
}
#define LIST_OF(b, list) list_of((b), (list), SK_ARRAY_LEN(list))

static void path_check(struct sk_buf *b, const char *field)
{
    static const char *const equal[] = {"=", "!="};

    sk_buf_printf(b, "%s ", field);
    switch (random_pick(9)) {
    case 0:
    case 1:
        sk_buf_printf(b, "%s ", ONE_OF(equal));
        quoted(b, random_path());
        break;
    case 2:
        sk_buf_addz(b, "in ");
        LIST_OF(b, paths);
        break;
    case 3:
        sk_buf_addz(b, "startswith ");
        quoted(b, random_pick(2) ? ONE_OF(pieces) : random_path());
        break;
    case 4:
        sk_buf_addz(b, "endswith ");
        quoted(b, ONE_OF(suffixes));
        break;
    case 5:
        sk_buf_addz(b, "pmatch ");
        list_of(b, random_pick(2) ? paths : patterns, random_pick(2) ? 7 : 5);
        break;
    case 6:
        sk_buf_addz(b, "glob ");
        quoted(b, ONE_OF(patterns));
        break;
    default:
        sk_buf_addz(b, "contains ");
        quoted(b, ONE_OF(suffixes));
    }
}

static void text_check(struct sk_buf *b, const char *field, const char *const *list, size_t n)
{
    switch (random_pick(4)) {
    case 0:
        sk_buf_printf(b, "%s in ", field);
        list_of(b, list, n);
        return;
    case 1:
        sk_buf_printf(b, "%s != ", field);
        break;
    case 2:
        sk_buf_printf(b, "%s = ", field);
        break;
    default:
        sk_buf_printf(b, "%s %s ", field, random_pick(2) ? "contains" : "startswith");
    }
    quoted(b, one_of(list, n));
}
#define TEXT_CHECK(b, field, list) text_check((b), (field), (list), SK_ARRAY_LEN(list))

static void number_check(struct sk_buf *b, const char *field, int from, unsigned n)
{
    static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">="};

    if (random_pick(4))
        sk_buf_printf(b, "%s %s %d", field, ONE_OF(ops), from + (int)random_pick(n));
    else
        sk_buf_printf(b, "%s in (%d, %d)", field, from + (int)random_pick(n),
                      from + (int)random_pick(n));
}

static void fd_check(struct sk_buf *b)
{
    static const char
        *const ips[] = {"fd.ip", "fd.lip", "fd.rip", "fd.sip", "fd.cip"},
               *const nets[] = {"fd.net", "fd.lnet", "fd.rnet", "fd.snet", "fd.cnet"},
               *const ports[] = {"fd.port", "fd.lport", "fd.rport", "fd.sport", "fd.cport"},
               *const protos[] = {"tcp", "udp", "<NA>", "icmp"}, *const families[] = {"ip", "unix"};

    switch (random_pick(10)) {
    case 0:
        number_check(b, "fd.num", -2, 6);
        break;
    case 1:
        text_check(b, "fd.type", types, SK_ARRAY_LEN(types));
        break;
    case 2:
        TEXT_CHECK(b, "fd.typechar", letters);
        break;
    case 3:
        TEXT_CHECK(b, "fd.l4proto", protos);
        break;
    case 4:
        TEXT_CHECK(b, "fd.sockfamily", families);
        break;
    case 5:
        sk_buf_printf(b, "%s %s ", ONE_OF(ips), random_pick(2) ? "=" : "!=");
        sk_buf_addz(b, ONE_OF(addresses));
        break;
    case 6:
        sk_buf_printf(b, "%s %s ", ONE_OF(nets), random_pick(3) ? "=" : "!=");
        quoted(b, ONE_OF(networks));
        break;
    case 7:
        number_check(b, ONE_OF(ports), 79, 4);
        break;
    case 8:
        path_check(b, "fd.directory");
        break;
    default:
        sk_buf_printf(b, "fd.filename %s ", random_pick(2) ? "=" : "endswith");
        quoted(b, random_pick(2) ? "passwd" : ONE_OF(suffixes));
    }
}

static void other_check(struct sk_buf *b)
{
    static const char *const opens[] = {"read", "write", "exec", "create"},
                             *const pars[] = {"fd",     "res",  "flags", "mode", "size",
                                              "domain", "type", "proto", "prot"},
                             *const unknown[] = {"proc.cmdline contains x",
                                                 "proc.pname = sh",
                                                 "proc.exepath exists",
                                                 "proc.is_exe_from_memfd = true",
                                                 "proc.is_exe_from_memfd = false",
                                                 "proc.is_exe_from_memfd != true",
                                                 "evt.dir = <",
                                                 "evt.is_io = true",
                                                 "evt.io_dir = read",
                                                 "fd.name exists",
                                                 "fd.ip exists",
                                                 "evt.failed = true",
                                                 "evt.failed = false",
                                                 "container.id = host",
                                                 "container.id != host",
                                                 "container.id = 0123456789ab"},
                             *const families[] = {"AF_INET", "AF_UNIX", "AF_LOCAL", "AF_"};

    switch (random_pick(14)) {
    case 0:
        number_check(b, "evt.rawres", -3, 8);
        break;
    case 1:
        TEXT_CHECK(b, "evt.res", errors);
        break;
    case 2:
    case 10:
        sk_buf_printf(b, "evt.is_open_%s %s %s", ONE_OF(opens),
                      random_pick(2) ? "=" : "!=", random_pick(2) ? "true" : "false");
        break;
    case 3:
    case 11:
        sk_buf_printf(b, "evt.arg.%s contains ", random_pick(3) ? "flags" : ONE_OF(pars));
        quoted(b, ONE_OF(flags));
        break;
    case 4:
        sk_buf_printf(b, "evt.arg.%s = %u", ONE_OF(pars), random_pick(6));
        break;
    case 5:
        TEXT_CHECK(b, "evt.arg.domain", families);
        break;
    case 6:
        number_check(b, "user.uid", 0, 3);
        break;
    case 7:
        number_check(b, "group.gid", 0, 3);
        break;
    case 8:
        sk_buf_printf(b, "evt.rawarg.%s %s %u", random_pick(2) ? "flags" : "mode",
                      random_pick(2) ? "=" : ">", random_pick(9));
        break;
    default:
        sk_buf_addz(b, ONE_OF(unknown));
    }
}

static void check(struct sk_buf *b)
{
    switch (random_pick(8)) {
    case 0:
    case 1:
        path_check(b, "fd.name");
        break;
    case 2:
        path_check(b, "proc.exepath");
        break;
    case 3:
        TEXT_CHECK(b, "proc.name", comms);
        break;
    case 4:
        fd_check(b);
        break;
    case 5:
        path_check(b, "fd.directory");
        break;
    case 6:
    case 7:
        if (random_pick(6)) {
            other_check(b);
        } else {
            sk_buf_addz(b, "basename(proc.exepath) in ");
            LIST_OF(b, comms);
        }
        break;
    default:
        sk_buf_addz(b, "evt.type in ");
        LIST_OF(b, calls);
    }
}

static void condition(struct sk_buf *b, unsigned depth)
{
    unsigned kind = depth ? random_pick(6) : 5;

    if (kind >= 4) {
        check(b);
        return;
    }
    if (kind == 3) {
        sk_buf_addz(b, "not ");
        sk_buf_addz(b, "(");
        condition(b, depth - 1);
        sk_buf_addz(b, ")");
        return;
    }
    sk_buf_addz(b, "(");
    for (unsigned n = 2 + random_pick(3), i = 0; i < n; i++) {
        sk_buf_addz(b, !i ? "" : kind == 2 ? " or " : " and ");
        condition(b, depth - 1);
    }
    sk_buf_addz(b, ")");
}

void random_rules(struct sk_buf *yaml)
{
    for (unsigned n = 1 + random_pick(4), i = 0; i < n; i++) {
        sk_buf_printf(yaml, "- rule: r%u\n  desc: d\n  condition: >\n    ", i);
        if (random_pick(3))
            sk_buf_printf(yaml, "evt.type in (%s, %s) and ", ONE_OF(calls), ONE_OF(calls));
        condition(yaml, random_pick(5));
        sk_buf_addz(yaml, "\n  output: o\n  priority: INFO\n");
    }
}

const char *random_comm(void)
{
    return ONE_OF(comms);
}

const char *random_call(void)
{
    return ONE_OF(calls);
}
