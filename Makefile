# make book    everything: installs, executes the chapters, builds the pages
# make test    everything the project checks
# make lab     the chapters in JupyterLab
# make chapter CH=03 PARAMS="seed=3 form=gain"    one chapter with other parameters
# make dist    what a reader takes home: the book as zip and PDF, the package as sdist and wheel
# make networks    train the shipped networks again
# make results NAMES=dynamics    shipped tables again (if none is named, all); says first how long that takes
# make lint    style, names and types of the code
# make format  tidy the code and the notebooks
# make clean   remove what was built (the installation stays)

PYTHON ?= python3
BIN := .venv/bin
# Two files at a time; the chapters begin, as they take longest. What is executed is executed a second time.
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 40
TWICE := --nbval --nbval-current-env --nbval-kernel-startup-timeout 300 --nbval-sanitize-with tests/nbval_sanitize.cfg
BIOME := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npx --yes @biomejs/biome@2.6.8

# Quotes in them are for the reader of parameters, not for a shell.
export CH PARAMS

.PHONY: book dist test lint lab chapter networks results format clean

book: .venv/book.installed
	@$(BIN)/python book/build.py book

dist: book
	@$(BIN)/python book/build.py dist

test: .venv/test.installed lint
	$(BIN)/python book/build.py book
	$(BIN)/pytest $(PARALLEL) $(TWICE) --doctest-modules _build/executed tests modpack

lint: .venv/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIOME) check --error-on-warnings

lab: .venv/book.installed
	$(BIN)/jupyter lab --notebook-dir notebooks

chapter: .venv/book.installed
	@$(BIN)/python book/build.py chapter "$$CH" --parameters "$$PARAMS"

networks: .venv/book.installed
	$(BIN)/python -m modpack networks

results: .venv/book.installed
	$(BIN)/python -m modpack results $(NAMES) --workers 2

format: .venv/test.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) check --write

clean:
	rm -rf _build book/notebooks book/reference book/assets/vendor book/assets/students.zip

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "modpack needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (choose another with PYTHON=...)")'
	$(PYTHON) -m venv .venv

.venv/%.installed: pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing into .venv (some minutes the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@
