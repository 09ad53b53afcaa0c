# gonogo. `make audit` and `make test` set everything up on a fresh machine: python3 >= 3.11 with venv, and make.
PYTHON ?= python3
TARGET ?= .
VENV := .venv
BIN := $(VENV)/bin
LABELS ?= ../shared/labels
CHECKOUTS ?= ../checkouts

.PHONY: audit test check replay sweep bench lock format clean

# Ends well when the audit came to a verdict, whatever it is (0 GO, 1 NO-GO, 3 CONDITIONAL): use `gonogo audit` itself,
# or ARGS="--fail-on ...", where the exit code should stop something.
audit: $(VENV)/.audit
	@$(BIN)/gonogo audit "$(TARGET)" $(ARGS); code=$$?; echo "exit code $$code"; \
	case $$code in 0|1|3) exit 0 ;; *) exit $$code ;; esac

test: $(VENV)/.dev
	$(BIN)/pytest -q -n 3 --dist loadgroup

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The recorded audits and a recorded conversation, strictly: no network, no key, no live call.
replay: $(VENV)/.audit
	@for name in parcels payouts concierge; do \
	  $(BIN)/gonogo audit "tests/services/$$name" --cassette "cassettes/$$name.yaml" --record none --quiet; code=$$?; \
	  echo "$$name: exit code $$code"; case $$code in 0|1|3) ;; *) exit $$code ;; esac; \
	done
	$(BIN)/gonogo chat tests/services/parcels --audit --store none --script tests/serve/chat/questions.txt --cassette cassettes/chat.yaml

sweep: $(VENV)/.dev
	$(BIN)/pytest -q -n 2 --dist loadgroup -m sweep

bench: $(VENV)/.dev
	$(BIN)/python bench/accuracy.py "$(LABELS)" "$(CHECKOUTS)"
	$(BIN)/python bench/speed.py "$(CHECKOUTS)"

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Needs uv. The locks name no index: pip takes its own.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --all-extras --group dev pyproject.toml -o requirements-dev.lock

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("python 3.11 or later is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.audit: requirements.lock pyproject.toml | $(VENV)/bin/python
	@[ -f $(VENV)/.dev ] || $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.audit

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
