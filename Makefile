# The command contract. It needs bash, make and Python 3.11 or newer; everything else comes from the locks.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(shell command -v $(p) >/dev/null && \
	$(p) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
LOCKED := install --require-hashes --no-deps
LOCK := requirements
JAVASCRIPT := tests/journeys/javascript
CLIENTS := .clients
# Where the images lie that tests run in; USINA_IMAGES names another folder, which several checkouts may share.
IMAGES := $(or $(USINA_IMAGES),$(CURDIR)/.images)
LISTS := src/usina/engine/images/locks

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# --- what the commands need: a stamp file for each set of packages, older than its lock when it must be renewed ------

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "No Python 3.11 or newer (with venv and pip) is on PATH: install one, or say" \
		"make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(LOCK)/base.lock pyproject.toml | $(BIN)/python
	@echo "installing what the factory needs ($(LOCK)/base.lock)"
	@$(PIP) $(LOCKED) -r $(LOCK)/base.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.models: $(LOCK)/models.lock | $(BIN)/python
	@echo "installing the default models, about 180 MB ($(LOCK)/models.lock)"
	@$(PIP) $(LOCKED) -r $(LOCK)/models.lock
	@touch $@

$(VENV)/.tools: $(LOCK)/test.lock $(LOCK)/check.lock $(LOCK)/docs.lock $(VENV)/.base
	@echo "installing the tools of tests, checks and docs"
	@$(PIP) $(LOCKED) -r $(LOCK)/test.lock -r $(LOCK)/check.lock -r $(LOCK)/docs.lock
	@touch $@

# The JavaScript journey skips itself, with the reason, where this could not be installed.
$(VENV)/.javascript: $(JAVASCRIPT)/package-lock.json $(LOCK)/node.lock tools/javascript.sh $(VENV)/.tools
	@tools/javascript.sh $(BIN) $(JAVASCRIPT)
	@touch $@

# Clients of the journeys that cannot share an environment with the factory's tests, or with each other. Python compiles
# what they import when they first do: a third of what is installed.
CLIENT_STAMPS := $(foreach client,sdk2 sdk3 s3fs,$(CLIENTS)/$(client)/.installed)

$(CLIENTS)/%/.installed: $(LOCK)/%.lock | $(BIN)/python
	@echo "installing a client of the journeys ($<)"
	@rm -rf $(@D)
	@$(BIN)/python -m venv --without-pip $(@D)
	@$(PIP) --python $(@D)/bin/python $(LOCKED) --no-compile -r $<
	@touch $@

IMAGE_STAMPS := $(addprefix $(IMAGES)/.,sklearn xgboost lora)

$(IMAGES)/.%: $(LISTS)/%.lock $(VENV)/.base
	@echo "installing the image usina/$* ($<)"
	@$(BIN)/python -m usina.engine.images.install --folder $(IMAGES) $*
	@touch $@

# --- the commands ---------------------------------------------------------------------------------------------------

.PHONY: up
up: $(VENV)/.base $(VENV)/.models ## install what is missing and run the factory in the foreground (ARGS="--port 8080")
	@exec $(BIN)/usina up $(ARGS)

.PHONY: test
test: $(VENV)/.tools $(VENV)/.models $(VENV)/.javascript $(CLIENT_STAMPS) $(IMAGE_STAMPS) ## install and run all tests (ARGS="tests/law -x" for some)
	@USINA_IMAGES=$(IMAGES) $(BIN)/python -m pytest -n $${PYTEST_WORKERS:-2} --dist loadgroup $(ARGS)

.PHONY: check
check: $(VENV)/.tools ## format, lint, types, layers, docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir .mypy_cache/site

.PHONY: bench
bench: $(VENV)/.tools $(VENV)/.models ## what is measured, beside what (ARGS="--quick")
	@$(BIN)/python -m bench $(ARGS)

.PHONY: docs
docs: $(VENV)/.tools ## build the documentation into site/, strictly
	@$(BIN)/python -m tools.reference
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site
	@echo "site/index.html"

.PHONY: conformance
conformance: $(VENV)/.tools ## the protocol and signature vectors of botocore's source archive, over our codec and verifier
	@$(BIN)/python -m tools.conformance $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.tools ## at least 100,000 inputs against the door (ARGS="--inputs 1000000 --seed 7")
	@$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: crash
crash: $(VENV)/.tools $(VENV)/.models $(IMAGES)/.lora ## kill the factory fifty times under its clients (ARGS="--kills 500 --seed 7")
	@USINA_IMAGES=$(IMAGES) $(BIN)/python -m tests.crash $(ARGS)

.PHONY: lock
lock: ## write requirements/*.lock again from pyproject.toml (needs uv; UPGRADE=1 takes newer versions)
	@tools/lock.sh

.PHONY: clean
clean: ## remove what the commands above made (not the factory's home)
	@[ ! -d .images ] || chmod -R u+w .images
	@rm -rf $(VENV) $(CLIENTS) .images .bench-venv .models .conformance site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache $(JAVASCRIPT)/node_modules src/*.egg-info
