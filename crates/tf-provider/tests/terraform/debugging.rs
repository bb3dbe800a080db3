//! Debug mode, logs and large messages.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

use test_support::terraform::{Feature, ProviderBinary, Terraform, Workspace};

use crate::{REQUIRED, Things};

/// The example in debug mode. Killed when dropped.
struct Attached {
    process: Child,
    log: Lines<BufReader<ChildStderr>>,
    variable: String,
}

impl Attached {
    fn start() -> Self {
        let provider = ProviderBinary::example("example/inmemory", "inmemory");
        let mut command = Command::new(provider.path());
        command.arg("--debug").env("TF_LOG_PROVIDER", "INFO").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap()).lines();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let prefix = "TF_REATTACH_PROVIDERS='";
        let variable = lines
            .filter_map(|line| Some(line.trim().strip_prefix(prefix)?.strip_suffix('\'')?.to_owned()))
            .next()
            .unwrap();
        Self { process, log, variable }
    }

    fn until_logs(&mut self, text: &str) {
        assert!(self.log.by_ref().any(|line| line.unwrap().contains(text)), "the log does not contain {text:?}");
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn process_serves_many_runs_even_after_an_interrupt() {
    for terraform in Terraform::every() {
        let mut attached = Attached::start();
        let workspace = Workspace::without_provider(&terraform);
        workspace.env("TF_REATTACH_PROVIDERS", &attached.variable);
        let thing =
            |more: &str| format!("{REQUIRED}resource \"inmemory_thing\" \"one\" {{\n  name = \"one\"\n{more}\n}}\n");
        workspace.file("main.tf", thing("  wait_seconds = 600"));
        let running = workspace.start(["apply", "-auto-approve"]);
        attached.until_logs("waiting before the creation");
        running.interrupt();
        running.wait().failure().says("Nothing was created.");

        // Things are in the memory of the process, so these runs share them.
        workspace.file("main.tf", thing(""));
        workspace.run(["apply", "-auto-approve"]).success().says("1 added");
        workspace.plan_is_empty();
        workspace.file("main.tf", thing("  size = 5"));
        workspace.run(["apply", "-auto-approve"]).success().says("1 changed");
        workspace.run(["destroy", "-auto-approve"]).success().says("1 destroyed");
    }
}

#[test]
fn log_has_each_request_and_no_value() {
    for terraform in Terraform::every() {
        let secret =
            if terraform.supports(Feature::WriteOnly) { "  secret_wo = \"hunter2\"" } else { "  token = \"hunter2\"" };
        let things = Things::new(
            &terraform,
            &format!("resource \"inmemory_thing\" \"one\" {{\n  name = \"one\"\n{secret}\n}}\n"),
        );
        things.0.env("TF_LOG_PROVIDER", "DEBUG");
        let run = things.0.run(["apply", "-auto-approve"]);
        run.success().says("creating a thing").lacks("hunter2");
        for rpc in ["GetSchema", "Configure", "ValidateResourceTypeConfig", "PlanResourceChange", "ApplyResourceChange"]
        {
            run.says(&format!("rpc={rpc}"));
        }
        run.says("type_name=inmemory_thing").says("closing the store");
    }
}

#[test]
fn large_messages_are_supported() {
    let main = "resource \"inmemory_thing\" \"one\" {\n  name = \"one\"\n  anything = file(\"large.txt\")\n}\n";
    let things = Things::new(&Terraform::on_path(), main);
    // More than 4 MiB, the default limit of gRPC libraries.
    let large = "0123456789abcdef".repeat(400_000);
    things.0.file("large.txt", &large);
    things.apply("1 added");
    assert_eq!(things.attribute("inmemory_thing.one", "anything"), large);
}
