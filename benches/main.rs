//! `make bench`: measures the release binary of the provider, against a baseline process and against `terraform_data`
//! in the same run, and prints a table of metrics and targets at the end.
//!
//! `cargo bench --package benches -- NAME` runs one benchmark: startup, codec, memory, wait or plan. Reading order:
//! `binaries`, `table`, then the benchmarks.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed measurement ends the program")]

mod binaries;
mod codec;
mod memory;
mod plan;
mod startup;
mod table;
mod tls_proxy;
mod wait;

use std::path::PathBuf;

use binaries::Binaries;
use criterion::Criterion;
use table::Table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs this program without the flag.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let selected = arguments.iter().find(|argument| !argument.starts_with('-')).cloned();
    let runs = |name: &str| selected.as_deref().is_none_or(|selected| name == selected);

    let scratch = Scratch::new();
    let binaries = Binaries::build();
    let mut criterion = Criterion::default().without_plots();
    let mut table = Table::default();
    if runs("startup") {
        startup::measure(&mut criterion, &binaries, &scratch.0, &mut table);
    }
    if runs("codec") {
        codec::measure(&mut criterion);
    }
    if runs("memory") {
        memory::measure(&binaries, &scratch.0, &mut table);
    }
    if runs("wait") {
        wait::measure(&binaries, &scratch.0, &mut table);
    }
    if runs("plan") {
        plan::measure(&binaries, &mut table);
    }
    eprintln!("\n{table}");
}

/// A temporary folder for the files of the measured processes.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("atlas-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It fails while a killed process is still exiting.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
