#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What users get wrong: a message with its place, the right exit code, and no crash."""
import os
import shutil
import stat
import sys

import e2e
from e2e import RULE, Skip, has, main, need_root, run


def _nobody(place):
    """A copy of the program that everybody may run, and the words in front that make it nobody's."""
    need_root()
    if not shutil.which("setpriv"):
        raise Skip("no setpriv")
    copy = place.path("saker")
    shutil.copy(e2e.SAKER, copy)
    os.chmod(copy, 0o755)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", copy]


def _config(place, text, code, err, *args):
    has(run("-c", place.file("c.yaml", text), "--dry-run", *args), code, err=err)


def configuration_that_is_no_yaml_names_file_line_and_column(place):
    _config(place, "a: 1\nb: [1, 2\nc: d: e\n", 1,
            f"Error: Cannot read config file ({place.path('c.yaml')}): error at line 3, column 2: ")


def configuration_that_may_not_be_read_is_an_error(place):
    words = _nobody(place)
    secret = place.file("secret.yaml", "priority: debug\n")
    os.chmod(secret, 0)
    _with(words[-1], lambda: has(run("-c", secret, prefix=words[:-1]), 1,
                                 err=f"Error: Could not find configuration file at {secret}\n"))


def _with(program, what):
    was, e2e.SAKER = e2e.SAKER, program
    try:
        what()
    finally:
        e2e.SAKER = was


def unknown_keys_are_warned_of_with_their_place_and_ignored(place):
    c = place.path("c.yaml")
    _config(place, "priority: debug\nengine:\n  kind: nodriver\n  colour: red\nstdout_output: {enabled: true}\n"
            "log_stderr: true\nrules_files: [/none]\n", 0,
            [f"   {c} | schema validation: failed for <root>[engine]: Object contains a property that could not be "
             "validated using 'properties' or 'additionalProperties' constraints: 'colour'.",
             f"{c}:4:3: unknown key 'engine.colour': it is ignored"])


def wrong_types_are_warned_of_with_their_place_and_give_the_default(place):
    c = place.path("c.yaml")
    _config(place, "log_stderr: true\noutput_timeout: soon\nstdout_output: {enabled: true}\nrules_files: [/none]\n", 0,
            [f"{c}:2:17: 'output_timeout' is 'soon': a whole number is expected; the default '2000' is used",
             "failed for <root>[output_timeout]: Value type not permitted by 'type' constraint."])


def a_section_that_is_a_value_is_an_error_with_its_place(place):
    _config(place, "falco_libs: 512\n", 1, f"Error: {place.path('c.yaml')}:1:13: Config error at key "
            "\"falco_libs.thread_table_size\"")


def values_outside_of_their_words_are_errors(place):
    _config(place, "priority: loud\n", 1, 'Error: Unknown priority "loud"--must be one of emergency, alert,')
    _config(place, "engine: {kind: kernel}\n", 1,
            f"Error: Error reading config file ({place.path('c.yaml')}): engine.kind 'kernel' is not a valid kind.\n")
    _config(place, "rule_matching: last\n", 1, 'Unknown rule matching strategy "last"')


def options_that_are_malformed_are_errors():
    has(run("-o", "foo", "--dry-run"), 1,
        err='Error: Error parsing config option "foo". Must be of the form key=val or key.subkey=val\n')
    has(run("-o", "a..b=1", "--dry-run"), 1,
        err='Error: Config error at key "a..b": Parsing error: unexpected character at pos 2\n')


def scopes_that_are_none_are_errors(place):
    for pid in ("0", "-1", "x", "99999999999"):
        has(run("--dry-run", "--scope-pid", pid), 1, err=f"Error: --scope-pid '{pid}': a process id is expected\n")
    has(run("--dry-run", "--scope-pid", "1", "--scope-cgroup", "/x"), 1, err="only one of engine.scope.cgroup")


def no_output_at_all_is_an_error():
    has(run("--dry-run", "-o", "stdout_output.enabled=false"), 1,
        err="Error: No output configured, please make sure at least one output is configured and enabled.\n")


def _rules(place, text, *err):
    path = place.file("r.yaml", text)
    has(run("-r", path, "--dry-run"), 1, err=[f"Error: {path}: Invalid\n", *err])


def rules_that_are_no_yaml_name_the_place(place):
    _rules(place, "- rule: [\n", "LOAD_ERR_YAML_PARSE", f"({place.path('r.yaml')}:")


def an_unknown_field_is_shown_in_its_condition(place):
    _rules(place, RULE.replace("fd.name=", "proc.nobody="), "proc.nobody=/f\n", "^\n",
           "LOAD_ERR_COMPILE_CONDITION (Error compiling condition): filter_check called with nonexistent field proc.nobody")


def a_wrong_type_of_a_key_is_an_error(place):
    _rules(place, RULE.replace("condition: evt.type=openat and fd.name=/f", "condition: [a]"), "LOAD_ERR_YAML_VALIDATE")


def a_number_that_is_none_is_an_error(place):
    _rules(place, RULE.replace("fd.name=/f", "evt.num=many"), "LOAD_ERR_COMPILE_CONDITION")


def an_unknown_key_of_a_rule_is_warned_of(place):
    path = place.file("r.yaml", RULE + "  colour: red\n")
    has(run("-r", path, "--dry-run"), 0, err="LOAD_UNKNOWN_KEY")


def a_macro_that_contains_itself_is_an_error(place):
    _rules(place, "- macro: a\n  condition: b\n- macro: b\n  condition: a\n" + RULE, "macro")
    _rules(place, "- macro: a\n  condition: evt.type=open and a\n" + RULE, "macro")


def conditions_of_a_megabyte_are_answered(place):
    many = "(" + " or ".join(["fd.name=/some/path"] * 50000) + ")"
    assert len(many) > 1 << 20
    r = run("-r", place.file("big.yaml", RULE.replace("fd.name=/f", many)), "--dry-run")
    assert r.code in (0, 1) and (r.code == 0 or "Error: " in r.err), r
    _rules(place, RULE.replace("fd.name=/f", "(" * (1 << 20)), "LOAD_ERR_COMPILE_CONDITION")


def rules_files_that_are_not_there_or_unreadable_are_errors(place):
    has(run("-r", "/no/such.yaml", "--dry-run"), 1, err="Error: Could not open file /no/such.yaml for reading\n")


def not_being_root_is_said_with_what_to_do(place):
    words = _nobody(place)
    _with(words[-1], lambda: has(run("-M", "1", prefix=words[:-1]), 1,
                                 err=["Error: no permission to load eBPF programs: run Saker as root"]))
    _with(words[-1], lambda: has(run("probe", quiet=False, prefix=words[:-1]), 1, err="run 'saker probe' as root"))


def a_kernel_without_btf_is_said_with_what_to_do():
    need_root()
    if not os.path.isdir("/sys/kernel/btf"):
        raise Skip("this kernel has no BTF to hide")
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh"]
    has(run("-M", "1", "--scope-pid", str(os.getpid()), prefix=hide), 1,
        err=["Error: this kernel describes its types nowhere ('/sys/kernel/btf/vmlinux'", "CONFIG_DEBUG_INFO_BTF=y"])


def rings_of_an_absurd_size_are_refused_with_the_limit():
    has(run("--dry-run", "-o", "engine.modern_ebpf.buf_size_preset=11"), 1,
        err="Error: The 'buf_size_preset' value must be between '1' and '10'\n")
    has(run("--dry-run", "-o", "engine.modern_ebpf.critical_ring_mib=4000000000"), 1,
        err="engine.modern_ebpf.critical_ring_mib is '4000000000': it must be between 1 and 512\n")


def _cgroup_with_little_memory():
    root = None
    with open("/proc/self/mounts") as f:
        for line in f:
            if line.split()[2] == "cgroup2":
                root = line.split()[1]
    if not root:
        raise Skip("no cgroup v2 hierarchy is mounted")
    path = os.path.join(root, f"saker-e2e-{os.getpid()}")
    try:
        os.mkdir(path)
        with open(os.path.join(path, "memory.max"), "w") as f:
            f.write(str(300 << 20))
    except OSError as e:
        if os.path.isdir(path):
            os.rmdir(path)
        raise Skip(f"no memory limit for a cgroup: {e.strerror}") from None
    return path


def rings_that_the_kernel_refuses_are_an_error_that_names_the_size():
    need_root()
    cgroup = _cgroup_with_little_memory()
    try:
        join = ["sh", "-c", f'echo $$ >{cgroup}/cgroup.procs && exec "$@"', "sh"]
        r = run("-M", "1", "--scope-pid", str(os.getpid()), "-o", "engine.modern_ebpf.buf_size_preset=10", prefix=join)
        has(r, 1, err=["Error: ", "ring"])
    finally:
        os.rmdir(cgroup)


def rings_that_cannot_be_mapped_are_an_error():
    need_root()
    limit = ["prlimit", "--as=120000000"]
    if not shutil.which("prlimit") or run("--help", prefix=limit).code != 0:
        raise Skip("the program does not start with little address space (sanitizers)")
    r = run("-M", "1", "--scope-pid", str(os.getpid()), "-o", "engine.modern_ebpf.buf_size_preset=8", prefix=limit)
    has(r, 1, err=["Error: ", "ring"])


def a_full_disk_is_logged_once_counted_and_nothing_worse():
    if not stat.S_ISCHR(os.stat("/dev/full").st_mode):
        raise Skip("no /dev/full")
    r = run("-M", "4", "-o", "engine.kind=nodriver", "-o", "stdout_output.enabled=false", "-o", "file_output.enabled=true",
            "-o", "file_output.filename=/dev/full", "-o", "syscall_event_drops.simulate_drops=true",
            "-o", "syscall_event_drops.actions[0]=alert", "-o", "syscall_event_drops.rate=10",
            "-o", "syscall_event_drops.max_burst=10")
    has(r, 0, "Events detected: 0\n", "file: No space left on device: it is tried again, later alerts wait")
    assert r.err.count("No space left on device") == 1, r


def standard_output_that_is_full_is_said():
    with open("/dev/full", "w") as full:
        import subprocess
        p = subprocess.run([e2e.SAKER, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert p.returncode == 1 and "Error: cannot write to standard output\n" in p.stderr, p


def a_pid_file_that_cannot_be_written_is_code_255():
    r = run("-P", "/no/such/dir/pid", "-o", "engine.kind=nodriver", "-M", "1")
    has(r, 255, err="Could not write pid to pidfile /no/such/dir/pid. Exiting.\n")


def a_scope_that_does_not_exist_is_an_error_with_its_name():
    need_root()
    has(run("-M", "1", "--scope-cgroup", "/no/such/cgroup"), 1, err=["Error: ", "/no/such/cgroup"])


def a_duration_that_is_none_is_an_error():
    has(run("-M", "soon", "-o", "engine.kind=nodriver"), 1, err="Error: Argument \u2018soon\u2019 failed to parse\n")


if __name__ == "__main__":
    main(sys.modules[__name__])
