# The two commands: make demo, make test. The rest is for those who work on it.

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo

.PHONY: demo test deps build lint bench presets gallery share install uninstall deb test-install fuzz audit clean help

## demo: install what is missing, build, and render a thousand frames of noise
demo: build
	./target/release/genmedia render noise --frames 1000

## test: install what is missing, build, and run all tests
test:
	@./scripts/deps.sh test
	$(CARGO) test --quiet --features failpoints

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

## gallery: a clip of each recipe in one page, target/gallery.html, and a sheet of them
gallery: build
	@./scripts/deps.sh test
	@./scripts/gallery.sh target/gallery.html samples/looks.jpg

# Manual pages and completions.
share = target/share
share: build
	@rm -rf $(share) && mkdir -p $(share)/man
	@./target/release/genmedia man --write $(share)/man
	@./target/release/genmedia completions bash > $(share)/genmedia.bash
	@./target/release/genmedia completions zsh > $(share)/_genmedia
	@./target/release/genmedia completions fish > $(share)/genmedia.fish

## install: binary, manual pages and completions below PREFIX
install: share
	install -Dm755 target/release/genmedia $(DESTDIR)$(PREFIX)/bin/genmedia
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m644 $(share)/man/* $(DESTDIR)$(PREFIX)/share/man/man1
	install -Dm644 $(share)/genmedia.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/genmedia
	install -Dm644 $(share)/_genmedia $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_genmedia
	install -Dm644 $(share)/genmedia.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/genmedia.fish

## uninstall: take them away again
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/genmedia
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/genmedia.1 $(DESTDIR)$(PREFIX)/share/man/man1/genmedia-*.1
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/genmedia
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_genmedia
	rm -f $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/genmedia.fish

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
	@for target in formula recipe playlist http; do \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --sanitizer none $$target -- \
			-max_total_time=$(SECONDS) -max_len=2000 || exit 1; \
	done

## audit: licences, sources and unused dependencies (needs cargo-deny and cargo-machete)
audit:
	$(CARGO) deny check licenses bans sources
	$(CARGO) machete

clean:
	$(CARGO) clean

help:
	@sed -n 's/^## //p' Makefile
