#!/usr/bin/env bash
# Link the checkout into a QGIS profile, so that QGIS loads the plugin from it. PROFILE names the profile.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
profile=${PROFILE:-default}

# QGIS 3 and 4 keep their profiles side by side.
profiles_folders() {
    local base
    if [ -n "${QGIS_CUSTOM_CONFIG_PATH:-}" ]; then
        echo "$QGIS_CUSTOM_CONFIG_PATH/profiles"
        return
    fi
    case $(uname) in
        Darwin) base="$HOME/Library/Application Support/QGIS" ;;
        *) base="${XDG_DATA_HOME:-$HOME/.local/share}/QGIS" ;;
    esac
    if [ -d "$base/QGIS4/profiles/$profile" ]; then
        echo "$base/QGIS4/profiles"
    fi
    if [ -d "$base/QGIS3/profiles/$profile" ] || [ ! -d "$base/QGIS4/profiles/$profile" ]; then
        echo "$base/QGIS3/profiles"
    fi
}

link_into() {
    local plugin="$1/$profile/python/plugins/shepherd_segmentation"
    if [ -e "$plugin" ] && [ ! -L "$plugin" ]; then
        echo "$plugin is a folder, probably the plugin installed from a zip; it was left as it is." >&2
        echo "Remove it in QGIS's plugin manager, then run this again." >&2
        return 1
    fi
    mkdir -p "$(dirname "$plugin")"
    # Not ln -sfn: macOS and Debian understand that differently when the link is there.
    rm -f "$plugin"
    ln -s "$root" "$plugin"
    echo "$plugin -> $root"
}

profiles_folders | while IFS= read -r folder; do
    link_into "$folder"
done
echo "Restart QGIS, then tick \"Shepherd Segmentation\" in Plugins > Manage and Install Plugins > Installed."
if [ -x /usr/bin/python3 ] && ! /usr/bin/python3 -c 'import numba' 2>/dev/null; then
    echo "This system's QGIS has no numba yet. On Debian and Ubuntu: apt install python3-numba python3-boto3"
fi
