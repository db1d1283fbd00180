# Every target does its own set-up; a set-up that is complete takes a fraction of a second.
SHELL := /bin/bash
PYTHON := .venv/bin/python
PACKAGE := dist/shepherd_segmentation.zip
OUTPUT_DIR ?= demo
TESTS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-qgis lint format bench bench-large docs docs-pictures translations package install clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '  make %-13s %s\n' "$$target" "$$text"; done

setup: ## install what is missing: QGIS and tools with apt, the rest into .venv
	@scripts/setup.sh

demo: setup ## segment the sample image in QGIS, without a screen, and draw the result (OUTPUT_DIR=demo)
	@scripts/with-qgis.sh $(PYTHON) scripts/demo.py --output-dir "$(OUTPUT_DIR)"

test: setup ## run all tests (TESTS="core -k grid": some of them)
	@$(PYTHON) scripts/run_tests.py $(TESTS)

test-qgis: ## run the QGIS tests on the QGIS of another Debian release, as root (SUITE=trixie, sid or bookworm)
	@scripts/test_versions.sh "$(SUITE)" $(TESTS)

lint: setup package ## check style and the rules for QGIS plugins, and scan the package as plugins.qgis.org does
	@failed=0; \
	for check in "ruff check" "ruff format --check" "flake8"; do \
		echo "##### $$check #####"; $(PYTHON) -m $$check . || failed=1; \
	done; \
	echo "##### scan of $(PACKAGE) #####"; $(PYTHON) scripts/scan_package.py $(PACKAGE) || failed=1; \
	exit $$failed

format: setup ## let ruff mend what it can
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: setup ## measure speed and memory
	$(PYTHON) -m tests.benchmarks

bench-large: setup ## the same on large rasters; takes long
	$(PYTHON) -m tests.benchmarks --large

docs: setup ## build the documentation into site/
	@$(PYTHON) scripts/build_docs.py --copy site

docs-pictures: setup ## draw the documentation's pictures anew: of the forms and of what parameters do
	@$(PYTHON) scripts/docs_effects.py
	@$(PYTHON) scripts/docs_screenshots.py

translations: setup ## collect texts for translators, compile translations (LANGUAGE=de begins one)
	@scripts/setup.sh translations
	@$(PYTHON) scripts/translations.py --release $(if $(LANGUAGE),--language $(LANGUAGE))

package: setup ## build dist/shepherd_segmentation.zip for QGIS's "Install from ZIP"
	@$(PYTHON) scripts/package.py $(PACKAGE)

install: ## link this checkout into a QGIS profile (PROFILE=default)
	@PROFILE="$(PROFILE)" scripts/install.sh

clean: ## remove results and caches, keep .venv
	rm -rf demo dist bench-results site docs/reference .pytest_cache .ruff_cache .hypothesis .cache/tests .cache/docs
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.cache/*' -prune -exec rm -rf {} +

distclean: clean ## remove .venv and downloads too
	rm -rf .venv .cache
