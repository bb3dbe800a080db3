//! A plugin without a provider: it serves only go-plugin's own services, such as health.
//!
//! `tests/plugin` runs it as Terraform would. With `--busy` an operation never ends, with `--panic` it panics, with
//! `--tcp` it listens on TCP, and with `--debug` it runs in debug mode.

use std::process::ExitCode;

use tf_provider::log;
use tf_provider::plugin::{self, Lifecycle, Network, Options};
use tonic::service::Routes;

const OPTIONS: Options =
    Options { address: "registry.terraform.io/examples/health", name: "terraform-provider-health", version: "0.0.1" };

fn main() -> ExitCode {
    log::init(OPTIONS.name, &["plugin_health"]);
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let routes = |lifecycle: &Lifecycle| {
        lifecycle.on_terminate(|| eprintln!("received SIGTERM"));
        assert!(!has("--panic"), "requested by --panic");
        if has("--busy") {
            std::mem::forget(lifecycle.track());
        }
        Routes::default()
    };
    if has("--debug") {
        plugin::serve_debug(OPTIONS, routes)
    } else if has("--tcp") {
        plugin::serve_over(Network::Tcp, OPTIONS, routes)
    } else {
        plugin::serve(OPTIONS, routes)
    }
}
