//! The smallest plugin: it serves go-plugin's own services, health among them, and no provider.
//!
//! `tests/plugin` drives it as Terraform would. With `--busy` an operation runs that never ends, with `--panic` it
//! panics, with `--tcp` it listens on TCP everywhere, and with `--debug` it is a plugin to be attached.

use std::process::ExitCode;

use tf_provider::log;
use tf_provider::plugin::{self, Lifecycle, Network, Options};
use tonic::service::Routes;

const OPTIONS: Options =
    Options { address: "registry.terraform.io/examples/health", name: "terraform-provider-health", version: "0.0.1" };

fn main() -> ExitCode {
    log::init(OPTIONS.name, &["plugin_health"]);
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let routes = |lifecycle: &Lifecycle| {
        lifecycle.on_terminate(|| eprintln!("asked to terminate"));
        assert!(!asked("--panic"), "asked to panic");
        if asked("--busy") {
            std::mem::forget(lifecycle.track());
        }
        Routes::default()
    };
    if asked("--debug") {
        plugin::serve_debug(OPTIONS, routes)
    } else if asked("--tcp") {
        plugin::serve_over(Network::Tcp, OPTIONS, routes)
    } else {
        plugin::serve(OPTIONS, routes)
    }
}
