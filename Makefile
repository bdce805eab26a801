# Onward. `make help` lists what can be asked.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
PYTHON ?= $(shell python3 deploy/interpreter.py)
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:
export PYTHONUNBUFFERED := 1

##@ Using it
run: .venv/run.ready ## Run the whole hub here, with a demonstration partnership
	@$(PY) -m deploy.assets
	@exec $(PY) -m deploy.run

up: .venv/run.ready ## Run it as processes on RabbitMQ and PostgreSQL, behind nginx, until `make down`
	@$(PY) -m deploy.assets
	@$(PY) -m deploy.served.up

down: .venv/run.ready ## Stop what `make up` started, and leave nothing running
	@$(PY) -m deploy.served.down

code: .venv/run.ready ## List the demonstration's sign-ins and 6-digit codes; of one: EMAIL=...
	@$(PY) -m deploy.code $(EMAIL)

verify: .venv/run.ready ## Check the audit log from its first entry to its last; a downloaded one: EXPORT=...
	@$(PY) -m deploy.verify $(EXPORT)

doctor: .venv/run.ready ## Say what stands in the hub's way and where to read on; ARGS=--help for more
	@$(PY) -m deploy.doctor $(ARGS)

clean: ## Forget the demonstration: delete var/ and everything recorded in it
	@test ! -e var/served || $(PY) -m deploy.served.down --forget
	rm -rf var

##@ Working on it
test: export PYTHONDONTWRITEBYTECODE := # every hub that tests start would compile all of it anew
test: machine .venv/test.ready ## Run every test (installs what it needs)
	@$(PY) -m deploy.assets
	@$(PY) -m pytest -q -n 3 --dist loadscope $(ARGS)

lint: .venv/test.ready ## Check style and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

format: .venv/test.ready ## Put the code in its usual shape
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench: .venv/test.ready ## Measure speed and memory, each figure beside its floor
	@$(PY) -m deploy.assets
	@PYTHONPATH=tests:tests/bus $(PY) -m tests.bench $(ARGS)

faults: .venv/test.ready ## Kill, starve and mislead a running hub; count what was lost
	@$(PY) -m deploy.assets
	@$(PY) -m pytest -q tests/faults -m faults --long --table docs/guarantees.md

docs: .venv/test.ready ## Write anew: AsyncAPI, the maps of queues, of data and of referrals
	@$(PY) -m deploy.asyncapi
	@$(PY) -m deploy.datamap
	@$(PY) -m deploy.referral_map

migration: .venv/test.ready ## Write a step from the last database schema: SERVICE=... MESSAGE="..."
	@$(PY) -m deploy.migration $(SERVICE) "$(MESSAGE)"

lock: ## Choose the newest allowed dependencies anew (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/run.in -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/test.in -o requirements/test.txt
	uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/assets.in -o requirements/assets.txt

machine: ## Install or name what tests and `make up` need from this machine
	@python3 deploy/machine.py

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.venv/run.ready: requirements/run.txt
	@test -x $(PY) || { echo "Making a Python environment in .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the libraries Onward runs on (half a minute, once) ..."
	@$(PIP) -r requirements/run.txt
	@touch $@

.venv/test.ready: .venv/run.ready requirements/test.txt
	@echo "Installing the libraries its tests need ..."
	@$(PIP) -r requirements/test.txt
	@touch $@

.PHONY: run up down code verify doctor clean test lint format bench faults docs migration lock machine help
