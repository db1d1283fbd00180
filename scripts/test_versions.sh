#!/usr/bin/env bash
# test_versions.sh SUITE [ARGUMENT...] - run tests on the QGIS of another Debian release: 3.40 of trixie, 3.44 of
# sid, 3.22 of bookworm. Needs root. Arguments are those of run_tests.py; if they name no group, it is qgis.
#
# The first run installs the release and all that the tests need into .cache/chroots/SUITE, in about ten minutes;
# later ones use what is there. FRESH=1 begins anew, MIRROR names another mirror of Debian.
# The tests see the checkout, but cannot change it; .venv and .cache are others there.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian}
# Debian's builds of what a user installs with apt; scripts/setup.sh adds QGIS and the tools of the tests.
packages=ca-certificates,python3-numba,python3-boto3

main() {
    suite=${1:-}
    chroot=$root/.cache/chroots/$suite
    case $suite in
        trixie | sid | bookworm) ;;
        *) fail "Name a Debian release: make test-qgis SUITE=trixie (QGIS 3.40), sid (3.44) or bookworm (3.22)." ;;
    esac
    if [ "$(id -u)" -ne 0 ] || ! unshare --mount --pid --fork true 2>/dev/null; then
        fail "Tests on another Debian release need root and the right to mount: sudo make test-qgis SUITE=$suite"
    fi
    mkdir -p "$root/.cache/chroots"
    # Two runs at once would use the same reports and temporary files.
    exec 9>"$chroot.lock"
    flock --nonblock 9 || { echo "Waiting for another run on $suite." && flock 9; }
    build_chroot
    # Nothing stays mounted and no process stays behind when the shell inside ends.
    unshare --mount --pid --fork --kill-child "${BASH_SOURCE[0]}" --inside "$@"
}

fail() {
    echo "$1" >&2
    exit 2
}

build_chroot() {
    if [ "${FRESH:-}" = 1 ]; then
        rm -rf --one-file-system "$chroot"
    fi
    [ ! -d "$chroot" ] || return 0
    command -v mmdebstrap >/dev/null ||
        apt-get install --yes --no-install-recommends mmdebstrap debian-archive-keyring </dev/null
    echo "Installing Debian $suite into $chroot"
    rm -rf --one-file-system "$chroot.partial"
    install_release
    mv "$chroot.partial" "$chroot"
}

# Sid's index is dated for a week, which a mirror that is copied more rarely exceeds; its signature still counts.
# Licences stay: some packages read them.
install_release() {
    mmdebstrap --mode=root --variant=minbase --components=main --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb";}' --dpkgopt='force-unsafe-io' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$suite" "$chroot.partial" "$mirror" </dev/null
}

run_inside() {
    chroot=$root/.cache/chroots/$1
    shift
    local argument groups=(qgis)
    for argument in "$@"; do
        [ ! -d "$root/tests/${argument:-.}" ] || groups=()
    done
    mount_checkout
    chroot "$chroot" /usr/bin/env --unset=TMPDIR HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        LC_ALL=C.UTF-8 /bin/bash -c '
            cd /checkout && scripts/setup.sh && .venv/bin/python scripts/versions.py &&
                .venv/bin/python scripts/run_tests.py "$@"' inside "${groups[@]}" "$@"
}

mount_checkout() {
    local inside=$chroot/checkout changes=$chroot/mnt
    mkdir -p "$inside" "$chroot/var/shepherd/venv" "$chroot/var/shepherd/cache"
    # What is written there is gone afterwards, but for compiled kernels.
    mount -t tmpfs tmpfs "$changes"
    mkdir "$changes/upper" "$changes/work"
    mount -t overlay -o "lowerdir=$root,upperdir=$changes/upper,workdir=$changes/work" overlay "$inside"
    local folder
    for folder in $(cd "$root" && find core -type d -not -name __pycache__); do
        mkdir -p "$chroot/var/shepherd/kernels/$folder" "$inside/$folder/__pycache__"
        mount --bind "$chroot/var/shepherd/kernels/$folder" "$inside/$folder/__pycache__"
    done
    mkdir -p "$inside/.venv" "$inside/.cache"
    mount --bind "$chroot/var/shepherd/venv" "$inside/.venv"
    mount --bind "$chroot/var/shepherd/cache" "$inside/.cache"
    mount -t proc proc "$chroot/proc"
    mount --rbind /sys "$chroot/sys"
    mount --rbind /dev "$chroot/dev"
    find "$chroot/tmp" -mindepth 1 -delete
    share_file /etc/resolv.conf
    share_file /etc/hosts
    share_file /etc/ssl/certs/ca-certificates.crt
    share_file /etc/pip.conf
}

# How to reach the network is a matter of the computer, not of the release.
share_file() {
    [ -f "$1" ] || return 0
    [ -e "$chroot$1" ] || touch "$chroot$1"
    mount --bind "$1" "$chroot$1"
}

if [ "${1:-}" = --inside ]; then
    run_inside "${@:2}"
else
    main "$@"
fi
