#!/usr/bin/env bash
# with-qgis.sh COMMAND... - run a command that uses QGIS, without a screen and with a profile of its own that is
# thrown away afterwards: nobody's settings change the outcome, and nobody's settings are changed.
set -euo pipefail

profile=$(mktemp --directory --tmpdir shepherd-qgis.XXXXXX)
trap 'rm -rf "$profile"' EXIT
mkdir -p "$profile"/{cache,config,data}
mkdir -m 700 "$profile/run"

export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QGIS_CUSTOM_CONFIG_PATH=$profile/qgis
# QGIS and Qt keep a few things outside the profile.
export XDG_CACHE_HOME=$profile/cache XDG_CONFIG_HOME=$profile/config XDG_DATA_HOME=$profile/data
export XDG_RUNTIME_DIR=$profile/run

"$@"
