//! What a schema declares: the plan, the validators, and the configuration of an imported object.

use super::declared::{SERVER, disk, port, serve_declared, server, server_type};
use super::fixture::serve;
use super::messages::{data, decode, object, path_text, text, the_error, value};
use crate::Value;
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{DynamicValue, plan_resource_change};

async fn plan(
    prior: Option<DynamicValue>,
    proposed: Option<DynamicValue>,
    config: Option<DynamicValue>,
) -> plan_resource_change::Response {
    let (service, _) = serve_declared();
    let response = call!(
        service,
        plan_resource_change {
            type_name: SERVER.into(),
            prior_state: prior,
            proposed_new_state: proposed,
            config: config,
            prior_private: "private".into(),
            client_capabilities: super::messages::client(true),
        }
    );
    assert_eq!(response.diagnostics, []);
    response
}

fn replaced(response: &plan_resource_change::Response) -> Vec<String> {
    let path = |path: &crate::proto::tfplugin5::AttributePath| {
        path_text(&crate::proto::tfplugin5::Diagnostic { attribute: Some(path.clone()), ..Default::default() })
    };
    response.requires_replace.iter().map(path).collect()
}

#[tokio::test]
async fn create_is_planned_with_defaults_and_unknown_computed_attributes() {
    let given = || [("name", text("a")), ("note", Value::Unknown), ("disk", disk(Value::Null, Value::Null))];
    let response = plan(None, server(given()), server(given())).await;
    let planned = decode(&response.planned_state, &server_type());
    assert_eq!(planned.attribute("size"), Some(&Value::Number(1_i64.into())));
    assert_eq!(planned.attribute("id"), Some(&Value::Unknown));
    assert_eq!(planned.attribute("note"), Some(&Value::Unknown));
    assert_eq!(planned.attribute("disk"), Some(&disk(text("ssd"), Value::Unknown)));
    assert_eq!(planned.attribute("port"), Some(&Value::List(vec![])));
    assert_eq!((replaced(&response), &response.planned_private[..]), (vec![], &b"private"[..]));
}

#[tokio::test]
async fn update_keeps_computed_values_and_resets_what_was_removed() {
    let state = |size: i64| {
        server([
            ("name", text("a")),
            ("id", text("1")),
            ("note", text("kept")),
            ("size", Value::Number(size.into())),
            ("disk", disk(text("ssd"), text("2"))),
        ])
    };
    let config = || {
        let secret = ("secret_wo", text("s"));
        server([("name", text("a")), ("disk", disk(Value::Null, Value::Null)), secret])
    };
    let response = plan(state(5), state(5), config()).await;
    assert_eq!(decode(&response.planned_state, &server_type()), decode(&state(1), &server_type()));
    assert_eq!(replaced(&response), [""; 0]);
    let nothing = plan(state(1), state(1), config()).await;
    assert_eq!(decode(&nothing.planned_state, &server_type()), decode(&state(1), &server_type()));
}

#[tokio::test]
async fn change_of_an_attribute_that_requires_it_replaces_the_object() {
    let state = |name: Value, kind: &str| server([("name", name), ("disk", disk(text(kind), text("2")))]);
    let update = async |name: Value, kind: &str| {
        replaced(&plan(state(text("a"), "ssd"), state(name.clone(), kind), state(name, kind)).await)
    };
    assert_eq!(update(text("a"), "ssd").await, [""; 0]);
    assert_eq!(update(text("b"), "hdd").await, ["name", "disk.kind"]);
    assert_eq!(update(Value::Unknown, "ssd").await, ["name"]);
}

#[tokio::test]
async fn plan_of_the_resource_replaces_that_of_the_schema() {
    let (service, ..) = serve();
    let state = |id: Value| data(&object("a", |attributes| _ = attributes.insert("id".into(), id)));
    let response = call!(
        service,
        plan_resource_change {
            type_name: "test_resource".into(),
            prior_state: state(text("1")),
            proposed_new_state: state(text("1")),
            config: state(Value::Null),
            prior_private: "private".into(),
        }
    );
    assert_eq!(value(&response.planned_state).attribute("id"), Some(&text("1")));
    assert_eq!((replaced(&response), &response.planned_private[..]), (vec!["mode".to_owned()], &b"planned"[..]));
}

#[tokio::test]
async fn validators_report_a_known_value_at_its_path() {
    let (service, _) = serve_declared();
    let validate = async |tags: Value, number: Value| {
        let port = Value::Map([("number".to_owned(), number)].into());
        let given = [
            ("name", text("a")),
            ("disk", disk(Value::Null, Value::Null)),
            ("tags", tags),
            ("port", Value::List(vec![super::declared::port(1), port])),
        ];
        let response =
            call!(service, validate_resource_type_config { type_name: SERVER.into(), config: server(given) });
        let errors = response.diagnostics.iter();
        errors.map(|error| (error.summary.clone(), path_text(error))).collect::<Vec<_>>()
    };
    let tags = Value::List(vec![text("a"), Value::Unknown, text("")]);
    let expected =
        [("Tag is empty".to_owned(), "tags[2]".to_owned()), ("Port is out of range".into(), "port[1].number".into())];
    assert_eq!(validate(tags, Value::Number(70_000_i64.into())).await, expected);
    assert_eq!(validate(Value::Null, Value::Unknown).await, []);
}

#[tokio::test]
async fn path_that_the_schema_does_not_have_is_reported() {
    let (service, _) = serve_declared();
    let given = [("name", text("misplaced")), ("disk", disk(Value::Null, Value::Null))];
    let found =
        diagnostics_of!(service, validate_resource_type_config { type_name: SERVER.into(), config: server(given) });
    let (summary, detail, path) = the_error(&found);
    assert_eq!((summary.as_str(), path.as_str()), ("Diagnostic at an unknown path", ""));
    assert!(detail.contains("`disk.size`") && detail.contains("\"Misplaced\""), "{detail}");
}

#[tokio::test]
async fn generated_configuration_has_what_a_user_can_write() {
    let (service, _) = serve_declared();
    let state = server([
        ("name", text("a")),
        ("id", text("1")),
        ("token", text("t")),
        ("size", Value::Number(1_i64.into())),
        ("port", Value::List(vec![port(80)])),
    ]);
    let response = call!(service, generate_resource_config { type_name: SERVER.into(), state: state });
    assert_eq!(response.diagnostics, []);
    let expected = server([
        ("name", text("a")),
        ("note", text("generated")),
        ("size", Value::Number(1_i64.into())),
        ("disk", disk(Value::Null, Value::Null)),
        ("port", Value::List(vec![port(80)])),
    ]);
    assert_eq!(decode(&response.config, &server_type()), decode(&expected, &server_type()));
}

#[tokio::test]
async fn configuration_is_generated_for_every_resource() {
    let (service, ..) = serve();
    let state = object("a", |attributes| _ = attributes.insert("id".into(), text("1")));
    let response = call!(service, generate_resource_config { type_name: "test_resource".into(), state: data(&state) });
    assert_eq!((response.diagnostics, value(&response.config)), (vec![], object("a", |_| {})));
    for (type_name, state) in [("test_other", data(&state)), ("test_resource", super::messages::garbage())] {
        the_error(&diagnostics_of!(service, generate_resource_config { type_name: type_name.into(), state: state }));
    }
}
