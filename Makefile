# make run    install what is needed, build the pages, start Harmonie with --demo   (ARGS="--port 9000")
# make test   everything: lint, unit, frontend and browser tests; CI=true makes a missing real part a failure
# make lint   ruff, mypy, import-linter
# make bench  measurements; writes docs/benchmarks.md
# make lock   resolve the dependencies again
# make clean  remove what was built and installed here

PYTHON ?= python3
BIN := .venv/bin
PACKAGES := $(wildcard */__init__.py)
NATIVE := $(wildcard media/native/*.c)
LIBRARY := media/native/*.so
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The stamps: each is newer than everything it was made from.
VENV := .venv/.created
LOCKED := .venv/.locked
LOCKED_DEV := .venv/.locked-dev
INSTALLED := .venv/.installed

ifneq ($(wildcard frontend/package.json),)
NODE_MODULES := frontend/node_modules/.installed
PAGE := frontend/dist/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print)
endif

.PHONY: run test lint bench lock clean develop page

run: $(INSTALLED) $(PAGE)
	@scripts/contract --chain
	@exec $(BIN)/harmonie serve --demo $(ARGS)

test: develop
	@scripts/test

lint: develop
	@scripts/lint

bench: develop
	@if [ -f bench/__main__.py ]; then exec $(BIN)/python -m bench $(ARGS); else echo "There is nothing to measure yet."; fi

develop: $(LOCKED_DEV) $(INSTALLED) $(PAGE)

page: $(PAGE)

$(VENV):
	@scripts/system_packages run
	$(PYTHON) -m venv .venv
	@touch $@

# A lock holds names, versions and hashes; --require-hashes refuses anything else.
$(LOCKED): requirements.lock | $(VENV)
	@echo "Installing the locked dependencies (a few minutes the first time) ..."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(LOCKED_DEV): requirements-dev.lock $(LOCKED)
	@echo "Installing the locked development tools ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# An editable install lists the top-level packages, so it is repeated when there is a new one, and compiles the fan-out.
# The former library is removed, not written over: a server that runs goes on with it.
$(INSTALLED): pyproject.toml $(PACKAGES) $(NATIVE) $(LOCKED)
	@scripts/system_packages run
	@rm -f $(LIBRARY)
	@$(PIP) install --no-deps --no-build-isolation --editable . 2>.venv/install.log || { cat .venv/install.log; exit 1; }
	@ls $(LIBRARY) >/dev/null 2>&1 || echo "Without a C compiler the fan-out to viewers stays in Python, which is slower." \
		"On Debian or Ubuntu: sudo apt-get install gcc libc6-dev, then make again."
	@touch $@

# A compiler that came later is used.
ifeq ($(wildcard $(LIBRARY)),)
ifeq ($(shell scripts/system_packages compiler && echo yes),yes)
.PHONY: not-compiled
$(INSTALLED): not-compiled
endif
endif

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	@scripts/system_packages run
	@echo "Installing the locked dependencies of the pages ..."
	@cd frontend && npm ci --no-audit --no-fund
	@touch $@

frontend/dist/index.html: $(NODE_MODULES) $(PAGE_SOURCES)
	@cd frontend && npm run build
	@touch $@

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --build-deps-for=editable \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate

lock: $(LOCKED_DEV)
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f $(LIBRARY)
	rm -rf frontend/node_modules frontend/dist tipping/contracts/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
