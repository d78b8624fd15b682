#!/usr/bin/env bash
# Answers with the folder that holds a python which imports transformers and torch, in the versions that
# transformers-client.txt pins. The tests hold our voices against it; nothing else needs it. Installed at the first call;
# two at once wait for each other; what stands at $installed is always whole.
#
# torch's wheel for Linux wants gigabytes of CUDA. Of the wheel, only its Python and its bindings are kept; the
# computing is done by the libtorch that is here anyway, and libraries without content stand for CUDA's.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

list="$root/scripts/transformers-client.txt"
version=$(sed -n 's/^transformers==\([^ ]*\).*/\1/p' "$list")
command="sudo apt-get install python3-venv"
! is_root || command=${command#sudo }
python=$(python3 -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    die "transformers needs Python with venv, and here is none: run $command"
# By all that makes it what it is: a newer Python, another list, other stubs or libtorch get a folder of their own.
made_of=$(cat "$list" "$root/scripts/transformers-stubs.py" <(echo "$LIBTORCH") | sha256sum | cut -c 1-8)
installed="$AVAGAR_CACHE/transformers-client-$version-python$python-$made_of"

is_there() { [ -x "$installed/bin/python" ] && "$installed/bin/python" -c '' 2>/dev/null; }

install() {
    local pip=("$unpacked/bin/python" -m pip --disable-pip-version-check --quiet) packages torch
    python3 -m venv "$unpacked"
    packages=$(echo "$unpacked"/lib/python*/site-packages)
    # A requirement and its hashes are one paragraph each.
    awk '/^[^ #]/ { torch = /^torch==/ } torch' "$list" >"$unpacked/torch.txt"
    awk '/^[^ #]/ { torch = /^torch==/ } !torch' "$list" >"$unpacked/others.txt"
    "${pip[@]}" install --no-deps --no-compile --no-cache-dir --require-hashes --only-binary=:all: -r "$unpacked/others.txt"
    "${pip[@]}" download --no-deps --no-cache-dir --require-hashes --only-binary=:all: --dest "$unpacked/wheels" -r "$unpacked/torch.txt"
    torch=$(echo "$unpacked"/wheels/torch-*.whl)
    "$unpacked/bin/python" - "$torch" "$packages" <<'PYTHON'
import os, sys, zipfile

wheel, packages = sys.argv[1:]
# What is of CUDA, of the compiler's, or in libtorch already.
left_out = ("torch/include/", "torch/share/", "torch/bin/protoc", "torch/lib/libtorch_cuda", "torch/lib/libtorch_nvshmem",
            "torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp")
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if not entry.filename.startswith(left_out):
            path = archive.extract(entry, packages)
            if entry.filename.startswith("torch/bin/"):
                os.chmod(path, 0o755)
PYTHON
    rm -rf "$unpacked/wheels"
    "$unpacked/bin/python" "$root/scripts/transformers-stubs.py" "$packages/torch/lib" "$LIBTORCH/lib"
    # Training on several machines is set up at import, and would touch what is only a stub.
    sed -i 's/^\( *\)from torch\._C import \*.*/&\n\1import torch._C; del torch._C._c10d_init, torch._C._rpc_init/' \
        "$packages/torch/__init__.py"
    OMP_NUM_THREADS=1 "$unpacked/bin/python" -c 'import torch; torch.nn.Conv1d(2, 2, 3)(torch.ones(1, 2, 5)).sum().backward()'
}

if ! is_there; then
    "$root/scripts/fetch-libtorch.sh"
    wait_for_lock "$AVAGAR_CACHE/transformers-client.lock" "Another test is installing transformers; waiting for it …"
    if ! is_there; then
        say "Installing transformers $version (about 600 MB, once) …"
        unpacked="$installed.unpacking" log="$AVAGAR_CACHE/transformers-client.log"
        trap 'rm -rf "$unpacked"' EXIT
        rm -rf "$unpacked" "$installed"
        # In a shell of its own, so that the first failure ends it.
        (set -e; install) >"$log" 2>&1 &
        wait $! || {
            cat "$log" >&2
            die "transformers $version could not be installed: is the Python package index reachable from here? Then run this again"
        }
        grep -rlIF "$unpacked" "$unpacked/bin" "$unpacked/pyvenv.cfg" | xargs -d '\n' sed -i "s|$unpacked|$installed|g"
        # On disk before it has its name, so that a power cut cannot leave half of it under that.
        sync -f "$unpacked"
        mv "$unpacked" "$installed"
        rm -f "$log"
    fi
fi
echo "$installed/bin"
