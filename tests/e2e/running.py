#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The long-running program: signals, log, outputs, reload. Without a driver; alerts are simulated drops."""
import json
import os
import re
import signal
import socket
import sys
import time

from e2e import RULE, Running, has, main, run

NODRIVER = ["-o", "engine.kind=nodriver"]
NOISE = NODRIVER + ["-o", "syscall_event_drops.simulate_drops=true", "-o", "syscall_event_drops.actions[0]=alert",
                    "-o", "syscall_event_drops.actions[1]=log", "-o", "syscall_event_drops.rate=100",
                    "-o", "syscall_event_drops.max_burst=100"]
READY = "Opening 'syscall' source with no driver"


def _end(r, what="SIGINT received, exiting..."):
    has(r, 0, "Events detected: 0\nRule counts by severity:\nTriggered rules by rule name:\n",
        [what, "Syscall event drop monitoring:\n   - event drop detected: "])


def term_and_int_end_cleanly_with_the_summary():
    for number in (signal.SIGTERM, signal.SIGINT):
        s = Running(*NODRIVER)
        s.wait_for(READY)
        _end(s.stop(number))


def the_log_goes_where_it_is_told_in_the_form_it_is_told(place):
    rules = place.file("r.yaml", RULE)
    r = run("--dry-run", "-r", rules)
    assert re.match(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4}: Saker version: ", r.err), r
    assert "Loading rules from:\n" in r.err and f":    {rules} | schema validation: ok\n" in r.err, r
    r = run("--dry-run", "-r", rules, "-o", "time_format_iso_8601=true")
    assert re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000: ", r.err), r
    assert run("--dry-run", "-r", rules, "-o", "log_stderr=false").err == ""
    assert "Saker version" not in run("--dry-run", "-r", rules, "-o", "log_level=error").err


def the_pid_file_holds_the_number_alone(place):
    s = Running(*NODRIVER, "-P", place.path("pid"))
    s.wait_for(READY)
    assert place.read("pid") == str(s.p.pid)
    s.stop()


def seconds_end_the_run():
    begin = time.monotonic()
    _end(run("-M", "2", *NODRIVER), "Opening")
    assert 1.5 < time.monotonic() - begin < 30


def alerts_are_text_or_json_and_the_summary_is_behind_them():
    r = run("-M", "3", *NOISE)
    has(r, 0, err="   - event drop detected: ")
    first = r.out.splitlines()[0]
    assert re.match(r"^\d\d:\d\d:\d\d\.\d{9}: Debug Falco internal: syscall event drop\. 1 system calls dropped in last "
                    r"second\. \(drops_by_cgroup=\"\" drops_by_class=\"\" drops_by_reason=\"\" ebpf_enabled=\"\d\" n_drops=\"1\" ", first), r
    assert r.out.splitlines()[-3:] == ["Events detected: 0", "Rule counts by severity:", "Triggered rules by rule name:"]
    j = json.loads(run("-M", "3", *NOISE, "-o", "json_output=true").out.splitlines()[0])
    assert j["rule"] == "Falco internal: syscall event drop" and j["output_fields"]["n_drops"] == "1", j


def the_exit_action_ends_with_code_1():
    r = run("-M", "20", *NOISE, "-o", "syscall_event_drops.actions[]=exit")
    has(r, 1, err=["Exiting.", "Error: Drop manager internal error\n"])


def hostname_can_be_overridden():
    r = run("-M", "3", *NOISE, "-o", "json_output=true", env={"FALCO_HOSTNAME": "other"})
    has(r, 0, '"hostname":"other"', "Hostname value has been overridden via environment variable to: other")


def usr1_opens_the_file_again(place):
    path, old = place.path("alerts"), place.path("alerts.1")
    s = Running(*NOISE, "-o", "stdout_output.enabled=false", "-o", "file_output.enabled=true",
                "-o", f"file_output.filename={path}", "-o", "file_output.keep_alive=true")
    _until(lambda: os.path.exists(path) and os.path.getsize(path))
    os.rename(path, old)
    s.send(signal.SIGUSR1)
    s.wait_for("SIGUSR1 received, reopening outputs...")
    _until(lambda: os.path.exists(path) and os.path.getsize(path))
    has(s.stop(), 0)
    for line in (place.read("alerts") + place.read("alerts.1")).splitlines():
        assert line.endswith(")"), line


def _until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


USED = "Reload %d is in use: "


def hup_and_a_changed_file_take_the_rules_without_a_new_start(place):
    rules = place.file("r.yaml", RULE)
    s = Running(*NODRIVER, "-r", rules)
    s.wait_for(READY)
    s.send(signal.SIGHUP)
    s.wait_for("SIGHUP received, restarting...")
    s.wait_for(USED % 1 + "1 rules")
    place.file("r.yaml", RULE + RULE.replace("Open F", "Second"))
    s.wait_for(USED % 2 + "2 rules")
    r = s.stop()
    has(r, 0)
    assert r.out.count("Events detected: 0") == 1 and r.err.count(READY) == 1, r


def a_reload_that_would_fail_keeps_the_old_rules_and_alerts(place):
    rules = place.file("r.yaml", RULE)
    s = Running(*NODRIVER, "-r", rules, "-U")
    s.wait_for(READY)
    place.file("r.yaml", "- rule: [")
    s.wait_for("Critical Falco internal: hot restart failure: ")
    place.file("r.yaml", RULE)
    s.wait_for(USED % 1)
    r = s.stop()
    _end(r)
    assert r.err.count(READY) == 1, r
    # The report of the file has many lines, the alert is one.
    failed = [line for line in r.out.splitlines() if "hot restart failure" in line]
    assert len(failed) == 1 and "LOAD_ERR_YAML_PARSE" in failed[0] and failed[0].endswith(" ()"), r


def a_file_that_a_failed_reload_named_is_watched_too(place):
    main_file, more = place.path("saker.yaml"), place.path("more.yaml")
    text = "stdout_output: {enabled: true}\nlog_stderr: true\nengine: {kind: nodriver}\nrules_files: [%s]\n"
    place.file("saker.yaml", text % place.file("r.yaml", RULE))
    s = Running("-c", main_file)
    s.wait_for(READY)
    place.file("more.yaml", "- rule: [")
    place.file("saker.yaml", text % f"{place.path('r.yaml')}, {more}")
    s.wait_for("hot restart failure")
    place.file("more.yaml", RULE.replace("Open F", "Second"))
    s.wait_for(USED % 1 + "2 rules")
    has(s.stop(), 0)


def a_config_map_that_is_turned_is_loaded(place):
    for n, rule in ((1, RULE), (2, RULE + RULE.replace("Open F", "Second"))):
        os.mkdir(place.path(f"..{n}"))
        place.file(f"..{n}/r.yaml", rule)
    os.symlink("..1", place.path("..data"))
    os.symlink("..data/r.yaml", place.path("r.yaml"))
    s = Running(*NODRIVER, "-r", place.path("r.yaml"))
    s.wait_for(READY)
    os.symlink("..2", place.path("..tmp"))
    os.rename(place.path("..tmp"), place.path("..data"))
    s.wait_for(USED % 1 + "2 rules")
    has(s.stop(), 0)


def a_rules_file_may_leave_and_come_back(place):
    s = Running(*NODRIVER, "-o", f"rules_files[0]={place.path('a.yaml')}", "-o",
                f"rules_files[1]={place.path('d')}", "-r", place.file("r.yaml", RULE), "-r", place.dir)
    s.wait_for(READY)
    place.file("b.yaml", RULE.replace("Open F", "B"))
    s.wait_for(USED % 1 + "2 rules")
    os.unlink(place.path("b.yaml"))
    s.wait_for(USED % 2 + "1 rules")
    place.file("b.yaml", RULE.replace("Open F", "B"))
    s.wait_for(USED % 3 + "2 rules")
    has(s.stop(), 0)


def what_is_read_at_the_start_is_warned_of(place):
    text = "stdout_output: {enabled: true}\nlog_stderr: true\nengine: {kind: %s}\nrules_files: [%s]\n%s"
    rules = place.file("r.yaml", RULE)
    s = Running("-c", place.file("saker.yaml", text % ("nodriver", rules, "")))
    s.wait_for(READY)
    place.file("saker.yaml", text % ("modern_ebpf", rules, "log_level: debug\nwatch_config_files: false\n"))
    s.wait_for("engine.kind: changed, which takes effect after a restart; until then the old value is used")
    s.wait_for("watch_config_files: changed, which takes effect after a restart")
    s.wait_for(USED % 1)
    s.send(signal.SIGHUP)
    s.wait_for("Enabled rules:")  # the new level of the log
    s.wait_for(USED % 2)
    has(s.stop(), 0)


def the_service_manager_hears_how_it_goes(place):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(place.path("notify"))
    manager.settimeout(60)
    heard = []

    def until(what):
        while not any(what in x for x in heard):
            heard.append(manager.recv(4096).decode())
        return [heard.pop(0) for _ in range(next(i for i, x in enumerate(heard) if what in x) + 1)][-1]

    rules = place.file("r.yaml", RULE)
    s = Running(*NODRIVER, "-r", rules, prefix=("env", f"NOTIFY_SOCKET={place.path('notify')}", "WATCHDOG_USEC=300000"))
    until("READY=1\nSTATUS=Watching with 1 rules")
    until("WATCHDOG=1")
    s.send(signal.SIGHUP)
    until("RELOADING=1\nMONOTONIC_USEC=")
    until("READY=1\nSTATUS=Watching with 1 rules")
    place.file("r.yaml", "- rule: [")
    until("READY=1\nSTATUS=A reload failed (see the log): watching as before with 1 rules")
    s.send(signal.SIGTERM)
    until("STOPPING=1")
    s.p.wait(60)  # another signal would end it at once
    has(s.stop(), 0)
    manager.close()


def a_second_signal_ends_at_once(place):
    fifo = place.path("fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    s = Running(*NOISE, "-o", "output_timeout=60000", "-o", "stdout_output.enabled=false", "-o",
                "file_output.enabled=true", "-o", f"file_output.filename={fifo}", "-o", "json_output=true", "-o",
                "file_output.keep_alive=true")
    s.wait_for(READY)
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(writer, b"x" * 4096)  # nobody reads: the output blocks
    except BlockingIOError:
        pass
    time.sleep(2.5)
    s.send(signal.SIGTERM)
    s.wait_for("SIGINT received, exiting...")
    time.sleep(0.5)
    assert s.p.poll() is None, "it does not drain its output"
    r = s.stop(signal.SIGTERM, 5)
    os.close(reader)
    os.close(writer)
    assert r.code == -signal.SIGTERM, r


def reload_by_files_can_be_switched_off(place):
    rules = place.file("r.yaml", RULE)
    s = Running(*NODRIVER, "-r", rules, "-o", "watch_config_files=false")
    s.wait_for(READY)
    place.file("r.yaml", "- rule: [")
    time.sleep(0.5)
    _end(s.stop())


def built_in_rules_are_used_without_any_file_and_r_replaces_them(place):
    has(run("--dry-run"), 0, err="built-in saker_rules.yaml | schema validation: ok")
    r = run("--dry-run", "-r", place.file("r.yaml", RULE))
    assert "built-in saker_rules.yaml" not in r.err, r


def rules_files_that_do_not_exist_leave_the_built_in_rules_but_without_the_key_nothing_is_guessed(place):
    stdout = "stdout_output: {enabled: true}\nlog_stderr: true\n"
    r = run("--dry-run", "-c", place.file("c.yaml", stdout + "rules_files: [/no/such.yaml]\n"))
    has(r, 0, err="built-in saker_rules.yaml | schema validation: ok")
    conf = place.file("d.yaml", stdout)
    has(run("--dry-run", "-c", conf), 1, err="You must specify at least one rules file/directory via -r or a rules_file entry in " + conf)
    has(run("--dry-run", "-c", conf, "-r", place.file("r.yaml", RULE)), 0)


def directories_are_their_yaml_files_in_order(place):
    for name in ("b.yaml", "a.yml", "x.txt"):
        place.file(name, RULE.replace("Open F", name))
    r = run("--dry-run", "-r", place.dir)
    has(r, 0)
    assert [x.split("/")[-1].split(" ")[0] for x in r.err.splitlines() if "| schema" in x][-2:] == ["a.yml", "b.yaml"], r


def deprecated_print_adds_to_every_output(place):
    rules = place.file("r.yaml", RULE)
    r = run("-L", "-r", rules, "-p", "pid=%proc.pid", "-o", "json_output=true", "-o", "append_output.x=1")
    has(r, 0, "opened %fd.name pid=%proc.pid", "The -p/--print option is deprecated and will be removed.")
    r = run("-L", "-r", rules, "-pk", "-o", "json_output=true", "-o", "append_output.x=1")
    assert json.loads(r.out)["rules"][0]["details"]["output_compiled"] == "opened %fd.name", r


if __name__ == "__main__":
    main(sys.modules[__name__])
