#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands that print something and end."""
import json
import os
import sys

from e2e import RULE, SAKER, has, main, run

ALL_HELP = ["-h, --help", "-c <path>", "--config-schema", "--dry-run", "-L ", "-l <rule>", "--list[=<source>]",
            "--list-events", "-M <num_seconds>", "-o, --option", "-r <rules_file>", "-U, --unbuffered", "-V, --validate",
            "--version", "--scope-cgroup", "--scope-pid", "--page-size", "Usage:", "falco [OPTION...]"]


def help_goes_to_standard_output_and_names_every_option():
    for flag in ("-h", "--help"):
        has(run(flag), 0, ALL_HELP)


def unknown_option_is_an_error_in_typographic_quotes():
    r = run("-A", quiet=False)
    has(r, 1)
    assert r.err == "Error: Option \u2018A\u2019 does not exist\n" and r.out == "", r


def missing_argument_is_an_error():
    has(run("-c", quiet=False), 1, err="Error: Option \u2018c\u2019 is missing an argument\n")


def configuration_that_is_not_there_is_an_error_even_for_help():
    has(run("--help", "-c", "/no/such.yaml"), 1, err="Error: Could not find configuration file at /no/such.yaml\n")


def positional_words_behind_options_are_ignored():
    has(run("--help", "more"), 0, "Usage:")


def a_word_in_front_that_is_no_command_is_an_error():
    has(run("tset", "--help", quiet=False), 1, err="Error: Unknown command 'tset'; --help lists the commands\n")


def version_prints_its_lines_and_nothing_else_on_standard_output():
    r = run("--version")
    has(r, 0)
    lines = r.out.splitlines()
    assert [x.split(":")[0] for x in lines] == ["Saker version", "Falco version", "Libs version", "Plugin API", "Engine",
                                                "Driver", "  API version", "  Schema version", "  Default driver"], r
    assert lines[4] == "Engine:        0.63.0", r


def version_is_json_when_asked():
    j = json.loads(run("--version", "-o", "json_output=true").out)
    assert list(j) == sorted(j) and j["engine_version_semver"] == "0.63.0" and j["engine_version"] == "63", j


def ignored_calls_are_listed():
    r = run("-i")
    has(r, 0)
    assert r.out.startswith("Ignored syscall(s):\n- ") and r.out.endswith("\n\n"), r
    assert len(r.out.splitlines()) == 13, r


def fields_are_listed_as_text_names_markdown_and_json():
    has(run("--list"), 0, ["Field Class:", "proc.name", "evt.type"])
    names = run("--list", "-N").out.split()
    assert "proc.name" in names and "container.id" in names and len(names) == len(set(names))
    has(run("--list=syscall"), 0, "proc.name")
    has(run("--list", "--format", "markdown"), 0, "## Field Class: evt")
    has(run("--list", "--markdown"), 0, "## Field Class: evt", "WARNING: --markdown is deprecated")
    assert json.loads(run("--list", "--format", "JSON").out)["fieldclasses"]


def a_list_of_an_unknown_source_is_an_error():
    has(run("--list=nothing"), 1, err="Error: Value for --list must be a valid source type\n")


def unknown_and_contradicting_formats_are_errors():
    has(run("--list", "--format", "xml"), 1, err="Error: Invalid format 'xml'. Valid values are: text, markdown, json\n")
    has(run("--list", "--format", "json", "--markdown"), 1,
        err="Error: Cannot specify both --markdown and --format options together\n")


def events_are_listed_in_every_format():
    has(run("--list-events"), 0, ["## Syscall events", "openat("])
    has(run("--list-events", "--format", "markdown"), 0, "`openat`")
    assert "Syscall events" in json.loads(run("--list-events", "--format", "json").out)


def container_support_is_a_plugin():
    has(run("--list-plugins"), 0, ["1 Plugins Loaded:\n", "Name: container\n", "Version: 0.4.0\n", "  - Field Extraction\n"])
    has(run("--plugin-info=container"), 0, "Name: container\n")
    has(run("--plugin-info", "other"), 1, err="Error: can't find plugin and print its info: other\n")
    has(run("--dry-run", "-o", "load_plugins[0]=container"), 0)
    has(run("--dry-run", "-o", "load_plugins[0]=json"), 1,
        err="Error: Cannot load plugin 'json': plugin config not found for given name\n")


def schemas_are_json():
    for option in ("--config-schema", "--rule-schema"):
        r = run(option)
        has(r, 0)
        assert json.loads(r.out)["$schema"] == "http://json-schema.org/draft-06/schema#"


def page_size_goes_to_the_log():
    r = run("--page-size")
    has(r, 0, err="Your system page size is: ")
    assert r.out == ""


def sources_can_be_enabled_and_disabled_only_if_known():
    has(run("--dry-run", "--enable-source", "syscall"), 0)
    has(run("--dry-run", "--enable-source", "x"), 1, err="Error: Attempted enabling an unknown event source: x\n")
    has(run("--dry-run", "--disable-source=x"), 1, err="Error: Attempted disabling an unknown event source: x\n")
    has(run("--dry-run", "--disable-source=syscall"), 1, err="Error: Must enable at least one event source\n")
    has(run("--dry-run", "--disable-source=syscall", "--enable-source=syscall"), 1,
        err="Error: You can not mix --enable-source and --disable-source\n")


def rules_are_described_all_and_one(place):
    rules = place.file("r.yaml", RULE)
    r = run("-L", "-r", rules)
    has(r, 0)
    assert r.out.splitlines()[0] == f"{'Rule':<50} Description", r
    has(run("-l", "Open F", "-r", rules), 0, "Open F")
    j = json.loads(run("-L", "-r", rules, "-o", "json_output=true").out)
    assert j["rules"][0]["info"]["name"] == "Open F"
    assert set(j) >= {"lists", "macros", "required_engine_version", "required_plugin_versions", "rules"}
    has(run("-l", "nothing", "-r", rules), 1, err='Runtime error: Rule "nothing" is not loaded. Exiting.\n')


def files_are_validated_with_a_report_each(place):
    good, warn = place.file("good.yaml", RULE), place.file("warn.yaml", "- list: unused\n  items: [a]\n")
    bad = place.file("bad.yaml", RULE.replace("fd.name=", "proc.nobody="))
    r = run("-V", good, "-V", warn)
    has(r, 0, [f"{good}: Ok\n", f"{warn}: Ok, with warnings\n"], "LOAD_UNUSED_LIST")
    assert "LOAD_UNUSED_LIST" not in r.out, r
    r = run("-V", good, "-V", bad)
    has(r, 1, [f"{good}: Ok\n", f"{bad}: Invalid\n"], [f"Error: {good}: Ok\n", "LOAD_ERR_COMPILE_CONDITION"])
    has(run("-V", "/no/such.yaml"), 1, err="Error: Could not open file /no/such.yaml for reading\n")


def validation_is_json_when_asked_with_the_same_exit_code(place):
    good, bad = place.file("good.yaml", RULE), place.file("bad.yaml", "- rule: [")
    r = run("-V", bad, "-o", "json_output=true")
    has(r, 1)
    result = json.loads(r.out)["falco_load_results"][0]
    assert not result["successful"] and result["errors"][0]["code"] == "LOAD_ERR_YAML_PARSE", result
    r = run("-V", good, "-L", "-o", "json_output=true")
    has(r, 0)
    assert set(json.loads(r.out)) == {"falco_describe_results", "falco_load_results"}


def a_dry_run_loads_everything_and_watches_nothing(place):
    r = run("--dry-run", "-r", place.file("r.yaml", RULE), "-P", place.path("pid"), "-o", "log_level=debug")
    has(r, 0, err=["Skipping outputs initialization in dry-run", "Skipping event processing in dry-run",
                   "(1) enabled rules in total"])
    assert r.out == "" and not os.path.exists(place.path("pid")), r


def support_is_one_json_object(place):
    j = json.loads(run("--support", "-r", place.file("r.yaml", RULE)).out)
    assert list(j) == sorted(j) and j["rules_files"][0]["variants"][0]["content"] == RULE, j
    assert SAKER in j["cmdline"] and '"debug"' in j["config"], j


def probe_says_what_the_kernel_offers():
    r = run("probe", quiet=False)
    if os.geteuid() == 0:
        has(r, 0)
    assert "kernel" in r.out, r


if __name__ == "__main__":
    main(sys.modules[__name__])
