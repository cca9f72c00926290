# Every target only calls a `clipit` command: where there is no make (Windows),
#     pip install -c requirements.lock -e ".[course,dev]"
# and the same commands do the same.

.PHONY: help run test lab notebooks figures book slides bundle env lock clean

help:
	@echo "make run        train a small Italian CLIP, evaluate it, write runs/quick/report.html"
	@echo "make test       lint, types, unit tests, every notebook"
	@echo "make lab        open the notebooks"
	@echo "make notebooks  rebuild the notebooks from notebooks/source"
	@echo "make figures    redraw the pictures in figures/"
	@echo "make book       build the course as a site, into build/book"
	@echo "make slides     a page to project for each lesson, into build/slides"
	@echo "make bundle     the course in a folder, for a room without a network, into build/bundle"
	@echo "make env        make .venv, which the others do by themselves"
	@echo "make lock       settle the versions again, after a change in pyproject.toml (needs uv)"
	@echo "make clean      remove .venv and caches (runs/ is yours and stays)"

run: env
	@.venv/bin/clipit run

test: env
	@.venv/bin/clipit check

lab: .venv/.lab
	@.venv/bin/jupyter lab notebooks

notebooks: env
	@.venv/bin/clipit notebooks

figures: env
	@.venv/bin/clipit figures

# The notebooks are shown as they were executed; every warning is an error. -E: Sphinx does not notice
# when the code that writes pages and links changes, so it reads all of them anew.
book: .venv/.book
	@.venv/bin/sphinx-build -q -E -W --keep-going docs build/book
	@echo "The book is in build/book: open build/book/index.html."

slides: env
	@.venv/bin/clipit slides build/slides

bundle: env
	@.venv/bin/clipit bundle build/bundle

env: .venv/.ready
	@:

# --inexact and pip both leave alone what else was installed, such as PyTorch for the parity tests.
# $(1) names one more extra, or nothing.
install = if command -v uv >/dev/null; then \
		uv sync --quiet --frozen --inexact --extra dev $(1:%=--extra %); \
	else \
		.venv/bin/python -m pip install -qq --disable-pip-version-check --no-compile -c requirements.lock -e ".[dev$(1:%=,%)]"; \
	fi

.venv/.ready: pyproject.toml uv.lock requirements.lock | .venv/bin/python
	@echo "Installing what clipit needs into .venv (once; about a minute) ..."
	@$(call install,)
	@touch $@

# JupyterLab is a tenth of the whole, and only this target needs it.
.venv/.lab: .venv/.ready
	@echo "Installing JupyterLab into .venv (once) ..."
	@$(call install,course)
	@touch $@

# Sphinx, and what it needs.
.venv/.book: .venv/.ready
	@echo "Installing Sphinx into .venv (once) ..."
	@$(call install,book)
	@touch $@

# A candidate has to start: a version manager may put names on the path that lead nowhere.
.venv/bin/python:
	@if command -v uv >/dev/null; then uv venv --quiet .venv; exit; fi; \
	for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
			exec $$python -m venv .venv; \
		fi; \
	done; \
	echo "clipit needs Python 3.11, 3.12 or 3.13 with its venv module, and found none: see python.org/downloads." >&2; exit 1

lock:
	@uv lock --quiet
	@uv export --quiet --frozen --extra course --extra dev --no-emit-project --no-hashes --no-annotate \
		--output-file requirements.lock

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find clipit tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
