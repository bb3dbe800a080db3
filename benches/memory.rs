//! The resident memory of the provider after each step, and the size of its binary.

use std::path::Path;

use atlas_simulator::{Config, Seed, Simulator, Stage};
use serde_json::json;
use terraform_core::{Core, ImportRequest};

use crate::binaries::Binaries;
use crate::table::{Table, megabytes};
use crate::tls_proxy::TlsProxy;

const GROUP: &str = "e01c9427f054fe80745f3f6c";

pub(crate) fn measure(binaries: &Binaries, scratch: &Path, table: &mut Table) {
    let size = std::fs::metadata(&binaries.provider).expect("the binary exists").len();
    table.record("size of the binary", megabytes(size));

    let simulator = Simulator::start(Config::default()).expect("the simulator starts");
    let tls_proxy = TlsProxy::start(&simulator.url(), scratch).expect("the TLS proxy starts");
    let id = simulator.seed_migration(Seed::new(GROUP, "b", Stage::Ready));
    let core = Core::new(&binaries.provider).env("SSL_CERT_FILE", tls_proxy.store()).env("TMPDIR", scratch);
    let mut provider = core.start();
    let pid = provider.process().pid();
    let mut record = |step: &str| match Usage::of(pid) {
        Some(usage) => table.record(format!("peak resident memory {step}"), megabytes(usage.peak)),
        None => table.record(format!("resident memory {step}"), "available only on Linux"),
    };
    record("after the handshake");
    provider.get_schemas();
    record("after GetProviderSchema");
    provider
        .configure(&json!({
            "public_key": Config::PUBLIC_KEY, "private_key": Config::PRIVATE_KEY, "base_url": tls_proxy.url(),
        }))
        .expect("configure");
    provider
        .import("atlas_live_migration", &ImportRequest::Id(format!("{GROUP}-{id}")))
        .expect("a request to the simulator");
    record("after the first HTTPS response, with the trust store of the system");
    provider.shutdown().assert_ok();
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Peak resident memory, in bytes.
    pub(crate) peak: u64,
    /// Current resident memory, in bytes.
    pub(crate) now: u64,
}

impl Usage {
    /// The memory of a running process; `None` without /proc.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
        };
        Some(Self { peak: field("VmHWM")?, now: field("VmRSS")? })
    }
}
