# Two commands: `make demo` and `make test`. Everything lives in .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that runs here and is new enough; a version manager's shim may exist and not run.
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
FITS := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in $(CANDIDATES); do "$$p" -c $(FITS) 2>/dev/null && echo "$$p" && break; done)
SCENARIO ?= approved
BIN := .venv/bin
READY := .venv/.ready
# Some tests wait for another process's end: more workers than processors keep those busy.
WORKERS := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test lint types tests golden scale test-action test-clients test-kill test-container small-scope fault-matrix bench soak mutation live audit generate lock clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## a deployment waits for people, on an embedded GitHub (SCENARIO=denied, timed-out, …)
	@$(BIN)/approval-gate rehearse --scenario "$(SCENARIO)"

test: lint types tests ## everything that must be green

lint: $(READY) ## style, format, which way imports point, and what GitHub, Docker and the shell will run
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports >/dev/null || $(BIN)/lint-imports
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lint

types: $(READY) ## mypy, strict
	@$(BIN)/mypy --no-error-summary

tests: $(READY) ## pytest (COVERAGE=1 asks for branch coverage: 100 % of the core, 95 % of all)
ifdef COVERAGE
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest -q -n $(WORKERS) --cov --cov-branch --cov-report=
	@$(BIN)/coverage report --fail-under=95
	@$(BIN)/coverage report --include='approval_gate/core/*' --fail-under=100
else
	@$(BIN)/pytest -q -n $(WORKERS)
endif

golden: $(READY) ## write the recorded runs again, to be read and committed (tests/golden)
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden
	@git diff --stat tests/golden

scale: $(READY) ## floods, many gates, long hostile texts, and every law with many examples
	@$(BIN)/pytest -q -n $(WORKERS) tests/scale
	@$(BIN)/pytest -q -n $(WORKERS) -m hypothesis --hypothesis-profile=many

test-action: $(READY) ## the examples, by act, on the embedded GitHub
	@$(BIN)/pytest -q tests/action

test-clients: $(READY) ## gh and octokit on the embedded GitHub, and GitHub's recorded answers in the parsers
	@scripts/clients $(BIN)/pytest -q tests/clients

test-kill: $(READY) ## SIGKILL before and after every request of a run, and the attempt that follows
	@$(BIN)/pytest -q tests/kill

test-container: $(READY) ## the container image, on a Docker engine (as root on Debian it brings its own)
	@scripts/engine $(BIN)/pytest -q tests/container

small-scope: $(READY) ## the decision on every small scene, against an oracle made from the design alone
	@$(BIN)/python -m scripts.small_scope

fault-matrix: $(READY) ## every request of a gate with every class of faults, as a table
	@$(BIN)/python -m tests.matrix --jobs $(WORKERS)

bench: $(READY) ## figures as a table (PEER=path/to/manual-approval beside the peer's)
	@PYTHONPATH=. $(BIN)/python bench/run.py $(if $(PEER),--peer "$(PEER)")

soak: $(READY) ## 200 gates in a row, with people and faults as chance has it (SEED=1)
	@PYTHONPATH=. $(BIN)/python bench/soak.py --seed $(or $(SEED),1)

mutation: $(READY) ## break the core on purpose and see whether the tests notice
	@$(BIN)/python scripts/mutation.py

live: $(READY) ## ask github.com, on a scratch repository (REPO=owner/name, GITHUB_TOKEN; SECOND_TOKEN, TEAM=org/slug)
	@$(BIN)/python scripts/live.py "$(REPO)"

audit: ## ask whether a locked package has a known weakness, and list them all (SBOM)
	@scripts/audit

generate: $(READY) ## write what follows from the inputs and outputs: action files, reference, launcher's list
	@$(BIN)/python -m scripts.generate

lock: ## lock the dependencies anew
	@scripts/lock

clean: ## remove what these commands made
	@rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants build *.egg-info

$(READY): requirements/dev.txt pyproject.toml
	@"$(PYTHON)" -c $(FITS) 2>/dev/null || { echo "$(or $(PYTHON),Nothing on PATH) is no Python 3.11 or later with venv; name one: make PYTHON=…" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)
