#!/usr/bin/env bash
# Install what development, tests and the demo need: system packages with apt, the rest into .venv.
#
# setup.sh translations: what `make translations` needs, too.
#
# Safe to run at any time: a set-up that is complete takes a fraction of a second. Nothing is written
# outside the checkout except by apt.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
cache=$root/.cache
# QGIS's bindings belong to the system's Python, so another python3 that comes first in PATH is of no use.
system_python=/usr/bin/python3
packages=(
    qgis python3-qgis python3-gdal python3-numpy python3-venv
    xvfb xauth xdotool imagemagick fonts-dejavu-core
    ca-certificates git
)

# For translators only, not for everybody.
if [ "${1:-}" = translations ]; then
    packages+=(qttools5-dev-tools)
fi

main() {
    mkdir -p "$cache"
    # Two runs at once (make test beside make demo) would build the same environment twice.
    exec 9>"$cache/setup.lock"
    flock 9
    install_packages
    if ! environment_is_current; then
        build_environment
    fi
    link_package
}

install_packages() {
    local missing=()
    local package
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        echo "This set-up needs Debian or Ubuntu. Elsewhere, install QGIS with its Python bindings, Xvfb and" >&2
        echo "ImageMagick, and see the README for the plugin's own requirements." >&2
        exit 1
    fi
    echo "Installing with apt: ${missing[*]}"
    as_root apt-get update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${missing[@]}" </dev/null
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Installing system packages needs root or sudo: $*" >&2
        exit 1
    fi
}

# The environment is brought up to date when a requirement, the system's Python or its numpy changes.
fingerprint() {
    cat "$root/requirements.txt" "$root/requirements-dev.txt"
    "$system_python" --version
    system_numpy
}

environment_is_current() {
    [ -x "$venv/bin/python" ] || return 1
    [ "$(cat "$venv/fingerprint" 2>/dev/null)" = "$(fingerprint | sha256sum)" ]
}

system_numpy() {
    "$system_python" -c 'import numpy; print(numpy.__version__)'
}

site_packages() {
    "$system_python" -c 'import sys; print("{}/lib/python{}.{}/site-packages".format(sys.argv[1], *sys.version_info))' \
        "$venv"
}

build_environment() {
    rm -f "$venv/fingerprint"
    # Another Python version cannot use what is there; otherwise it stays, also for those who are using it.
    local clear=()
    [ -d "$(site_packages)" ] || clear=(--clear)
    "$system_python" -m venv --system-site-packages "${clear[@]}" "$venv"
    # QGIS and GDAL were built for the system's numpy; another major version breaks osgeo.gdal_array.
    echo "numpy==$(system_numpy)" >"$venv/constraints.txt"
    # Without this pip would fill a cache in the home folder.
    PIP_CACHE_DIR=$cache/pip "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --constraint "$venv/constraints.txt" --requirement "$root/requirements-dev.txt" </dev/null
    "$venv/bin/python" "$root/scripts/versions.py"
    fingerprint | sha256sum >"$venv/fingerprint"
}

# The repository root is the package, whatever the checkout's folder is called; a link gives it its name.
# Both paths are relative, so that a checkout can be moved.
link_package() {
    local path_file
    path_file=$(site_packages)/shepherd_segmentation.pth
    mkdir -p "$venv/link"
    if [ "$(readlink "$venv/link/shepherd_segmentation")" != ../.. ]; then
        ln --symbolic --force --no-dereference ../.. "$venv/link/shepherd_segmentation"
    fi
    # Python reads a relative line from the folder that holds the .pth file.
    if [ "$(cat "$path_file" 2>/dev/null)" != ../../../link ]; then
        echo ../../../link >"$path_file"
    fi
}

main "$@"
