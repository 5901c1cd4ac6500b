# `make help` explains the targets. The logic is in ci/*.py and tests/upstream; this file only names it.
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help demo dev test test-rust test-python test-upstream test-own test-clients test-free-threaded test-install test-debug test-tsan test-newest test-minimal test-cross test-aarch64 test-s390x test-exit test-all stress scaling fuzz lint wheel musl sdist dist try reproducible cffi-wheel bench bench-counts bench-mixed guard guard-record docs looks clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.13    the interpreter that runs the tools (default: python3)"
	@echo "  PYTHONS='3.11 3.13'  the interpreters to build for and to test with (default: PYTHON; for test-all: all found)"
	@echo
	@echo "  Needed: Rust, a C compiler, CPython 3.10 or newer. All else goes into .venv, .cache, target, dist."

define need
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	echo "make $@ cannot start: $(PYTHON) is no CPython 3.10 or newer. README.md says what is needed:"; \
	sed -n '/^| system /,/^$$/p' README.md; exit 1; }
@$(PYTHON) -m ci.needs $(1)
endef

demo: ## build the wheel, install it beside cffi, run the examples on real libraries
	$(call need,demo)
	@$(PYTHON) -m ci.demo

dev: ## quick build into .venv/<python version>, beside cffi 2.1.1 and pytest
	@$(PYTHON) -m ci.wheel --dev

test: ## lint, all Rust and Python tests, the quick upstream suites, on one interpreter; two parts at a time
	$(call need,test)
	@$(PYTHON) -m ci.test

test-rust: ## cargo test of all crates
	@$(PYTHON) -m ci.rust test

test-python: ## the project's own Python tests
	@$(PYTHON) -m ci.pytests

test-upstream: ## cffi's own suites that need no C compiler
	@$(PYTHON) -m tests.upstream

test-own: ## cffi's own suites with the wheel named cffi in the place of cffi, without pycparser; packages built with it
	@$(PYTHON) -m tests.upstream --own --all --cffi 2.1.1
	@$(PYTHON) -m tests.clients.builds

test-clients: ## packages from PyPI that were compiled against the stock backend, with their own tests
	@$(PYTHON) -m tests.clients

test-install: ## the wheel and the source distribution in every place and order, with pip, uv, PyInstaller, shiv
	@PYTHONS="$${PYTHONS:-$(PYTHON)}" $(PYTHON) -m ci.pytests -m matrix tests/wheel

test-free-threaded: ## cffi's quick suites and the Python tests on 3.14t, alone and in four threads (FREE=3.13t: there)
	@$(PYTHON) -m ci.pythons.free_threaded_tests $(FREE)

test-all: ## make test, and the same on all interpreters found, all upstream suites, compiled clients, stress, a short fuzzing run
	@$(MAKE) --no-print-directory test; test=$$?; $(PYTHON) -m ci.everything --whole && exit $$test

test-minimal: ## both commands of the README in a Debian 12 that has nothing (needs root and debootstrap)
	@$(PYTHON) -m ci.pythons.minimal

stress: ## a minute of everything from eight threads, then 1,000 subinterpreters, on each interpreter found
	@$(PYTHON) -m ci.stress

test-aarch64: ## the extension on AArch64 in an emulator, beside the stock backend there (needs root, debootstrap, qemu-user-static)
	@$(PYTHON) -m ci.foreign aarch64

test-s390x: ## the extension on s390x, which is big-endian, in an emulator, beside the stock backend there (the same)
	@$(PYTHON) -m ci.foreign s390x

test-exit: ## programs that end, and processes that fork, while their threads are in the middle of something, on each interpreter found
	@$(PYTHON) -m ci.exits

scaling: ## two threads beside one on 3.14t, and 3.14t beside 3.14, into docs/benchmarks (needs a quiet machine)
	@$(PYTHON) -m benches.scaling $(if $(NO_BUILD),--no-build)

test-debug: ## everything again and again on a debug build of CPython: no assertion fails, nothing leaks
	@$(PYTHON) -m ci.pythons.debug_build

test-tsan: ## a minute of stress on a CPython without a GIL, all under ThreadSanitizer (needs clang and rust-src)
	@$(PYTHON) -m ci.pythons.tsan

test-newest: ## CPython 3.14 and 3.15 from Debian's testing suite in a chroot (needs root and debootstrap)
	@$(PYTHON) -m ci.pythons.debian_python

test-cross: ## the crates without Python on AArch64, s390x and i686 in QEMU; checks for Windows and macOS
	@$(PYTHON) -m ci.cross

fuzz: ## a minute of fuzzing (with libFuzzer too where cargo-fuzz is installed; says so where it is not)
	@$(PYTHON) -m ci.fuzz

lint: ## rustfmt, clippy, ruff, mypy, pyright, links, the site, the direction of dependencies
	@$(PYTHON) -m ci.lint

wheel: ## the wheel that users get, into dist/: runs on old systems too (PYTHONS='3.11 3.14t' for others)
	@$(PYTHON) -m ci.release wheel

musl: ## the same for Linux with musl (`rustup target add x86_64-unknown-linux-musl` first)
	@$(PYTHON) -m ci.release wheel --musl

sdist: ## the source distribution, into dist/
	@$(PYTHON) -m ci.release sdist

cffi-wheel: ## the wheel named cffi, which has the package cffi over ferrocffi, into dist/
	@$(PYTHON) -m ci.cffi_wheel

dist: ## everything that is published: wheels for all interpreters found, the source distribution, hashes
	@$(PYTHON) -m ci.release all

try: ## install the wheel of dist/ and run the tests on it
	@$(PYTHON) -m ci.release try

reproducible: ## build wheel and source distribution twice, in two places; the bytes have to be the same
	@$(PYTHON) -m ci.release reproduce

bench: ## speed against the stock backend, ctypes and C, into docs/benchmarks (QUICK=1, GROUP=abi, NO_BUILD=1)
	@$(PYTHON) -m benches $(if $(QUICK),--quick) $(if $(NO_BUILD),--no-build) $(foreach group,$(GROUP),--group $(group))

bench-counts: ## instructions of each operation beside C written by hand, Cython, nanobind, pybind11 and PyO3, under valgrind (GROUP=access, NO_BUILD=1)
	@$(PYTHON) -m benches.counts --every $(if $(NO_BUILD),--no-build) $(foreach group,$(GROUP),--group $(group))

bench-mixed: ## a program of many operations beside each of them alone (SIMULATE=1: misses of a simulated cache)
	@$(PYTHON) -m benches.mixed $(if $(NO_BUILD),--no-build) $(if $(SIMULATE),--simulate)

guard: ## instructions per operation under valgrind, compared with tests/speed/recorded.json
	@$(PYTHON) -m tests.speed $(if $(NO_BUILD),--no-build)

guard-record: ## write these instruction counts down
	@$(PYTHON) -m tests.speed --record $(if $(NO_BUILD),--no-build)

docs: ## the documentation as a site, into target/site; a warning is an error
	@$(PYTHON) -m ci.docs

looks: ## every page of the site in a browser: widths, pictures, accessibility (needs Chromium and npm; PICTURES=folder)
	@$(PYTHON) -m ci.looks $(if $(PICTURES),--pictures $(PICTURES))

clean: ## remove everything that was built, downloaded or installed here
	rm -rf target dist .venv .cache .pytest_cache .mypy_cache .ruff_cache
