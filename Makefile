# Everything a person needs is two commands: `make demo` and `make test`. Both set up what is missing first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check setup setup-develop train-pocket lock screenshots clean

demo: setup  ## index the sample photos, ask three questions in three languages, open the window
	$(BIN)/tintype demo

test: setup-develop  ## check and test everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadgroup -m "not bench and not slow"

setup:
	@$(PYTHON) packaging/set_up.py

setup-develop:
	@$(PYTHON) packaging/set_up.py --develop

train-pocket:  ## train the pocket model into build/pocket; Ctrl+C stops, the same command goes on
	@$(PYTHON) packaging/set_up.py --train
	$(BIN)/python -m engine.pocket build/pocket

lock:  ## pin packaging/requirements/*.in again (needs uv)
	for name in run build develop; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    $$(test $$name = develop && echo --constraint packaging/requirements/run.txt) \
	    packaging/requirements/$$name.in --output-file packaging/requirements/$$name.txt || exit 1; done
	uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate packaging/requirements/llama.in --output-file packaging/requirements/llama.txt

screenshots: setup  ## photograph the window for the README and docs
	$(BIN)/python -m desktop_app.screenshots docs/screenshots

clean:
	rm -rf .venv build dist *.egg-info
