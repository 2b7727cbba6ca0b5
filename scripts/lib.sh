# SPDX-License-Identifier: Apache-2.0
# lib.sh - what ./run, ./test and the scripts share.  POSIX sh; sourced, never run.

die() {
    echo "saker: $*" >&2
    exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "'$1' needs root and there is no sudo here: run this as root"
    fi
}

# The newest clang that the build knows how to use for BPF, or nothing.
find_clang() {
    for c in clang-19 clang-18 clang-17 clang-16 clang; do
        command -v "$c" >/dev/null 2>&1 || continue
        major=$("$c" -dumpversion | cut -d. -f1)
        [ "$major" -ge 16 ] && { echo "$c"; return 0; }
    done
    return 1
}

jobs() {
    nproc 2>/dev/null || echo 2
}
