# Every target does its own set-up: Python 3.11+, git and make are all that a machine must have.
# uv is taken from PATH, or brought along into .uv/ when there is none.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
RUN_STAMP := .venv/.ready-to-run
DEV_STAMP := .venv/.ready-to-develop
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
PYTHON ?= python3

.PHONY: help setup install demo docs dist dist-check test acceptance check lint types rooms bench bench-streams bench-start bench-hooks bench-first-answer bench-schedules bench-api bench-flood soak browser screenshots chaos chaos-terminals chaos-slice standin-peers standin-load lock clean

help:
	@echo "make demo    try it: a local Discord, the real Claude Code CLI, a scripted model"
	@echo "make install  what the bridge needs, without the developers' tools, into .venv"
	@echo "make docs    the documentation as a site, into site/; no link of it leads nowhere"
	@echo "make dist    the sdist and the wheel, into dist/"
	@echo "make dist-check  the wheel in an empty environment, as users install it, and how large that is"
	@echo "make test    the tests, about six minutes on two cores"
	@echo "make acceptance       every promise through the whole chain, about 35 minutes; DOOR=buttons: that suite alone"
	@echo "make check   what CI runs: format, lint, types, rooms, docs, tests, a short round of chaos"
	@echo "make bench   times and REST calls, beside a reference, measured in one run"
	@echo "make bench-streams    ten threads that stream at once: staleness, losses, 429s, messages per style"
	@echo "make bench-start      a start with 500 threads: until when it listens, what it asks of Discord"
	@echo "make bench-hooks      terminals: what hooks cost a tool call, how soon a message or a click gets through (tmux)"
	@echo "make bench-first-answer  terminals: from nothing to the first answer on the phone (tmux)"
	@echo "make bench-schedules  what the clock costs with ten thousand schedules"
	@echo "make bench-api        what the HTTP API costs, beside a bare FastAPI application"
	@echo "make bench-flood      notices by the thousand beside a turn that streams: staleness, memory, Discord's limits"
	@echo "make soak             5,000 turns in 200 conversations: what the bridge's memory does (half an hour)"
	@echo "make browser          the local Discord's page in a real Chromium"
	@echo "make screenshots      the pictures of the README and the docs, and the texts of every state (Debian's chromium)"
	@echo "make chaos            messages and faults by the hundred, and whether every promise held"
	@echo "make chaos-terminals  the same for a session in a terminal: a thousand messages, kills of both sides (tmux)"
	@echo "make standin-peers    discord.js against the local Discord (node and npm)"
	@echo "make standin-load     what the local Discord can take"
	@echo "make lock    renew the requirements locks from pyproject.toml"

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit("Antiphon needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv

# What the demo needs is less than half of what the tests need: it is installed first, and alone where that is enough.
$(RUN_STAMP): requirements.lock pyproject.toml | $(filter .uv/bin/uv,$(UV))
	@test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11' .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(INSTALL)
	@rm -f $(DEV_STAMP) && touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(INSTALL)
	@touch $@

setup: $(DEV_STAMP)

install: $(RUN_STAMP)
	@echo "Installed: $(BIN)/antiphon. Begin with: $(BIN)/antiphon setup"

demo: $(RUN_STAMP)
	@$(BIN)/antiphon demo $(if $(ONCE),--once "$(ONCE)")

# What is written in docs/, and the reference that is made from the code.
docs: setup
	@$(BIN)/python -m website

# The files' time is that of the commit, or SOURCE_DATE_EPOCH: the same sources give the same bytes.
dist: setup
	@$(BIN)/python -m release

dist-check: setup
	@$(BIN)/pytest tests/release -rP $(ARGS)

# Three workers on two cores: most of the time a test waits for processes and for Discord's limits.
test: setup
	@$(BIN)/pytest -n 3 --dist loadgroup -m "not slow" $(ARGS)

# Every promise through the whole chain: 650 tests, as many bridges and Claude Codes, about 35 minutes on two cores.
# With what other folders have that is too slow for `make test`. DOOR=messages, commands, buttons, restarts, outages, clock, files, terminals or api: that suite alone.
acceptance: setup
	@$(BIN)/pytest -n 3 --dist loadgroup -m "$(or $(DOOR),acceptance or slow)" $(ARGS)

lint: setup
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: setup
	@$(BIN)/pyright

rooms: setup
	@$(BIN)/lint-imports

check: lint types rooms docs test chaos-slice

bench: setup
	@$(BIN)/python -m bench $(ARGS)

bench-streams: setup
	@$(BIN)/python -m bench.streams $(ARGS)

bench-start: setup
	@$(BIN)/python -m bench.start $(ARGS)

bench-hooks: setup
	@$(BIN)/python -m bench.hooks $(ARGS)

bench-first-answer: setup
	@$(BIN)/python -m bench.first_answer $(ARGS)

bench-schedules: setup
	@$(BIN)/python -m bench.schedules $(ARGS)

bench-api: setup
	@$(BIN)/python -m bench.api $(ARGS)

bench-flood: setup
	@$(BIN)/python -m bench.flood $(ARGS)

# ARGS="--turns 600 --conversations 40" for a short one.
soak: setup
	@$(BIN)/python -m bench.soak $(ARGS)

browser: setup
	@$(BIN)/pytest tests/browser -n 2 --dist loadfile $(ARGS)

screenshots: setup
	@$(BIN)/python -m bench.screenshots

# SEED=n plays from that round on, ROUNDS=1 only it; ARGS="--keep DIRECTORY" keeps what explains a broken promise.
chaos: setup
	@$(BIN)/python -m chaos $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

chaos-terminals: setup
	@$(BIN)/python -m chaos.terminals $(if $(SEED),--seed $(SEED)) $(ARGS)

# One short round, always the same: less than two minutes.
chaos-slice: setup
	@$(BIN)/python -m chaos --seed 58 --rounds 1 --messages 30 --threads 4 --faults 7

standin-peers: setup
	@$(BIN)/pytest tests/peers $(ARGS)

standin-load: setup
	@$(BIN)/python -m bench.standin_load $(ARGS)

lock: | $(filter .uv/bin/uv,$(UV))
	@$(COMPILE) --group dev pyproject.toml --output-file requirements-dev.lock
	@$(COMPILE) --group build pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf .venv .uv .pytest_cache .ruff_cache build dist site
