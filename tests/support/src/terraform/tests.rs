//! The harness against real Terraform, with the resource that is built into it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::json;

use super::{Feature, ProviderBinary, Terraform, Workspace};

const ONE: &str = r#"
resource "terraform_data" "one" {
  input = "first"
}
"#;

/// An apply that goes on until it is stopped, without a provider of ours. The shell computes what is waited for, because
/// Terraform prints the command before it starts it.
const ENDLESS: &str = r#"
resource "terraform_data" "endless" {
  provisioner "local-exec" {
    command = "echo begun by $((6 * 7)); exec sleep 600"
  }
}
"#;

fn panic_text(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn each_terraform_applies_shows_and_plans_nothing_more() {
    for terraform in Terraform::every() {
        let workspace = Workspace::without_provider(&terraform);
        workspace.file("main.tf", ONE);
        workspace.run(["plan", "-detailed-exitcode"]).exit(2).says("Plan: 1 to add, 0 to change, 0 to destroy.");
        assert_eq!(workspace.state_file(), b"");
        let planned = workspace.plan_json();
        assert_eq!(planned["resource_changes"][0]["change"]["actions"], json!(["create"]), "{terraform}");
        workspace.run(["apply", "test.tfplan"]).success().says("Resources: 1 added, 0 changed, 0 destroyed.");
        assert_eq!(workspace.resource("terraform_data.one")["output"], "first", "{terraform}");
        assert_eq!(workspace.resource("terraform_data.two"), json!(null));
        workspace.plan_is_empty();
        assert!(String::from_utf8(workspace.state_file()).unwrap().contains("terraform_data"));
    }
}

#[test]
fn the_oldest_and_the_newest_are_what_their_names_say() {
    let (Some(oldest), Some(newest)) = (Terraform::oldest(), Terraform::newest()) else { return };
    assert_eq!((oldest.version_number().major, oldest.version_number().minor), (1, 6));
    assert!(newest.version_number().minor >= 15, "{newest}");
    assert!(!oldest.supports(Feature::RemovedBlocks) && newest.supports(Feature::ImportIdentity));
}

#[test]
fn failed_assertion_shows_everything_about_the_run() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    workspace.file("main.tf", "resource \"terraform_data\" \"one\" { inptu = 1 }");
    workspace.file("modules/inner/inner.tf", "# the inner module");
    workspace.attach("simulator log", || "GET /api 200".to_owned());
    let run = workspace.run(["validate"]);
    run.failure().says("An argument named \"inptu\" is not expected here.");
    let story = panic_text(|| {
        run.success();
    });
    let folder = workspace.path().display().to_string();
    for part in [
        "exit status 0 was expected, and it was exit status: 1",
        "validate -no-color",
        &folder,
        "inptu = 1",
        "---- modules/inner/inner.tf ----\n# the inner module",
        "Unsupported argument",
        "---- simulator log ----\nGET /api 200",
    ] {
        assert!(story.contains(part), "{part:?} is not in:\n{story}");
    }
}

#[test]
fn says_reads_across_the_line_breaks_that_shows_insists_on() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    workspace.file("main.tf", ONE);
    let run = workspace.run(["plan"]);
    let sentence = "used the selected providers to generate the following execution plan. Resource actions";
    run.says(sentence).shows("  + create\n").lacks("will be destroyed");
    assert!(panic_text(|| _ = run.shows(sentence)).contains("lacks the text"));
    assert!(panic_text(|| _ = run.lacks("execution plan")).contains("the output says"));
    assert!(panic_text(|| _ = run.says("will be destroyed")).contains("does not say"));
}

#[test]
fn an_interrupt_ends_each_terraform_with_all_that_it_started() {
    for terraform in Terraform::every() {
        let workspace = Workspace::without_provider(&terraform);
        workspace.file("main.tf", ENDLESS);
        let running = workspace.start(["apply", "-auto-approve"]);
        running.until_says("begun by 42");
        assert!(running.group().members().iter().any(|line| line.contains("sleep 600")), "{terraform}");
        running.interrupt();
        let run = running.wait();
        run.failure().says("Interrupt received.");
        assert_eq!(run.group().left_after(Duration::from_secs(5)), [""; 0], "{terraform}");
    }
}

#[test]
fn sigterm_to_terraform_alone_is_a_graceful_stop() {
    for terraform in Terraform::every() {
        let workspace = Workspace::without_provider(&terraform);
        workspace.file("main.tf", ENDLESS);
        let running = workspace.start(["apply", "-auto-approve"]);
        running.until_says("begun by 42").terminate();
        running.wait().failure().says("Interrupt received.");
    }
}

#[test]
fn a_killed_terraform_leaves_its_child_for_the_test_to_see() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    workspace.file("main.tf", ENDLESS);
    let running = workspace.start(["apply", "-auto-approve"]);
    running.until_says("begun by 42").kill();
    let group = running.group();
    assert_eq!(running.wait().status().code(), None);
    assert!(group.members().iter().any(|line| line.contains("sleep 600")));
    group.signal(super::platform::Signal::Kill);
    assert_eq!(group.left_after(Duration::from_secs(5)), [""; 0]);
}

#[test]
fn command_that_takes_too_long_is_killed_and_reported() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    workspace.file("main.tf", ENDLESS).limit(Duration::from_secs(5));
    let running = workspace.start(["apply", "-auto-approve"]);
    running.until_says("begun by 42");
    let group = running.group();
    let story = panic_text(|| drop(running.wait()));
    assert!(story.contains("it did not end within 5s") && story.contains("begun by 42"), "{story}");
    assert_eq!(group.left_after(Duration::from_secs(5)), [""; 0]);
}

#[test]
fn the_folder_goes_with_a_good_workspace() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    let folder = workspace.path().to_owned();
    assert!(folder.is_dir());
    drop(workspace);
    assert!(!folder.exists());
}

#[test]
fn settings_of_the_test_reach_terraform() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    workspace.file("main.tf", "variable \"x\" {}\noutput \"x\" {\n  value = var.x\n}\n");
    workspace.env("TF_VAR_x", "from the test");
    workspace.run(["apply", "-auto-approve"]).success().shows("x = \"from the test\"");
}

const REQUIRING: &str = r#"
terraform {
  required_providers {
    atlas = { source = "atlas-live-migration/atlas" }
  }
}
"#;

/// A file that stands for a provider where Terraform only installs it.
fn any_binary() -> ProviderBinary {
    ProviderBinary::new("atlas-live-migration/atlas", std::env::current_exe().unwrap())
}

#[test]
fn each_terraform_installs_a_provider_from_the_mirror() {
    for terraform in Terraform::every() {
        let workspace = Workspace::with_mirror(&terraform, &any_binary());
        workspace.file("main.tf", REQUIRING);
        workspace.run(["init"]).success().says("Installing atlas-live-migration/atlas v0.0.1...");
    }
}

#[test]
fn nothing_comes_from_a_registry() {
    let workspace = Workspace::with_mirror(&Terraform::on_path(), &any_binary());
    workspace.file("main.tf", REQUIRING.replace("atlas-live-migration/atlas", "hashicorp/random"));
    workspace.run(["init"]).failure().says("hashicorp/random was not found");
}

#[test]
fn each_terraform_hides_the_warning_about_the_override_that_the_workspace_made() {
    for terraform in Terraform::every() {
        let workspace = Workspace::new(&terraform, &any_binary());
        workspace.file("main.tf", ONE);
        for command in ["validate", "plan", "init"] {
            let run = workspace.run([command]);
            run.success().lacks("development overrides").lacks("may therefore not match").lacks("become incompatible");
        }
    }
}
