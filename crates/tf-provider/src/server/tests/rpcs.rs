//! What each RPC guarantees to a resource and to Terraform.

use tonic::{Code, Request};

use super::fixture::serve;
use super::messages::{
    client, data, identity_data, identity_id, object, path_text, plain, raw_state, text, the_error, value,
};
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{self as wire, DynamicValue, apply_resource_change, plan_resource_change, read_resource};
use crate::value::Value;

const TYPE: &str = "test_resource";

fn named(id: &str) -> Option<wire::ResourceIdentityData> {
    identity_data(text(id), Value::Null)
}

fn with_secret(mode: &str, secret: Value) -> Option<DynamicValue> {
    data(&object(mode, |attributes| _ = attributes.insert("secret_wo".into(), secret)))
}

#[tokio::test]
async fn schemas_and_names_are_returned() {
    let (service, ..) = serve();
    let schema = call!(service, get_schema as get_provider_schema {});
    assert_eq!(schema.diagnostics, []);
    assert!(schema.provider.unwrap().block.is_some());
    assert_eq!(schema.resource_schemas[TYPE].version, 2);
    let can = schema.server_capabilities.unwrap();
    assert!(
        can.plan_destroy
            && can.get_provider_schema_optional
            && !can.move_resource_state
            && can.generate_resource_config
    );
    let identities = call!(service, get_resource_identity_schemas {}).identity_schemas;
    let attributes = &identities[TYPE].identity_attributes;
    assert_eq!((identities[TYPE].version, attributes.len()), (0, 2));
    assert!(attributes[0].required_for_import && attributes[1].optional_for_import);
    assert_eq!(call!(service, get_metadata {}).resources[0].type_name, TYPE);
    assert!(call!(service, get_functions {}).functions.is_empty());
}

#[tokio::test]
async fn invalid_schema_is_reported() {
    assert_eq!(crate::schema_problems(super::fixture::TestProvider::default()), Vec::<String>::new());
    let service = super::fixture::serve_invalid();
    let found = call!(service, get_schema as get_provider_schema {}).diagnostics;
    let (summary, detail, _) = the_error(&found);
    assert_eq!(summary, "Invalid schema");
    assert!(detail.contains("test_resource: the type is registered twice"), "{detail}");
}

#[tokio::test]
async fn rejects_what_is_not_announced() {
    let (service, ..) = serve();
    the_error(&call!(service, move_resource_state { target_type_name: TYPE.into() }).diagnostics);
    let status = service.call_function(Request::new(wire::call_function::Request::default())).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn provider_block_is_returned_validated_and_configured() {
    let (service, recorder, _) = serve();
    let config = |region: &[u8], seen: &[u8]| {
        let bytes = [b"\x82\xa6region", region, b"\xacversion_seen", seen].concat();
        Some(DynamicValue { msgpack: bytes.into(), json: Default::default() })
    };
    let prepared = call!(service, prepare_provider_config { config: config(b"\xa2eu", b"\xc0") });
    assert_eq!(prepared.prepared_config, config(b"\xa2eu", b"\xc0"));
    assert_eq!(path_text(&prepared.diagnostics[0]), "region");
    let refused = call!(service, prepare_provider_config { config: config(b"\xa2eu", b"\xa1x") });
    assert_eq!(the_error(&refused.diagnostics).2, "version_seen");
    let null = call!(service, prepare_provider_config { config: config(b"\xc0", b"\xc0") });
    let (summary, _, path) = the_error(&null.diagnostics);
    assert_eq!((summary.as_str(), path.as_str()), ("Missing required argument", "region"));
    // Terraform leaves the whole block out, or sends null.
    let none = call!(service, prepare_provider_config {});
    assert_eq!(none.diagnostics, []);
    assert_eq!(call!(service, configure { terraform_version: "1.2.3".into() }).diagnostics, []);
    assert!(recorder.has("configured Null for 1.2.3"));
    call!(service, configure { terraform_version: "1.2.3".into(), config: config(b"\xd4\0\0", b"\xc0") });
    assert!(recorder.has("configured Unknown for 1.2.3"));
}

#[tokio::test]
async fn rejects_configured_computed_attributes_at_their_paths() {
    let (service, ..) = serve();
    let item = |made| Value::Map([("name".to_owned(), Value::Null), ("made".to_owned(), made)].into());
    let config = object("fine", |attributes| {
        attributes.insert("id".into(), Value::Unknown);
        attributes.insert("item".into(), Value::List(vec![item(Value::Null), item(text("x"))]));
    });
    let response = call!(service, validate_resource_type_config { type_name: TYPE.into(), config: data(&config) });
    let paths: Vec<_> = response.diagnostics.iter().map(path_text).collect();
    assert_eq!(paths, ["id", "item[1].made"]);
}

#[tokio::test]
async fn rejects_null_for_a_required_argument_at_validation() {
    let (service, ..) = serve();
    let config = |mode| data(&object("", |attributes| _ = attributes.insert("mode".into(), mode)));
    let validate = async |mode| {
        call!(service, validate_resource_type_config { type_name: TYPE.into(), config: config(mode) }).diagnostics
    };
    let (summary, detail, path) = the_error(&validate(Value::Null).await);
    assert_eq!((summary.as_str(), path.as_str()), ("Missing required argument", "mode"));
    assert!(detail.contains("`mode`") && detail.contains("null"), "{detail}");
    assert_eq!(validate(Value::Unknown).await, []);
    // With ignore_changes Terraform plans the stored null in place of the configuration. The resource decides on it.
    let plan = call!(
        service,
        plan_resource_change {
            type_name: TYPE.into(),
            prior_state: config(Value::Null),
            proposed_new_state: config(Value::Null),
            config: config(Value::Null)
        }
    );
    assert_eq!(plan.diagnostics, []);
}

#[tokio::test]
async fn color_codes_in_messages_are_escaped() {
    let (service, ..) = serve();
    let response = call!(service, validate_resource_type_config { type_name: TYPE.into(), config: plain("colorful") });
    let warning = &response.diagnostics[0];
    assert_eq!((warning.summary.as_str(), warning.detail.as_str()), ("a [ red ] light", "[ bold ]: see item[0]"));
}

#[tokio::test]
async fn write_only_value_requires_a_client_that_supports_it() {
    let (service, ..) = serve();
    let validate = async |config, capability| {
        let name = TYPE.to_owned();
        call!(
            service,
            validate_resource_type_config { type_name: name, config: config, client_capabilities: client(capability) }
        )
        .diagnostics
    };
    assert_eq!(validate(with_secret("fine", text("s")), true).await, []);
    let (summary, detail, path) = the_error(&validate(with_secret("fine", text("s")), false).await);
    assert_eq!((summary.as_str(), path.as_str()), ("Write-only attributes are not supported here", "secret_wo"));
    assert!(detail.contains("1.11"), "{detail}");
    // It may turn out to be null.
    assert_eq!(validate(with_secret("fine", Value::Unknown), false).await, []);
    // The error of the resource at the same path replaces the general one.
    assert_eq!(the_error(&validate(with_secret("own error", text("s")), false).await).0, "Too old");
}

#[tokio::test]
async fn rejects_unknown_write_only_value_at_plan_without_client_support() {
    let (service, ..) = serve();
    let plan = async |capability| {
        call!(
            service,
            plan_resource_change {
                type_name: TYPE.into(),
                proposed_new_state: with_secret("fine", Value::Unknown),
                config: with_secret("fine", Value::Unknown),
                client_capabilities: client(capability)
            }
        )
        .diagnostics
    };
    assert_eq!(the_error(&plan(false).await).2, "secret_wo");
    assert_eq!(plan(true).await, []);
}

#[tokio::test]
async fn write_only_values_are_only_in_the_configuration() {
    let (service, recorder, _) = serve();
    let given = || with_secret("fine", text("s"));
    let planned = call!(
        service,
        plan_resource_change {
            type_name: TYPE.into(),
            proposed_new_state: given(),
            config: given(),
            client_capabilities: client(true)
        }
    );
    assert!(recorder.has("proposed secret Null, configured Known(\"s\")"));
    assert_eq!(value(&planned.planned_state).attribute("secret_wo"), Some(&Value::Null));
    let applied =
        call!(service, apply_resource_change { type_name: TYPE.into(), planned_state: plain("a"), config: given() });
    assert_eq!(value(&applied.new_state).attribute("secret_wo"), Some(&Value::Null));
    let read = call!(service, read_resource { type_name: TYPE.into(), current_state: plain("a") });
    assert_eq!(value(&read.new_state).attribute("secret_wo"), Some(&Value::Null));
}

#[tokio::test]
async fn upgraded_state_is_complete() {
    let (service, recorder, _) = serve();
    let upgrade = async |version, json: &str| {
        call!(service, upgrade_resource_state { type_name: TYPE.into(), version: version, raw_state: raw_state(json) })
    };
    let current = upgrade(2, r#"{"mode": "kept", "size": "7", "secret_wo": "s", "removed": {}}"#).await;
    assert_eq!(current.diagnostics, []);
    let expected = object("kept", |attributes| _ = attributes.insert("size".into(), Value::Number(7_i64.into())));
    assert_eq!(value(&current.upgraded_state), expected);
    assert!(recorder.has("loaded kept"));
    let older = upgrade(0, r#"{"id": "1", "item": null}"#).await;
    assert_eq!(value(&older.upgraded_state).attribute("mode"), Some(&text("upgraded from 0")));
    assert_eq!(value(&older.upgraded_state).attribute("item"), Some(&Value::List(vec![])));
}

#[tokio::test]
async fn identity_is_returned_unchanged() {
    let (service, ..) = serve();
    let upgrade = async |json: &str| {
        call!(service, upgrade_resource_identity { type_name: TYPE.into(), raw_identity: raw_state(json) })
    };
    let upgraded = upgrade(r#"{"id": "1"}"#).await;
    assert_eq!(identity_id(&upgraded.upgraded_identity), Some(text("1")));
    let none = upgrade("").await;
    assert_eq!(none.diagnostics, []);
    assert_eq!(none.upgraded_identity.unwrap().identity_data.unwrap().msgpack, &b"\xc0"[..]);
}

#[tokio::test]
async fn read_keeps_private_state_and_identity() {
    let (service, ..) = serve();
    let read = async |mode: &str| -> read_resource::Response {
        call!(
            service,
            read_resource {
                type_name: TYPE.into(),
                current_state: plain(mode),
                private: "p".into(),
                current_identity: named("prior")
            }
        )
    };
    let response = read("fine").await;
    assert_eq!((response.private, identity_id(&response.new_identity)), ("p".into(), Some(text("1"))));
    assert_eq!(response.diagnostics.len(), 1);
    for mode in ["anonymous", "vague"] {
        assert_eq!(identity_id(&read(mode).await.new_identity), Some(text("prior")), "{mode}");
    }
    let removed = read("removed").await;
    assert_eq!(value(&removed.new_state), Value::Null);
    let nothing = call!(service, read_resource { type_name: TYPE.into(), private: "p".into() });
    assert_eq!((value(&nothing.new_state), nothing.private), (Value::Null, "p".into()));
}

#[tokio::test]
async fn plan_has_an_identity_on_update_only() {
    let (service, ..) = serve();
    let plan = async |prior: Option<DynamicValue>, mode: &str| -> plan_resource_change::Response {
        call!(
            service,
            plan_resource_change {
                type_name: TYPE.into(),
                prior_state: prior,
                proposed_new_state: plain(mode),
                config: plain(mode),
                prior_identity: named("prior")
            }
        )
    };
    let update = plan(plain("a"), "fine").await;
    assert_eq!(identity_id(&update.planned_identity), Some(text("1")));
    assert_eq!(update.planned_private, "planned");
    assert_eq!(update.requires_replace.len(), 1);
    assert_eq!(identity_id(&plan(plain("a"), "vague").await.planned_identity), Some(text("prior")));
    assert_eq!(plan(None, "fine").await.planned_identity, None);
}

#[tokio::test]
async fn destroy_is_planned_with_the_identity_and_applied() {
    let (service, ..) = serve();
    let plan = call!(
        service,
        plan_resource_change { type_name: TYPE.into(), prior_state: plain("a"), prior_identity: named("prior") }
    );
    assert_eq!((value(&plan.planned_state), plan.planned_private), (Value::Null, "destroy".into()));
    assert_eq!(identity_id(&plan.planned_identity), Some(text("prior")));
    let removed = call!(service, apply_resource_change { type_name: TYPE.into(), prior_state: plain("a") });
    assert_eq!((value(&removed.new_state), removed.diagnostics), (Value::Null, vec![]));
    let stuck = call!(service, apply_resource_change { type_name: TYPE.into(), prior_state: plain("stuck") });
    assert_eq!(the_error(&stuck.diagnostics).0, "Stuck");
    let nothing = call!(service, plan_resource_change { type_name: TYPE.into() });
    assert_eq!((value(&nothing.planned_state), nothing.diagnostics), (Value::Null, vec![]));
}

#[tokio::test]
async fn new_state_that_does_not_fit_is_saved() {
    let (service, ..) = serve();
    let create = async |mode: &str| -> apply_resource_change::Response {
        call!(
            service,
            apply_resource_change {
                type_name: TYPE.into(),
                planned_state: plain(mode),
                config: plain(mode),
                planned_identity: named("planned")
            }
        )
    };
    let fine = create("fine").await;
    assert_eq!(
        (fine.private, identity_id(&fine.new_identity), fine.diagnostics),
        ("applied".into(), Some(text("1")), vec![])
    );
    let misfit = create("misfit").await;
    assert_eq!(the_error(&misfit.diagnostics).2, "id");
    assert_eq!(value(&misfit.new_state), object("misfit", |_| {}));
    assert_eq!(identity_id(&create("anonymous").await.new_identity), Some(text("planned")));
}

#[tokio::test]
async fn import_returns_one_complete_object() {
    let (service, ..) = serve();
    let by_id = call!(service, import_resource_state { type_name: TYPE.into(), id: "7".into() });
    assert_eq!(by_id.imported_resources.len(), 1);
    let found = &by_id.imported_resources[0];
    assert_eq!(found.type_name, TYPE);
    assert_eq!(value(&found.state).attribute("id"), Some(&text("7")));
    assert_eq!(value(&found.state).attribute("item"), Some(&Value::List(vec![])));
    // Without an identity in the response Terraform fails, or panics at the read that follows.
    let by_identity = call!(service, import_resource_state { type_name: TYPE.into(), identity: named("8") });
    assert_eq!(identity_id(&by_identity.imported_resources[0].identity), Some(text("8")));
}
