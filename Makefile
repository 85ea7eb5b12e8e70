# The commands of the README. Each sets up its environment; it needs only make and Python 3.11, 3.12 or 3.13.
# A command on PATH can be a stub that doesn't run Python, so its version is checked.
VERSION_CHECK := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
  $$python -c '$(VERSION_CHECK)' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
TYPING := .typing/newsbeam
CONFIG ?= configs/sample.yaml
OUTPUT ?= output/sample
# What test-stores runs; later Azurites need a newer Node than Debian's.
FAKE_GCS := v1.56.1
AZURITE := 3.35.0
# What the views in other dialects are tested on: 1 GB, and in no other use.
ENGINES := chdb==4.4.0 polars==2.1.0 pyspark==4.0.1
# What test-report drives the browser and checks accessibility with.
PLAYWRIGHT := playwright==1.65.2
AXE := 4.14.1
# Tests wait for servers and processes about as much as they compute.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# One file for all versions of Python and all systems that setup.py allows.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
  --custom-compile-command "make lock"

.PHONY: run test test-slow test-dependencies engines test-stores stores test-report browser screenshots test-flink test-nightly flink flink-run prism lint docs bench bench-docs bench-flink fuzz soak lock clean help

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(SETUP)  ## Run configs/sample.yaml (or CONFIG=...) and show the rows that it has written
	@$(BIN)/newsbeam run $(CONFIG) --output $(OUTPUT)
	@$(BIN)/newsbeam inspect $(OUTPUT)

test: $(SETUP)  ## Run the fast tests
	$(BIN)/python -m pytest -m "not slow" -n $(JOBS) --dist worksteal

test-slow: $(SETUP)  ## Run the slow tests: kills, large inputs, the sdist
	$(BIN)/python -m pytest -m "slow and not flink and not stores and not browser"

test-dependencies: $(SETUP)  ## Compare the rows with the lowest and the newest dependencies that setup.py allows
	$(BIN)/python -m benchmarks.row_digests --dependencies

engines: $(SETUP)  ## Install Spark, ClickHouse and Polars for test-slow into .venv (Spark needs Java, too)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(ENGINES)

test-stores: stores  ## Run the tests on servers of S3, Cloud Storage and Azure
	$(BIN)/python -m pytest -m stores

stores: $(SETUP)  ## Install the servers of test-stores into .venv (needs Go, Node and npm)
	test -x $(BIN)/fake-gcs-server || GOBIN=$(CURDIR)/$(BIN) go install github.com/fsouza/fake-gcs-server@$(FAKE_GCS)
	test -x $(VENV)/azurite/node_modules/.bin/azurite-blob || \
	  npm install --silent --no-audit --no-fund --prefix $(VENV)/azurite azurite@$(AZURITE)

test-report: browser  ## Run the tests that show a report in headless Chromium (needs Chromium and npm)
	$(BIN)/python -m pytest -m browser tests/pipeline/test_report_in_browser.py

browser: $(SETUP)  ## Install what test-report drives Chromium and checks accessibility with into .venv (needs npm)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PLAYWRIGHT)
	test -d $(VENV)/axe/node_modules/axe-core || \
	  npm install --silent --no-audit --no-fund --prefix $(VENV)/axe axe-core@$(AXE)

test-flink: $(SETUP)  ## Run the tests that start a Flink cluster (needs Java and Maven)
	$(BIN)/python -m pytest -m "flink and not nightly"

test-nightly: $(SETUP)  ## Run the tests on a Flink cluster that take many minutes (needs Java and Maven)
	$(BIN)/python -m pytest -m nightly

flink: $(SETUP)  ## Start a Flink cluster on this machine and run CONFIG on it as a stream (needs Java and Maven)
	$(BIN)/python -m testing.flink.cluster output/flink $(BIN)/newsbeam stream $(CONFIG) --output $(OUTPUT)

flink-run: $(SETUP)  ## Start a Flink cluster on this machine and run CONFIG on it as one job (needs Java and Maven)
	$(BIN)/python -m testing.flink.cluster --batch output/flink $(BIN)/newsbeam run $(CONFIG) --output $(OUTPUT)

prism: $(SETUP)  ## Build Beam's local runner Prism into .venv/bin (needs Go)
	@version=$$($(BIN)/python -c 'import apache_beam; print(apache_beam.__version__)'); \
	  test -x $(BIN)/prism || GOBIN=$(CURDIR)/$(BIN) go install github.com/apache/beam/sdks/v2/go/cmd/prism@v$$version

screenshots: run browser  ## Write the pictures of the documentation, of OUTPUT (needs Chromium)
	$(BIN)/python -m testing.screenshots $(OUTPUT)

lint: $(SETUP) $(TYPING)  ## Check style, types, import rules and vocabulary
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=$(dir $(TYPING)) $(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_offers.py tests/test_vocabulary.py

docs: $(SETUP)  ## Build the documentation into output/site; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

bench: $(SETUP)  ## Measure all figures that need no cluster, into output/bench.json (or SUBJECTS="near wire"; SCALE=0.01)
	$(BIN)/python -m benchmarks $(if $(SCALE),--scale $(SCALE)) $(SUBJECTS)

bench-docs: $(SETUP)  ## Write docs/figures.md from output/bench.json
	$(BIN)/python -m benchmarks --write-docs

bench-flink: $(SETUP)  ## Measure the figures on a Flink cluster; takes more than an hour (needs Java and Maven)
	$(BIN)/python -m benchmarks flink-speed flink-ticks flink-kills flink-batch

fuzz: $(SETUP)  ## Parse 300,000 damaged documents (or N=..., or for SECONDS=...; SEED=... repeats a run)
	$(BIN)/python -m benchmarks.fuzz $(if $(N),--inputs $(N)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

soak: $(SETUP)  ## Stream for an hour on Flink with all kinds of faults (needs Java and Maven)
	$(BIN)/python -m benchmarks flink-soak

lock: $(SETUP)  ## Resolve the dependencies again and write requirements.txt
	$(LOCK) --extra dev --extra en --output-file requirements.txt setup.py
	$(LOCK) --extra en --extra gcp --extra s3 --constraint requirements.txt --output-file configs/docker/requirements.txt setup.py

clean:  ## Delete what the other commands have created
	rm -rf $(VENV) .typing output build dist *.egg-info

$(SETUP): requirements.txt setup.py
	@$(or $(PYTHON),false) -c '$(VERSION_CHECK)' 2>/dev/null || { echo >&2 "newsbeam needs Python 3.11, 3.12 or 3.13:" \
	  "install one, or say where it is: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.13"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once; a minute or two)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# mypy doesn't find packages in an editable install with package_dir, but it follows a folder of links.
$(TYPING): Makefile
	@mkdir -p $@
	@ln -sfn ../../pipeline/public/__init__.py $@/__init__.py
	@ln -sfn ../../pipeline $@/pipeline
	@ln -sfn ../../transforms $@/transforms
	@touch $@
