#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Configuration files: where they are found, what of them is wrong, and whether their documentation is true."""
import json
import os
import re
import subprocess
import sys

from e2e import RULE, SAKER, Skip, environment, has, main, need_root, run

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LOG = ["--dry-run", "-o", "log_stderr=true", "-o", "stdout_output.enabled=true"]
NODRIVER = ["-o", "engine.kind=nodriver"]
# Every key of older versions, as the files of those had them.
OLD = """
rules_file: []
syscall_buf_size_preset: 5
syscall_drop_failed_exit: false
modern_bpf:
  cpus_for_each_syscall_buffer: 3
outputs:
  rate: 1
  max_burst: 1000
metadata_download:
  max_mb: 100
  chunk_wait_us: 1000
  watch_freq_sec: 1
container_engines:
  docker: {enabled: true}
  cri: {enabled: true, sockets: [/run/containerd/containerd.sock], disable_async: false}
  podman: {enabled: true}
  lxc: {enabled: false}
  libvirt_lxc: {enabled: false}
  bpm: {enabled: false}
engine:
  kind: ebpf
  ebpf: {probe: "${HOME}/.falco/falco-bpf.o", buf_size_preset: 4, drop_failed_exit: false}
  gvisor: {config: "", root: ""}
"""


def _dry(place, text, *args, env=None):
    return run("-c", place.file("c.yaml", text), "-r", place.file("r.yaml", RULE), *LOG, *NODRIVER, *args, env=env)


def keys_of_every_version_are_accepted_with_what_became_of_them(place):
    r = _dry(place, OLD)
    has(r, 0, err=["c.yaml | schema validation: ok", "'syscall_buf_size_preset' is a key of Falco up to 0.37: the key has moved",
                   "'outputs.rate' is a key of Falco up to 0.36", "Using deprecated config key 'rules_file'"])
    assert "unknown key" not in r.err, r


def an_engine_that_is_gone_is_an_error_that_says_what_there_is(place):
    r = run("-c", place.file("c.yaml", "engine: {kind: gvisor, gvisor: {config: x}}"), "--dry-run")
    has(r, 1, err=["Error: Error reading config file", "engine.kind 'gvisor' is no longer a kind of engine", "'modern_ebpf'"])


def what_is_wrong_is_told_with_its_place_and_the_default_is_used(place):
    r = _dry(place, "colour: red\njson_output: maybe\nwebserver:\n  listen_port: 70000\n", "-o", "jsn_output=true")
    has(r, 0, err=["schema validation: failed for <root>: Object contains a property", "c.yaml:1:1: unknown key 'colour'",
                   "c.yaml:2:14: 'json_output' is 'maybe': true or false is expected; the default 'false' is used",
                   "c.yaml:4:16: 'webserver.listen_port' is '70000': 0..65535 is expected; the default '8765' is used",
                   "command line: unknown key 'jsn_output': it is ignored"])


def what_the_environment_holds_is_shown_nowhere(place):
    text = "json_output: ${SECRET}\nhttp_output:\n  headers: ['Authorization: ${SECRET}']\n"
    r = _dry(place, text, env={"SECRET": "hunter2"})
    has(r, 0, err="'json_output' is '${SECRET}'")
    assert "hunter2" not in r.err + r.out, r
    r = run("-c", place.path("c.yaml"), "-r", place.path("r.yaml"), "--support", env={"SECRET": "hunter2"})
    has(r, 0, "Authorization: ${SECRET}")
    assert "hunter2" not in r.err + r.out, r


def files_of_a_directory_are_merged_by_their_names(place):
    os.mkdir(place.path("d"))
    place.file("d/20-b.yaml", "priority: error\nstatic_fields: {b: 2}\n")
    place.file("d/10-a.yaml", "priority: notice\nstatic_fields: {a: 1}\n")
    text = f"config_files:\n  - {place.path('d')}\n  - /not/there\nstatic_fields: {{m: 0}}\n"
    r = run("-c", place.file("c.yaml", text), "-r", place.file("r.yaml", RULE), "--support")
    conf = json.loads(r.out)["config"]
    assert 'priority: "error"' in conf and 'static_fields: {b: "2"}' in conf, conf
    r = _dry(place, text)
    has(r, 0, err=["10-a.yaml | schema validation: ok", "20-b.yaml | schema validation: ok"])
    assert r.err.index("c.yaml |") < r.err.index("10-a.yaml |") < r.err.index("20-b.yaml |"), r


def files_that_include_are_errors(place):
    inner = place.file("i.yaml", "config_files: [x]\n")
    has(_dry(place, f"config_files: [{inner}]\n"), 1, err=f"'config_files' directive in included config file {inner}.")
    has(_dry(place, f"config_files: [{place.path('c.yaml')}]\n"), 1,
        err="'config_files' directive tried to recursively include main config file")


def broken_yaml_is_told_with_its_place(place):
    has(_dry(place, "a: [b\nc: d\n"), 1, err=["Cannot read config file (", "error at line 2, column 2"])


def _elsewhere(place, files):
    """Starts without -c where /etc holds these files alone."""
    need_root()
    script = ["set -e", "mount -t tmpfs none /etc", "mkdir /etc/saker /etc/falco"]
    script += [f"cp {place.file(os.path.basename(f), t)} {f}" for f, t in files.items()]
    script.append(f"exec {SAKER} --dry-run -o log_stderr=true -o log_syslog=false -o engine.kind=nodriver")
    p = subprocess.run(["unshare", "-m", "sh", "-c", "\n".join(script)], capture_output=True, text=True,
                       env=environment(), timeout=120)
    if "mount:" in p.stderr or "unshare:" in p.stderr:
        raise Skip("no mount namespace here: " + p.stderr.splitlines()[0])
    assert p.returncode == 0, p
    return p.stderr


def the_first_of_the_known_places_counts(place):
    saker, falco = "/etc/saker/saker.yaml", "/etc/falco/falco.yaml"
    text = f"stdout_output: {{enabled: true}}\nlog_syslog: false\nrules_files: {place.file('r.yaml', RULE)}\n"
    err = _elsewhere(place, {saker: text, falco: text})
    assert f"{saker} | schema validation: ok" in err and falco not in err, err
    err = _elsewhere(place, {falco: text})
    assert f"{falco} | schema validation: ok" in err, err
    err = _elsewhere(place, {})
    assert "built-in configuration | schema validation: ok" in err, err
    assert f"(no -c, and neither {saker} nor {falco} is there)" in err, err


def the_schema_is_one_and_takes_what_is_shipped():
    try:
        import jsonschema
        import yaml
    except ImportError:
        raise Skip("needs python3-jsonschema and python3-yaml")
    schema = json.loads(run("--config-schema", quiet=False).out)
    jsonschema.Draft6Validator.check_schema(schema)
    check = jsonschema.Draft6Validator(schema)
    with open(os.path.join(TOP, "config", "saker.yaml")) as f:
        check.validate(yaml.safe_load(f))
    check.validate(yaml.safe_load(OLD))
    check.validate(yaml.safe_load("""outputs: [{type: file, name: urgent, min_priority: critical, format: ecs, filename: /tmp/a},
                                               {type: http, url: "http://127.0.0.1/", headers: [a], mtls: true}]"""))
    for bad in ("outputs: [{name: a}]", "outputs: [{type: carrier}]", "outputs: [{type: file, format: xml, filename: a}]",
                "outputs: [{type: file, url: a}]", "outputs: [{type: http, timeout: long}]", "colour: red", "engine: {kind: gvisor}", "webserver: {listen_port: 70000}", "rules: [{enable: {rul: x}}]",
                "append_output: [{match: {tags: {a: b}}}]", "plugins: [{name: a}]", "config_files: [{strategy: append}]"):
        assert list(check.iter_errors(yaml.safe_load(bad))), bad


def _examples(page):
    with open(os.path.join(TOP, "docs", page)) as f:
        return re.findall(r"^```yaml\n(.*?)^```", f.read(), re.M | re.S)


def examples_of_the_pages_load_without_a_word(place):
    blocks = [(p, b) for p in ("configuration.md", "outputs.md") if os.path.exists(os.path.join(TOP, "docs", p))
              for b in _examples(p)]
    assert len(blocks) > 5, blocks
    env = {"ALERTS_URL": "http://127.0.0.1:9/", "ALERTS_TOKEN": "t", "SAKER_OWNER": "o"}
    for page, text in blocks:
        r = _dry(place, text, env=env)
        assert r.code == 0 and "c.yaml | schema validation: ok" in r.err, (page, text, r)
        assert "c.yaml:" not in r.err, (page, text, r)


def options_of_the_page_work(place):
    with open(os.path.join(TOP, "docs", "configuration.md")) as f:
        options = re.findall(r"^\| `-o ('?)(.*?)\1` \|", f.read(), re.M)
    assert len(options) > 5, options
    for _, option in options:
        r = _dry(place, "rules_files: [a]\n", "-o", option.replace("'*'", "*"))
        assert r.code == 0 and "command line" not in r.err, (option, r)


def committed_documentation_is_what_the_program_prints():
    with open(os.path.join(TOP, "config", "saker.yaml")) as f:
        assert f.read() == run("--config-doc=yaml", quiet=False).out, "make docs"
    with open(os.path.join(TOP, "docs", "configuration.md")) as f:
        assert f.read().endswith("-->\n" + run("--config-doc", quiet=False).out), "make docs"
    with open(os.path.join(TOP, "docs", "outputs.md")) as f:
        reference = run("--config-doc", quiet=False).out.split("### Outputs\n", 1)[1].split("### Health\n", 1)[0]
        assert f.read().endswith("-->\n" + reference.split("\n", 1)[1]), "make docs"
    has(run("--config-doc=html", quiet=False), 1, err="Error: --config-doc has the forms markdown, man and yaml\n")


def pages_are_roff():
    for word, head in (("--man", ".TH SAKER 8"), ("--config-doc=man", ".TH SAKER.YAML 5")):
        r = run(word, quiet=False)
        has(r, 0, head)
        try:
            p = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=r.out, capture_output=True, text=True)
        except FileNotFoundError:
            raise Skip("needs groff")
        assert p.returncode == 0 and not p.stderr, p.stderr


if __name__ == "__main__":
    main(sys.modules[__name__])
