# Two commands: `make run` and `make test`. Both set up what they need first.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run dev test test-slow lint docs build bench clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := requirements/run.lock pyproject.toml deploy/setup.sh

# Dagster starts many processes: without bytecode on disk every one of them compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/.installed-run ## Install what the platform needs into .venv

$(VENV)/.installed-run: $(PACKAGES)
	@bash deploy/setup.sh $(PYTHON) $(VENV) run

$(VENV)/.installed-dev: $(PACKAGES) requirements/dev.lock
	@bash deploy/setup.sh $(PYTHON) $(VENV) dev

run: setup ## Start the platform, bring in every domain's last day, serve until Ctrl-C
	@exec $(BIN)/data-platform up $(ARGS)

dev: setup ## Start the platform without bringing anything in
	@exec $(BIN)/data-platform up --no-materialize $(ARGS)

test: $(VENV)/.installed-dev ## Run the tests, the slow ones left out
	@$(BIN)/pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

test-slow: $(VENV)/.installed-dev ## Run the slow tests: kills, load, the whole platform, fresh examples
	@$(BIN)/pytest -m "slow or hypothesis" --hypothesis-profile=fresh $(ARGS)

lint: $(VENV)/.installed-dev ## Format check, rules, types, layers, links of the documentation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory docs

docs: $(VENV)/.installed-dev ## Make the documentation as a site, in build/docs
	@$(BIN)/sphinx-build -q -W --keep-going docs build/docs
	@echo "build/docs/index.html"

build: $(VENV)/.installed-run ## Build the wheel that other projects depend on, in dist
	@rm -rf dist build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

bench: $(VENV)/.installed-dev ## Run the benchmarks and print ratios against their baselines
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove the virtual environment, caches and the state folder with everything stored in it
	@rm -rf $(VENV) .data_platform .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
