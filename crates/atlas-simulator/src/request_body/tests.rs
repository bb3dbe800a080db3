//! Which bodies are correct in which form; knows nothing of the server.

use super::*;
use crate::answer::Payload;

const GROUP: &str = "e01c9427f054fe80745f3f6c";

fn body(form: Form) -> Value {
    let mut body = json!({
        "source": {
            "groupId": "9b43a5b329223c3a1591a678", "clusterName": "A", "username": "u", "password": "p",
            "ssl": true, "caCertificatePath": "/ca", "managedAuthentication": false,
        },
        "destination": {"groupId": GROUP, "clusterName": "B", "hostnameSchemaType": "PUBLIC"},
        "migrationHosts": ["vm001.example.com"],
    });
    body[if form == Form::V2024 { "dropDestinationData" } else { "dropEnabled" }] = json!(false);
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

/// The fields that are refused, in the order of the answer.
fn refused(form: Form, body: &Value) -> Vec<String> {
    let Err(answer) = read(body.to_string().as_bytes(), form, GROUP) else { return Vec::new() };
    assert_eq!(answer.status, 400);
    let Payload::Whole(bytes) = answer.body else { panic!("the body is whole") };
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    let fields = answer["badRequestDetail"]["fields"].as_array().unwrap();
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
fn a_correct_body_is_read_in_every_form() {
    for form in [Form::V1, Form::V2023, Form::V2024] {
        let wanted = read(body(form).to_string().as_bytes(), form, GROUP).unwrap();
        assert_eq!(
            wanted,
            Wanted {
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
fn the_forms_differ_in_drop_schema_type_and_sharding() {
    let v1 = body(Form::V1);
    assert_eq!(refused(Form::V1, &with(v1.clone(), "/destination/hostnameSchemaType", None)), [""; 0]);
    assert_eq!(refused(Form::V1, &with(v1.clone(), "/sharding", Some(sharding()))), ["sharding"]);
    assert_eq!(refused(Form::V1, &body(Form::V2024)), ["dropDestinationData", "dropEnabled"]);
    assert_eq!(refused(Form::V1, &with(v1, "/dropEnabled", None)), ["dropEnabled"]);

    let v2 = body(Form::V2024);
    let no_type = with(v2.clone(), "/destination/hostnameSchemaType", None);
    assert_eq!(refused(Form::V2024, &no_type), ["destination.hostnameSchemaType"]);
    assert_eq!(refused(Form::V2024, &with(v2.clone(), "/sharding", Some(sharding()))), [""; 0]);
    assert_eq!(refused(Form::V2024, &with(v2.clone(), "/sharding", Some(Value::Null))), [""; 0]);
    assert_eq!(refused(Form::V2024, &with(v2, "/dropDestinationData", None)), [""; 0]);
    assert_eq!(refused(Form::V2024, &body(Form::V2023)), ["dropEnabled"]);
}

#[test]
fn every_single_mistake_is_named() {
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
        assert_eq!(refused(Form::V2024, &with(body(Form::V2024), pointer, value)), [field], "{pointer}");
    }
}

#[test]
fn managed_authentication_excludes_a_user() {
    let managed = with(body(Form::V2024), "/source/managedAuthentication", Some(json!(true)));
    assert_eq!(refused(Form::V2024, &managed), ["source.username", "source.password"]);
    let without = with(with(managed, "/source/username", None), "/source/password", None);
    assert_eq!(refused(Form::V2024, &without), [""; 0]);
}

#[test]
fn a_private_link_needs_its_id_and_takes_it() {
    let body = with(body(Form::V2024), "/destination/hostnameSchemaType", Some(json!("PRIVATE_LINK")));
    assert_eq!(refused(Form::V2024, &with(body, "/destination/privateLinkId", Some(json!("vpce-1")))), [""; 0]);
}

#[test]
fn a_shard_key_is_the_number_1_or_hashed() {
    let body = with(body(Form::V2024), "/sharding", Some(sharding()));
    let path = "sharding.shardingEntries[0].shardCollection.key";
    let pointer = "/sharding/shardingEntries/0/shardCollection/key";
    for key in [json!("1"), json!(-1), json!(2), json!(1.5), json!(true), json!({}), json!("text")] {
        let wrong = with(body.clone(), &format!("{pointer}/0"), Some(json!({"a": key})));
        assert_eq!(refused(Form::V2024, &wrong), [format!("{path}[0]")], "{key}");
    }
    for part in [json!({"a": 1, "b": 1}), json!({}), json!("a"), json!({"": 1})] {
        let wrong = with(body.clone(), &format!("{pointer}/1"), Some(part.clone()));
        assert_eq!(refused(Form::V2024, &wrong), [format!("{path}[1]")], "{part}");
    }
    assert_eq!(refused(Form::V2024, &with(body.clone(), pointer, Some(json!([])))), [path]);
    assert_eq!(refused(Form::V2024, &with(body.clone(), pointer, Some(json!([{"a": 1}, {"a": 1}])))), [path]);
    let wrong = with(body, "/sharding/createSupportingIndexes", None);
    assert_eq!(refused(Form::V2024, &wrong), ["sharding.createSupportingIndexes"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let wrong = json!({"source": {"groupId": "x"}, "destination": {}, "migrationHosts": [], "extra": 1});
    let answer = read(wrong.to_string().as_bytes(), Form::V2024, GROUP).unwrap_err();
    assert!(answer.note.starts_with("VALIDATION_ERROR"), "{}", answer.note);
    assert_eq!(
        refused(Form::V2024, &wrong),
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
fn what_is_no_json_object_is_refused() {
    assert_eq!(read(b"{", Form::V2024, GROUP).unwrap_err().note, "INVALID_JSON");
    assert_eq!(read(b"", Form::V2024, GROUP).unwrap_err().note, "INVALID_JSON");
    assert_eq!(refused(Form::V2024, &json!([])), [""]);
}
