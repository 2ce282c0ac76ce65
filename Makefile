# Two commands do all the set-up: `make run` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(CURDIR)/$(VENV)/bin
PIP := "$(BIN)/python" -m pip --disable-pip-version-check
# They race processes and kill them, so nothing else runs meanwhile.
ALONE := tests/dev tests/hold
PYTEST := cd backend && "$(BIN)/python" -m pytest

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) backend/dev/check_python.py
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.%: requirements/%.txt | $(VENV)/bin/python
	@echo "Installing requirements/$*.txt into $(VENV) …"
	@$(PIP) install --quiet --require-hashes -r $<
	@touch $@

install: $(VENV)/.run ## Make the virtual environment and install what running needs

run: $(VENV)/.run ## Start everything on 127.0.0.1:8000 (PORT=…)
	@cd backend && exec "$(BIN)/python" -m dev.run

test: $(VENV)/.dev ## Run the tests on a PostgreSQL server of their own
	@$(PYTEST) -q $(ALONE)
	@$(MAKE) --no-print-directory test-side-by-side

test-side-by-side: $(VENV)/.dev
	@$(PYTEST) -q -n 2 --dist loadfile tests $(ALONE:%=--ignore=%) $(ARGS)

lint: $(VENV)/.dev ## Check style, types, structure, dependencies and migrations
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/typos"
	cd backend && SECRET_KEY=lint DATABASE_URL=postgres:///lint "$(BIN)/mypy" --config-file ../pyproject.toml igny8_core dev manage.py
	cd backend && PYTHONPATH=. "$(BIN)/lint-imports" --config ../pyproject.toml
	"$(BIN)/deptry" .
	git ls-files -z 'backend/*.py' | xargs -0 "$(BIN)/django-upgrade" --target-version 5.2
	git ls-files -z '*.html' | xargs -0 -r "$(BIN)/djade" --target-version 5.2
	cd backend && "$(BIN)/python" manage.py makemigrations --check --dry-run
	cd backend && "$(BIN)/python" manage.py spectacular --validate --fail-on-warn --file /dev/null

soak: $(VENV)/.dev ## Run the long campaigns: stated counts of kills
	@$(PYTEST) -v -m soak tests --timeout=3600 -s $(ARGS)

bench: $(VENV)/.dev ## Measure speed, as ratios to a reference of the same run
	@cd backend && for file in ../benchmarks/[a-z]*.py; do PYTHONPATH=. "$(BIN)/python" "$$file" || exit 1; done

matrix: ## Run the tests on each Python found: 3.11 with Django 5.2, 3.13 with Django 6.1
	@for version in 3.11 3.13; do \
	    found=; \
	    for python in python$$version $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$version*/bin/python; do \
	        if $$python --version >/dev/null 2>&1; then found=$$python; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then echo "Python $$version was not found: skipped"; continue; fi; \
	    echo "== $$($$found --version)"; \
	    $(MAKE) --no-print-directory test PYTHON=$$found VENV=.venv-$$version || exit 1; \
	done

pictures: $(VENV)/.dev ## Take the pictures of docs anew from the running product
	@cd backend && "$(BIN)/python" -m dev.pictures

lock: ## Compile the pinned requirement files anew
	"$(BIN)/uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra server pyproject.toml -o requirements/run.txt
	"$(BIN)/uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

audit: $(VENV)/.dev ## Ask for known vulnerabilities of the dependencies
	"$(BIN)/pip-audit" --require-hashes --strict -r requirements/run.txt

.PHONY: help install run test test-side-by-side lint soak bench matrix pictures lock audit
