# `make` alone lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NUMBER ?= 200
STRIDE ?= 1
ONLY   ?=
READY  := $(VENV)/ready
PIP    := $(BIN)/python -m pip --disable-pip-version-check
SPHINX := $(BIN)/python -m sphinx -W --keep-going -n -j auto -c . -d _build/doctrees

.PHONY: help html live pdf epub browser test coverage lint lock mutants cosmic accuracy benchmark peers wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

html: $(READY) ## build the book into _build/html
	@$(SPHINX) docs _build/html
	@echo "The book is built. Open $(CURDIR)/_build/html/index.html"

live: $(READY) ## serve the book on this machine and rebuild it on every save
	@$(BIN)/sphinx-autobuild -n -j auto -c . -d _build/doctrees --ignore '*/__pycache__/*' \
		--watch activations --watch conf.py docs _build/html

pdf: html ## print the book into _build/rectified.pdf
	@$(BIN)/python docs/_ext/paper.py _build/html _build/rectified.pdf
	@echo "Printed: $(CURDIR)/_build/rectified.pdf"

epub: $(READY) ## pack the book for readers of EPUB into _build/epub
	@$(SPHINX) -b epub -D templates_path= docs _build/epub
	@ls _build/epub/*.epub

test: browser ## run the tests and every doctest
	@$(BIN)/python -m pytest --doctest-modules --numprocesses auto --dist worksteal

coverage: $(READY) ## show that the tests run every line of the package
	@$(BIN)/python -m pytest --doctest-modules --numprocesses auto --dist worksteal --quiet \
		--cov --cov-report=term:skip-covered --cov-fail-under=100 \
		activations tests --ignore tests/test_book.py --ignore tests/test_reader.py --ignore tests/test_prose.py

browser: $(READY)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || test -e $(VENV)/browser \
		|| { $(BIN)/python -m playwright install chromium && touch $(VENV)/browser; } \
		|| { apt-get update -qq && apt-get install -qq --yes chromium; } \
		|| echo "make: no Chromium is to be had, so the tests of the pages will fail: install it"

lint: $(READY) ## check format, style, types and spelling
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/codespell

lock: $(READY) ## choose the newest versions of everything and write requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate \
		--python-version 3.11 --fork-strategy fewest --custom-compile-command "make lock" \
		--group book --group test pyproject.toml --output-file requirements.lock

mutants: html ## change the book in small ways and see that the checks notice
	@$(BIN)/python tests/mutants.py --number $(NUMBER)

cosmic: $(READY) ## change the package in small ways and list what no test notices (hours)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group mutation
	@$(BIN)/python tests/cosmic.py $(MODULES)

accuracy: $(READY) ## measure the worst error of every function (long; quick with STRIDE=65537 ONLY=elu)
	@$(BIN)/python tests/benchmarks/accuracy.py --stride $(STRIDE) $(if $(ONLY),--only $(ONLY))

benchmark: $(READY) ## measure the speed of every function beside its peers
	@$(BIN)/python tests/benchmarks/speed.py

peers: $(READY) ## install PyTorch and JAX, for the two tables
	@$(BIN)/uv pip install --python $(BIN)/python --group peers

wheel: $(READY) ## pack the package into dist/
	@$(PIP) wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist .
	@ls dist/*.whl

clean: ## remove everything that was built; the environment stays
	rm -rf _build dist

# An environment whose Python has gone is made anew.
$(shell test -x $(BIN)/python || rm -f $(READY))

$(READY): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: '$(PYTHON)' is not to be found: install Python 3.11 or newer, or say where it is with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: Python 3.11 or newer is needed, but %s is %s: say where a newer one is with make PYTHON=..." % (sys.executable, sys.version.split()[0]))'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: this Python has no venv module: install it (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	@test ! -L $(VENV) || { echo "make: $(VENV) is a link, and what it leads to would be emptied: remove the link"; exit 1; }
	@echo "Making $(VENV) from requirements.lock; the first time this takes a minute or two."
	@$(PYTHON) -m venv --clear $(VENV)
	@{ $(PIP) install --retries 2 --require-hashes --no-deps --only-binary :all: -r requirements.lock && \
		$(PIP) install --no-deps --no-build-isolation --no-index --editable . && \
		$(PIP) check; } >$(VENV)/pip.log 2>&1 \
		|| { echo "make: the packages could not be installed: the first time this needs the network; what pip says is in $(VENV)/pip.log"; exit 1; }
	@touch $(READY)
