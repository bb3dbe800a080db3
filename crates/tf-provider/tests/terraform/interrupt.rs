//! Terraform is interrupted or killed during an operation.

use std::time::Duration;

use test_support::terraform::{Running, Terraform};

use crate::Things;

const SLOW: &str = "resource \"inmemory_thing\" \"one\" {\n  name         = \"one\"\n  wait_seconds = 600\n}\n";

/// Starts an apply, and returns when the provider creates the thing. Terraform shows "Creating..." before it sends the
/// request, so the log of the provider is in the output too.
fn start(things: &Things) -> Running {
    things.0.env("TF_LOG_PROVIDER", "INFO").env("TF_LOG_PATH", "/dev/stdout");
    let running = things.0.start(["apply", "-auto-approve"]);
    things.0.env("TF_LOG_PROVIDER", "").env("TF_LOG_PATH", "");
    running.until_says("waiting before the creation");
    running
}

#[test]
fn interrupt_ends_an_operation_with_an_error_of_the_provider() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, SLOW);
        let running = start(&things);
        running.interrupt();
        let run = running.wait();
        run.failure().says("Terraform was interrupted before the thing was created. Nothing was created.");
        assert_eq!(run.group().left_after(Duration::from_secs(3)), Vec::<String>::new(), "{terraform}");
        assert!(things.0.resource("inmemory_thing.one").is_null());
    }
}

#[test]
fn provider_ends_by_itself_when_terraform_is_killed() {
    let things = Things::new(&Terraform::on_path(), SLOW);
    let running = start(&things);
    running.kill();
    let run = running.wait();
    // The process waits some seconds for another connection.
    assert_eq!(run.group().left_after(Duration::from_secs(15)), Vec::<String>::new());
}
