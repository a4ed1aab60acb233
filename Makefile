# One command to see it (make demo), one to trust it (make check).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
WORKSPACE ?= workspace
export TENURE_WORKSPACE ?= $(WORKSPACE)
EXTRAS := train,monitor,demo,dev,benchmark
EFFECTS := simulation hillstrom logs constants argmax journey peers coverage
REPORTS := alarms skew market scale
DECISIONS := core budget million overspend lift replay loop

.PHONY: help demo serve ui check test format lint types architecture lock benchmark benchmark-quality benchmark-effects benchmark-decisions benchmark-reports benchmark-speed bento picture clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-20s %s\n", $$1, $$2}'

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Tenure needs Python 3.11 to 3.13, this is {sys.version.split()[0]}; run make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --constraint requirements.lock --editable '.[$(EXTRAS)]'
	@touch $@

$(PEERS): $(READY)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable '.[$(EXTRAS),peers]'
	@touch $@

demo: $(READY) ## the whole loop on real data, over HTTP, into ./workspace
	$(BIN)/tenure demo --workspace $(WORKSPACE)

serve: $(READY) ## answer over HTTP from ./workspace
	$(BIN)/tenure serve --workspace $(WORKSPACE)

ui: $(READY) ## MLflow's pages over ./workspace
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(BIN)/mlflow ui --backend-store-uri sqlite:///$(abspath $(WORKSPACE))/mlflow.db

check: $(READY) ## format, lint, types, architecture, docs and tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

test: $(READY) ## all tests, the documentation's among them
	$(BIN)/python -m pytest -n 2 --dist loadfile

format: $(READY) ## rewrite in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## renew requirements.lock: one file for Python 3.11 to 3.13, Linux and macOS; no host in it
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade --quiet --output-file requirements.lock

benchmark: benchmark-quality benchmark-effects benchmark-decisions benchmark-reports benchmark-speed ## all figures, into benchmarks/results.json and RESULTS.md

benchmark-quality: $(READY) ## how good the models are on public data (TENURE_TEST_DATA for Telco)
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.render

benchmark-effects: $(PEERS) ## how good effects are, against peers and known truths (TENURE_TEST_DATA for Hillstrom)
	for part in $(EFFECTS); do $(BIN)/python -m benchmarks.effects_$$part || exit 1; done
	$(BIN)/python -m benchmarks.render

benchmark-decisions: $(READY) ## budgets, arms, replay, and the closed loop in the simulated market; an hour
	for part in $(DECISIONS); do $(BIN)/python -W ignore -m benchmarks.decisions_$$part || exit 1; done
	$(BIN)/python -m benchmarks.render

benchmark-reports: $(READY) ## false alarms, power, what changed named rightly, a million customers, served features against the join
	for part in $(REPORTS); do $(BIN)/python -W ignore -m benchmarks.reports_$$part || exit 1; done
	$(BIN)/python -m benchmarks.render

benchmark-speed: $(READY) ## how fast, each figure a ratio to a floor of the same run
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.clone
	$(BIN)/python -m benchmarks.render

bento: $(READY) ## build a Bento from a clean export of the last commit
	deploy/build.sh $(BIN)

picture: $(READY) ## photograph the report in ./workspace for the README; needs Chromium
	$(BIN)/python -m benchmarks.picture $(WORKSPACE)

clean: ## remove what make made, but no workspace
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
