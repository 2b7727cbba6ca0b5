# SPDX-License-Identifier: Apache-2.0
"""Runs the program as a user does: arguments in; exit code, standard output and standard error out.

A test is a function of a module whose name is a sentence; main() runs them all. Nothing here traces anything but
what the test itself starts.
"""
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

SKIP = 77
SAKER = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "saker"
QUIET = ["-o", "log_syslog=false", "-o", "syslog_output.enabled=false"]
# A system call that the filter does not know ends the program, and the test: no list is complete by thought alone.
STRICT = ["-o", "privileges.seccomp=kill"]
RULE = """
- rule: Open F
  desc: d
  condition: evt.type=openat and fd.name=/f
  output: opened %fd.name
  priority: WARNING
"""


class Skip(Exception):
    pass


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Place:
    """A directory of the test's own."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="saker-e2e-")
        os.chmod(self.dir, 0o755)

    def path(self, name):
        return os.path.join(self.dir, name)

    def file(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("FALCO_") and k != "HOST_ROOT"}
    return dict(env, TZ="UTC", LC_ALL="C")


def _more(args):
    return QUIET + ([] if any(a.startswith("privileges.") for a in args) else STRICT)


def run(*args, quiet=True, prefix=(), timeout=120, env=None):
    argv = [*prefix, SAKER, *args, *(_more(args) if quiet else [])]
    p = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=timeout,
                       env=dict(environment(), **(env or {})))
    return Result(p.returncode, p.stdout, p.stderr)


class Running:
    """Saker in the background, without a driver unless the arguments say so."""

    def __init__(self, *args, prefix=(), quiet=True):
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        more = _more(args) if quiet else []
        self.p = subprocess.Popen([*prefix, SAKER, *args, *more], stdout=self.out, stderr=self.err, env=environment())

    def text(self, f):
        f.flush()
        return os.pread(f.fileno(), 1 << 24, 0).decode(errors="replace")

    def wait_for(self, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what in self.text(self.err) + self.text(self.out):
                return
            if self.p.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"'{what}' never came: {self.text(self.out)}\n{self.text(self.err)}")

    def send(self, number):
        self.p.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=60):
        if self.p.poll() is None:
            self.send(number)
        try:
            self.p.wait(seconds)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
            raise
        return Result(self.p.returncode, self.text(self.out), self.text(self.err))


def has(result, code, out=(), err=()):
    assert result.code == code, f"exit code {code} expected\n{result}"
    for where, wanted in (("out", out), ("err", err)):
        for text in [wanted] if isinstance(wanted, str) else wanted:
            assert text in getattr(result, where), f"'{text}' is not in std{where}\n{result}"
    assert "Sanitizer" not in result.err, result.err


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def main(module):
    failed = skipped = passed = 0
    for name, test in inspect.getmembers(module, inspect.isfunction):
        if test.__module__ != module.__name__ or name.startswith("_"):
            continue
        place = Place()
        try:
            test(place) if inspect.signature(test).parameters else test()
            print(f"ok       {name}")
            passed += 1
        except Skip as e:
            print(f"skipped  {name}: {e}")
            skipped += 1
        except Exception:  # noqa: the next test runs all the same
            print(f"FAILED   {name}")
            traceback.print_exc(file=sys.stdout)
            failed += 1
        finally:
            shutil.rmtree(place.dir, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0 if passed else SKIP)
