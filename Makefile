# Everything a developer needs; CI calls the same targets.
# Pass PYTHON=python3.12 to choose the interpreter of the virtual environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo fmt check test test-all docs pictures notebook bench pins clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(VENV)/.dev ## make .venv with everything pinned: the package, tests, checks

demo: $(VENV)/.core ## install the package and show the lecture in a minute
	@$(BIN)/elman demo

fmt: $(VENV)/.dev ## format the code and sort imports
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: $(VENV)/.dev ## lint, format, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(VENV)/.dev ## run the tests that finish in about three minutes
	@$(BIN)/pytest -q -n auto --maxprocesses 4 -m "not slow"

test-all: $(VENV)/.dev ## run all tests
	@$(BIN)/pytest -q -n auto --maxprocesses 4

docs: $(VENV)/.dev ## build the site, build/docs/index.html, and docs/commands.md from the help pages
	@$(BIN)/python docs/make_commands.py
	@$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/doctrees . build/docs

pictures: $(VENV)/.dev ## draw what docs/pictures.md shows anew, and write that page
	@$(BIN)/python docs/make_pictures.py

notebook: $(VENV)/.dev ## run the notebooks, and render them in build/notebooks, from where the site takes them
	@$(BIN)/python -m jupyter nbconvert --execute --to html --log-level WARN --output-dir build/notebooks notebooks/*.ipynb

bench: $(VENV)/.bench ## time training and inference beside PyTorch, Keras, onnxruntime (15 minutes)
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python benchmarks/training.py
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python benchmarks/inference.py

pins: $(VENV)/.dev ## pin the newest versions that fit, with hashes
	@$(BIN)/pip install -q pip-tools && PATH="$(CURDIR)/$(BIN):$$PATH" requirements/compile.sh

clean: ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Elman needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; give another with PYTHON=...")'
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.core: requirements/core.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing the package and what it needs"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/core.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.core
	@echo "installing the tools for tests and checks"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: pyproject.toml $(VENV)/.core
	@echo "installing PyTorch, Keras, JAX and onnxruntime, for the benchmarks alone"
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[bench]'
	@touch $@
