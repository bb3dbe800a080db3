//! A provider in debug mode (`--debug`), which serves many Terraform commands.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use atlas_simulator::{Config, Operation, Simulator};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::{ADDRESS, Resource};
use crate::support::{Fixture, error_at, frozen, provider};

/// A provider in debug mode, which is killed when the test fails.
struct DebugProvider {
    child: Child,
    reattach: String,
}

impl DebugProvider {
    fn start(fixture: &Fixture) -> Self {
        let mut command = Command::new(provider().path());
        command
            .arg("--debug")
            .env("MONGODB_ATLAS_BASE_URL", fixture.atlas.url())
            .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY)
            .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)
            .env("ATLAS_POLL_INTERVAL", "20ms");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.map(Result::unwrap).find(|line| line.contains("TF_REATTACH_PROVIDERS=")).unwrap();
        let (_, value) = line.split_once('=').unwrap();
        Self { child, reattach: value.trim_matches('\'').to_owned() }
    }

    /// Sends SIGINT, and waits for the exit.
    fn interrupt(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the provider did not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for DebugProvider {
    fn drop(&mut self) {
        // It has ended already when the test has passed.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn debug_provider_serves_many_commands() {
    // No other provider is installed.
    let fixture = Fixture::of(Workspace::without_provider(&Terraform::on_path()), frozen());
    let debug_provider = DebugProvider::start(&fixture);
    fixture.workspace.env("TF_REATTACH_PROVIDERS", &debug_provider.reattach);
    fixture.write(fixture.example());
    fixture.run(&["init"]).success();
    let id = fixture.start(fixture.example());
    fixture.workspace.plan_is_empty();

    // The process keeps no state from one command to the next.
    let run = fixture.plan(fixture.example().named("customers"));
    run.failure();
    error_at(&run, "Destination has a live migration already: …", "");
    fixture.write(fixture.example());
    fixture.workspace.plan_is_empty();

    fixture.atlas.fail(&id, "the agent died");
    fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["destroy", "-auto-approve"]).success();
    assert_eq!((fixture.starts(), fixture.addresses().len()), (2, 0));
    debug_provider.interrupt();
}

#[test]
fn debug_provider_rejects_two_blocks_with_different_settings() {
    let fixture = Fixture::of(Workspace::without_provider(&Terraform::on_path()), frozen());
    let other = Simulator::start(frozen()).unwrap();
    let debug_provider = DebugProvider::start(&fixture);
    fixture.workspace.env("TF_REATTACH_PROVIDERS", &debug_provider.reattach);
    let block = |alias: &str, url: &str| {
        let keys = format!("  public_key = \"{}\"\n  private_key = \"{}\"\n", Config::PUBLIC_KEY, Config::PRIVATE_KEY);
        format!("provider \"atlas\" {{\n{alias}  base_url = \"{url}\"\n{keys}}}\n\n")
    };
    let resources = |second: &Resource| format!("{}\n{second}", fixture.example());
    let second = fixture.example().named("customers").destination("cluster_name", "\"customers\"");
    let second = second.with("migration_hosts", "[\"vm002.example.com\"]");
    let second = resources(&second.with("provider", "atlas.second"));

    let alias = "  alias = \"second\"\n";
    fixture.write(block("", &fixture.atlas.url()) + &block(alias, &other.url()) + &second);
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure().lacks(Config::PRIVATE_KEY);
    let text = error_at(&run, "Provider is configured twice with different settings", "");
    assert!(text.contains("They differ in `base_url`."), "{text}");
    assert_eq!((fixture.writes(), other.requests().len()), (0, 0));

    // Another run can have other settings, and two blocks can have the same settings.
    fixture.apply(block("", &other.url()) + &block(alias, &other.url()) + &second).success().says("2 added");
    assert_eq!((fixture.writes(), other.received(Operation::Create)), (0, 2));
}
