//! The command line of `terraform-provider-atlas`: as a rule Terraform starts it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use terraform_provider_atlas::{ADDRESS, AtlasProvider, Environment};
use tf_provider::plugin::Options;

const HELP: &str = "\
terraform-provider-atlas migrates MongoDB clusters into Atlas by push live migrations.

It is a plugin of Terraform and OpenTofu, which start it by themselves.

Usage: terraform-provider-atlas [OPTION]

Options:
  --debug    Serve until interrupted, and print TF_REATTACH_PROVIDERS for a terraform that is
             to use this process
  --version  Print the version
  --help     Print this text
";

enum Mode {
    Plugin,
    Debug,
    Print(String),
    Wrong(String),
}

fn main() -> ExitCode {
    let options = Options { address: ADDRESS, name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    match mode() {
        Mode::Plugin => tf_provider::serve(provider(), options),
        Mode::Debug => tf_provider::serve_debug(provider(), options),
        Mode::Print(text) => print(&text),
        Mode::Wrong(why) => {
            complain(&format!("{why}\nTry {} --help.", options.name));
            ExitCode::from(2)
        }
    }
}

fn provider() -> AtlasProvider {
    tf_provider::log::init(env!("CARGO_PKG_NAME"), &["terraform_provider_atlas", "atlas_client"]);
    AtlasProvider::new(Environment::from_process())
}

fn mode() -> Mode {
    use lexopt::prelude::{Long, Short};

    let mut mode = Mode::Plugin;
    let mut arguments = lexopt::Parser::from_env();
    loop {
        mode = match arguments.next() {
            Ok(None) => return mode,
            Ok(Some(Long("debug"))) => Mode::Debug,
            Ok(Some(Long("version") | Short('V'))) => {
                return Mode::Print(format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")));
            }
            Ok(Some(Long("help") | Short('h'))) => return Mode::Print(HELP.to_owned()),
            Ok(Some(other)) => return Mode::Wrong(other.unexpected().to_string()),
            Err(error) => return Mode::Wrong(error.to_string()),
        }
    }
}

fn print(text: &str) -> ExitCode {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // A reader that has seen enough, such as head, closes the pipe.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("can't write to standard output: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to standard error. `eprintln!` would panic where that fails.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}: {text}", env!("CARGO_PKG_NAME"));
}
