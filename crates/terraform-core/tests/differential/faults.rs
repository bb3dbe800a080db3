//! Walks with a provider that does one thing wrong.

use terraform_core::{ImportTarget, PlanOptions};
use test_support::terraform::Terraform;

use crate::compare;
use crate::walk::{Command, Walk, bigger, created, full, other_kind};

fn with_each(walk: &Walk, faults: &[&'static str]) -> Vec<Walk> {
    faults.iter().map(|fault| walk.clone().fault(fault)).collect()
}

fn create() -> Walk {
    Walk::new("create", full())
}

fn update() -> Walk {
    Walk::new("update", bigger()).before(created(true))
}

fn replace() -> Walk {
    Walk::new("replace", other_kind()).before(created(true))
}

fn destroy() -> Walk {
    Walk::new("destroy", full()).before(created(true)).command(Command::Destroy)
}

fn refresh() -> Walk {
    Walk::new("refresh", full()).before(created(true)).options(PlanOptions::refresh_only())
}

fn compare_with_newest(walks: Vec<Walk>) {
    if let Some(terraform) = Terraform::newest() {
        compare(&terraform, walks);
    }
}

#[test]
fn faults_of_plans_are_those_of_terraform() {
    let plan = [
        r#"plan-set name "other""#,
        r#"plan-set name "(known after apply)""#,
        "plan-set name null",
        r#"plan-set hosts ["a"]"#,
        "plan-set hosts null",
        r#"plan-set labels {"team": "u"}"#,
        r#"plan-set note "other""#,
        "plan-set active false",
        "plan-set source null",
        r#"plan-set source.user "other""#,
        r#"plan-set source.host "computed""#,
        r#"plan-set source.token "leaked""#,
        r#"plan-set source "(known after apply)""#,
        "plan-set rule []",
        "plan-set rule null",
        r#"plan-set rule "(known after apply)""#,
        r#"plan-set rule.0.key "other""#,
        r#"plan-set rule.0.id "computed""#,
        "plan-write-only",
        "plan-null",
        "plan-missing-attribute",
        "plan-wrong-type",
        "plan-garbage",
        "plan-identity-unknown",
        "plan-bad-path",
        "plan-differs-in-apply",
        "plan-replaces-in-apply",
        "plan-always-unknown",
        "plan-legacy",
        "plan-deferred",
    ];
    let mut walks = with_each(&create(), &plan);
    walks.extend(with_each(&update(), &plan));
    walks.extend(with_each(&replace(), &[r#"plan-set name "other""#, "plan-null", "plan-identity-unknown"]));
    compare_with_newest(walks);
}

#[test]
fn faults_of_applies_are_those_of_terraform() {
    let apply = [
        "apply-set size 77",
        "apply-set name null",
        r#"apply-set hosts ["a"]"#,
        r#"apply-set hosts ["a", "c"]"#,
        r#"apply-set hosts ["a", "b", "c"]"#,
        r#"apply-set labels {"team": "u"}"#,
        r#"apply-set labels {"other": "t"}"#,
        r#"apply-set note "other""#,
        "apply-set source null",
        r#"apply-set source.user "other""#,
        r#"apply-set source.host "other""#,
        r#"apply-set source.token "leaked""#,
        r#"apply-set source {"user": "u", "token": null, "host": null}"#,
        "apply-set rule []",
        r#"apply-set rule.0.key "other""#,
        r#"apply-set rule.1.id "other""#,
        r#"apply-set secret "leaked""#,
        "apply-null",
        "apply-error-null",
        "apply-error",
        "apply-warning",
        "apply-unknown",
        "apply-drops-identity",
        "apply-missing-attribute",
        "apply-wrong-type",
        "apply-garbage",
        "apply-status",
        "apply-crash",
    ];
    let mut walks = with_each(&create(), &apply);
    walks.extend(with_each(&update(), &apply));
    let first = replace().with(|written| written.create_before_destroy = true);
    walks.extend(with_each(&first, &["apply-error", "apply-error-null", "destroy-error"]));
    compare_with_newest(walks);
}

#[test]
fn faults_of_other_calls_are_those_of_terraform() {
    let mut walks = with_each(&destroy(), &["destroy-error", "destroy-non-null", "destroy-plan-non-null"]);
    walks.extend(with_each(&replace(), &["destroy-error", "destroy-non-null"]));
    walks.extend(with_each(
        &refresh(),
        &[
            "read-unknown",
            "read-drops-identity",
            r#"read-set secret "leaked""#,
            r#"read-set source.token "leaked""#,
            r#"read-set source.user "other""#,
            "read-set source null",
            "read-set rule null",
            r#"read-set rule.0.id "other""#,
            "upgrade-null",
            "upgrade-unknown",
        ],
    ));
    let import = Walk::new("import", full()).command(Command::Import("7"));
    // By command, Terraform stores two objects under two names, or none without a word; the core makes both an error.
    walks.extend(with_each(&import, &["import-null", "import-no-type"]));
    let by_identity = create().import(ImportTarget::identity(serde_json::json!({"id": "7"})));
    walks.extend(with_each(&by_identity, &["import-no-identity", "import-null", "import-none", "import-two"]));
    walks.extend(with_each(&create().import(ImportTarget::id("7")), &["import-no-type", "import-none", "import-two"]));
    for walk in [update(), destroy(), refresh().without_resource()] {
        walks.extend(with_each(&walk, &["upgrade-null", "read-unknown", "read-drops-identity"]));
    }
    let validate = create().command(Command::Validate);
    walks.extend(with_each(
        &validate,
        &["schema", "diagnostic-severity", "diagnostic-path", "diagnostic-summary", "stderr-noise", "stdout-noise"],
    ));
    // With "log-number" Terraform itself ends in a Go panic, which can't be compared.
    walks.extend(with_each(&validate, &["log-fine", "stdio-data", "exit-code"]));
    compare_with_newest(walks);
}

#[test]
fn diagnostics_of_each_call_are_shown_as_terraform_shows_them() {
    let mut walks = with_each(
        &update(),
        &[
            "fail-prepare",
            "fail-configure",
            "fail-upgrade",
            "fail-read",
            "fail-validate",
            "fail-plan-update",
            "warn-prepare",
            "warn-configure",
            "warn-upgrade",
            "warn-read",
            "warn-validate",
            "warn-plan-update",
        ],
    );
    walks.extend(with_each(
        &destroy(),
        &["fail-read", "fail-plan-update", "fail-plan-destroy", "warn-read", "warn-plan-update", "warn-plan-destroy"],
    ));
    walks.extend(with_each(&replace(), &["fail-plan-create", "warn-plan-create", "warn-plan-update"]));
    compare_with_newest(walks);
}
