//! The valid and invalid bodies of each format.

use super::*;
use crate::response::ResponseBody;

const GROUP: &str = "e01c9427f054fe80745f3f6c";

fn body(format: BodyFormat) -> Value {
    let mut body = json!({
        "source": {
            "groupId": "9b43a5b329223c3a1591a678", "clusterName": "A", "username": "u", "password": "p",
            "ssl": true, "caCertificatePath": "/ca", "managedAuthentication": false,
        },
        "destination": {"groupId": GROUP, "clusterName": "B", "hostnameSchemaType": "PUBLIC"},
        "migrationHosts": ["vm001.example.com"],
    });
    body[if format == BodyFormat::V2024 { "dropDestinationData" } else { "dropEnabled" }] = json!(false);
    body
}

fn sharding() -> Value {
    json!({
        "createSupportingIndexes": true,
        "shardingEntries": [
            {"database": "d", "collection": "c", "shardCollection": {"key": [{"a": 1}, {"b": "hashed"}]}},
        ],
    })
}

/// The invalid fields, in the order of the response.
fn invalid_fields(format: BodyFormat, body: &Value) -> Vec<String> {
    let Err(response) = parse(body.to_string().as_bytes(), format, GROUP) else { return Vec::new() };
    assert_eq!(response.status, 400);
    let ResponseBody::Complete(bytes) = response.body else { panic!("the body is complete") };
    let response: Value = serde_json::from_slice(&bytes).unwrap();
    let fields = response["badRequestDetail"]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["field"].as_str().unwrap().to_owned()).collect()
}

/// Sets the value at a JSON pointer, or removes it.
fn with(mut body: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match (value, parent) {
        (Some(value), Value::Array(items)) => items[name.parse::<usize>().unwrap()] = value,
        (Some(value), parent) => parent[name] = value,
        (None, parent) => drop(parent.as_object_mut().unwrap().remove(name).unwrap()),
    }
    body
}

#[test]
fn parses_a_valid_body_in_every_format() {
    for format in [BodyFormat::V1, BodyFormat::V2023, BodyFormat::V2024] {
        let request = parse(body(format).to_string().as_bytes(), format, GROUP).unwrap();
        assert_eq!(
            request,
            MigrationRequest {
                source_group_id: "9b43a5b329223c3a1591a678".to_owned(),
                source_cluster_name: "A".to_owned(),
                cluster_name: "B".to_owned(),
                migration_host: "vm001.example.com".to_owned(),
                drop_destination: false,
            }
        );
    }
}

#[test]
fn formats_differ_in_drop_schema_type_and_sharding() {
    let v1 = body(BodyFormat::V1);
    assert_eq!(invalid_fields(BodyFormat::V1, &with(v1.clone(), "/destination/hostnameSchemaType", None)), [""; 0]);
    assert_eq!(invalid_fields(BodyFormat::V1, &with(v1.clone(), "/sharding", Some(sharding()))), ["sharding"]);
    assert_eq!(invalid_fields(BodyFormat::V1, &body(BodyFormat::V2024)), ["dropDestinationData", "dropEnabled"]);
    assert_eq!(invalid_fields(BodyFormat::V1, &with(v1, "/dropEnabled", None)), ["dropEnabled"]);

    let v2 = body(BodyFormat::V2024);
    let no_type = with(v2.clone(), "/destination/hostnameSchemaType", None);
    assert_eq!(invalid_fields(BodyFormat::V2024, &no_type), ["destination.hostnameSchemaType"]);
    assert_eq!(invalid_fields(BodyFormat::V2024, &with(v2.clone(), "/sharding", Some(sharding()))), [""; 0]);
    assert_eq!(invalid_fields(BodyFormat::V2024, &with(v2.clone(), "/sharding", Some(Value::Null))), [""; 0]);
    assert_eq!(invalid_fields(BodyFormat::V2024, &with(v2, "/dropDestinationData", None)), [""; 0]);
    assert_eq!(invalid_fields(BodyFormat::V2024, &body(BodyFormat::V2023)), ["dropEnabled"]);
}

#[test]
fn names_every_invalid_field() {
    for (pointer, value, field) in [
        ("/source/groupId", Some(json!("9B43A5B329223C3A1591A678")), "source.groupId"),
        ("/source/groupId", None, "source.groupId"),
        ("/source/clusterName", Some(json!("")), "source.clusterName"),
        ("/source/ssl", Some(json!("true")), "source.ssl"),
        ("/source/ssl", None, "source.ssl"),
        ("/source/managedAuthentication", Some(json!(1)), "source.managedAuthentication"),
        ("/source/password", None, "source.password"),
        ("/source/username", Some(Value::Null), "source.username"),
        ("/source/caCertificatePath", Some(json!(7)), "source.caCertificatePath"),
        ("/source/passwordVersion", Some(json!(1)), "source.passwordVersion"),
        ("/source", Some(json!([])), "source"),
        ("/destination", None, "destination"),
        ("/destination/groupId", Some(json!("ffffffffffffffffffffffff")), "destination.groupId"),
        ("/destination/clusterName", None, "destination.clusterName"),
        ("/destination/hostnameSchemaType", Some(json!("PRIVATE")), "destination.hostnameSchemaType"),
        ("/destination/hostnameSchemaType", Some(json!("PRIVATE_LINK")), "destination.privateLinkId"),
        ("/destination/privateLinkId", Some(json!("vpce-1")), "destination.privateLinkId"),
        ("/migrationHosts", Some(json!([])), "migrationHosts"),
        ("/migrationHosts", Some(json!(["a", "b"])), "migrationHosts"),
        ("/migrationHosts/0", Some(json!("")), "migrationHosts[0]"),
        ("/migrationHosts", Some(json!("a")), "migrationHosts"),
        ("/dropDestinationData", Some(json!("no")), "dropDestinationData"),
        ("/groupId", Some(json!(GROUP)), "groupId"),
    ] {
        assert_eq!(
            invalid_fields(BodyFormat::V2024, &with(body(BodyFormat::V2024), pointer, value)),
            [field],
            "{pointer}"
        );
    }
}

#[test]
fn managed_authentication_excludes_a_username_and_password() {
    let managed = with(body(BodyFormat::V2024), "/source/managedAuthentication", Some(json!(true)));
    assert_eq!(invalid_fields(BodyFormat::V2024, &managed), ["source.username", "source.password"]);
    let without = with(with(managed, "/source/username", None), "/source/password", None);
    assert_eq!(invalid_fields(BodyFormat::V2024, &without), [""; 0]);
}

#[test]
fn a_private_link_requires_its_id() {
    let body = with(body(BodyFormat::V2024), "/destination/hostnameSchemaType", Some(json!("PRIVATE_LINK")));
    assert_eq!(
        invalid_fields(BodyFormat::V2024, &with(body, "/destination/privateLinkId", Some(json!("vpce-1")))),
        [""; 0]
    );
}

#[test]
fn a_shard_key_field_is_1_or_hashed() {
    let body = with(body(BodyFormat::V2024), "/sharding", Some(sharding()));
    let path = "sharding.shardingEntries[0].shardCollection.key";
    let pointer = "/sharding/shardingEntries/0/shardCollection/key";
    for key in [json!("1"), json!(-1), json!(2), json!(1.5), json!(true), json!({}), json!("text")] {
        let wrong = with(body.clone(), &format!("{pointer}/0"), Some(json!({"a": key})));
        assert_eq!(invalid_fields(BodyFormat::V2024, &wrong), [format!("{path}[0]")], "{key}");
    }
    for part in [json!({"a": 1, "b": 1}), json!({}), json!("a"), json!({"": 1})] {
        let wrong = with(body.clone(), &format!("{pointer}/1"), Some(part.clone()));
        assert_eq!(invalid_fields(BodyFormat::V2024, &wrong), [format!("{path}[1]")], "{part}");
    }
    assert_eq!(invalid_fields(BodyFormat::V2024, &with(body.clone(), pointer, Some(json!([])))), [path]);
    assert_eq!(
        invalid_fields(BodyFormat::V2024, &with(body.clone(), pointer, Some(json!([{"a": 1}, {"a": 1}])))),
        [path]
    );
    let wrong = with(body, "/sharding/createSupportingIndexes", None);
    assert_eq!(invalid_fields(BodyFormat::V2024, &wrong), ["sharding.createSupportingIndexes"]);
}

#[test]
fn reports_all_violations_at_once() {
    let wrong = json!({"source": {"groupId": "x"}, "destination": {}, "migrationHosts": [], "extra": 1});
    let response = parse(wrong.to_string().as_bytes(), BodyFormat::V2024, GROUP).unwrap_err();
    assert!(response.note.starts_with("VALIDATION_ERROR"), "{}", response.note);
    assert_eq!(
        invalid_fields(BodyFormat::V2024, &wrong),
        [
            "extra",
            "source.groupId",
            "source.clusterName",
            "source.ssl",
            "source.managedAuthentication",
            "destination.groupId",
            "destination.clusterName",
            "destination.hostnameSchemaType",
            "migrationHosts",
        ]
    );
}

#[test]
fn rejects_a_body_that_is_not_a_json_object() {
    assert_eq!(parse(b"{", BodyFormat::V2024, GROUP).unwrap_err().note, "INVALID_JSON");
    assert_eq!(parse(b"", BodyFormat::V2024, GROUP).unwrap_err().note, "INVALID_JSON");
    assert_eq!(invalid_fields(BodyFormat::V2024, &json!([])), [""]);
}
