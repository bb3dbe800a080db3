# Everything that is done here regularly; `make` alone lists it. CONTRIBUTING.md says what it needs.
.POSIX:
.PHONY: help preflight build test demo install ci fmt lint docs dependencies tools bench histories fuzz clean

TOOLS = .private/tools
# How many random histories `make histories` plays, and from which seed: a number, or "new".
N = 2000
SEED = new
# How many seconds `make fuzz` gives each target.
SECONDS = 60

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

# Without a description, so that it is not listed: the targets below that build call it first.
preflight:
	@scripts/preflight

build: preflight ## build every crate, for development
	cargo build --workspace

test: preflight ## run every test, with real Terraform: the one on PATH, the oldest and the newest that can be had
	cargo test --workspace

demo: ## play a whole migration with real Terraform against a simulated Atlas; nothing of yours is touched
	@scripts/demo

install: ## build the release binary and install it for you, so that `terraform init` finds it
	@scripts/install

ci: fmt lint dependencies docs test ## everything that a change must pass

fmt: ## check the format of Rust and of Terraform files
	cargo fmt --all -- --check
	"$$(scripts/terraform-path)" fmt -check -diff -recursive examples

lint: preflight ## run clippy on everything; no warning passes
	cargo clippy --workspace --all-targets -- -D warnings

docs: preflight ## check the documentation: of the crates, for the registry, and every local link
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	cargo xtask transcripts --check
	cargo xtask docs --check

dependencies: tools ## check for unused dependencies, licences, bans, sources, and that fuzz/Cargo.lock is up to date
	$(TOOLS)/bin/cargo-machete
	$(TOOLS)/bin/cargo-deny --log-level error check bans licenses sources
	cargo metadata --quiet --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

tools: preflight ## build the tools that CI needs into a folder that git ignores (a minute, once)
	cargo install --quiet --locked --debug --root $(TOOLS) cargo-machete@0.9.2 cargo-deny@0.20.2

bench: preflight ## measure
	cargo bench --package benches

histories: preflight ## play N random histories of a migration, with new seeds or from SEED, with every answer checked
	HISTORIES=$(N) HISTORIES_SEED=$(SEED) cargo test --test protocol histories -- --nocapture

fuzz: ## fuzz each target for SECONDS (needs a nightly toolchain and cargo-fuzz)
	cd fuzz && for target in $$(cargo fuzz list); do mkdir -p "corpus/$$target" && cargo +nightly fuzz run "$$target" "corpus/$$target" "seeds/$$target" -- -max_total_time=$(SECONDS) || exit 1; done

clean: ## remove what was built and fetched
	cargo clean
	rm -rf .private
