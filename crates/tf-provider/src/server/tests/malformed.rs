//! Requests that can't be decoded, and handlers that panic: both become diagnostics.

use super::fixture::serve;
use super::messages::{data, garbage, identity_data, object, plain, raw_state, the_error};
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{self as wire, DynamicValue, RawState, ResourceIdentityData};
use crate::value::Value;

const TYPE: &str = "test_resource";

/// The diagnostics of each RPC for this configuration, state or plan.
async fn diagnostics_everywhere(
    type_name: &str,
    value: Option<DynamicValue>,
) -> Vec<(&'static str, Vec<wire::Diagnostic>)> {
    let (service, ..) = serve();
    let name = || type_name.to_owned();
    let value = || value.clone();
    let fine = || plain("fine");
    vec![
        ("validate", diagnostics_of!(service, validate_resource_type_config { type_name: name(), config: value() })),
        ("read", diagnostics_of!(service, read_resource { type_name: name(), current_state: value() })),
        (
            "plan config",
            diagnostics_of!(
                service,
                plan_resource_change { type_name: name(), proposed_new_state: fine(), config: value() }
            ),
        ),
        (
            "plan proposed",
            diagnostics_of!(
                service,
                plan_resource_change { type_name: name(), proposed_new_state: value(), config: fine() }
            ),
        ),
        ("plan prior", diagnostics_of!(service, plan_resource_change { type_name: name(), prior_state: value() })),
        (
            "create config",
            diagnostics_of!(
                service,
                apply_resource_change { type_name: name(), planned_state: fine(), config: value() }
            ),
        ),
        (
            "create planned",
            diagnostics_of!(
                service,
                apply_resource_change { type_name: name(), planned_state: value(), config: fine() }
            ),
        ),
        ("delete", diagnostics_of!(service, apply_resource_change { type_name: name(), prior_state: value() })),
    ]
}

#[tokio::test]
async fn undecodable_value_is_an_error_with_type_and_path() {
    for (rpc, diagnostics) in diagnostics_everywhere(TYPE, garbage()).await {
        let (summary, detail, _) = the_error(&diagnostics);
        assert_eq!(summary, "Request can't be decoded", "{rpc}");
        assert!(detail.contains("`test_resource`") && detail.contains("bug"), "{rpc}: {detail}");
    }
    let mut wrong = wire::DynamicValue { msgpack: plain("fine").unwrap().msgpack, json: Default::default() };
    // `item` has no occurrence: an empty array, here made a bool.
    let mut bytes = wrong.msgpack.to_vec();
    let place = bytes.iter().position(|byte| *byte == 0x90).unwrap();
    bytes[place] = 0xc3;
    wrong.msgpack = bytes.into();
    for (rpc, diagnostics) in diagnostics_everywhere(TYPE, Some(wrong)).await {
        let (_, detail, _) = the_error(&diagnostics);
        assert!(detail.contains("at `item`: list(object) is required"), "{rpc}: {detail}");
    }
}

#[tokio::test]
async fn unknown_resource_type_is_an_error() {
    let mut all = diagnostics_everywhere("test_other", plain("fine")).await;
    let (service, ..) = serve();
    let name = || "test_other".to_owned();
    all.push((
        "upgrade",
        diagnostics_of!(service, upgrade_resource_state { type_name: name(), raw_state: raw_state("{}") }),
    ));
    all.push(("identity", diagnostics_of!(service, upgrade_resource_identity { type_name: name() })));
    all.push(("import", diagnostics_of!(service, import_resource_state { type_name: name(), id: "1".into() })));
    for (rpc, diagnostics) in all {
        let (summary, detail, _) = the_error(&diagnostics);
        assert_eq!(summary, "Unknown resource type", "{rpc}");
        assert!(detail.contains("`test_other`"), "{rpc}: {detail}");
    }
}

#[tokio::test]
async fn malformed_provider_block_identity_and_state_are_errors() {
    let (service, ..) = serve();
    let name = || TYPE.to_owned();
    let identity = || Some(ResourceIdentityData { identity_data: garbage() });
    let raw = |json: &str| raw_state(json);
    for (rpc, diagnostics) in [
        ("prepare", diagnostics_of!(service, prepare_provider_config { config: garbage() })),
        ("configure", diagnostics_of!(service, configure { config: garbage() })),
        (
            "read",
            diagnostics_of!(
                service,
                read_resource { type_name: name(), current_state: plain("a"), current_identity: identity() }
            ),
        ),
        (
            "plan",
            diagnostics_of!(
                service,
                plan_resource_change { type_name: name(), prior_state: plain("a"), prior_identity: identity() }
            ),
        ),
        (
            "apply",
            diagnostics_of!(
                service,
                apply_resource_change { type_name: name(), prior_state: plain("a"), planned_identity: identity() }
            ),
        ),
        ("import", diagnostics_of!(service, import_resource_state { type_name: name(), identity: identity() })),
        ("import of nothing", diagnostics_of!(service, import_resource_state { type_name: name() })),
        (
            "upgrade",
            diagnostics_of!(service, upgrade_resource_state { type_name: name(), version: 2, raw_state: raw("{") }),
        ),
        (
            "upgrade null",
            diagnostics_of!(service, upgrade_resource_state { type_name: name(), version: 2, raw_state: raw("null") }),
        ),
        ("upgrade none", diagnostics_of!(service, upgrade_resource_state { type_name: name(), version: 2 })),
        (
            "upgrade old",
            diagnostics_of!(service, upgrade_resource_state { type_name: name(), version: 1, raw_state: raw("{") }),
        ),
        (
            "upgrade new",
            diagnostics_of!(service, upgrade_resource_state { type_name: name(), version: 3, raw_state: raw("{}") }),
        ),
        (
            "upgrade misfit",
            diagnostics_of!(
                service,
                upgrade_resource_state { type_name: name(), version: 2, raw_state: raw(r#"{"size": []}"#) }
            ),
        ),
        (
            "upgrade out of range",
            diagnostics_of!(
                service,
                upgrade_resource_state { type_name: name(), version: 2, raw_state: raw(r#"{"size": 1.5}"#) }
            ),
        ),
        (
            "identity",
            diagnostics_of!(service, upgrade_resource_identity { type_name: name(), raw_identity: raw("[]") }),
        ),
        ("identity version", diagnostics_of!(service, upgrade_resource_identity { type_name: name(), version: 1 })),
    ] {
        let (summary, detail, _) = the_error(&diagnostics);
        assert!(!summary.is_empty() && !detail.is_empty(), "{rpc}");
    }
}

#[tokio::test]
async fn rejects_state_of_terraform_0_11() {
    let (service, ..) = serve();
    let flatmap = RawState { flatmap: [("id".to_owned(), "1".to_owned())].into(), ..RawState::default() };
    let diagnostics =
        diagnostics_of!(service, upgrade_resource_state { type_name: TYPE.into(), raw_state: Some(flatmap) });
    assert!(the_error(&diagnostics).1.contains("0.11"));
}

#[tokio::test]
async fn panic_is_an_error_that_says_what_may_have_happened() {
    let (service, ..) = serve();
    let name = || TYPE.to_owned();
    let panic = || plain("panic");
    let may_exist = "may exist now without being in the state";
    let harmless = "changes nothing";
    for (rpc, diagnostics, words) in [
        (
            "validate",
            diagnostics_of!(service, validate_resource_type_config { type_name: name(), config: panic() }),
            harmless,
        ),
        ("read", diagnostics_of!(service, read_resource { type_name: name(), current_state: panic() }), harmless),
        (
            "plan",
            diagnostics_of!(
                service,
                plan_resource_change { type_name: name(), proposed_new_state: panic(), config: panic() }
            ),
            harmless,
        ),
        (
            "plan destroy",
            diagnostics_of!(service, plan_resource_change { type_name: name(), prior_state: panic() }),
            harmless,
        ),
        (
            "create",
            diagnostics_of!(
                service,
                apply_resource_change { type_name: name(), planned_state: panic(), config: panic() }
            ),
            may_exist,
        ),
        (
            "update",
            diagnostics_of!(
                service,
                apply_resource_change {
                    type_name: name(),
                    prior_state: plain("a"),
                    planned_state: panic(),
                    config: panic()
                }
            ),
            "partly changed",
        ),
        (
            "delete",
            diagnostics_of!(service, apply_resource_change { type_name: name(), prior_state: panic() }),
            "may no longer exist",
        ),
        ("import", diagnostics_of!(service, import_resource_state { type_name: name(), id: "panic".into() }), harmless),
        (
            "upgrade",
            diagnostics_of!(
                service,
                upgrade_resource_state { type_name: name(), version: 2, raw_state: raw_state(r#"{"mode": "panic"}"#) }
            ),
            harmless,
        ),
    ] {
        let (summary, detail, _) = the_error(&diagnostics);
        assert_eq!(summary, "Provider crashed", "{rpc}");
        assert!(detail.contains(words) && detail.contains("`test_resource`"), "{rpc}: {detail}");
    }
    // Later requests are not affected.
    let fine = diagnostics_of!(service, validate_resource_type_config { type_name: name(), config: plain("fine") });
    assert_eq!(fine, []);
}

#[tokio::test]
async fn value_out_of_range_is_reported_at_its_path() {
    let (service, ..) = serve();
    let half = data(&object("fine", |attributes| {
        _ = attributes.insert("size".into(), Value::Number(0.5.try_into().unwrap()));
    }));
    let diagnostics = diagnostics_of!(service, validate_resource_type_config { type_name: TYPE.into(), config: half });
    let (summary, detail, path) = the_error(&diagnostics);
    assert_eq!((summary.as_str(), path.as_str()), ("Invalid value", "size"));
    assert!(detail.contains("whole number") && !detail.contains("bug"), "{detail}");
}

#[tokio::test]
async fn import_identity_must_be_complete() {
    let (service, ..) = serve();
    for (identity, summary) in [
        (identity_data(Value::Null, Value::Null), "Import without an ID"),
        (identity_data(Value::Null, Value::String("eu".into())), "Import identity is incomplete"),
    ] {
        let diagnostics =
            diagnostics_of!(service, import_resource_state { type_name: TYPE.into(), identity: identity });
        assert_eq!(the_error(&diagnostics).0, summary);
    }
}
