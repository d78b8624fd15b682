# shellcheck shell=bash
# What every build needs: `. scripts/env.sh`, then cargo as usual.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export LIBTORCH=$cache/libtorch-2.13.0-cpu
export SQLX_OFFLINE=true
