# shellcheck shell=sh
# What cargo needs to build here: `. scripts/env.sh`. A LIBTORCH or AVAGAR_CACHE that is already set stays.
export AVAGAR_CACHE="${AVAGAR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/avagar}"
export LIBTORCH="${LIBTORCH:-$AVAGAR_CACHE/libtorch-2.13.0-cpu}"
export SQLX_OFFLINE=true
