#!/usr/bin/env bash
# Puts libtorch at $LIBTORCH, out of the wheels named in libtorch.txt and, for GPUs, libtorch-cuda.txt, and keeps only what
# the linker and the programs need. An interrupted fetch goes on where it was; two at once wait for each other; what stands at
# $LIBTORCH is always whole. Python only fetches and unpacks: nothing needs it afterwards.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"
. "$root/scripts/packages.sh"

is_there() { [ -e "$LIBTORCH/lib/libtorch_cpu.so" ]; }
is_there && exit 0
case $AVAGAR_DEVICE in
    cpu) lists=("$root/scripts/libtorch.txt") download="540 MB" needed_mb=1200 ;;
    cuda) lists=("$root/scripts/libtorch.txt" "$root/scripts/libtorch-cuda.txt") download="2.5 GB" needed_mb=9000 ;;
    *) die "AVAGAR_DEVICE is $AVAGAR_DEVICE, expected cpu or cuda" ;;
esac
[ "$LIBTORCH" = "$AVAGAR_CACHE/libtorch-2.13.0-$AVAGAR_DEVICE" ] ||
    die "LIBTORCH is set to $LIBTORCH, and no lib/libtorch_cpu.so is there: correct it, or unset it to have libtorch fetched"
[ "$(uname -sm)" = "Linux x86_64" ] ||
    die "libtorch is packaged for Linux x86_64 only, and this is $(uname -sm): set LIBTORCH to a libtorch 2.13.0 of your own"

wait_for_lock "$AVAGAR_CACHE/libtorch.lock" "Another setup is fetching libtorch; waiting for it …"
is_there && exit 0

downloads="$AVAGAR_CACHE/downloads"
unpacked="$LIBTORCH.unpacking"
mkdir -p "$downloads"
rm -rf "$unpacked"
free_kb=$(df -Pk "$AVAGAR_CACHE" | awk 'NR == 2 { print $4 }')
[ "$free_kb" -gt $((needed_mb * 1000)) ] || die "libtorch needs $needed_mb MB free in $AVAGAR_CACHE, and $((free_kb / 1024)) MB are: make room, or set AVAGAR_CACHE"

tools=$(mktemp -d)
trap 'rm -rf "$tools" "$unpacked"' EXIT

# The wheels differ by Python version in what we throw away, so one tag serves every machine.
wheels=(--no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none)
for platform in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux2014 manylinux2010 manylinux1; do
    wheels+=(--platform "${platform}_x86_64")
done

say "Fetching libtorch 2.13.0 for $AVAGAR_DEVICE (about $download, once) …"
fetch_packages "$downloads" "${lists[@]}" -- "${wheels[@]}"

say "Unpacking libtorch …"
python3 - "$downloads" "$unpacked" "$AVAGAR_DEVICE" <<'PYTHON'
import pathlib, shutil, sys, zipfile

downloads, target = map(pathlib.Path, sys.argv[1:3])
for_gpus = sys.argv[3] == "cuda"
(target / "lib").mkdir(parents=True)


def unpack(wheel, wanted):
    """Unpacks what `wanted` gives a place in the target."""
    with zipfile.ZipFile(next(downloads.glob(wheel))) as archive:
        for entry in archive.infolist():
            place = None if entry.is_dir() else wanted(pathlib.PurePosixPath(entry.filename))
            if place:
                (target / place).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, open(target / place, "wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)


def libraries(wanted):
    """Those that are wanted, into one folder: they look for each other beside themselves."""
    return lambda path: f"lib/{path.name}" if path.parent.name == "lib" and wanted(path.name) else None


def torch(wanted):
    headers = ("torch", "include")
    return lambda path: path.relative_to("torch") if path.parts[:2] == headers else libraries(wanted)(path)


if for_gpus:
    unpack("torch-*.whl", torch(lambda name: ".so" in name and "python" not in name))
    for wheel in downloads.glob("nvidia_*.whl"):
        unpack(wheel.name, libraries(lambda name: ".so" in name))
else:
    unpack("torch-*.whl", torch({"libtorch_cpu.so", "libc10.so", "libgomp.so.1"}.__contains__))
    unpack("nvidia_cuda_cupti-*.whl", libraries("libcupti.so.13".__eq__))
    unpack("nvidia_cuda_runtime-*.whl", libraries("libcudart.so.13".__eq__))
    # The wheel's own libtorch.so drags in CUDA's libraries; as a linker script it stands for the CPU part alone.
    (target / "lib/libtorch.so").write_text("INPUT(-ltorch_cpu)\n")
PYTHON
# On disk before it has its name, so that a power cut can't leave half a libtorch under it.
sync -f "$unpacked"
mv "$unpacked" "$LIBTORCH"
rm -rf "$downloads"
say "libtorch 2.13.0 is at $LIBTORCH"
