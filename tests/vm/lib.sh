# SPDX-License-Identifier: Apache-2.0
# lib.sh - kernels, initial file system and qemu, for the scripts next to it.
work=$PWD/build-vm
mkdir -p "$work"

# The mirror that apt uses already, for suites that are not installed here.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | head -1)
[ -n "$mirror" ] || die "apt knows no mirror to take kernels from"

# fetch SUITE: prints the path of its vmlinuz.
fetch() {
    dir=$work/$1
    found=$(find "$dir" -name 'vmlinuz-*' -type f 2>/dev/null | head -1)
    [ -n "$found" ] && { echo "$found"; return; }
    mkdir -p "$dir/lists/partial" "$dir/x"
    : >"$dir/status"
    echo "deb [trusted=yes] $mirror $1 main" >"$dir/sources.list"
    set -- -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$dir/lists" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir" \
        -o APT::Architecture=amd64 -o APT::Sandbox::User=root
    apt-get "$@" -q update >/dev/null
    package=$(apt-cache "$@" depends linux-image-cloud-amd64 | sed -n 's/^  *Depends: //p' | grep cloud-amd64 | head -1)
    (cd "$dir" && apt-get "$@" -q download "$package" >/dev/null)
    dpkg-deb -x "$dir"/linux-image-*.deb "$dir/x"
    find "$dir/x/boot" -name 'vmlinuz-*' -type f | head -1
}

# Saker and the programs that run in a guest.
build_guest() {
    obj=$work/obj
    [ -f "$obj/build.ninja" ] || meson setup "$obj" -Dtests=enabled -Dgrpc=disabled >"$work/setup.log"
    ninja -C "$obj" --quiet saker tests/live/live_nothing tests/live/live_act tests/live/live_ring_act
}

# initrd [loop]: busybox, saker with its libraries, the actions, and an init that tries them.
initrd() {
    root=$work/root
    rm -rf "$root"
    mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/tmp" "$root/opt"
    cp /bin/busybox "$root/bin/busybox"
    for c in sh mount cat sleep ls poweroff grep sed kill uname rm; do ln -s busybox "$root/bin/$c"; done
    cp "$obj/saker" "$root/opt/saker"
    cp "$obj/tests/live/live_act" "$root/opt/act"
    cp "$obj/tests/live/live_ring_act" "$root/opt/ring_act"
    cp "$obj/tests/live/live_nothing" "$root/opt/nothing"
    cp tests/vm/init "$root/init"
    for what; do
        case $what in
        loop) cc -static -O1 -o "$root/opt/loop" tests/vm/loop.c ;;
        esac
    done
    ldd "$root/opt/saker" | grep -o '/[^ ]*' | grep -v ':$' | while read -r lib; do
        mkdir -p "$root$(dirname "$lib")"
        cp -L "$lib" "$root$lib"
    done
    echo 'root:*:1:0:9:7:::' >"$root/etc/shadow"
    echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
    (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"
}

# guest KERNEL LOG QEMU-OPTION...: runs until it powers off.
guest() {
    kernel_image=$1 log_file=$2
    shift 2
    timeout 1800 qemu-system-x86_64 "$@" -M q35 -cpu EPYC -smp 1 -m 1024 -nodefaults -no-reboot -display none \
        -serial stdio -kernel "$kernel_image" -initrd "$work/initrd.gz" \
        -append "console=ttyS0 quiet panic=-1 no_timer_check" >"$log_file" 2>&1 || true
}
