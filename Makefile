# Two commands: `make demo` and `make test`. Everything lives in .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that runs and is new enough; a version manager's shim can exist without running.
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
FITS := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in $(CANDIDATES); do "$$p" -c $(FITS) 2>/dev/null && echo "$$p" && break; done)
SCENARIO ?= approved
BIN := .venv/bin
READY := .venv/.ready
# More workers than processors, because some tests wait for child processes.
WORKERS := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without its cache of bytecode, pytest compiles every test again in each worker, a sixth of the time of `make test`.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint types tests golden scale test-action test-clients test-kill test-container test-browser pictures small-scope fault-matrix bench soak mutation live audit generate lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## show a deployment that waits for scripted people (SCENARIO=denied, timed-out, …; FULL=1)
	@$(BIN)/approval-gate rehearse "$(SCENARIO)" $(if $(FULL),--full)
	@echo "More: make demo SCENARIO=denied (emergency, timed-out, cancelled, closed, no-teams); FULL=1 for all."

test: lint types tests ## run all checks that must pass

lint: $(READY) ## check style, format, imports, workflows, Dockerfile and shell scripts
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports >/dev/null || $(BIN)/lint-imports
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lint

types: $(READY) ## run mypy
	@$(BIN)/mypy --no-error-summary

# Coverage triples the time of a test. It is not measured where a test starts processes, whose coverage is not seen, or
# where whole runs and laws try again what the tests of the parts cover; so the figures are lower than the truth.
WHOLE := $(filter-out tests/whole/test_verify.py,$(wildcard tests/whole/test_*.py))
UNMEASURED := $(WHOLE) $(addprefix tests/,docs emulator launch matrix messages program/test_killed.py program/test_program.py release text \
	core/conditions/test_laws.py core/test_laws.py core/test_small_scope.py)

tests: $(READY) ## run pytest (COVERAGE=1 requires branch coverage: 100 % of the core, 95 % of all)
ifdef COVERAGE
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest -q -n $(WORKERS) --cov --cov-branch --cov-report= $(UNMEASURED:%=--ignore=%)
	@$(BIN)/pytest -q -n $(WORKERS) $(UNMEASURED)
	@$(BIN)/coverage report --fail-under=95
	@$(BIN)/coverage report --include='approval_gate/core/*' --fail-under=100
else
	@$(BIN)/pytest -q -n $(WORKERS)
endif

golden: $(READY) ## update the golden files in tests/golden; review the differences
	@UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden
	@git diff --stat tests/golden

scale: $(READY) ## test floods, many gates and long hostile texts, and properties with many examples
	@$(BIN)/pytest -q -n auto --dist worksteal tests/scale
	@$(BIN)/pytest -q -n auto -m hypothesis --hypothesis-profile=many

test-action: $(READY) ## run the examples with act on the embedded GitHub
	@$(BIN)/pytest -q -n auto tests/action

test-clients: $(READY) ## test the embedded GitHub with gh and octokit, and the parsers with GitHub's recorded responses
	@scripts/clients $(BIN)/pytest -q tests/clients

test-kill: $(READY) ## kill a gate before and after every request, and run the next attempt
	@$(BIN)/pytest -q tests/kill

test-container: $(READY) ## test the container image (as root on Debian it starts an engine if there is none)
	@scripts/engine $(BIN)/pytest -q tests/container

test-browser: $(READY) ## test in a browser how GitHub shows every text (as root on Debian it installs Chromium)
	@scripts/browser $(BIN)/pytest -q tests/browser

pictures: $(READY) ## take the pictures in docs/pictures, and those of every text for review (DIR=build/pictures)
	@scripts/browser $(BIN)/python -m tests.browser.pictures "$(or $(DIR),build/pictures)"

small-scope: $(READY) ## compare the decision with an oracle on every small scene
	@$(BIN)/python -m scripts.small_scope

fault-matrix: $(READY) ## test every request of a gate with every class of faults, as a table
	@$(BIN)/python -m tests.matrix --jobs $(WORKERS)

bench: $(READY) ## measure and print a table of figures (PEER=path/to/manual-approval adds the peer's)
	@PYTHONPATH=. $(BIN)/python bench/run.py $(if $(PEER),--peer "$(PEER)")

soak: $(READY) ## run 200 gates in a row with random people and faults (SEED=1)
	@PYTHONPATH=. $(BIN)/python bench/soak.py --seed $(or $(SEED),1)

mutation: $(READY) ## run mutation tests of the core
	@$(BIN)/python scripts/mutation.py

live: $(READY) ## check github.com with a scratch repository (REPO=owner/name, GITHUB_TOKEN; SECOND_TOKEN, TEAM=org/slug)
	@$(BIN)/python scripts/live.py "$(REPO)"

audit: ## check the locked packages for known vulnerabilities, and write SBOMs
	@scripts/audit

generate: $(READY) ## generate the parts of the action files, the reference and launch.sh that list inputs and outputs
	@$(BIN)/python -m scripts.generate

lock: ## update the lock files of the dependencies
	@scripts/lock

clean: ## remove generated files
	@rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants build *.egg-info

$(READY): requirements/dev.txt pyproject.toml
	@"$(PYTHON)" -c $(FITS) 2>/dev/null || { echo "$(or $(PYTHON),Nothing on PATH) is not a Python 3.11 or later with venv; name one: make PYTHON=…" >&2; exit 1; }
	@echo "Setting up .venv: the locked packages, for this folder alone (about a minute) …" >&2
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --quiet --no-compile --no-deps --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)
