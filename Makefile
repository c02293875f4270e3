# Every target works on a fresh clone: it makes what it needs first.
# Stamp files in .stamps/ remember what was made, so that the second run is fast.

.DEFAULT_GOAL := help
SHELL := /bin/sh
export UV_PYTHON_DOWNLOADS := never
export PATH := $(CURDIR)/.tools/bin:$(PATH)

UV := .tools/bin/uv
NPM := .tools/bin/npm
PYTHON_ENV := .venv/bin/python

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.stamps/tools: scripts/tools.sh
	@scripts/tools.sh
	@mkdir -p .stamps && touch $@

.stamps/python: pyproject.toml uv.lock .stamps/tools
	$(UV) sync --quiet --python .tools/bin/python
	@touch $@

uv.lock: .stamps/tools
	@test -f $@ || $(UV) lock --quiet --python .tools/bin/python

# Not `npm ci`: it refuses a lock that misses a binary of some other platform,
# and registries that mirror one platform write such locks.
.stamps/js: js/package.json js/package-lock.json .stamps/tools
	$(NPM) --prefix js install --no-save --no-audit --no-fund --silent
	@touch $@

.PHONY: setup
setup: .stamps/python .stamps/js ## make .venv and js/node_modules with all that development needs
