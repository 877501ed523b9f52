# `make run` starts the app, `make test` runs the whole suite; both set up everything they need in .venv.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip --disable-pip-version-check --quiet install --no-compile # Python compiles what it imports,
unexport PYTHONDONTWRITEBYTECODE # and must keep that: else every process compiles PyTorch anew, for half a minute

.PHONY: run test test-long check format rebuild screenshots loadtest interrupts speed moments clean

run: $(VENV)/installed
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: $(VENV)/installed-dev
	$(BIN)/python tests/browser/chromium.py
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not alone and not long" --numprocesses 2 --dist worksteal
	$(BIN)/python -m pytest -m alone

test-long: $(VENV)/installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long --numprocesses 2 --dist worksteal

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

rebuild: $(VENV)/installed
	$(BIN)/normlab rebuild

screenshots: $(VENV)/installed-dev
	$(BIN)/python tests/browser/chromium.py
	PYTHONPATH=tests $(BIN)/python tests/browser/screenshots.py $(SHOTS)

loadtest: $(VENV)/installed-dev
	PYTHONPATH=tests $(BIN)/python tests/load

interrupts: $(VENV)/installed-dev
	PYTHONPATH=tests $(BIN)/python tests/interrupts
	PYTHONPATH=tests $(BIN)/python tests/interrupts --busy 4 --within 3

speed: $(VENV)/installed-dev
	$(BIN)/python tests/browser/chromium.py
	PYTHONPATH=tests $(BIN)/python tests/browser/speed.py

moments: $(VENV)/installed-dev
	$(BIN)/python tests/browser/chromium.py
	PYTHONPATH=tests $(BIN)/python tests/browser/moments.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache

$(VENV)/python: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "normlab needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: pyproject.toml | $(VENV)/python
	@echo "Installing normlab (PyTorch is large: this takes some minutes once) ..."
	$(INSTALL) --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/python
	@echo "Installing normlab and what its tests need (PyTorch is large: this takes some minutes once) ..."
	$(INSTALL) --editable '.[dev,cluster]'
	touch $(VENV)/installed $@
