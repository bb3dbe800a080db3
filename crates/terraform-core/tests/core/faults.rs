//! Each fault breaks the rule that Terraform names.

use serde_json::json;
use terraform_core::{Config, Core, ImportTarget, PlanOptions, State, Violation};

use crate::actions::{poking, with_facts};
use crate::{THING, config, core, created, other_kind};

/// Which command meets the fault.
#[derive(Clone, Copy)]
enum Meet {
    Validate,
    Create,
    Update,
    Replace,
    Refresh,
    Destroy,
    Import,
    ImportByIdentity,
    Action,
    Data,
}

impl Meet {
    fn violations(self, core: &Core) -> Vec<Violation> {
        let bigger = Config::new().resource(THING, json!({"name": "n", "kind": "k", "size": 5}));
        let mut state = match self {
            Self::Update | Self::Replace | Self::Refresh | Self::Destroy => created(),
            _ => State::default(),
        };
        let outcome = match self {
            Self::Validate => core.validate(&config()),
            Self::Create => core.apply_now(&config(), &mut state),
            Self::Update => core.apply_now(&bigger, &mut state),
            Self::Replace => core.apply_now(&other_kind(), &mut state),
            Self::Refresh => core.plan(&config(), &state, PlanOptions::refresh_only()).outcome,
            Self::Destroy => core.destroy(&config(), &mut state),
            Self::Import => core.import(&config(), THING, "7", &mut state),
            Self::Action => core.apply_now(&poking(), &mut state),
            Self::Data => core.plan(&with_facts("n"), &state, PlanOptions::default()).outcome,
            Self::ImportByIdentity => {
                core.plan(
                    &config().import(THING, ImportTarget::identity(json!({"id": "7"}))),
                    &state,
                    PlanOptions::default(),
                )
                .outcome
            }
        };
        outcome.violations
    }
}

#[test]
fn provider_without_fault_breaks_no_rule() {
    for meet in [
        Meet::Validate,
        Meet::Create,
        Meet::Update,
        Meet::Replace,
        Meet::Refresh,
        Meet::Destroy,
        Meet::Import,
        Meet::ImportByIdentity,
        Meet::Action,
        Meet::Data,
    ] {
        for fault in ["", "log-fine", "schema-each-time", "no-destroy-plan"] {
            let found = meet.violations(&core(fault).collect_violations());
            assert!(found.is_empty(), "{fault}: {found:?}");
        }
    }
}

#[test]
fn each_fault_breaks_its_rule() {
    let plan = "Provider produced invalid plan";
    let decode = "Provider returned a value that does not decode";
    let result = "Provider produced inconsistent result after apply";
    let invalid = "Provider returned invalid result object after apply";
    let finally = "Provider produced inconsistent final plan";
    let object = "Provider produced invalid object";
    let upgrade = "Invalid resource state upgrade";
    let stream = "Provider sent an invalid InvokeAction stream";
    for (fault, meet, rule, detail) in [
        ("schema", Meet::Validate, "Failed to load plugin schemas", "neither required nor optional nor computed"),
        ("diagnostic-severity", Meet::Validate, "Provider returned a malformed diagnostic", "severity 0"),
        ("diagnostic-path", Meet::Validate, "Provider returned a malformed diagnostic", "nothing"),
        ("diagnostic-summary", Meet::Validate, "Provider returned a malformed diagnostic", "one line"),
        (r#"plan-set name "other""#, Meet::Create, plan, r#".name: "other" is planned, and "n" is configured"#),
        ("plan-write-only", Meet::Create, plan, "write-only attribute secret"),
        ("plan-null", Meet::Create, plan, "configured, but missing from the plan"),
        (r#"plan-set name "(known after apply)""#, Meet::Create, plan, ".name"),
        ("plan-set rule []", Meet::Create, plan, "0 blocks are planned, and 1 are configured"),
        ("plan-missing-attribute", Meet::Create, decode, "the attribute is missing"),
        ("plan-wrong-type", Meet::Create, decode, "name: string is required"),
        ("plan-garbage", Meet::Create, decode, "not well-formed MessagePack"),
        ("plan-identity-unknown", Meet::Create, "Failed to marshal plan to json", "unknown"),
        ("plan-identity-unknown", Meet::Update, "Provider produced invalid identity", "unknown"),
        ("plan-bad-path", Meet::Update, plan, "requires_replace names nothing"),
        ("plan-legacy", Meet::Create, "Provider claims the legacy type system", ""),
        ("plan-deferred", Meet::Create, "Provider deferred changes when Terraform did not allow deferrals", ""),
        (r#"plan-set name "other""#, Meet::Replace, plan, ".name"),
        ("plan-differs-in-apply", Meet::Create, finally, ".size: 1 was planned, and 2 came back"),
        ("plan-replaces-in-apply", Meet::Update, finally, "Update was planned at first, and DeleteThenCreate at apply"),
        ("destroy-plan-non-null", Meet::Destroy, plan, "an object is planned for a destroy"),
        ("apply-set size 77", Meet::Create, result, ".size: 1 was planned, and 77 came back"),
        ("apply-set size 77", Meet::Update, result, ".size: 5 was planned, and 77 came back"),
        ("apply-drops-identity", Meet::Update, result, "identity was not returned"),
        ("apply-unknown", Meet::Create, invalid, "id is unknown after the apply"),
        ("apply-null", Meet::Create, result, "planned, and missing now"),
        (r#"apply-set secret "leaked""#, Meet::Create, object, "write-only attribute secret"),
        ("apply-missing-attribute", Meet::Create, decode, "the attribute is missing"),
        ("apply-status", Meet::Create, "Plugin error", "lost"),
        ("apply-crash", Meet::Create, "Plugin did not respond", "ApplyResourceChange"),
        ("destroy-non-null", Meet::Destroy, invalid, "an object is left after the destroy"),
        ("read-unknown", Meet::Refresh, object, "unknown"),
        (r#"read-set secret "leaked""#, Meet::Refresh, object, "write-only attribute secret"),
        ("read-drops-identity", Meet::Refresh, object, "identity was not returned"),
        ("read-drops-identity", Meet::ImportByIdentity, "Terraform crashes", "identity"),
        ("upgrade-null", Meet::Refresh, upgrade, "null"),
        ("upgrade-unknown", Meet::Refresh, upgrade, "unknown"),
        ("import-none", Meet::Import, "Import returned no resources", ""),
        ("import-two", Meet::Import, "Multiple import states not supported", ""),
        ("import-null", Meet::Import, "Import returned null resource", ""),
        ("import-no-type", Meet::Import, "unknown resource type \"\"", "instead of a"),
        ("import-no-identity", Meet::ImportByIdentity, "import of fake_thing.a didn't return an identity", ""),
        ("data-null", Meet::Data, "Provider produced null object", "never null"),
        ("data-unknown", Meet::Data, object, "unknown"),
        ("data-garbage", Meet::Data, decode, "not well-formed MessagePack"),
        ("data-deferred", Meet::Data, "Provider deferred changes when Terraform did not allow deferrals", ""),
        ("action-deferred", Meet::Action, "Provider deferred changes when Terraform did not allow deferrals", ""),
        ("action-no-type", Meet::Action, "Terraform crashes", "has no type"),
        ("action-no-completed", Meet::Action, stream, "ends without a completed event"),
        ("action-no-event", Meet::Action, stream, "ends without a completed event"),
        ("action-progress-after-completed", Meet::Action, stream, "after the completed event"),
        ("action-two-completed", Meet::Action, stream, "after the completed event"),
        ("action-status", Meet::Action, "Plugin error", "lost"),
        ("action-crash", Meet::Action, "Plugin did not respond", "InvokeAction"),
        ("stdout-noise", Meet::Validate, "Plugin wrote to standard output", "noise"),
        ("stderr-noise", Meet::Validate, "Plugin wrote a log line that Terraform cannot read", "noise"),
        ("log-number", Meet::Validate, "Plugin wrote a log line that Terraform cannot read", "must be a string"),
        ("stdio-data", Meet::Validate, "unexpected data", "5 bytes"),
        ("exit-code", Meet::Validate, "Plugin ended with a failure", "exit status: 3"),
        ("ignore-shutdown", Meet::Validate, "Plugin does not exit on Shutdown", "2s"),
    ] {
        let found = meet.violations(&core(fault).collect_violations());
        let fits = |violation: &Violation| violation.rule == rule && violation.detail.contains(detail);
        assert!(found.iter().any(fits), "{fault}: {:?}", found.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}

#[test]
#[should_panic(expected = "Provider produced invalid plan: fake_thing.a.name: \"other\" is planned, and")]
fn broken_rule_fails_the_test() {
    core(r#"plan-set name "other""#).plan(&config(), &State::default(), PlanOptions::default());
}

#[test]
#[should_panic(expected = "the provider has no valid schema")]
fn invalid_schema_fails_the_test() {
    core("schema").schemas();
}
