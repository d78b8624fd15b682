#!/usr/bin/env bash
# Puts libtorch at $LIBTORCH, out of the wheels named in libtorch.txt and, for GPUs, libtorch-cuda.txt, and keeps only what
# the linker and the programs need. An interrupted fetch goes on where it was; two at once wait for each other; what stands at
# $LIBTORCH is always whole. Python only fetches and unpacks: nothing needs it afterwards.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

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

pip() { "$tools/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@" 2>"$tools/pip.log"; }
pip_failed() { cat "$tools/pip.log" >&2; die "pip could not $1: is the Python package index reachable from here? Then run this again"; }

# The wheels differ by Python version in what we throw away, so one tag serves every machine.
wheels=(--no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none)
for platform in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux2014 manylinux2010 manylinux1; do
    wheels+=(--platform "${platform}_x86_64")
done

# Lines of "hash file-name address" for every wheel. pip knows which index this machine uses; we don't.
find_wheels() {
    grep -ho '^[a-z][^ ]*' "${lists[@]}" >"$tools/names.txt"
    pip install "${wheels[@]}" --dry-run --ignore-installed --no-cache-dir --use-feature=fast-deps \
        --report "$tools/report.json" -r "$tools/names.txt" || pip_failed "find the wheels"
    python3 - "$tools/report.json" <<'PYTHON'
import json, sys, urllib.parse
for item in json.load(open(sys.argv[1]))["install"]:
    download = item["download_info"]
    name = urllib.parse.unquote(urllib.parse.urlsplit(download["url"]).path.rsplit("/", 1)[1])
    print(download["archive_info"]["hashes"]["sha256"], name, download["url"])
PYTHON
}

has_hash() { [ -f "$2" ] && [ "$(sha256sum <"$2")" = "$1  -" ]; }

# fetch HASH NAME ADDRESS
fetch() {
    local file="$downloads/$2" part="$downloads/$2.part" attempt code
    grep -q -- "--hash=sha256:$1\$" "${lists[@]}" ||
        die "the package index offers $2 with the hash $1, which is not the one in ${lists[*]}"
    has_hash "$1" "$file" && return
    for attempt in 1 2 3 4 5; do
        [ "$attempt" = 1 ] || sleep $((attempt * 2))
        if [ -s "$part" ]; then say "  $2: going on after $(($(stat -c %s "$part") / 1000000)) MB"; else say "  $2"; fi
        code=$(curl --fail --location --silent --show-error --connect-timeout 30 --speed-limit 1000 --speed-time 60 \
            --continue-at - --output "$part" --write-out '%{http_code}' "$3") && code=whole
        if has_hash "$1" "$part"; then
            mv "$part" "$file"
            return
        fi
        # Whole but wrong, longer than the file (416), or from a server that can't go on in the middle: begin anew.
        case $code in whole | 416 | 200) rm -f "$part" ;; esac
    done
    return 1
}

say "Fetching libtorch 2.13.0 for $AVAGAR_DEVICE (about $download, once) …"
python3 -m venv "$tools/venv" >"$tools/pip.log" 2>&1 || pip_failed "be set up in a virtual environment"
pip install --require-hashes -r "$root/scripts/pip.txt" || pip_failed "fetch itself"
found=$(find_wheels)
while read -r hash name address; do
    fetch "$hash" "$name" "$address" || {
        # An index that wants pip's own certificates, proxy or login: less patient, but it gets there.
        say "  $name: left to pip"
        pip download "${wheels[@]}" --require-hashes --no-cache-dir --dest "$downloads" "${lists[@]/#/--requirement=}" ||
            pip_failed "fetch the wheels"
        break
    }
done <<<"$found"

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
