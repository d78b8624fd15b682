# shellcheck shell=bash
# Fetches packages of the Python package index by name and hash. Sourced, after common.sh; the caller has made the folder $tools,
# which it removes in the end.

pip() { "$tools/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@" 2>"$tools/pip.log"; }
pip_failed() { cat "$tools/pip.log" >&2; die "pip could not $1: is the Python package index reachable from here? Then run this again"; }

# fetch_packages FOLDER LIST… -- PIP_OPTION…: the packages that the LISTs pin, into FOLDER. An interrupted file goes on where it was.
fetch_packages() {
    local folder=$1 hash name address found
    shift
    lists=()
    while [ "$1" != -- ]; do lists+=("$1"); shift; done
    shift
    python3 -m venv "$tools/venv" >"$tools/pip.log" 2>&1 || pip_failed "be set up in a virtual environment"
    pip install --require-hashes -r "$root/scripts/pip.txt" || pip_failed "fetch itself"
    found=$(find_packages "$@")
    while read -r hash name address; do
        fetch_package "$folder" "$hash" "$name" "$address" || {
            # An index that wants pip's own certificates, proxy or login: less patient, but it gets there.
            say "  $name: left to pip"
            pip download "$@" --require-hashes --no-cache-dir --dest "$folder" "${lists[@]/#/--requirement=}" ||
                pip_failed "fetch the packages"
            break
        }
    done <<<"$found"
}

# Lines of "hash file-name address" for every package. pip knows which index this machine uses; we don't.
find_packages() {
    grep -ho '^[a-z][^ ]*' "${lists[@]}" >"$tools/names.txt"
    pip install "$@" --dry-run --ignore-installed --no-cache-dir --use-feature=fast-deps \
        --report "$tools/report.json" -r "$tools/names.txt" || pip_failed "find the packages"
    python3 - "$tools/report.json" <<'PYTHON'
import json, sys, urllib.parse
for item in json.load(open(sys.argv[1]))["install"]:
    download = item["download_info"]
    name = urllib.parse.unquote(urllib.parse.urlsplit(download["url"]).path.rsplit("/", 1)[1])
    print(download["archive_info"]["hashes"]["sha256"], name, download["url"])
PYTHON
}

has_hash() { [ -f "$2" ] && [ "$(sha256sum <"$2")" = "$1  -" ]; }

# fetch_package FOLDER HASH NAME ADDRESS
fetch_package() {
    local file="$1/$3" part="$1/$3.part" attempt code
    grep -q -- "--hash=sha256:$2\$" "${lists[@]}" ||
        die "the package index offers $3 with the hash $2, which is not the one in ${lists[*]}"
    has_hash "$2" "$file" && return
    for attempt in 1 2 3 4 5; do
        [ "$attempt" = 1 ] || sleep $((attempt * 2))
        if [ -s "$part" ]; then say "  $3: going on after $(($(stat -c %s "$part") / 1000000)) MB"; else say "  $3"; fi
        code=$(curl --fail --location --silent --show-error --connect-timeout 30 --speed-limit 1000 --speed-time 60 \
            --continue-at - --output "$part" --write-out '%{http_code}' "$4") && code=whole
        if has_hash "$2" "$part"; then
            mv "$part" "$file"
            return
        fi
        # Whole but wrong, longer than the file (416), or from a server that can't go on in the middle: begin anew.
        case $code in whole | 416 | 200) rm -f "$part" ;; esac
    done
    return 1
}
