//! Resident memory of the provider at the moments of its life, and the size of its binary.

use std::path::Path;

use atlas_simulator::{Config, Seed, Simulator, Stage};
use serde_json::json;
use terraform_core::{Core, ImportRequest};

use crate::binaries::Binaries;
use crate::front::Front;
use crate::table::{Table, megabytes};

const GROUP: &str = "e01c9427f054fe80745f3f6c";

pub(crate) fn measure(binaries: &Binaries, scratch: &Path, table: &mut Table) {
    let size = std::fs::metadata(&binaries.provider).expect("it was just built").len();
    table.tell("size of the binary", megabytes(size));

    let simulator = Simulator::start(Config::default()).expect("the simulator starts");
    let front = Front::start(&simulator.url(), scratch).expect("TLS in front of the simulator starts");
    let id = simulator.seed_migration(Seed::new(GROUP, "b", Stage::Ready));
    let core = Core::new(&binaries.provider).env("SSL_CERT_FILE", front.store()).env("TMPDIR", scratch);
    let mut provider = core.start();
    let pid = provider.process().pid();
    let mut tell = |moment: &str| match Usage::of(pid) {
        Some(usage) => table.tell(format!("resident memory, at most, {moment}"), megabytes(usage.peak)),
        None => table.tell(format!("resident memory {moment}"), "only Linux tells"),
    };
    tell("until the handshake");
    provider.get_schemas();
    tell("until the schemas are told");
    provider
        .configure(&json!({
            "public_key": Config::PUBLIC_KEY, "private_key": Config::PRIVATE_KEY, "base_url": front.url(),
        }))
        .expect("configure");
    provider
        .import("atlas_live_migration", &ImportRequest::Id(format!("{GROUP}-{id}")))
        .expect("a request to the simulator");
    tell("until the first HTTPS answer, with the system's trust store");
    provider.shutdown().assert_ok();
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Resident memory at most so far, in bytes.
    pub(crate) peak: u64,
    /// Resident memory now, in bytes.
    pub(crate) now: u64,
}

impl Usage {
    /// Of a running process; none where the system has no /proc.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
        };
        Some(Self { peak: field("VmHWM")?, now: field("VmRSS")? })
    }
}
