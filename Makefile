# `make help` explains the targets. The logic is in ci/*.py; this file only names it.
PYTHON ?= python3

.PHONY: help dev wheel clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.13   the interpreter to build for (default: python3)"
	@echo "  PYTHONS='3.11 3.13' the interpreters to test with (default: every one found)"

dev: ## quick build into .venv/<python version>, beside cffi 2.1.1 and pytest
	@$(PYTHON) -m ci.wheel --dev

wheel: ## the wheel that users get, into dist/
	@$(PYTHON) -m ci.wheel

clean: ## remove everything that was built, downloaded or installed here
	rm -rf target dist .venv .cache .pytest_cache .mypy_cache .ruff_cache
