# The usual tasks; `make` alone lists them. CONTRIBUTING.md says what they need.
.POSIX:
.PHONY: help preflight build test demo install ci fmt lint workflows docs dependencies audit tools matrix release bench histories fuzz clean

TOOLS = .private/tools
# How many random histories `make histories` runs, and from which seed: a number, or "new".
N = 2000
SEED = new
# On what `make matrix` runs: every private Terraform, or a list such as "1.6 1.15 tofu", where tofu is a command on PATH.
# FILTER chooses tests by name, and then nothing is recorded.
VERSIONS = all
FILTER =
# How many seconds `make fuzz` gives each target.
SECONDS = 60

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

# Without a description, so that it is not listed: the targets below that build call it first.
preflight:
	@scripts/preflight

build: preflight ## build every crate, for development
	cargo build --workspace

test: preflight ## run every test, with real Terraform: the one on PATH, the oldest and the newest
	cargo test --workspace

demo: ## run a whole migration with real Terraform against a simulated Atlas; your settings are not used
	@scripts/demo

install: ## build the release binary and install it for you, so that `terraform init` finds it
	@scripts/install

ci: fmt lint workflows dependencies docs test ## everything that a change must pass

fmt: ## check the format of Rust and of Terraform files
	cargo fmt --all -- --check
	"$$(scripts/terraform-path)" fmt -check -diff -recursive examples

lint: preflight ## run clippy on everything; no warning passes
	cargo clippy --workspace --all-targets -- -D warnings

workflows: ## lint the workflows in .github (fetches zizmor once; skipped where that is impossible)
	@scripts/lint-workflows

docs: preflight ## check the documentation: of the crates, for the registry, every local link, and every transcript
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	cargo xtask transcripts --check
	cargo xtask docs --check

dependencies: tools ## check for unused dependencies, licenses, bans, sources, and that fuzz/Cargo.lock is up to date
	$(TOOLS)/bin/cargo-machete
	$(TOOLS)/bin/cargo-deny --log-level error check bans licenses sources
	cargo metadata --quiet --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

audit: tools ## check for security advisories about dependencies (fetches the database of RustSec)
	$(TOOLS)/bin/cargo-deny check advisories
	$(TOOLS)/bin/cargo-deny --manifest-path fuzz/Cargo.toml --config deny.toml check advisories

tools: preflight ## build the tools that CI needs into a folder that git ignores (a minute, once)
	cargo install --quiet --locked --debug --root $(TOOLS) cargo-machete@0.9.2 cargo-deny@0.20.2

matrix: preflight ## run the acceptance tests on every private Terraform, and record the results in docs/compatibility.json
	cargo xtask matrix --versions "$(VERSIONS)" --filter "$(FILTER)"

release: preflight ## build the release archive for this machine twice, and compare the bytes
	cargo xtask release --verify

bench: preflight ## measure
	cargo bench --package benches

histories: preflight ## run N random histories of a migration, with new seeds or from SEED, and check every response
	HISTORIES=$(N) HISTORIES_SEED=$(SEED) cargo test --test protocol histories -- --nocapture

fuzz: ## fuzz each target for SECONDS (needs a nightly toolchain and cargo-fuzz)
	cd fuzz && targets=$$(cargo fuzz list) && for target in $$targets; do mkdir -p "corpus/$$target" && cargo +nightly fuzz run "$$target" "corpus/$$target" "seeds/$$target" -- -max_total_time=$(SECONDS) || exit 1; done

clean: ## remove what was built and fetched
	cargo clean
	rm -rf .private
