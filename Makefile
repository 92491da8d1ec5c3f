# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help setup demo test check bench cluster cluster-stop documents lock forget clean

help:  ## this list
	@grep -hE '^[a-z.-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/ready  ## the environment only: .venv, from the lock files (on a cluster: docs/cluster.md)

demo: .venv/ready  ## run the main job on real recordings and name its report (under 5 minutes)
	$(BIN)/snakemake --profile workflow/profiles/local
	@echo "report: $(CURDIR)/results/report.html"

# Three parts at a time: the tests on the virtual cluster mostly wait, those of the pipeline begin many processes.
test: check  ## lint, types and all tests
	@said=$$(mktemp -d); others=; \
	for part in pipeline cluster; do \
		$(BIN)/python -m pytest --durations=15 tests/$$part >$$said/$$part 2>&1 & others="$$others $$!"; \
	done; \
	trap "kill $$others" INT TERM; \
	$(BIN)/python -m pytest --durations=15 tests/unit; worst=$$?; \
	for other in $$others; do wait $$other || worst=$$?; done; \
	for part in pipeline cluster; do echo "tests/$$part:"; cat $$said/$$part; done; \
	rm -r $$said; exit $$worst

check: .venv/ready-dev  ## format, lint, types, snakefmt, snakemake --lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

cluster:  ## start SLURM with four virtual nodes on this machine (Debian, as root)
	@$(PYTHON) -m tests.cluster.virtual start

cluster-stop:  ## end it and remove what it wrote
	@$(PYTHON) -m tests.cluster.virtual stop

documents: .venv/ready  ## write the documents generated from the configuration's models
	$(BIN)/trackmill config defaults > config/defaults.yaml
	$(BIN)/trackmill config schema > data_schemas/config.schema.json

bench: .venv/ready  ## every figure of docs/performance.md beside its peers (20 minutes, 13 GB of /tmp)
	@$(MAKE) --no-print-directory .venv-bench/ready || echo "no environment for the peers: they are listed as not run"
	$(BIN)/python -m bench.suite $(BENCH)

lock: .venv/ready-dev  ## pin the newest versions of all dependencies
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate --generate-hashes --python-version 3.11 \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate --generate-hashes --python-version 3.11 \
		bench/requirements.in -o bench/requirements.lock

forget:  ## remove compiled kernels (numba does not see a changed kernel in another file)
	find tracks -name '*.nb[ic]' -delete

clean:  ## remove what was built: the environment, results, caches
	rm -rf .venv .venv-bench results .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# The lock files name every package with its hash, so nothing needs resolving and nothing else gets in.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "trackmill needs Python 3.11 or newer"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "python3-venv is missing: apt-get install python3-venv"; exit 2; }

.venv/ready: requirements.lock samples.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements.lock -r samples.lock
	$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# The peers of `make bench` have an environment of their own: what they need must not decide our versions.
.venv-bench/ready: bench/requirements.lock
	@$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@
