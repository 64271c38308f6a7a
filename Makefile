# inkpipe: `make help` lists what there is. Each target sets up what it needs first; git, make and Python 3.11 suffice.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || command -v python)
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# Programs that inkpipe starts must not phone home.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export DVC_NO_ANALYTICS := true
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Where Python may not write bytecode, as in many containers, each process would compile all that it imports anew, which
# takes twice as long as the import. There, setup compiles the packages once: a minute.
COMPILE := $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)

INSTALL_UV := test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv==$(UV_VERSION); }

BASE ?= origin/main

.PHONY: help setup repro test lint verify report ui lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## virtual environment with the locked dependencies

$(VENV)/.installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "inkpipe needs Python 3.11. Received: '$(PYTHON)'. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up $(VENV) with the locked dependencies (about 3 GB; a minute or two)"
	@$(INSTALL_UV)
	@$(BIN)/uv sync --frozen --quiet --inexact --extra pipeline --extra serve $(COMPILE)
	@touch $@

repro: setup ## run the pipeline: from labeled images to a promoted model
	@dvc repro
	@inkpipe summary || { dvc repro -sf promote && inkpipe summary; }

test: setup ## the whole test suite, offline
	@python -m pytest

lint: setup ## style, types, import directions
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

verify: setup ## prove that the committed tree reproduces: the lock, and a small run twice
	@inkpipe verify

report: setup ## verify, and show what this branch changes in report/: make report BASE=origin/main
	@mkdir -p report
	@failed=0; inkpipe verify --json > report/verify.json || failed=1; \
	  inkpipe pull-request "$(BASE)" --verdict report/verify.json --out report && exit $$failed

ui: setup ## the MLflow UI on loopback: http://127.0.0.1:5000
	@inkpipe ui

lock: ## resolve the dependencies anew
	@$(INSTALL_UV)
	@$(BIN)/uv lock

clean: ## remove what runs leave behind, but not data, cache and registry
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
