#!/usr/bin/env bash
# Pin versions and hashes anew: `make pins`. Run on the oldest Python that is supported.
set -euo pipefail
cd "$(dirname "$0")"
options=(--quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
         --strip-extras --allow-unsafe --no-header --no-annotate)
pip-compile "${options[@]}" --output-file core.txt ../pyproject.toml build.in
pip-compile "${options[@]}" --constraint core.txt --extra test --extra docs --extra dev --output-file dev.txt ../pyproject.toml build.in
