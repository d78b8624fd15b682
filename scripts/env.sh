# shellcheck shell=sh
# What cargo needs to build here: `. scripts/env.sh`. What is already set of these stays.
export AVAGAR_CACHE="${AVAGAR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/avagar}"
# What trainings and voices are computed on, `cpu` or `cuda`: on NVIDIA's GPUs where their driver knows CUDA 13.
if [ -z "${AVAGAR_DEVICE:-}" ]; then
    AVAGAR_DEVICE=cpu
    driver=$(sed -n 's/^NVRM.* \([0-9]\{3,\}\)\.[0-9].*/\1/p' /proc/driver/nvidia/version 2>/dev/null || true)
    [ "${driver:-0}" -lt 580 ] || AVAGAR_DEVICE=cuda
fi
export AVAGAR_DEVICE
export LIBTORCH="${LIBTORCH:-$AVAGAR_CACHE/libtorch-2.13.0-$AVAGAR_DEVICE}"
# What the Persian front end learns from, and what it loads of it.
export AVAGAR_LANGUAGE_SOURCE="${AVAGAR_LANGUAGE_SOURCE:-$AVAGAR_CACHE/gruut-lang-fa-2.0.1}"
export AVAGAR_LANGUAGE="${AVAGAR_LANGUAGE:-$AVAGAR_CACHE/language-1}"
# A python with a recognizer of speech, where scripts/recognizer-client.sh has installed one.
if [ -z "${AVAGAR_RECOGNIZER+set}" ] && [ -x "$AVAGAR_CACHE/recognizer/bin/python" ]; then
    export AVAGAR_RECOGNIZER="$AVAGAR_CACHE/recognizer/bin/python"
fi
export SQLX_OFFLINE=true
