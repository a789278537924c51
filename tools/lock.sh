#!/usr/bin/env bash
# Writes requirements/*.lock from pyproject.toml and requirements/*.in: exact versions with the hash of every file,
# for every platform, without the name of any registry. Needs `uv` (on PATH, or UV=path).
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}

lock() { # NAME SOURCE... : each lock keeps to what the earlier ones chose, so that they install together
    local name=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --no-annotate ${UPGRADE:+--upgrade} \
        --output-file "requirements/$name.lock" "$@"
    echo "requirements/$name.lock: $(grep -c '==' "requirements/$name.lock") packages"
}

lock base pyproject.toml requirements/build.in
lock test --group pyproject.toml:test --constraint requirements/base.lock
lock check --group pyproject.toml:check --constraint requirements/base.lock --constraint requirements/test.lock
lock docs --group pyproject.toml:docs --constraint requirements/base.lock --constraint requirements/test.lock \
    --constraint requirements/check.lock
lock models --no-deps requirements/models.in
lock node --no-deps requirements/node.in
lock bench requirements/bench.in

# The environments of built-in images. torch is named there, so that what needs it fits it, and written by none: its build
# for processors lies in another registry than the one with the same version for GPUs (docs/adr/0012).
images=src/usina/engine/images/locks
for image in sklearn xgboost pytorch lora; do
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --no-annotate ${UPGRADE:+--upgrade} --excludes "$images/left_out.txt" \
        --no-emit-package torch --output-file "$images/$image.lock" "$images/$image.in"
    echo "$images/$image.lock: $(grep -c '==' "$images/$image.lock") packages"
done
# The clients of the journeys, each for an environment of its own.
lock sdk2 requirements/sdk2.in
lock sdk3 --constraint requirements/test.lock --overrides requirements/sdk3.without requirements/sdk3.in
lock s3fs requirements/s3fs.in
