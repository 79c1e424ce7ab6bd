#!/usr/bin/env bash
# setup.sh PYTHON VENV run|dev: a virtual environment with exactly the locked packages. Silent but for progress.
# uv installs in seconds where PyPI has it for this machine; where not, pip does the same from the same lock.
set -euo pipefail
python=$1 venv=$2 kind=$3
lock=requirements/$kind.lock

fail() { printf '%s\n' "$@" >&2; exit 1; }

[ -n "$python" ] || fail "Python 3.11 was not found. Install it, or name it: make run PYTHON=/path/to/python3.11"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
  fail "$python is $("$python" -V 2>&1); Python 3.11 to 3.13 is needed. Name it: make run PYTHON=/path/to/python3.11"

say() { printf '%s\n' "$*"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; }

if [ ! -x "$venv/bin/python" ]; then
  say "Creating a virtual environment in $venv"
  quietly "$python" -m venv "$venv" ||
    fail "" "Python's venv module does not work here; on Debian and Ubuntu: apt install python3.11-venv"
fi

say "Installing the locked packages ($kind)"
bin=$venv/bin
pip() { "$bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
uv() { VIRTUAL_ENV=$(cd "$venv" && pwd) "$bin/uv" pip install --quiet --compile-bytecode "$@"; }

# pip knows mirrors and certificates that uv does not, so what uv cannot fetch, pip still may.
[ -x "$bin/uv" ] || quietly pip --require-hashes -r requirements/uv.lock || say "uv is not to be had; pip takes its place"
[ -x "$bin/uv" ] && uv --require-hashes -r "$lock" >/dev/null 2>&1 || quietly pip --compile --require-hashes -r "$lock"
quietly pip --no-deps --no-build-isolation --editable .
touch "$venv/.installed-$kind"
[ "$kind" = run ] || touch "$venv/.installed-run"
