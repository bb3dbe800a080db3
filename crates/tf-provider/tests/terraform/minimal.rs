//! The provider of the README: created, changed, drifted, replaced, destroyed.

use test_support::terraform::{ProviderBinary, Terraform, Workspace};

fn note(path: &str, content: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    notes = {{ source = \"example/notes\" }}\n  }}\n}}\n\nresource \
         \"notes_file\" \"a\" {{\n  path = \"{path}\"\n  {content}\n}}\n"
    )
}

#[test]
fn minimal_provider_keeps_a_file() {
    let workspace = Workspace::new(&Terraform::on_path(), &ProviderBinary::example("example/notes", "minimal"));
    let apply = |configuration: String, says: &str| {
        workspace.file("main.tf", configuration);
        workspace.run(["apply", "-auto-approve"]).success().says(says);
        workspace.plan_is_empty();
    };
    let read = |path: &str| std::fs::read_to_string(workspace.path().join(path)).ok();

    apply(note("a.txt", "content = \"one\""), "1 added, 0 changed, 0 destroyed");
    assert_eq!(read("a.txt").as_deref(), Some("one"));
    apply(note("a.txt", ""), "0 added, 1 changed, 0 destroyed");
    assert_eq!(read("a.txt").as_deref(), Some(""));
    apply(note("b.txt", "content = \"two\""), "1 added, 0 changed, 1 destroyed");
    assert_eq!((read("a.txt"), read("b.txt").as_deref()), (None, Some("two")));
    std::fs::remove_file(workspace.path().join("b.txt")).unwrap();
    apply(note("b.txt", "content = \"two\""), "1 added, 0 changed, 0 destroyed");
    workspace.run(["destroy", "-auto-approve"]).success();
    assert_eq!(read("b.txt"), None);
}
