//! Terraform is interrupted or killed during an operation.

use std::time::Duration;

use test_support::terraform::Terraform;

use crate::Things;

const SLOW: &str = "resource \"inmemory_thing\" \"one\" {\n  name         = \"one\"\n  wait_seconds = 600\n}\n";

#[test]
fn interrupt_ends_an_operation_with_an_error_of_the_provider() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, SLOW);
        let running = things.0.start(["apply", "-auto-approve"]);
        running.until_says("inmemory_thing.one: Creating...").interrupt();
        let run = running.wait();
        run.failure().says("Terraform was interrupted before the thing was created. Nothing was created.");
        assert_eq!(run.group().left_after(Duration::from_secs(3)), Vec::<String>::new(), "{terraform}");
        assert!(things.0.resource("inmemory_thing.one").is_null());
    }
}

#[test]
fn provider_ends_by_itself_when_terraform_is_killed() {
    let things = Things::new(&Terraform::on_path(), SLOW);
    let running = things.0.start(["apply", "-auto-approve"]);
    running.until_says("inmemory_thing.one: Creating...").kill();
    let run = running.wait();
    // The process waits some seconds for another connection.
    assert_eq!(run.group().left_after(Duration::from_secs(15)), Vec::<String>::new());
}
