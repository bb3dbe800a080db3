//! `make bench`: measures the provider as it is released, against a bare process and against `terraform_data` in the same run, and
//! prints a table of figures and aims at the end.
//!
//! `cargo bench --package benches -- NAME` runs one part: startup, codec, memory, wait or plan. Reading order: `binaries`, `table`, then
//! the parts.
#![allow(clippy::expect_used, clippy::panic, reason = "a measurement that fails ends the program")]

mod binaries;
mod codec;
mod front;
mod memory;
mod plan;
mod startup;
mod table;
mod wait;

use std::path::PathBuf;

use binaries::Binaries;
use criterion::Criterion;
use table::Table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` starts this without it.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-')).cloned();
    let runs = |part: &str| wanted.as_deref().is_none_or(|wanted| part == wanted);

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

/// A folder for what the measured processes leave behind.
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
        // What is left belongs to a process that is being killed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
