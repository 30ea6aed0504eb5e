# Cyclebook. Needs make and Python 3.11 or later (tested with 3.11); the rest is installed into .venv from the hashed lock
# files, through the registry that pip and uv are configured for.
#
#   make report       the demo district's reports, in reports/
#   make test         all tests, also those in a browser (TEST_OPTIONS=--numprocesses=0: one after another)
#   make bench        how long the long things take, and how that grows (minutes)
#   make lab          JupyterLab, opened at notebooks/
#   make notebooks    the notebooks' stored outputs, made anew for the demo school
#   make lock         the lock files, after a change in pyproject.toml (LOCK_OPTIONS=--upgrade: newest versions)
#   make clean        take away whatever the above have made

.PHONY: help report test bench lab notebooks lock clean
.DELETE_ON_ERROR:

# Absolute: kernels are started from other folders than this one.
VENV := $(CURDIR)/.venv
export PATH := $(VENV)/bin:$(PATH)

LAB_OPTIONS ?=
TEST_OPTIONS ?= --numprocesses logical --maxprocesses 4
LOCK_OPTIONS ?=

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

report: .venv/installed
	.venv/bin/cyclebook run

test: .venv/installed
	@sh tools/install_browser.sh
	.venv/bin/python -m pytest tests notebooks/[0-9][0-9]_*.ipynb --nbval --nbval-current-env \
		--dist loadfile --no-loadscope-reorder --durations 20 $(TEST_OPTIONS)

bench: .venv/installed
	python -m tests.studies.privacy

lab: .venv/installed-lab
	.venv/bin/jupyter lab --LabApp.default_url=/lab/tree/notebooks $(LAB_OPTIONS)

notebooks: .venv/installed
	python tools/refresh_notebooks.py

clean:
	rm -rf .venv .cyclebook reports .reports.* build dist helpers/cyclebook.egg-info .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# ---- the environment: made when missing, renewed when pyproject.toml or a lock file has changed

# The first interpreter that is new enough and can make an environment; looked for only when one is made.
PYTHON ?= $(shell for python in python3.11 python3 python; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

.venv/installed: pyproject.toml requirements.lock tools/install_packages.sh
	@test -n '$(PYTHON)' || { echo 'Cyclebook needs Python 3.11 or later with its venv module' \
		'(Debian and Ubuntu: apt-get install python3-venv), or make PYTHON=/path/to/python.' >&2; exit 1; }
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || '$(PYTHON)' -m venv --clear .venv
	sh tools/install_packages.sh sync requirements.lock
	@touch $@

.venv/installed-lab: .venv/installed requirements-lab.lock
	sh tools/install_packages.sh add requirements-lab.lock
	@touch $@

# uv may not write hosts or paths into the lock files: that the command is "make lock" is all they say of where they are from.
lock: export UV_CUSTOM_COMPILE_COMMAND := make lock
lock: COMPILE = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links
lock: .venv/installed
	$(COMPILE) --extra test --group environment $(LOCK_OPTIONS) -o requirements.lock
	$(COMPILE) --extra lab -c requirements.lock $(LOCK_OPTIONS) -o requirements-lab.lock
