# Everything that does work is in portal/setup/, which needs nothing but Python 3.11.
PYTHON ?= $(shell command -v python3.11 || echo python3)
SETUP = @$(PYTHON) -B -m portal.setup

.DEFAULT_GOAL := help
.PHONY: help run test soak bench lint format prepare lock revision clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set everything up and run Parley with the demo's story (PARLEY_PORT, default 8000); Ctrl-C ends it
	$(SETUP) run

test: ## set everything up and run every check: style, types, layers, tests, browser
	$(SETUP) test

soak: ## the same with the full counts; takes hours
	$(SETUP) soak

bench: ## measure, print a table and write build/bench.json
	$(SETUP) bench

lint: ## style, types and layers alone
	$(SETUP) lint

format: prepare ## put the code into its layout
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

prepare: ## everything that development needs, without starting anything
	$(SETUP) prepare

lock: ## write both lock files again, after a change of pyproject.toml
	@.venv/bin/python -m portal.setup.lock

revision: ## write a database revision from the models: make revision m="what changes"
	@.venv/bin/python -m portal.schema "$(m)"

clean: ## remove what was built; .venv and the data in .parley stay
	rm -rf build .web assets/chat chat/client/node_modules .states
	find portal chat billing tests -name __pycache__ -type d -prune -exec rm -rf {} +
