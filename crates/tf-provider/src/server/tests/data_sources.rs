//! Data sources: schemas, validation and reads.

use super::declared::{LOOKUP, PANIC, lookup, lookup_type, serve_declared};
use super::messages::{decode, garbage, path_text, text, the_error};
use crate::Value;
use crate::proto::tfplugin5::provider_server::Provider as _;

#[tokio::test]
async fn data_source_is_announced() {
    let (service, _) = serve_declared();
    let schema = call!(service, get_schema as get_provider_schema {});
    assert_eq!(schema.diagnostics, []);
    assert!(schema.data_source_schemas[LOOKUP].block.is_some());
    assert_eq!(call!(service, get_metadata {}).data_sources[0].type_name, LOOKUP);
}

#[tokio::test]
async fn configuration_is_validated() {
    let (service, _) = serve_declared();
    let validate = async |name: Value, id: Value| {
        let config = lookup([("name", name), ("id", id)]);
        let found = diagnostics_of!(service, validate_data_source_config { type_name: LOOKUP.into(), config: config });
        found.iter().map(|found| (found.summary.clone(), path_text(found))).collect::<Vec<_>>()
    };
    for (name, id, summary, path) in [
        (Value::Null, Value::Null, "Missing required argument", "name"),
        (text(""), Value::Null, "Name is empty", "name"),
        (text("old"), Value::Null, "Old name", "name"),
        (text("a"), text("1"), "Attribute can't be configured", "id"),
    ] {
        assert_eq!(validate(name, id).await, [(summary.to_owned(), path.to_owned())]);
    }
    assert_eq!(validate(Value::Unknown, Value::Null).await, []);
}

#[tokio::test]
async fn read_has_defaults_and_returns_computed_attributes() {
    let (service, _) = serve_declared();
    let response = call!(service, read_data_source { type_name: LOOKUP.into(), config: lookup([("name", text("a"))]) });
    assert_eq!(response.diagnostics, []);
    let expected = lookup([("name", text("a")), ("region", text("eu")), ("id", text("id of a"))]);
    assert_eq!(decode(&response.state, &lookup_type()), decode(&expected, &lookup_type()));
    let given = lookup([("name", text("a")), ("region", text("us"))]);
    let response = call!(service, read_data_source { type_name: LOOKUP.into(), config: given });
    assert_eq!(decode(&response.state, &lookup_type()).attribute("region"), Some(&text("us")));
}

#[tokio::test]
async fn failed_read_returns_an_error_and_no_state() {
    let (service, _) = serve_declared();
    for (type_name, config, summary) in [
        (LOOKUP, lookup([("name", text("missing"))]), "No such server"),
        (LOOKUP, lookup([("name", text(PANIC))]), "Provider crashed"),
        (LOOKUP, garbage(), "Request can't be decoded"),
        ("declared_other", lookup([("name", text("a"))]), "Unknown data source"),
    ] {
        let response = call!(service, read_data_source { type_name: type_name.into(), config: config });
        let (found, detail, _) = the_error(&response.diagnostics);
        assert_eq!((found.as_str(), response.state), (summary, None));
        assert!(summary == "No such server" || detail.contains(&format!("data source `{type_name}`")), "{detail}");
    }
}

#[tokio::test]
async fn validation_reports_what_it_cannot_use() {
    let (service, _) = serve_declared();
    for (type_name, config, summary) in [
        (LOOKUP, garbage(), "Request can't be decoded"),
        ("declared_other", lookup([("name", text("a"))]), "Unknown data source"),
    ] {
        let found =
            diagnostics_of!(service, validate_data_source_config { type_name: type_name.into(), config: config });
        assert_eq!(the_error(&found).0, summary);
    }
    // Terraform sends null for nothing; it is no reason to fail.
    assert_eq!(diagnostics_of!(service, validate_data_source_config { type_name: LOOKUP.into() }), []);
}
