# One word per job; `make help` lists them. Nothing outside this checkout is changed, except that `make test` may ask
# apt for Chromium, Redis and PostgreSQL on a machine where it has the right to.

HOST ?= 127.0.0.1
PORT ?= 8400
DATA_DIR ?= .data
ARGS ?=
JOBS ?= auto

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough, whatever it is called.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# uv if there is one (a fresh environment gets it from PyPI), else plain pip: both read the same lock.
UV = $(shell command -v $(BIN)/uv || command -v uv)
PIP_INSTALL = $(if $(UV),$(UV) pip install --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install) --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt lint types e2e bench soak coverage build services lock

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Create .venv, install everything, build the UI; seconds when nothing changed
	@$(BIN)/python hatch_build.py

demo: setup ## Start the server with example Peers and flows (HOST, PORT, DATA_DIR)
	@exec $(BIN)/peer-server demo --host $(HOST) --port $(PORT) --data-dir $(DATA_DIR)

# Compiled tests are kept, whatever the environment says: pytest rewrites them all otherwise, at every run.
# A file stays in one process, for its tests share servers; the order is kept, for browser tests must come last.
test: setup services ## Run every test: Python, TypeScript, browser (JOBS at once; ARGS go to pytest)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses=$(JOBS) --maxprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

check: lint types test ## Run all that a change must pass

fmt: setup ## Format and fix what can be fixed by itself
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/python hatch_build.py npm run fmt

lint: setup ## Lint, spelling, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports
	$(BIN)/python hatch_build.py npm run lint

types: setup ## Type-check Python and TypeScript
	$(BIN)/mypy
	$(BIN)/python hatch_build.py npm run check

e2e: setup services ## Run only the browser tests
	$(BIN)/pytest -m "e2e and not soak" $(ARGS)

soak: setup services ## Run the long counts of faults, races and hostile input
	$(BIN)/pytest -m soak --timeout 3600 $(ARGS)

bench: setup ## Measure the product beside its peers
	$(BIN)/python -m benchmarks $(ARGS)

coverage: setup services ## Run the Python tests with coverage
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

build: setup ## Build the wheel and the source archive into dist/
	$(BIN)/hatchling build

# Without the extra `pii`: its 50 packages would be in every environment.
lock: setup ## Renew requirements.lock; a release must be a week old, since most bad ones are withdrawn within days
	$(UV) pip compile pyproject.toml --universal --extra langchain --group dev --exclude-newer "7 days" \
		--upgrade --quiet --no-header --no-annotate --output-file requirements.lock

services:
	@$(BIN)/python tests/services/provide.py

# The stamp is touched last, so a broken installation is repeated. The UI is built by `setup`, which sees its changes.
$(VENV)/.installed: pyproject.toml requirements.lock hatch_build.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one by PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "no virtual environment could be made (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv || echo "uv is not to be had; pip will do" >&2
	@$(MAKE) --no-print-directory install

.PHONY: install
install:
	$(PIP_INSTALL) --requirement requirements.lock
	PEER_SERVER_SKIP_UI=1 $(PIP_INSTALL) --no-deps --editable .
	@$(BIN)/python -m compileall -q flow_runtime peer_server widgets
	@node="$$($(BIN)/python hatch_build.py requirements)"; test -z "$$node" || $(PIP_INSTALL) "$$node"
	@touch $(VENV)/.installed
