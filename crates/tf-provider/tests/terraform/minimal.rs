//! The provider of the README, `examples/minimal.rs`.

use test_support::terraform::{ProviderBinary, Terraform, Workspace};

#[test]
fn readme_has_the_minimal_example() {
    let (readme, example) = (include_str!("../../README.md"), include_str!("../../examples/minimal.rs"));
    assert!(readme.contains(&format!("```rust,no_run\n{example}```\n")));
    assert!(example.lines().count() < 100);
}

fn note(path: &str, more: &str) -> String {
    let required = "terraform {\n  required_providers {\n    notes = { source = \"example/notes\" }\n  }\n}\n";
    format!("{required}resource \"notes_note\" \"one\" {{\n  path = {path:?}\n{more}\n}}\n")
}

#[test]
fn note_is_created_changed_replaced_and_destroyed() {
    for terraform in Terraform::every() {
        let workspace = Workspace::new(&terraform, &ProviderBinary::example("example/notes", "minimal"));
        let apply = |main: String, says: &str| {
            workspace.file("main.tf", main);
            workspace.run(["apply", "-auto-approve"]).success().says(says);
            workspace.plan_is_empty();
        };
        let read = |path: &str| std::fs::read_to_string(workspace.path().join(path)).ok();
        apply(note("a.txt", "  text = \"first\""), "1 added");
        assert_eq!(read("a.txt").as_deref(), Some("first"), "{terraform}");
        apply(note("a.txt", ""), "0 added, 1 changed");
        assert_eq!(read("a.txt").as_deref(), Some(""));
        workspace.file("a.txt", "drift");
        apply(note("a.txt", ""), "0 added, 1 changed");
        apply(note("b.txt", ""), "1 added, 0 changed, 1 destroyed");
        assert_eq!((read("a.txt"), read("b.txt").as_deref()), (None, Some("")));
        std::fs::remove_file(workspace.path().join("b.txt")).unwrap();
        workspace.run(["plan"]).success().says("1 to add");
        workspace.file("main.tf", note("missing/c.txt", ""));
        workspace.run(["apply", "-auto-approve"]).failure().says("Note can't be written").says("path = ");
    }
}
