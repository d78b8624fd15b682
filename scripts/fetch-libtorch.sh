#!/usr/bin/env bash
# Brings libtorch for the CPU into the cache: three wheels from the package index, checked by hash, of which the few
# libraries and headers that we need are kept. A download that broke off goes on where it stopped.
set -euo pipefail
. "$(dirname "$0")/env.sh"

[ -f "$LIBTORCH/complete" ] && exit 0
[ "$(uname -sm)" = "Linux x86_64" ] || die "libtorch is only packaged for Linux on x86_64; set LIBTORCH to your own libtorch 2.13.0 and build by hand"

wheels=$cache/wheels
mkdir -p "$wheels"
# Two clones that start at once fetch it once.
exec 9>"$cache/libtorch.lock"
flock 9
[ -f "$LIBTORCH/complete" ] && exit 0

# pip knows where a wheel lies: asked for a report, a current one reads the index and downloads nothing but metadata.
pip=$cache/pip/bin/pip
if [ ! -x "$pip" ]; then
    say "Preparing pip…"
    rm -rf "$cache/pip"
    python3 -m venv "$cache/pip"
    "$pip" install --quiet --upgrade 'pip>=25.2'
fi

fetch() {
    local requirement=$1 hash=$2 file=$wheels/$2.whl url
    [ -f "$file" ] && return
    url=$("$pip" install --quiet --dry-run --ignore-installed --no-deps --only-binary :all: --report - "$requirement" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["install"][0]["download_info"]["url"])')
    say "Fetching $requirement…"
    for attempt in 1 2 3 4 5; do
        if curl --fail --location --silent --show-error --continue-at - --connect-timeout 20 \
            --speed-limit 1000 --speed-time 60 --output "$file.part" "$url"; then
            break
        fi
        # A part that is already whole can't be continued: its hash decides.
        [ "$(sha256sum "$file.part" 2>/dev/null | cut -d' ' -f1)" = "$hash" ] && break
        [ "$attempt" = 5 ] && die "$requirement could not be fetched; run this again, it goes on where it stopped"
        sleep "$attempt"
    done
    if [ "$(sha256sum "$file.part" | cut -d' ' -f1)" != "$hash" ]; then
        rm -f "$file.part"
        die "$requirement arrived altered (its SHA-256 is not $hash) and was deleted; run this again"
    fi
    mv "$file.part" "$file"
}

while read -r requirement hash; do
    fetch "$requirement" "${hash#--hash=sha256:}"
done <"$root/scripts/libtorch.txt"

say "Unpacking libtorch…"
rm -rf "$LIBTORCH.tmp"
python3 - "$LIBTORCH.tmp" "$wheels" "$root/scripts/libtorch.txt" <<'PYTHON'
import os, sys, zipfile

target, wheels, requirements = sys.argv[1:]
hashes = [line.split("sha256:")[1].strip() for line in open(requirements)]
wanted = ("libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcupti.so.13", "libcudart.so.13")
for digest in hashes:
    with zipfile.ZipFile(f"{wheels}/{digest}.whl") as wheel:
        for name in wheel.namelist():
            if name.startswith("torch/include/") and not name.endswith("/"):
                path = os.path.join(target, name.removeprefix("torch/"))
            elif "/lib/" in name and os.path.basename(name) in wanted:
                path = os.path.join(target, "lib", os.path.basename(name))
            else:
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with wheel.open(name) as source, open(path, "wb") as file:
                while block := source.read(1 << 20):
                    file.write(block)
missing = [name for name in wanted if not os.path.exists(os.path.join(target, "lib", name))]
if missing:
    sys.exit(f"the wheels lack {missing}")
PYTHON
# The real libtorch.so drags CUDA in; the linker needs no more than this.
echo 'INPUT(-ltorch_cpu)' >"$LIBTORCH.tmp/lib/libtorch.so"
touch "$LIBTORCH.tmp/complete"
rm -rf "$LIBTORCH"
mv "$LIBTORCH.tmp" "$LIBTORCH"
rm -rf "$wheels"
