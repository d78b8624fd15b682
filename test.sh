#!/usr/bin/env bash
# Runs tests, with what they need: a temporary PostgreSQL, and the programs that the end-to-end tests start.
#
#   ./test.sh                          all of them
#   ./test.sh a_killed_worker …        those whose names contain one of these
#   ./test.sh -p domain                those of one package; further options are cargo test's
#   ./test.sh kills:: -- --nocapture   what follows -- is for the test programs
#
# With DATABASE_URL set, that server is used. Only the test in a browser needs the built page: npm run build in api/ui.
set -euo pipefail
# What the tests compare is computed on a CPU, whatever else is here.
export AVAGAR_DEVICE=cpu
# A test that needs the recognizer names it; the others aren't to wait for it.
export AVAGAR_RECOGNIZER=
. "$(dirname "$0")/scripts/common.sh"
. "$root/scripts/env.sh"
cd "$root"

usage() { sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# Options are cargo's, the rest are filters; cargo takes only one of these, the test programs any number.
options=() filters=() chosen='' selected='' targets=''
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage ;;
        --) shift; break ;;
        -p | --package | --exclude | --test | --bin | --example | --bench | --features | -F | --profile | -j | --jobs | --target)
            options+=("$1" "${2:?$1 needs a value}")
            case $1 in
                -p | --package) chosen+=" $2" ;;
                --test | --bin | --example | --bench) selected=yes ;;
            esac
            shift ;;
        --package=*) options+=("$1"); chosen+=" ${1#*=}" ;;
        --lib | --bins | --tests | --all-targets | --doc | --test=* | --bin=*) options+=("$1"); selected=yes ;;
        -*) options+=("$1") ;;
        *) filters+=("$1") ;;
    esac
    shift
done

# starts_programs FOLDER: whether tests of the package in FOLDER use the harness, which starts programs.
starts_programs() { grep -qE '^(name = "tests"|tests *[=.])' "$1/Cargo.toml"; }

# targets_of FILTER: the targets, as cargo's options, in which a test may match: those where a function, a module or a file
# has such a name; and `programs` where one of them starts programs. What isn't built isn't waited for.
targets_of() {
    local name file target found
    # A test's name is a path of such names; the longest part narrows most.
    name=$(tr -s ':' '\n' <<<"$1" | awk 'length > length(longest) { longest = $0 } END { print longest }')
    found=$({
        git grep --untracked -lE "(fn|mod) +[A-Za-z0-9_]*$name" -- '*.rs' || true
        git ls-files --cached --others --exclude-standard -- "*$name*.rs" "*$name*/*.rs"
    } | sort -u)
    [ -n "$found" ] || die "no test matches $1: no function, module or file has «$name» in its name"
    while read -r file; do
        if [[ $file = */tests/* ]] && starts_programs "${file%%/tests/*}"; then echo programs; fi
        case $file in
            */benches/* | */examples/* | */build.rs) ;;
            tests/tests/*) echo "--test e2e" ;;
            # A module that several of a package's test programs may share.
            */tests/*/*) for target in "${file%%/tests/*}"/tests/*.rs; do echo "--test $(basename "$target" .rs)"; done ;;
            */tests/*) echo "--test $(basename "$file" .rs)" ;;
            api/src/*) echo "--bin api" ;;
            */main.rs | */bin/*) echo "--bins" ;;
            *) echo "--lib" ;;
        esac
    done <<<"$found" | sort -u
}

# The whole workspace even for one test: a package alone would get its dependencies built with other features, once more.
[ -n "$chosen" ] || options+=(--workspace)
if [ -z "$selected" ]; then
    # Without examples, which aren't tests, and documentation, which has none.
    targets=--tests
    if [ ${#filters[@]} -gt 0 ] && [ -z "$chosen" ]; then
        targets=$(for filter in "${filters[@]}"; do targets_of "$filter"; done | sort -u) || exit 1
    fi
    for target in $targets; do [ "$target" = programs ] || options+=("$target"); done
fi

# Programs lie beside the tests that start them, so they are built where such a test may run.
programs=
if [ -n "$targets" ] && [ "$targets" != --tests ]; then
    [[ $targets != *programs* ]] || programs=yes
elif [ -n "$chosen" ]; then
    for package in $chosen; do
        manifest=$(git grep -l "^name = \"$package\"$" -- '*Cargo.toml') || die "there is no package $package here"
        ! starts_programs "$(dirname "$manifest")" || programs=yes
    done
elif [[ " ${options[*]} " != *" --lib "* ]]; then
    programs=yes
fi

own_scratch test
if [ -z "${DATABASE_URL:-}" ]; then
    DATABASE_URL=$(scripts/postgres.sh start --data "$scratch/postgresql" --temporary)
    export DATABASE_URL
fi
if [ -n "$programs" ]; then
    # In one go with the largest of the tests, so that cargo has something to do on every core.
    cargo build --locked --workspace --bin api --bin worker --bin downloader --bin pack-language --test e2e
    scripts/fetch-language.sh
    target/debug/pack-language "$AVAGAR_LANGUAGE_SOURCE" "$AVAGAR_LANGUAGE"
fi

# Most tests wait most of the time, so there may be twice as many as cores; but no more than PostgreSQL has connections for.
if [ -z "${RUST_TEST_THREADS:-}" ]; then
    RUST_TEST_THREADS=$(($(nproc) * 2))
    if [ "$RUST_TEST_THREADS" -gt 8 ]; then RUST_TEST_THREADS=8; fi
    export RUST_TEST_THREADS
fi
code=0
cargo test --locked "${options[@]}" -- "${filters[@]}" "$@" 2>&1 | tee "$scratch/log" || code=$?

# «0 passed» everywhere is a mistyped name, not a success.
sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored;.*/\1 \2 \3/p' "$scratch/log" |
    awk '{ ran += $1 + $2; ignored += $3 } END { exit NR > 0 && ran == 0 ? (ignored ? 4 : 3) : 0 }' || case $? in
    4) die "no test ran: those that match are ignored by default; add -- --ignored to run them" ;;
    *) die "no test matches ${filters[*]:-what was asked for}" ;;
esac
exit "$code"
