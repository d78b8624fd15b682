#!/usr/bin/env bash
# Answers with the folder that holds a python which imports transformers and torch, in the versions that
# transformers-client.txt pins. The tests hold our voices against it; nothing else needs it.
#
# torch's wheel for Linux wants gigabytes of CUDA. Of the wheel, only its Python and its bindings are kept; the
# computing is done by the libtorch that is here anyway, and libraries without content stand for CUDA's.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() {
    local packages torch
    packages=$(echo "$unpacked"/lib/python*/site-packages)
    # A requirement and its hashes are one paragraph each.
    awk '/^[^ #]/ { torch = /^torch==/ } torch' "$list" >"$unpacked/torch.txt"
    awk '/^[^ #]/ { torch = /^torch==/ } !torch' "$list" >"$unpacked/others.txt"
    pip_of_client install --no-deps --no-compile --no-cache-dir --require-hashes --only-binary=:all: -r "$unpacked/others.txt"
    pip_of_client download --no-deps --no-cache-dir --require-hashes --only-binary=:all: --dest "$unpacked/wheels" -r "$unpacked/torch.txt"
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

"$root/scripts/fetch-libtorch.sh"
python_client transformers-client transformers "about 600 MB" "$root/scripts/transformers-stubs.py" <(echo "$LIBTORCH")
