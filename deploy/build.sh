#!/usr/bin/env bash
# Build a Bento of the last commit: deploy/build.sh [FOLDER OF bentoml AND uv]. The working tree's changes are left out.
set -euo pipefail
bin=$(cd "${1:-.venv/bin}" && pwd)
cd "$(git rev-parse --show-toplevel)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git archive HEAD | tar -x -C "$folder"
cd "$folder"
# The serving set at the locked versions: the base dependencies of pyproject.toml, without extras.
"$bin/uv" pip compile pyproject.toml --constraint requirements.lock --universal --python-version 3.11 \
  --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-serving.txt
PATH="$bin:$PATH" BENTOML_DO_NOT_TRACK=True "$bin/bentoml" build --bentofile deploy/bentofile.yaml .
