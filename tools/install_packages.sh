#!/bin/sh
# install_packages.sh sync LOCK   makes .venv hold what LOCK lists, and the project in editable form
# install_packages.sh add LOCK    adds what LOCK lists
#
# Every download is checked against the hashes in LOCK. uv needs seconds where pip needs minutes; where uv cannot be had, or is
# not configured for the registry that pip uses, pip reads the same file.
set -eu
cd "$(dirname "$0")/.."
mode=$1
lock=$2
python=.venv/bin/python
uv=.venv/bin/uv

with_uv() {
    if [ ! -x "$uv" ]; then
        sed -n '/^uv==/,/[^\\]$/p' "$lock" > .venv/uv.txt     # the lock's own entry for uv: version and hashes
        "$python" -m pip install --quiet --require-hashes --no-deps -r .venv/uv.txt || return 1
    fi
    case $mode in
        sync) "$uv" pip sync --quiet --compile-bytecode --python "$python" --require-hashes "$lock" &&
              "$uv" pip install --quiet --python "$python" --no-deps --no-build-isolation --editable . ;;
        add)  "$uv" pip install --quiet --compile-bytecode --python "$python" --require-hashes -r "$lock" ;;
    esac
}

with_pip() {
    "$python" -m pip install --quiet --require-hashes -r "$lock"
    if [ "$mode" = sync ]; then
        "$python" -m pip install --quiet --no-deps --no-build-isolation --editable .
    fi
}

echo "Installing $lock into .venv"
with_uv || { echo "uv could not do it; now with pip, which takes some minutes." >&2; with_pip; }
