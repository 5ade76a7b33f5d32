# The commands people type. `make run` and `make test` need Python ≥ 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
LOCKS := requirements/base.txt requirements/embedded.txt requirements/dev.txt
# With these in the other half, both take about as long.
HOSTILE := $(addprefix extraction/tests/,test_killers.py test_killers_drawn.py test_mutated_files.py)

# Lines and branches together, in percent.
COVERED := 90

.PHONY: run test coverage check bench e2e lock format clean

run: $(VENV)/.run-installed ## start everything and print the URL
	$(PY) manage.py up

test: $(STAMP) ## the whole suite, against real PostgreSQL and Redis of its own
	@# Two halves side by side, each with services of its own; both are run to their ends.
	@export PYTHONUNBUFFERED=1; \
	$(PY) -m pytest -q extraction $(addprefix --ignore=,$(HOSTILE)) & other=$$!; \
	$(PY) -m pytest -q lexintel/tests cases documents search $(HOSTILE); one=$$?; \
	wait $$other && exit $$one

coverage: $(STAMP) ## the suite once more, counting the lines and branches that it runs; htmlcov/ shows them
	@# Counting takes time that some tests measure: how they end is `make test`'s to say, not this one's.
	@rm -rf htmlcov .coverage*; export PYTHONUNBUFFERED=1 LEXINTEL_TEST_COVERAGE=1; \
	COVERAGE_FILE=.coverage.other $(PY) -m pytest -q --cov --cov-report= extraction $(addprefix --ignore=,$(HOSTILE)) & \
	COVERAGE_FILE=.coverage.one $(PY) -m pytest -q --cov --cov-report= lexintel/tests cases documents search $(HOSTILE); \
	wait; $(VENV)/bin/coverage combine --quiet; $(VENV)/bin/coverage html --quiet; \
	$(VENV)/bin/coverage report --show-missing --fail-under=$(COVERED)

check: $(STAMP) ## lint, types, import contracts, migrations, docs
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	PYTHONPATH=. $(VENV)/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check

e2e: $(STAMP) ## in a real browser (needs Chromium)
	$(PY) -m pytest -q lexintel/tests_e2e

bench: $(STAMP) ## every figure of docs/benchmarks.md and README.md anew; hours. ONLY=extract,search FILES=… QUESTIONS=…
	$(PY) manage.py bench all $(if $(ONLY),--only $(ONLY)) $(if $(FILES),--files "$(FILES)") $(if $(QUESTIONS),--questions "$(QUESTIONS)")

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock: $(STAMP) ## resolve requirements/*.in again
	$(PY) requirements/lock.py

# --no-deps: the locks are complete, and one package declares far more than is used of it.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "LexIntel needs Python 3.11 or newer; name one: make run PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements/base.txt requirements/embedded.txt | $(PY)
	$(PIP) -r requirements/base.txt -r requirements/embedded.txt
	@touch $@

$(STAMP): $(LOCKS) | $(PY)
	$(PIP) $(addprefix -r ,$(LOCKS))
	@touch $@ $(VENV)/.run-installed

clean:
	rm -rf $(VENV) .coverage* htmlcov .pytest_cache .mypy_cache .ruff_cache
