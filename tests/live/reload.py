#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A steady stream of numbered opens across a hundred reloads, good ones and bad ones: each open is alerted once.

usage: reload.py SAKER ACT [RELOADS]
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scope import cgroup2_mount, skip  # noqa: E402

QUIET = ["-o", "log_syslog=false", "-o", "syslog_output.enabled=false", "-o", "stdout_output.enabled=true", "-o",
         "log_stderr=true"]
STREAM = """
import os, sys, time
open(sys.argv[1] + "/cgroup.procs", "w").write("0")
n = 0
while not os.path.exists(sys.argv[2] + "/stop"):
    try:
        os.open(f"{sys.argv[2]}/n{n}.none", os.O_RDONLY)
    except OSError:
        pass
    n += 1
    time.sleep(0.0005)
print(n)
"""


def rule(name, condition):
    return (f"- rule: {name}\n  desc: d\n  condition: {condition}\n  output: number %evt.arg.name by {name}\n"
            f"  priority: WARNING\n")


def generations():
    """What the rules file says, one after the other; the names of rules change, what they match does not."""
    opens = "evt.type in (open, openat, openat2) and evt.arg.name endswith .none"
    return [rule("A", opens), rule("B", opens) + rule("Other", "evt.type=symlink"), "- rule: [", rule("A", opens + " and x="),
            rule("Other", "evt.type in (connect, execve) and proc.name=nobody") + rule("C", opens)]


class Log(threading.Thread):
    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.text = stream, ""
        self.start()

    def run(self):
        for line in self.stream:
            self.text += line


def wait(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def main():
    saker, reloads = sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 100
    mount = cgroup2_mount()
    if os.geteuid() != 0 or not mount:
        skip("needs root and a cgroup v2 hierarchy")
    cgroup = os.path.join(mount, f"saker-reload-{os.getpid()}")
    try:
        os.mkdir(cgroup)
    except OSError as e:
        skip(f"cannot make a cgroup below {mount}: {e.strerror}")
    try:
        with tempfile.TemporaryDirectory(prefix="saker-reload-") as folder:
            stream(saker, cgroup, folder, reloads)
    finally:
        os.rmdir(cgroup)
    return 0


def stream(saker, cgroup, folder, reloads):
    rules, texts = os.path.join(folder, "rules.yaml"), generations()

    def put(text):
        with open(rules + ".new", "w") as f:
            f.write(text)
        os.rename(rules + ".new", rules)

    put(texts[0])
    running = []
    try:
        run_stream(saker, cgroup, folder, reloads, running, put, texts)
    finally:
        for p in running:  # only those that an error left behind
            if p.poll() is None:
                p.kill()
            p.wait()


def run_stream(saker, cgroup, folder, reloads, running, put, texts):
    rules, alerts = os.path.join(folder, "rules.yaml"), os.path.join(folder, "alerts")
    with open(alerts, "w") as out:
        p = subprocess.Popen([saker, "-U", "--scope-cgroup", cgroup, "-r", rules, *QUIET], stdout=out,
                             stderr=subprocess.PIPE, text=True)
        running.append(p)
        log = Log(p.stderr)
        wait(lambda: "Event source 'syscall' is open" in log.text or p.poll() is not None)
        if "no permission" in log.text:
            skip("needs BPF")
        work = subprocess.Popen([sys.executable, "-c", STREAM, cgroup, folder], stdout=subprocess.PIPE, text=True)
        running.append(work)
        good = bad = 0
        for i in range(1, reloads + 1):
            put(texts[i % len(texts)])
            if i % 7 == 0:
                p.send_signal(signal.SIGHUP)
            wait(lambda: log.text.count(" is in use: ") + log.text.count("hot restart failure: ") > good + bad or
                 p.poll() is not None)
            assert p.poll() is None, log.text
            good, bad = log.text.count(" is in use: "), log.text.count("hot restart failure: ")
        open(os.path.join(folder, "stop"), "w").close()
        number = int(work.communicate(timeout=60)[0])
        time.sleep(0.5)
        p.send_signal(signal.SIGTERM)
        assert p.wait(60) == 0, log.text
    with open(alerts) as f:
        text = f.read()
    seen = [int(n) for n in re.findall(r"number \S*/n(\d+)\.none by", text)]
    assert good + bad >= reloads and bad >= reloads // 5, (good, bad)
    assert seen == list(range(number)), \
        f"{number} opens, {len(seen)} alerts, {len(set(seen))} different; {log.text[-2000:]}"
    assert "0 dropped, 0 unreadable" in log.text, log.text[-2000:]
    counts = dict(re.findall(r"^   (A|B|C): (\d+)$", text, re.M))
    assert sum(map(int, counts.values())) == number, (counts, number)
    print(f"ok       {number} opens across {good} reloads and {bad} that failed: each alerted once, in order")


if __name__ == "__main__":
    sys.exit(main())
