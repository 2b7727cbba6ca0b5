#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From the kernel to an alert: for each default rule an action that must alert, a harmless neighbour that must
not, and for path rules the same thing under another name (symbolic link, /proc/self/root, "..").

usage: rules.py SAKER ACT [--repeat N] [--only TEXT]
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import Saker, Scope, skip  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ACT = "/opt/act"
PROGRAMS = ["/usr/bin/cat", "/usr/bin/ls", "/usr/bin/login", "/usr/bin/passwd", "/usr/sbin/useradd", "/usr/sbin/nginx",
            "/usr/bin/bash", "/usr/bin/ssh", "/usr/sbin/sshd", "/usr/bin/dpkg", "/usr/bin/nsenter", "/usr/bin/sudo",
            "/usr/bin/runc", "/usr/bin/ping", "/usr/bin/sleep", "/tmp/dropped", "/home/user/tool", "/usr/bin/chpasswd"]
NEWUTS, NEWNS = "0x04000000", "0x00020000"


class Case:
    """words: what act does. rule: must alert with these fields; None: nothing may alert."""

    def __init__(self, name, words, rule=None, fields=None, exe=ACT, before=None, **where):
        self.name, self.rule, self.fields = name, rule, fields or {}
        self.argv = [exe] + words.split()
        self.before, self.where = before, where


def cases():
    c = []

    def must(rule, name, words, fields=None, **kw):
        c.append(Case(name, words, rule, fields, **kw))

    def quiet(name, words, **kw):
        c.append(Case(name, words, **kw))

    # privileged container
    must("Privileged Container Started", "a runtime starts a container in the host's pid namespace",
         "spawn /home/user/tool nothing", {"proc.exepath": "/home/user/tool", "proc.ns.pid": 4026531836}, exe="/usr/bin/runc",
         container=True)
    quiet("what runs in such a container later", "spawn /home/user/tool nothing", container=True)
    quiet("first process of an unprivileged container", "in-pidns /home/user/tool nothing", container=True,
          exe="/usr/bin/runc")

    # namespaces
    must("Namespace Entered", "setns", "setns /proc/self/ns/uts", {"proc.exepath": ACT})
    quiet("a container runtime enters a namespace", "setns /proc/self/ns/uts", exe="/usr/bin/runc")
    must("Namespace Created", "unshare", f"unshare {NEWUTS}", {"evt.arg.flags": "CLONE_NEWUTS"})
    quiet("unshare of the directory only", "unshare 0x200")
    must("Process Created in New Namespaces", "clone with flags", f"clone {NEWUTS}")
    quiet("plain clone", "clone 0")
    must("Namespace Tool Executed", "nsenter", "spawn /usr/bin/nsenter nothing", {"proc.name": "nsenter"})
    must("Namespace Tool Executed", "by a symbolic link", "spawn /tmp/a-retnesn nothing",
         {"proc.exepath": "/usr/bin/nsenter"})
    quiet("another tool", "spawn /home/user/tool nothing")

    # writing below system directories
    must("Write Below Etc", "write", "write /etc/hostname", {"fd.name": "/etc/hostname", "proc.exepath": ACT})
    must("Write Below Etc", "creat", "creat /etc/new-file", {"fd.name": "/etc/new-file"})
    must("Write Below Etc", "write, by a symbolic link", "write /tmp/etc-link/hostname",
         {"fd.name": "/etc/hostname", "fd.nameraw": "/tmp/etc-link/hostname"})
    must("Write Below Etc", "write, by /proc/self/root", "write /proc/self/root/etc/hostname", {"fd.name": "/etc/hostname"})
    must("Write Below Etc", "write, by ..", "chdir /tmp -- write ../usr/../etc/hostname", {"fd.name": "/etc/hostname"})
    quiet("read below /etc", "read /etc/hostname")
    quiet("write to a directory of one's own", "write /home/user/file")
    quiet("the package manager writes below /etc", "write /etc/hostname", exe="/usr/bin/dpkg")
    quiet("a script of the package manager writes below /etc", f"spawn {ACT} write /etc/hostname", exe="/usr/bin/dpkg")
    for d in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
        must("Write Below Binary Directory", d, f"write {d}/new-program", {"fd.name": f"{d}/new-program"})
    must("Write Below Binary Directory", "by a symbolic link", "write /tmp/bin-link/new-program",
         {"fd.name": "/usr/bin/new-program"})
    quiet("execution from there", "spawn /usr/bin/ls nothing")
    for f in ("/lib/libnew.so", "/usr/lib/libnew.so", "/boot/vmlinuz-new"):
        must("Write Below Library or Boot Directory", f, f"write {f}", {"fd.name": f})
    must("Write Below Library or Boot Directory", "by ..", "chdir /usr/bin -- write ../lib/libnew.so",
         {"fd.name": "/usr/lib/libnew.so"})
    must("Write Below Root SSH Directory", "authorized_keys", "write /root/.ssh/authorized_keys",
         {"fd.name": "/root/.ssh/authorized_keys"})
    must("Write Below Root SSH Directory", "by /proc/self/root", "write /proc/self/root/root/.ssh/authorized_keys",
         {"fd.name": "/root/.ssh/authorized_keys"})
    quiet("known_hosts", "write /root/.ssh/known_hosts")
    must("System Directory Changed", "mkdir", "mkdir /etc/new-dir", {"fs.path.resolved": "/etc/new-dir"})
    must("System Directory Changed", "unlink by a symbolic link", "unlink /tmp/etc-link/victim",
         {"fs.path.resolved": "/etc/victim"}, before=lambda s: s.write("/etc/victim", "x"))
    quiet("mkdir elsewhere", "mkdir /home/user/new-dir")

    # reading secrets
    must("Read Sensitive File", "cat /etc/shadow", "read /etc/shadow", {"fd.name": "/etc/shadow", "proc.name": "cat"},
         exe="/usr/bin/cat")
    must("Read Sensitive File", "by a symbolic link", "read /tmp/shadow-link",
         {"fd.name": "/etc/shadow", "fd.nameraw": "/tmp/shadow-link"})
    must("Read Sensitive File", "by /proc/self/root", "read /proc/self/root/etc/shadow", {"fd.name": "/etc/shadow"})
    must("Read Sensitive File", "by ..", "chdir /usr/bin -- read ../../etc/shadow", {"fd.name": "/etc/shadow"})
    must("Read Sensitive File", "by a directory's descriptor", "read-at /etc shadow", {"fd.name": "/etc/shadow"})
    must("Read Sensitive File", "key in root's .ssh", "read /root/.ssh/id_ed25519", {"fd.name": "/root/.ssh/id_ed25519"},
         before=lambda s: s.write("/root/.ssh/id_ed25519", "x"))
    quiet("sudo reads sudoers", "read /etc/sudoers", exe="/usr/bin/sudo")
    quiet("anybody reads passwd", "read /etc/passwd", exe="/usr/bin/cat")

    # links
    must("Symlink to Sensitive File Created", "symlink", "symlink /etc/shadow /tmp/s1", {"evt.arg.target": "/etc/shadow"})
    must("Symlink to Sensitive File Created", "relative target", "symlink ../etc/shadow /tmp/s2",
         {"fs.path.target_resolved": "/etc/shadow"})
    must("Symlink to Sensitive File Created", "by /proc/self/root", "symlink /proc/self/root/etc/shadow /tmp/s3",
         {"fs.path.target_resolved": "/etc/shadow"})
    quiet("symlink to something harmless", "symlink /etc/hostname /tmp/s4")
    must("Hard Link to Sensitive File Created", "link", "link /etc/shadow /tmp/h1", {"fs.path.target_resolved": "/etc/shadow"})
    must("Hard Link to Sensitive File Created", "by a symbolic link", "link /tmp/shadow-link /tmp/h2",
         {"fs.path.target_resolved": "/etc/shadow"})
    quiet("hard link to something harmless", "link /home/user/tool /tmp/h3")

    # owners and modes
    must("Setuid or Setgid Bit Set", "setuid", "chmod /home/user/tool 4755", {"fs.path.resolved": "/home/user/tool"})
    must("Setuid or Setgid Bit Set", "setgid by a symbolic link", "chmod /tmp/tool-link 2755",
         {"fs.path.resolved": "/home/user/tool"})
    quiet("ordinary mode", "chmod /home/user/tool 0755")
    must("File Made World-Writable", "world-writable", "chmod /home/user/tool 0777")
    must("File Made World-Writable", "by a symbolic link", "chmod /tmp/tool-link 0777",
         {"fs.path.resolved": "/home/user/tool"})
    quiet("sticky directory", "chmod /tmp 1777")
    must("Owner or Mode of Sensitive File Changed", "chmod", "chmod /etc/shadow 0640", {"fs.path.resolved": "/etc/shadow"})
    must("Owner or Mode of Sensitive File Changed", "chown by ..", "chdir /tmp -- chown ../etc/shadow 0 0",
         {"fs.path.resolved": "/etc/shadow"})
    must("Owner or Mode of Sensitive File Changed", "chmod by a symbolic link", "chmod /tmp/shadow-link 0600",
         {"fs.path.resolved": "/etc/shadow"})
    quiet("owner of a file of one's own", "chown /home/user/file 1000 1000",
          before=lambda s: s.write("/home/user/file", ""))

    # network
    must("Outbound Connection by Shell or System Tool", "a shell connects", "connect 127.0.0.1 PORT",
         {"fd.sip": "127.0.0.1", "fd.sport": "PORT"}, exe="/usr/bin/bash")
    quiet("a program that may connect", "connect 127.0.0.1 PORT")
    must("Connection from Temporary Directory", "connect", "connect 127.0.0.1 PORT", exe="/tmp/dropped")
    must("Connection from Temporary Directory", "accept", "accept 127.0.0.1 FREE", exe="/tmp/dropped")
    must("Shell or System Tool Listens", "listen", "listen 127.0.0.1 FREE", exe="/usr/bin/bash")
    quiet("a server listens", "listen 127.0.0.1 FREE", exe="/usr/sbin/nginx")
    must("Raw or Packet Socket Opened", "packet socket", "socket 17 3 768")
    must("Raw or Packet Socket Opened", "raw socket", "socket 2 3 1")
    quiet("stream socket", "socket 2 1 0")
    quiet("ping", "socket 2 3 1", exe="/usr/bin/ping")
    must("Unexpected Listening Socket", "listen (switched on)", "listen 127.0.0.1 FREE", {"proc.exepath": ACT}, off=True)
    must("Unexpected Inbound Connection", "accept (switched on)", "accept 127.0.0.1 FREE", {"fd.cip": "127.0.0.1"}, off=True)
    must("Unexpected Outbound Connection", "connect (switched on)", "connect 127.0.0.1 PORT", {"fd.sip": "127.0.0.1"},
         off=True)

    # processes where none should be
    must("Server Started Unexpected Program", "nginx starts a tool", "spawn /home/user/tool nothing",
         {"proc.pname": "nginx", "proc.exepath": "/home/user/tool"}, exe="/usr/sbin/nginx")
    quiet("nginx starts nginx", "spawn /usr/sbin/nginx nothing", exe="/usr/sbin/nginx")
    must("Execution from Temporary Directory", "/tmp", "spawn /tmp/dropped nothing", {"proc.exepath": "/tmp/dropped"})
    must("Execution from Temporary Directory", "by a symbolic link", "spawn /home/user/link nothing",
         {"proc.exepath": "/tmp/dropped"})
    must("Execution from Temporary Directory", "/dev/shm", "spawn /dev/shm/dropped nothing",
         before=lambda s: s.install(s.path(ACT), "/dev/shm/dropped"))
    must("Execution from Memory", "memfd", f"memfd {ACT}", {"proc.pname": "act"})
    must("Execution of Deleted File", "deleted", "deleted /home/user/gone",
         before=lambda s: s.install(s.path(ACT), "/home/user/gone"))
    quiet("execution of a program of one's own", "spawn /home/user/tool nothing")

    # shells
    must("Terminal Shell in Container", "shell with a terminal", "spawn /usr/bin/bash nothing", {"proc.name": "bash"},
         container=True, tty=True, also={"Privileged Container Started"})
    must("Shell Started by Server", "nginx starts a shell", "spawn /usr/bin/bash nothing",
         {"proc.name": "bash", "proc.pname": "nginx"}, exe="/usr/sbin/nginx")
    must("Shell Started by Server", "by a symbolic link", "spawn /tmp/a-hsab nothing",
         {"proc.exepath": "/usr/bin/bash", "proc.pname": "nginx"}, exe="/usr/sbin/nginx")
    quiet("a shell below no server", "spawn /usr/bin/bash nothing")
    quiet("a shell with a terminal on the host", "spawn /usr/bin/bash nothing", tty=True)
    must("Shell in Container", "shell without a terminal (switched on)", "spawn /usr/bin/bash nothing", {"proc.name": "bash"},
         container=True, off=True)
    must("Standard Stream Redirected to Socket", "dup2", "dup-socket 127.0.0.1 PORT", {"evt.rawres": 0})
    quiet("a file takes the place of standard input", "dup-file /etc/hostname")

    # ssh
    must("SSH Program Started Unexpectedly", "without a terminal", "spawn /usr/bin/ssh nothing", {"proc.name": "ssh"})
    must("SSH Program Started Unexpectedly", "by a symbolic link", "spawn /tmp/a-hss nothing",
         {"proc.exepath": "/usr/bin/ssh"})
    quiet("a person starts ssh", "spawn /usr/bin/ssh nothing", tty=True)
    must("SSH Server Started Unexpectedly", "sshd", "spawn /usr/sbin/sshd nothing", {"proc.name": "sshd"})
    must("SSH Server Started Unexpectedly", "by a symbolic link", "spawn /tmp/a-dhss nothing",
         {"proc.exepath": "/usr/sbin/sshd"})
    quiet("sshd starts sshd", "spawn /usr/sbin/sshd nothing", exe="/usr/sbin/sshd",
          allow={"SSH Server Started Unexpectedly"}, allow_parent="act")

    # trusted programs
    must("Coreutils Executable Changed", "write", "write /usr/bin/ls", {"fd.name": "/usr/bin/ls"})
    must("Coreutils Executable Changed", "chmod by a symbolic link", "chmod /tmp/bin-link/ls 0755",
         {"fs.path.resolved": "/usr/bin/ls"})
    must("Coreutils Executable Changed", "replaced", "rename /tmp/fake /usr/bin/sleep",
         {"fs.path.target_resolved": "/usr/bin/sleep"}, before=lambda s: s.install(s.path(ACT), "/tmp/fake"))
    quiet("ls is executed", "spawn /usr/bin/ls nothing")
    must("Login Binary Changed", "write", "write /usr/bin/login", {"fd.name": "/usr/bin/login"})
    must("Login Binary Changed", "by ..", "chdir /usr/sbin -- write ../bin/login", {"fd.name": "/usr/bin/login"})
    quiet("login is read", "read /usr/bin/login")
    must("Password Tool Changed", "write", "write /usr/sbin/useradd", {"fd.name": "/usr/sbin/useradd"})
    must("Password Tool Changed", "by a symbolic link", "write /tmp/sbin-link/useradd", {"fd.name": "/usr/sbin/useradd"})
    must("Password Tool Executed", "useradd", "spawn /usr/sbin/useradd nothing", {"proc.name": "useradd"})
    must("Password Tool Executed", "by a symbolic link", "spawn /tmp/a-ddaresu nothing",
         {"proc.exepath": "/usr/sbin/useradd"})
    quiet("useradd for a package", "spawn /usr/sbin/useradd nothing", exe="/usr/bin/dpkg")
    must("Process Attached by ptrace", "ptrace", "ptrace", {"evt.arg.request": "PTRACE_ATTACH"})
    quiet("a process asks to be traced", "traced")
    return c


class Server:
    """Something on loopback to connect to."""

    def __init__(self):
        import socket
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(100)
        self.port = self.socket.getsockname()[1]

    @staticmethod
    def free_port():
        import socket
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]


def prepare(scope):
    for target, link in (("/etc", "/tmp/etc-link"), ("/usr/bin", "/tmp/bin-link"), ("/usr/sbin", "/tmp/sbin-link"),
                         ("/etc/shadow", "/tmp/shadow-link"), ("/home/user/tool", "/tmp/tool-link"),
                         ("/tmp/dropped", "/home/user/link"), ("/usr/bin/nsenter", "/tmp/a-retnesn"),
                         ("/usr/sbin/useradd", "/tmp/a-ddaresu"), ("/usr/bin/ssh", "/tmp/a-hss"),
                         ("/usr/sbin/sshd", "/tmp/a-dhss"), ("/usr/bin/bash", "/tmp/a-hsab")):
        if not os.path.islink(scope.path(link)):
            os.symlink(target, scope.path(link))


def clean(scope):
    """What one round made, so that the next one can make it again."""
    for p in ("/tmp/s1", "/tmp/s2", "/tmp/s3", "/tmp/s4", "/tmp/h1", "/tmp/h2", "/tmp/h3", "/etc/new-file"):
        if os.path.lexists(scope.path(p)):
            os.unlink(scope.path(p))
    for p in ("/etc/new-dir", "/home/user/new-dir"):
        if os.path.isdir(scope.path(p)):
            os.rmdir(scope.path(p))


def check(case, alerts):
    if case.rule is None:
        allow = case.where.get("allow", set())
        bad = [a for a in alerts if a["rule"] not in allow and case.argv[0] not in case.where.get("off_exe", ())]
        return "" if not bad else "alerts where none is due: " + "; ".join(a["rule"] + ": " + a["output"] for a in bad)
    mine = [a for a in alerts if a["rule"] == case.rule]
    if not mine:
        return f"no alert of '{case.rule}'; got {[a['rule'] for a in alerts]}"
    for a in mine:
        wrong = {k: a["output_fields"].get(k) for k, v in case.fields.items() if a["output_fields"].get(k) != v}
        if not wrong:
            return ""
    return f"wrong fields {wrong}, wanted {case.fields}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("saker")
    p.add_argument("act")
    p.add_argument("--repeat", type=int, default=1)
    p.add_argument("--only", default="")
    a = p.parse_args()
    rules = os.path.join(HERE, "../../rules/saker_rules.yaml")
    off = ["Unexpected Listening Socket", "Unexpected Inbound Connection", "Unexpected Outbound Connection",
           "Shell in Container"]
    extra = os.path.join(HERE, "live_rules.yaml")
    failed = 0
    with Scope(a.act, PROGRAMS) as scope:
        server = Server()
        prepare(scope)
        saker = Saker(a.saker, scope, [rules, extra, os.path.join(HERE, "marker_rules.yaml")],
                      ["rule_matching=all"] + ['rules[]={"enable":{"rule":"%s"}}' % r for r in off])
        try:
            saker.wait_until_it_sees(scope)
            number = 0
            for turn in range(a.repeat):
                clean(scope)
                for case in cases():
                    if a.only not in f"{case.rule} {case.name}":
                        continue
                    number += 1
                    if case.before:
                        case.before(scope)
                    port, free = str(server.port), str(server.free_port())
                    argv = [w.replace("PORT", port).replace("FREE", free) for w in case.argv]
                    case.fields = {k: server.port if v == "PORT" else v for k, v in case.fields.items()}
                    code = scope.run(argv, container=case.where.get("container", False), tty=case.where.get("tty", False))
                    alerts = saker.until_marker(scope, number)
                    if case.rule is None:
                        alerts = [x for x in alerts if x["rule"] not in off]
                    why = f"the action itself failed ({code})" if code else check(case, alerts)
                    failed += bool(why)
                    print(f"{'not ok' if why else 'ok'} {number} - {case.rule or 'quiet'}: {case.name}"
                          + (f"\n# {why}" if why else ""), flush=True)
        finally:
            code = saker.stop()
        print(f"1..{number}")
        if code != 0:
            print(f"# saker ended with {code}\n" + "".join("# " + x for x in saker.log))
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
