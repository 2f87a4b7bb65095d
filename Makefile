# Every target sets up what it needs in this folder; nothing is written outside it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STATE := $(CURDIR)/.alertmill

export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export XDG_CACHE_HOME := $(CURDIR)/.cache
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export IPYTHONDIR := $(STATE)/ipython
export JUPYTER_CONFIG_DIR := $(STATE)/jupyter/config
export JUPYTER_DATA_DIR := $(STATE)/jupyter/data
export JUPYTER_RUNTIME_DIR := $(STATE)/jupyter/runtime
# Where Chromium keeps its crash reports.
export XDG_CONFIG_HOME := $(STATE)/config
export PREFECT_HOME ?= $(STATE)/prefect
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
# Where bytecode may not be kept, every process compiles all that it imports anew, for seconds.
export PYTHONDONTWRITEBYTECODE :=
# Trust what the system trusts, for networks with a certificate of their own.
export UV_SYSTEM_CERTS ?= true

COMPILE := $(BIN)/uv pip compile pyproject.toml --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo up test quick check unit coverage faults year fortnight validity format notebooks docs site lab bench bench-large large-world ablation headline difficulty lock release clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.installed ## Install everything into .venv, from the hash-pinned lock
	@mkdir -p "$(PREFECT_HOME)"

# uv comes from the lock as well, so that its version and hash stand in one place
$(BIN)/uv:
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -c 'import sys; assert sys.version_info[:2] == (3, 11), f"Python 3.11 is needed, found {sys.version}; run make PYTHON=/path/to/python3.11"'
	awk '/^uv==/ {f=1} f {print} f && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r .venv/uv.lock

.venv/.installed: requirements.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

demo: setup ## Simulate a world, train on it, write eight reports and an index
	$(BIN)/alertmill demo

up: setup ## Run server, worker, schedules and report site until Ctrl-C
	$(BIN)/alertmill up

test: check unit ## All checks and all tests

quick: check ## The checks, and the tests that start no engine, kernel, server, browser or other process
	$(BIN)/python -m pytest -n 2 --durations 20 -m "not slow and not heavy and not engine and not process" \
	    --ignore tests/orchestration --ignore tests/e2e --ignore tests/validity

check: setup ## Lint, format, types, import contracts, spelling, canonical notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/python -m alertmill.reporting.canonical --check notebook_templates/*.ipynb

# In the order of the folders, so that the longest tests, those around the demo, come early.
unit: setup
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder --durations 20 $(COVERAGE)

coverage: setup ## All tests, and which lines of the library ran in them; fails below the floor in pyproject.toml
	$(MAKE) unit COVERAGE="--cov --cov-report=term"

faults: setup ## Every repetition of the injected faults (minutes)
	$(BIN)/python -m pytest -m "heavy or not heavy" tests/faults tests/snapshots/test_on_a_server.py tests/training/models/test_threads.py

year: setup ## Let an installation live through a year of its schedules while things go wrong (an hour and a half)
	$(BIN)/python -m pytest -n 0 -m heavy -k year tests/e2e/unattended

fortnight: setup ## The same for two weeks, and a reader who clicks from a run to its report (minutes)
	$(BIN)/python -m pytest -n 0 tests/e2e/unattended

validity: setup ## Check every statistical claim of docs/validity.md on simulated truth, and print what was measured (minutes)
	$(BIN)/python -m pytest -n 2 --dist loadfile --timeout 3600 -m "heavy or not heavy" tests/validity tests/evaluation tests/training/leaks \
	    tests/training/models/test_calibration.py tests/training/features/test_features_in_time.py tests/training/data/test_split_oracle.py

format: setup ## Rewrite the code in the committed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: setup ## Rewrite the template notebooks in the committed form, without outputs
	$(BIN)/python -m alertmill.reporting.canonical notebook_templates/*.ipynb

docs: setup ## Rewrite docs/features.md, checks.md, parameters.md and manifest.schema.json from the code
	$(BIN)/alertmill features --markdown > docs/features.md
	$(BIN)/alertmill checks --markdown > docs/checks.md
	$(BIN)/python -m alertmill.cli.parameters_page > docs/parameters.md

	$(BIN)/python -m alertmill.reporting.manifest_schema > docs/manifest.schema.json
site: setup ## Build the documents as a static site in .alertmill/site/html; a broken link fails it
	$(BIN)/python docs/_site/build.py "$(STATE)/site"
	@echo "Open $(STATE)/site/html/index.html in a browser."

lab: setup ## Open the notebooks in JupyterLab, on the demo database
	$(BIN)/alertmill ingest simulation --if-empty
	ALERTMILL_DATABASE_DIR=$(STATE)/clickhouse ALERTMILL_RUNS_DIR=$(CURDIR)/runs $(BIN)/jupyter lab --notebook-dir=notebook_templates

bench: setup ## Run the benchmarks (minutes)
	for f in benchmarks/bench_*.py; do $(BIN)/python $$f || exit 1; done

bench-large: setup ## Run those of speed and memory at full size (half an hour)
	$(BIN)/python benchmarks/bench_derivation.py --large
	$(BIN)/python benchmarks/bench_extraction.py --large
	$(BIN)/python benchmarks/bench_features.py --large
	$(BIN)/python benchmarks/bench_tuning.py --large
	$(BIN)/python benchmarks/bench_scoring.py --large

large-world: setup ## Derive and extract the large simulated world (three quarters of an hour)
	$(BIN)/python benchmarks/large_world.py

ablation: setup ## Measure what each group of features is worth: make ablation RUN=runs/<network>/<run id>
	$(BIN)/python benchmarks/ablation.py $(RUN)

headline: setup ## Print the headline numbers of a run as tables: make headline RUN=runs/<network>/<run id>
	$(BIN)/python benchmarks/headline.py $(RUN)

difficulty: setup ## Measure how hard the simulated worlds are (an hour)
	$(BIN)/python benchmarks/bench_difficulty.py --size medium --difficulty standard --seeds 7 8 9 10 11
	$(BIN)/python benchmarks/bench_difficulty.py --size medium --difficulty hard --seeds 7 8 9

# The image of deploy/ gets the same versions of fewer packages: no JupyterLab and no tools for development.
lock: | $(BIN)/uv ## Resolve the newest versions anew
	$(COMPILE) --group dev --all-extras --upgrade -o requirements.lock
	$(COMPILE) --group build --extra s3 --constraints requirements.lock -o deploy/requirements.lock

release: setup ## Test, date the changelog, commit and tag: make release VERSION=0.2.0
	$(BIN)/python deploy/release.py $(VERSION)

clean: ## Remove what was installed and cached, but no run and no database
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
