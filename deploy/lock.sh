#!/usr/bin/env bash
# Renew the locks from pyproject.toml: names, versions and hashes, no index addresses. Needs uv (`make setup` brings it).
# `deploy/lock.sh --upgrade` takes the newest versions that pyproject.toml allows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=.venv/bin/uv
flags=(--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras)
"$uv" pip compile "${flags[@]}" "$@" pyproject.toml --extra dev --extra postgres --extra mysql --extra sftp -o requirements/dev.lock
"$uv" pip compile "${flags[@]}" pyproject.toml -c requirements/dev.lock -o requirements/run.lock
printf 'uv\n' | "$uv" pip compile "${flags[@]}" "$@" - -o requirements/uv.lock
