# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

CONTRACT := .contract

.PHONY: audit demo docs wheel serve screens test test-browser test-contract test-faults test-faults-long test-slow lint bench bench-year bench-growth setup clean

demo: setup
	$(BIN)/outreach demo

# The screens on the demonstration's data: one address a role.
serve: setup
	$(BIN)/outreach --demo serve

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2 --dist loadfile -m "not faults and not contract and not browser"

# Pictures of the main screens, taken anew from the demonstration's town. Needs Chromium: apt install chromium.
screens: setup
	$(BIN)/python docs/screens/take.py

# The screens in a real browser, on loopback alone. Needs Chromium, and fonts of the public's scripts: apt install chromium fonts-noto-core.
test-browser: setup
	$(BIN)/pytest -n 2 --dist loadfile -m browser tests/web tests/e2e

# The tests that need more than the default installation: matching on a Spark Connect server.
test-slow: setup
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints-spark.txt
	$(BIN)/pytest -m slow tests/matching

# Our requests and the peer's answers, held to Twilio's own OpenAPI file by a proxy between them. Needs Node 18.20 or newer.
test-contract: setup $(CONTRACT)/ready
	$(BIN)/pytest -m contract tests/channels/contract

# Processes killed, answers lost, workers that race: on a PostgreSQL of their own, and on loopback alone.
test-faults: setup
	$(BIN)/pytest -m "faults and not slow" tests/faults

# The same over more days, and a Prefect server that is away for a minute.
test-faults-long: setup
	$(BIN)/pytest -m "faults and slow" tests/faults

# The package, as it is installed elsewhere.
wheel: setup
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# The table of settings, from the code.
docs: setup
	$(BIN)/python -m outreach.core.described docs/settings.md

# Known vulnerabilities of the pinned packages; says so where their sources cannot be reached.
audit:
	$(PYTHON) .ci/audit.py

# Exact versions, from wherever npm is told to fetch packages; no lock file, which would name that place.
$(CONTRACT)/ready:
	@command -v npm >/dev/null || { echo "npm is missing: apt install npm"; exit 2; }
	mkdir -p $(CONTRACT)
	cd $(CONTRACT) && npm install --silent --no-audit --no-fund --no-save --no-package-lock @stoplight/prism-cli@5.14.2
	cd $(CONTRACT) && tar -xzf "$$(npm pack --silent @twilio/cli-core@8.3.2)" package/src/services/twilio-api/twilio_api_v2010.json
	touch $(CONTRACT)/ready

bench: setup
	for bench in benchmarks/[a-z]*.py; do $(BIN)/python $$bench --quick || exit 1; done

# A year of the network on a simulated clock: hours on a small machine. And two weeks of networks that double.
bench-year: setup
	$(BIN)/python benchmarks/network_year.py

bench-growth: setup
	$(BIN)/python benchmarks/network_year.py --growth

setup: $(VENV)/ready

$(VENV)/ready: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 demo"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "The venv module is missing: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(VENV)/ready

clean:
	rm -rf $(VENV) $(CONTRACT) out dist build
