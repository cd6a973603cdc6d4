# The two commands: make demo, make test. The rest is for those who work on it.

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo

.PHONY: demo test torture deps build lint bench presets gallery share install uninstall deb test-install fuzz audit clean help

## demo: install what is missing, build, and render a thousand frames of noise
demo: build
	./target/release/genmedia render noise --frames 1000

## test: install what is missing, build, and run all tests
test:
	@./scripts/deps.sh test
	@# The unit tests draw nothing: optimised, they would take as long to build as the library.
	CARGO_PROFILE_DEV_OPT_LEVEL=0 $(CARGO) test --quiet --features failpoints --lib
	@# The tests run the examples; cargo builds those with `--test` only when asked.
	$(CARGO) build --quiet --features failpoints --examples
	$(CARGO) test --quiet --features failpoints --test '*'
	$(CARGO) test --quiet --features failpoints --doc

## torture: the same with many more rounds, every combination of features, and the installed package
torture: test-install
	@./scripts/deps.sh test
	$(CARGO) clippy --no-default-features --features cli -- -D warnings
	GENMEDIA_TORTURE=1 $(CARGO) test --features failpoints

## deps: install the system's packages that are missing
deps:
	@./scripts/deps.sh build

## build: the optimised binary, target/release/genmedia
build: deps
	$(CARGO) build --release --quiet

## lint: formatting and clippy, as CI does
lint: deps
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --quiet -- -D warnings

## bench: every speed claim of the README, against the peer it names
bench: build
	@./scripts/deps.sh bench
	@./benches/compare.sh

## presets: the measurements behind --preset auto, as in docs/presets.md
presets: build
	@./scripts/deps.sh bench
	@./benches/presets.sh

## gallery: a clip of each recipe in one page, target/gallery.html, a sheet of them, and one of the effects
gallery: build
	@./scripts/deps.sh test
	@./scripts/gallery.sh target/gallery.html samples/looks.jpg
	@./scripts/effects.sh samples/effects.jpg

# Manual pages and completions, for the package.
share = target/share
share: build
	@rm -rf $(share) && mkdir -p $(share)/man
	@./target/release/genmedia man --write $(share)/man
	@./target/release/genmedia completions bash > $(share)/genmedia.bash
	@./target/release/genmedia completions zsh > $(share)/_genmedia
	@./target/release/genmedia completions fish > $(share)/genmedia.fish

## install: binary, manual pages and completions below PREFIX
to = $(DESTDIR)$(PREFIX)
man = $(to)/share/man/man1
bash = $(to)/share/bash-completion/completions
zsh = $(to)/share/zsh/site-functions
fish = $(to)/share/fish/vendor_completions.d
# Under sudo there may be no cargo: what was built before is then installed.
install:
	@if command -v $(CARGO) >/dev/null; then $(MAKE) --silent build; fi
	@[ -x target/release/genmedia ] || { echo "nothing is built yet: make build" >&2; exit 1; }
	install -Dm755 target/release/genmedia $(to)/bin/genmedia
	install -d $(man) $(bash) $(zsh) $(fish)
	umask 022 && ./target/release/genmedia man --write $(man)
	umask 022 && ./target/release/genmedia completions bash > $(bash)/genmedia
	umask 022 && ./target/release/genmedia completions zsh > $(zsh)/_genmedia
	umask 022 && ./target/release/genmedia completions fish > $(fish)/genmedia.fish

## uninstall: take them away again
uninstall:
	rm -f $(to)/bin/genmedia $(man)/genmedia.1 $(man)/genmedia-*.1
	rm -f $(bash)/genmedia $(zsh)/_genmedia $(fish)/genmedia.fish

## deb: a Debian package, target/debian/genmedia_VERSION_ARCH.deb
deb: share
	@./scripts/deps.sh deb
	$(CARGO) deb --quiet --no-build

## test-install: demo, install and deb, each used and taken away again
test-install: demo deb
	@./scripts/deps.sh deb
	@./scripts/test-install.sh

## fuzz: what is read from outside, with inputs that are made up, SECONDS each (needs cargo-fuzz)
SECONDS ?= 600
fuzz: deps
	@for target in formula recipe shader playlist http; do \
		mkdir -p fuzz/target/corpus/$$target && \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --sanitizer none $$target \
			fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			-max_total_time=$(SECONDS) -max_len=2000 || exit 1; \
	done

## audit: licences, sources, advisories, unused dependencies (needs cargo-deny and cargo-machete)
audit:
	$(CARGO) deny check
	$(CARGO) machete

clean:
	$(CARGO) clean

help:
	@sed -n 's/^## //p' Makefile
