# Every target does the set-up it needs; a second run starts at once.
# PYTHON names one of 3.11, 3.12 and 3.13; else the first of them that the machine has is taken.
# TORCH_INDEX_URL names another index for torch on machines whose default would bring CUDA,
# for example the one torch publishes for CPU-only builds.
PYTHON ?=
TORCH_INDEX_URL ?=
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# How many tests run side by side: most wait for processes of their own, so one more than cores.
# Those of one file run one after the other: they share what they start.
WORKERS ?= 3
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile
export ORT_DISABLE_TELEMETRY := 1

.PHONY: demo test again setup check lint types imports format unit schemathesis coverage hostile hostile-arguments emulated engine long browser soak image deb controller-wheels controller-deb architecture screenshots bench lock wheels clean

demo: setup
	$(BIN)/lamplighter demo $(ARGS)

test: setup check
	$(PYTEST) -m "not long" $(ARGS)

# What failed the last time, once more and one after the other. What passes now failed by chance: that is to be mended too.
again: $(VENV)/.ready
	$(BIN)/pytest --last-failed --last-failed-no-failures none -m "not long" $(ARGS)

# What takes so long that `make test` leaves it out.
long: setup
	$(PYTEST) -m long $(ARGS)

setup: $(VENV)/.ready
	@deploy/setup/system.sh

$(VENV)/.ready: pyproject.toml requirements.lock deploy/setup/venv.sh deploy/setup/pip_progress.py
	PYTHON=$(PYTHON) TORCH_INDEX_URL=$(TORCH_INDEX_URL) deploy/setup/venv.sh $(VENV)

check: lint types imports

lint: $(VENV)/.ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

imports: $(VENV)/.ready
	$(BIN)/lint-imports

format: $(VENV)/.ready
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

unit: $(VENV)/.ready
	$(PYTEST) tests/unit tests/contract tests/architecture $(ARGS)

# Requests made from the OpenAPI document, 200 of each operation; EXAMPLES for others.
EXAMPLES ?= 200
schemathesis: $(VENV)/.ready
	LAMPLIGHTER_API_EXAMPLES=$(EXAMPLES) $(BIN)/pytest tests/contract/test_schemathesis.py --timeout 3600 $(ARGS)

coverage: setup
	$(PYTEST) --cov --cov-report=term-missing:skip-covered $(ARGS)

# Hostile devices, failing disks, wrong clocks and kills, on real parts; minutes. `make test` has them too.
hostile: setup
	$(PYTEST) tests/hostile tests/faults $(ARGS)

# Numerics on processors that this machine is not, by qemu: arm64, and x86 without VNNI. No timings.
emulated: setup
	deploy/setup/emulated.sh .cache/emulated $(BIN)/python
	LAMPLIGHTER_EMULATED=$(CURDIR)/.cache/emulated $(BIN)/pytest tests/emulated $(ARGS)

# Provisioning with a real Docker engine, which this starts in a folder of its own; as root.
engine: setup
	deploy/setup/engine.sh .cache/engine $(BIN)/python
	LAMPLIGHTER_ENGINE=$(CURDIR)/.cache/engine $(BIN)/pytest tests/engine $(ARGS)

# The dashboard in a headless Chromium, with a picture of it in .cache; installs the browser where it may.
browser: setup
	command -v chromium > /dev/null || apt-get install -y --no-install-recommends chromium
	mkdir -p .cache
	LAMPLIGHTER_BROWSER=1 LAMPLIGHTER_SCREENSHOT=$(CURDIR)/.cache/dashboard.png $(BIN)/pytest tests/dashboard/test_web.py $(ARGS)

# Half an hour with kills, a bad link, a wrong clock and a hostile device; as root.
soak: setup
	deploy/setup/soak.sh
	$(BIN)/python -m tests.soak $(ARGS)

# The context of the agent's image, in dist/image; ARCHS="amd64 arm64" for both.
ARCHS ?= amd64
image: $(VENV)/.ready
	deploy/docker/context.sh $(BIN)/python dist/image $(ARCHS)

# Every option of every command with every hostile value of its kind; the tests take a sample.
hostile-arguments: setup
	LAMPLIGHTER_ALL_ARGUMENTS=1 $(BIN)/pytest tests/hostile/test_command_lines.py --timeout 7200 $(ARGS)

# The agent's Debian package, in dist; ARCHS as for the image.
deb: image
	deploy/debian/build.sh agent dist/image dist $(ARCHS)

# The controller's, for the machine of a city's operators: torch is among its wheels, so it is large.
controller-wheels: $(VENV)/.ready
	deploy/debian/controller_wheels.sh $(BIN)/python dist/controller $(ARCHS)

controller-deb: controller-wheels
	deploy/debian/build.sh controller dist/controller dist $(ARCHS)

# Pages that are written by the code they describe.
reference: $(VENV)/.ready
	$(BIN)/python -m docs.generate.wire docs/reference
	$(BIN)/python -m docs.generate.settings docs/reference
	$(BIN)/python -m docs.generate.controller docs/reference
	$(BIN)/python -m docs.generate.policy docs/reference
	$(BIN)/python -m docs.generate.metrics docs/reference deploy/compose/grafana/boards
	$(BIN)/python -m docs.generate.rollouts docs/reference
	$(BIN)/python -m docs.generate.dashboard docs/reference
	$(BIN)/python -m docs.generate.glossary docs/reference

# Pictures of the dashboard on a controller that runs; ARGS=--pretended for six devices that are pretended.
screenshots: $(VENV)/.ready
	$(BIN)/python -m docs.generate.screenshots docs/images $(ARGS)

architecture: $(VENV)/.ready
	$(BIN)/python -m docs.generate.architecture

bench: setup
	$(BIN)/lamplighter bench $(ARGS)

# One lock for all three Pythons. torch is left out: it is installed first, see deploy/setup/venv.sh.
lock:
	$(BIN)/uv pip compile pyproject.toml --extra all --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate \
	  --no-emit-package torch --no-emit-package lamplighter -o requirements.lock $(ARGS)
	sed -n 's/^\([^ ]*==[^\\]*\).*/\1/p' requirements.lock > .cache-pins && \
	$(BIN)/uv pip compile pyproject.toml --extra video -c .cache-pins --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-package lamplighter -o deploy/docker/agent.lock && \
	$(BIN)/uv pip compile pyproject.toml $(foreach extra,controller compress dashboard docker postgres,--extra $(extra)) \
	  -c .cache-pins --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-package torch --no-emit-package lamplighter -o deploy/debian/controller.lock && \
	rm .cache-pins

# dist/ gets what devices and controllers install, and what only a controller needs beside it.
wheels: $(VENV)/.ready
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist . ./deploy/demo

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
