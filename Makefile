# The two commands of the README are `make demo` and `make test`; the rest is what they consist of.

PYTHON ?= python3
VENV := .venv/bin
# sudo only when not root already; the lab's own settings go along.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo --preserve-env=LAB_SUITE,LAB_DURABLE,OMI_LAB_CACHE)
LAB := $(SUDO) $(PYTHON) -m lab
PHASE := $(PYTHON) -m lab.phase
INSTALL := $(SUDO) sh -c 'apt-get -qq update && \
	apt-get -qq -y --no-install-recommends install "$$@" >/dev/null' install

CATALOGUES := $(wildcard omi_core/locale/*/LC_MESSAGES/omi.po)

.PHONY: help texts demo demo-down test test-fast fast-deploy fast-waiting fast-rest test-slow browser fuzzer soak soak-fuzz soak-mutants soak-lab mutator test-lab lint package hashes sbom release-notes packager shells bench lab-preflight lab-up lab-down venv clean
.DEFAULT_GOAL := help

help:  ## show what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 - /p' $(MAKEFILE_LIST)

# Where the demo publishes: `make demo DNS=cloudflare` has its zones at a stand-in for Cloudflare.
DNS := rfc2136
DEPLOY_rfc2136 := $(VENV)/pyinfra -y inventories/lab.py
DEPLOY_cloudflare := $(VENV)/python -m tests.cloudflare_stand_in $(VENV)/pyinfra -y inventories/lab_cloudflare.py

demo: lab-preflight venv  ## two bare hosts become the relay, and mail goes through
	$(if $(DEPLOY_$(DNS)),,$(error DNS is rfc2136 or cloudflare))
	@$(LAB) up
	@$(PHASE) "deploy the relay" $(LAB) exec $(DEPLOY_$(DNS)) deploys/relay.py
	@$(PHASE) "one mail on each listener" $(SUDO) $(VENV)/python -m lab.demo

demo-down:  ## end the demo
	@$(LAB) down

test: lint test-fast test-slow test-lab  ## lint, types, all tests

test-fast: venv  ## what needs neither root nor the lab
	@$(PHASE) "fast tests" $(MAKE) --no-print-directory --jobs=3 --output-sync=target \
		fast-deploy fast-waiting fast-rest

# Processes side by side, because gevent, which pyinfra brings, and a worker pool in pytest exclude
# each other. The second waits most of the time, for servers that are silent on purpose. Each has a
# directory of its own, since they would race to remove what earlier runs left in a common one.
DEPLOY := tests/unit/engine tests/unit/relay tests/unit/inventory tests/unit/smtp tests/ops tests/fake
WAITING := tests/unit/probe tests/unit/cli
FAST := own=$$(mktemp -d) && trap 'rm -rf "$$own"' EXIT && \
	$(VENV)/pytest -q -m "not slow" --basetemp="$$own/tests"

fast-deploy:
	@$(FAST) $(DEPLOY)

fast-waiting:
	@$(FAST) $(WAITING)

fast-rest:
	@$(FAST) tests/unit tests/typing tests/fuzz $(DEPLOY:%=--ignore=%) $(WAITING:%=--ignore=%)

test-slow: venv browser fuzzer packager shells  ## what takes seconds by itself, such as a kill before every single step
	@$(PHASE) "slow tests" $(VENV)/pytest -q -m slow tests/unit tests/fake tests/fuzz

fuzzer: venv .venv/.fuzzer

# It has wheels for few systems, so that nothing else waits for it or needs it.
.venv/.fuzzer: .venv/.installed
	@$(PHASE) "the fuzzer" $(VENV)/pip install -qq -c constraints.txt -e '.[fuzz]'
	@touch $@

packager: .venv/packager/.installed

# In an environment of its own: it brings eighty packages, none of which a test should meet.
PACKAGER := .venv/packager/bin
.venv/packager/.installed: .venv/.installed
	@$(PYTHON) -m venv --clear .venv/packager
	@$(PHASE) "the packager" $(PACKAGER)/pip install -qq -c constraints.txt build cyclonedx-bom twine uv
	@touch $@

package: packager  ## wheel and sdist in build/dist, the wheel made of the sdist, both checked
	@rm -rf build/dist
	@$(PHASE) "package" $(PACKAGER)/python -m build --outdir build/dist .
	@$(PACKAGER)/twine check --strict build/dist/*

hashes: packager  ## requirements.txt: the pins of constraints.txt that run time needs, with hashes
	@$(PACKAGER)/uv pip compile --quiet pyproject.toml -c constraints.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade -o requirements.txt

sbom: package  ## build/omi-relay.cdx.json: what is installed beside the wheel, as CycloneDX
	@rm -rf build/empty && $(PYTHON) -m venv build/empty
	@build/empty/bin/pip install -qq --require-hashes -r requirements.txt
	@build/empty/bin/pip install -qq --no-deps --no-index build/dist/*.whl
	@$(PACKAGER)/cyclonedx-py environment --pyproject pyproject.toml -o build/omi-relay.cdx.json build/empty/bin/python

VERSION := Unreleased
release-notes:  ## what CHANGELOG.md says of VERSION=1.2.3, else of what is not released
	@awk -v version="$(VERSION)" '/^## /{found = $$2 == version; next} found{print; some = 1} END{exit !some}' CHANGELOG.md

soak: soak-fuzz soak-mutants soak-lab  ## what takes longer than `make test` may

soak-fuzz: fuzzer  ## 200,000 inputs for each parser of what strangers send
	@$(PHASE) "fuzzing" nice $(VENV)/python -m tests.fuzz --runs 200000

# Minutes, and not in `make test`. AREAS are some of benchmarks/mutants/guarded.toml; WHOLE=1 takes
# every mutant, and not a sample. Interrupted, it goes on where it was.
soak-mutants: mutator  ## how much the tests notice: small faults in what guards money and trust
	@$(PHASE) "mutants" nice $(VENV)/python -m benchmarks.mutants $(if $(WHOLE),--whole) $(AREAS)

soak-lab: lab-preflight venv  ## what takes minutes on the real hosts: patience, floods, long queues
	@status=0; \
	$(LAB) up && $(PHASE) "long tests on the lab" $(LAB) exec $(VENV)/pytest -p no:cacheprovider tests/lab -m soak || status=$$?; \
	$(LAB) down; \
	exit $$status

mutator: venv .venv/.mutator

.venv/.mutator: .venv/.installed
	@$(PHASE) "the mutator" $(VENV)/pip install -qq -c constraints.txt -e '.[mutants]'
	@touch $@

browser:
	@command -v chromium >/dev/null || $(PHASE) "install chromium" $(INSTALL) chromium || \
		{ echo "the pages are looked at in chromium; install your system's chromium" >&2; exit 3; }

# What the command line is tried in: two more shells, and readers of its pages.
SHELLS := zsh fish mandoc man-db
shells:
	@(for each in zsh fish mandoc man; do command -v $$each >/dev/null || exit 1; done) || \
		$(PHASE) "install shells" $(INSTALL) $(SHELLS) || \
		{ echo "completion and pages are tried in $(SHELLS); install your system's" >&2; exit 3; }

# Without a cache: root's files in it would fail the next run of somebody who is not root.
test-lab: lab-preflight venv  ## the tests on real hosts
	@status=0; \
	$(LAB) up && $(PHASE) "tests on the lab" $(LAB) exec $(VENV)/pytest -p no:cacheprovider tests/lab -m "lab and not soak" || status=$$?; \
	$(LAB) down; \
	exit $$status

lint: venv  ## ruff and mypy
	@$(PHASE) "ruff check" $(VENV)/ruff check
	@$(PHASE) "ruff format" $(VENV)/ruff format --check
	@$(PHASE) "mypy" $(VENV)/mypy

bench: lab-preflight venv  ## the figures that the README states
	@command -v testssl >/dev/null || $(PHASE) "install testssl.sh" $(INSTALL) testssl.sh
	@$(PHASE) "what is compared" $(SUDO) $(VENV)/python -m benchmarks.peers
	@$(LAB) up
	@$(PHASE) "benchmark of the codec" $(VENV)/python -m benchmarks.codec
	@$(PHASE) "benchmark of the deploy" $(SUDO) $(VENV)/python -m benchmarks.deploy
	@$(PHASE) "benchmark of verification" $(LAB) exec $(VENV)/python -m benchmarks.verify
	@$(PHASE) "certificate rotation" $(LAB) exec $(VENV)/python -m benchmarks.rotation
	@$(PHASE) "DKIM rotation" $(LAB) exec $(VENV)/python -m benchmarks.dkim_rotation
	@$(PHASE) "mail through the milters" $(LAB) exec $(VENV)/python -m benchmarks.relay
	@$(PHASE) "hostile headers" $(LAB) exec $(VENV)/python -m benchmarks.hostile_headers
	@$(PHASE) "benchmark of DNS" $(LAB) exec $(VENV)/python -m benchmarks.dns_verify
	@$(PHASE) "hostile DNS" $(VENV)/python -m benchmarks.dns_hostile

lab-preflight:
	@$(LAB) preflight

lab-up: lab-preflight  ## boot the lab
	@$(LAB) up

lab-down:  ## end the lab
	@$(LAB) down

texts: venv  ## the catalogues of every language, as the code says them; untranslated ones are named
	@$(PHASE) "texts" $(VENV)/python -m omi_core.cli.catalogues

venv: .venv/.installed $(CATALOGUES:.po=.mo)

%.mo: %.po .venv/.installed
	@$(VENV)/python -m omi_core.cli.catalogues --compile

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; set PYTHON to one" >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		$(PHASE) "install python3-venv" $(INSTALL) python3-venv || \
		{ echo "python3 has no venv module; install your system's python3-venv" >&2; exit 3; }
	@$(PHASE) "virtual environment" $(PYTHON) -m venv --clear .venv
	@$(PHASE) "Python packages" $(VENV)/pip install -qq -c constraints.txt -e '.[dev]'
	@touch $@

clean:  ## forget the virtual environment and what tools kept
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
