# Everything is installed into .venv; nothing is expected on the machine but Python 3.11, git and make.
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo

.PHONY: demo test lint format bench clean

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[clip,embedded,nsfw,dev]"
	@touch $@

demo: .venv/.installed
	$(BIN)/python -m jobs.demo_archive $(DEMO)/web.warc.gz
	$(BIN)/corpusflow run demo --set sources[0].path=$(CURDIR)/$(DEMO)/web.warc.gz --output $(DEMO)/corpus

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: lint
	$(BIN)/pytest

# Each benchmark prints a table and leaves it in benchmarks/results.
bench: bench-overhead bench-memory bench-language

# What others' tools need only as peers of a benchmark.
.venv/.peers: .venv/.installed
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt py3langid==0.4.0
	@touch $@

bench-%: .venv/.installed .venv/.peers
	$(BIN)/python -m benchmarks.$*

clean:
	rm -rf .venv build *.egg-info $(DEMO)
