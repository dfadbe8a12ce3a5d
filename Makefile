# Two commands do everything on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
# Each sets itself up; nothing needs to be installed by hand but Python >= 3.11.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes
ARGS ?=
STAGE ?= dev
HISTORIES ?= 25000

# The CDK runs on Node. The machine's own does from version 20 on; else one comes from PyPI (200 MB).
NODE := $(if $(filter true,$(shell node -p 'parseInt(process.versions.node) >= 20' 2>/dev/null)),,.venv-node/.ready)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-ministack demo bench bench-readme test nightly check lint types layers fmt synth snapshot schemas docs lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.cli ## create .venv with the command line, nothing else

.venv/.build: requirements/build.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

.venv/.cli: .venv/.build requirements/cli.txt pyproject.toml
	$(UV) --compile-bytecode -r requirements/cli.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.cli requirements/dev.txt
	$(UV) --compile-bytecode -r requirements/dev.txt
	@touch $@

# The emulator pins its own botocore, so it lives in an environment of its own.
.venv-ministack/.ready: .venv/.build requirements/ministack.txt
	$(BIN)/uv venv --quiet --python $(BIN)/python --clear .venv-ministack
	$(BIN)/uv pip install --quiet --python .venv-ministack/bin/python --require-hashes --compile-bytecode -r requirements/ministack.txt
	@touch $@

.venv-node/.ready: .venv/.build requirements/node.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target .venv-node --require-hashes -r requirements/node.txt
	@touch $@

# The peers of the bench pin much of their own: an environment of their own too.
.venv-bench/.ready: .venv/.build requirements/bench.txt
	$(BIN)/uv venv --quiet --python $(BIN)/python --clear .venv-bench
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --require-hashes --compile-bytecode -r requirements/bench.txt
	@touch $@

setup-ministack: .venv-ministack/.ready ## create the environment of the emulator (`local --engine ministack`)

setup-dev: .venv/.dev .venv-ministack/.ready $(NODE) ## create the environments of the tests

demo: .venv/.cli ## run the main job: real invoices, the local cloud, the PennyPipe simulator
	@$(BIN)/ledgerpost demo $(ARGS)

test: setup-dev ## run all tests, two files at a time
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

nightly: setup-dev ## many fresh histories of faults, an hour or two (HISTORIES of each profile)
	SIMULATION_HISTORIES=$(HISTORIES) $(BIN)/pytest tests/simulation -k whatever_strikes

bench: .venv/.cli .venv-ministack/.ready .venv-bench/.ready ## measure Ledgerpost beside its peers, under ten minutes
	@.venv-bench/bin/python -m benchmarks.bench $(ARGS)

bench-readme: .venv/.build ## write the figures of the last bench into the pages and the chart
	@$(BIN)/python -m benchmarks.bench.readme

check: lint types layers test ## what CI runs

lint: .venv/.dev ## style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev ## static types
	$(BIN)/mypy

layers: .venv/.dev ## the direction of imports
	PYTHONPATH=shared:. $(BIN)/lint-imports

fmt: .venv/.dev ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

synth: .venv/.dev $(NODE) ## write the CloudFormation template of a stage (STAGE=dev) to cdk.out
	@$(BIN)/python infra/app.py --stage $(STAGE)

snapshot: .venv/.dev $(NODE) ## write the reviewed template that the local cloud reads
	@$(BIN)/python infra/snapshot.py

schemas: .venv/.cli ## generate the JSON Schemas in events/ from the models
	$(BIN)/python -m ledgerpost.wire.schemas --into events

lock: .venv/.build ## resolve the locked requirements anew
	$(BIN)/python requirements/lock.py

clean: ## remove what the other commands made
	rm -rf .venv .venv-bench .venv-ministack .venv-node build cdk.out .ledgerpost .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

docs: .venv/.cli ## write the generated pages anew
	$(BIN)/python -m ledgerpost.cli.documents
