# `make demo` and `make test` need make and python >= 3.11 with venv, and a package index; nothing else.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test test-all check bench bench-blame gallery docs update clean
.DEFAULT_GOAL := demo

# --- environments: each stamp is one install -------------------------------------------------------------------------

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Archspec needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/installed-torch: $(VENV)/installed
	@echo "installing torch, about a minute ..."
	$(PIP) --editable '.[torch]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed-torch
	$(PIP) --editable '.[torch,lsp,dev]'
	$(PIP) --no-deps pretrainedmodels
	touch $@

# --- what a user sees ------------------------------------------------------------------------------------------------

demo: $(VENV)/installed
	@echo; echo "== BN-Inception as the paper prints it: five cells are wrong, so this exits 1"
	$(BIN)/archspec validate bn_inception --as-printed; test $$? -eq 1
	@echo; echo "== and as it is read"
	$(BIN)/archspec validate bn_inception
	@echo; echo "== the table, with what was derived beside it"
	$(BIN)/archspec table bn_inception
	@echo; echo "== the pictures"
	mkdir -p demo
	$(BIN)/archspec render bn_inception -o demo/bn_inception.svg
	$(BIN)/archspec render bn_inception --module 4c -o demo/bn_inception_4c.png
	@$(MAKE) --no-print-directory demo-torch

.PHONY: demo-torch
demo-torch: $(VENV)/installed-torch
	@echo; echo "== the torch module"
	$(BIN)/archspec build bn_inception -o demo/bn_inception.py
	$(BIN)/python -c "import torch, archspec; model = archspec.build('bn_inception').eval(); \
	print(sum(p.numel() for p in model.parameters()), 'parameters'); \
	print('logits', tuple(model(torch.randn(1, 3, 224, 224)).shape))"

# --- what a developer runs -------------------------------------------------------------------------------------------

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m "not slow" -n 2

test-all: check
	$(BIN)/python -m pytest -n 2

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/validate.py
	$(BIN)/python benchmarks/lsp.py

bench-blame: $(VENV)/installed-dev
	$(BIN)/python benchmarks/blame.py

gallery: $(VENV)/installed-dev
	$(BIN)/python docs/make_gallery.py

docs: gallery
	$(BIN)/python docs/make_diagnostics.py

update: $(VENV)/installed-dev
	$(BIN)/python -m pytest --update

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
