# SmartClinic+: every command. A virtual environment is made in .venv on first use.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
INPUT ?=
SERVE ?= 1
PATIENTS ?=
NAME ?= serve

.DEFAULT_GOAL := help
.PHONY: help run up doctor test test-all check format bench docs lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo
	@echo "  make run INPUT=folder-or-zip   your own FHIR R4 records instead of the simulated cohort"
	@echo "  make run SERVE=0               the same, without leaving the API running"
	@echo "  make run PATIENTS=500          a smaller simulated cohort"

$(VENV)/.run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what it needs into $(VENV) (minutes, the first time) …"
	@$(PIP) install -c constraints.txt -e ".[train]"
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(PIP) install -c constraints.txt -e ".[train,dev]"
	@touch $@

run: $(VENV)/.run ## the whole loop: records, features, models, recommendations, reminders, API
	@$(BIN)/smartclinic run $(if $(INPUT),"$(INPUT)") $(if $(PATIENTS),--patients $(PATIENTS)) \
		$(if $(filter 0 no false,$(SERVE)),--no-serve,--serve)

up: $(VENV)/.run ## serve what the last run made
	@$(BIN)/smartclinic up

doctor: $(VENV)/.run ## what is installed, what is reachable, what is missing and how to get it
	@$(BIN)/smartclinic doctor

test: $(VENV)/.dev ## the tests
	@$(BIN)/python -m pytest -q -m "not slow and not text"

test-all: $(VENV)/.dev ## the tests with the slow ones
	@$(BIN)/python -m pytest -q -m "not text"

check: $(VENV)/.dev ## lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## format and sort imports
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## one benchmark: make bench NAME=serve
	@$(BIN)/python -m benchmarks.$(NAME)

docs: $(VENV)/.run ## the generated pages of docs/
	@$(BIN)/python -m features.catalogue > docs/features.md
	@$(BIN)/python -m models.equations.page > docs/equations.md

lock: ## constraints.txt: the exact versions of every extra, as resolved today
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --dry-run --ignore-installed --report $(VENV)/lock.json ".[train,text,dask,ray,dev,dvc]"
	@$(BIN)/python -c 'import json, sys; \
		found = {i["metadata"]["name"].lower(): i["metadata"]["version"] for i in json.load(sys.stdin)["install"]}; \
		print("# Made by `make lock`: the versions that were tested together."); \
		[print(f"{n}=={v.split(chr(43))[0]}") for n, v in sorted(found.items()) if n != "smartclinic"]' \
		< $(VENV)/lock.json > constraints.txt

clean: ## remove the default home folder, var/
	rm -rf var
