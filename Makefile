# The two commands: make demo, make test. The rest is for those who work on it.

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo

.PHONY: demo test deps build lint bench presets gallery install clean help

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

## install: binary, manual pages and completions below PREFIX
install: build
	install -Dm755 target/release/genmedia $(DESTDIR)$(PREFIX)/bin/genmedia
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	./target/release/genmedia man --write $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	./target/release/genmedia completions bash \
		> $(DESTDIR)$(PREFIX)/share/bash-completion/completions/genmedia
	install -d $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	./target/release/genmedia completions zsh \
		> $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_genmedia
	install -d $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	./target/release/genmedia completions fish \
		> $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/genmedia.fish

clean:
	$(CARGO) clean

help:
	@sed -n 's/^## //p' Makefile
