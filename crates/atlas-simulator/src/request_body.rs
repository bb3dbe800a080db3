//! Validates the body of a create or validate request against the API's description, and reports every violation at
//! once. It is independent of the projects, clusters and migrations that exist.

use crate::media::BodyFormat;
use crate::response::Response;
use crate::route::is_id;
use serde_json::{Map, Value, json};

/// The fields of a valid body that the simulation uses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MigrationRequest {
    pub(crate) source_group_id: String,
    pub(crate) source_cluster_name: String,
    pub(crate) cluster_name: String,
    pub(crate) migration_host: String,
    pub(crate) drop_destination: bool,
}

/// Parses the body, or returns a 400 in Atlas's error format.
pub(crate) fn parse(bytes: &[u8], format: BodyFormat, path_group_id: &str) -> Result<MigrationRequest, Box<Response>> {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
        return Err(Box::new(Response::error(400, "INVALID_JSON", "Received JSON is malformed.")));
    };
    let mut validator = Validator { format, violations: Vec::new() };
    let request = validator.request(&body, path_group_id);
    match request {
        Some(request) if validator.violations.is_empty() => Ok(request),
        _ => Err(Box::new(bad_request(&validator.violations))),
    }
}

struct Violation {
    /// The error code of Atlas.
    code: &'static str,
    /// The path to the field, such as `source.ssl`.
    field: String,
    description: String,
}

fn bad_request(violations: &[Violation]) -> Response {
    let fields: Vec<Value> = violations
        .iter()
        .map(|violation| json!({"field": violation.field, "description": violation.description}))
        .collect();
    let names: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    let (code, detail) = match violations {
        [violation] => (violation.code, violation.description.clone()),
        _ => ("VALIDATION_ERROR", format!("The request has {} invalid attributes: {}.", names.len(), names.join(", "))),
    };
    let body = json!({
        "error": 400,
        "errorCode": code,
        "detail": detail,
        "reason": "Bad Request",
        "parameters": names,
        "badRequestDetail": {"fields": fields},
    });
    Response::json_value(400, "application/json", &body).with_note(format!("{code} {}", names.join(" ")))
}

type Object = Map<String, Value>;

struct Validator {
    format: BodyFormat,
    violations: Vec<Violation>,
}

impl Validator {
    fn request(&mut self, body: &Value, path_group_id: &str) -> Option<MigrationRequest> {
        let Some(body) = body.as_object() else {
            self.invalid("", "The request body must be a JSON object.");
            return None;
        };
        let drop_field = if self.format == BodyFormat::V2024 { "dropDestinationData" } else { "dropEnabled" };
        let mut known = vec!["source", "destination", "migrationHosts", drop_field];
        if self.format != BodyFormat::V1 {
            known.push("sharding");
        }
        self.reject_unknown("", body, &known);
        let source = self.object(body, "", "source").and_then(|source| self.source(source));
        let cluster_name = self.object(body, "", "destination").and_then(|it| self.destination(it, path_group_id));
        let migration_host = self.migration_hosts(body);
        let drop_destination = match (self.format, body.get(drop_field)) {
            // Only the newest version has a default.
            (BodyFormat::V2024, None) => Some(false),
            _ => self.boolean(body, "", drop_field),
        };
        if self.format != BodyFormat::V1
            && let Some(sharding) = body.get("sharding")
            && !sharding.is_null()
        {
            self.sharding(sharding);
        }
        let (source_group_id, source_cluster_name) = source?;
        Some(MigrationRequest {
            source_group_id,
            source_cluster_name,
            cluster_name: cluster_name?,
            migration_host: migration_host?,
            drop_destination: drop_destination?,
        })
    }

    fn source(&mut self, source: &Object) -> Option<(String, String)> {
        let known =
            ["groupId", "clusterName", "username", "password", "ssl", "caCertificatePath", "managedAuthentication"];
        self.reject_unknown("source.", source, &known);
        let group_id = self.id(source, "source.", "groupId");
        let cluster_name = self.string(source, "source.", "clusterName");
        self.boolean(source, "source.", "ssl");
        let managed = self.boolean(source, "source.", "managedAuthentication");
        let username = self.optional_string(source, "source.", "username");
        let password = self.optional_string(source, "source.", "password");
        self.optional_string(source, "source.", "caCertificatePath");
        if managed == Some(true) {
            for (present, name) in [(username, "username"), (password, "password")] {
                if present {
                    self.invalid(format!("source.{name}"), "Must not be given when managedAuthentication is true.");
                }
            }
        } else if username != password {
            let missing = if username { "password" } else { "username" };
            self.missing(format!("source.{missing}"), "Username and password must be given together.");
        }
        Some((group_id?, cluster_name?))
    }

    fn destination(&mut self, destination: &Object, path_group_id: &str) -> Option<String> {
        self.reject_unknown(
            "destination.",
            destination,
            &["groupId", "clusterName", "hostnameSchemaType", "privateLinkId"],
        );
        let group_id = self.id(destination, "destination.", "groupId");
        if group_id.is_some_and(|id| id != path_group_id) {
            self.invalid("destination.groupId", "Must be the project ID in the path.");
        }
        let cluster_name = self.string(destination, "destination.", "clusterName");
        let schema_type = match destination.get("hostnameSchemaType") {
            None if self.format == BodyFormat::V1 => None,
            _ => self.string(destination, "destination.", "hostnameSchemaType"),
        };
        if let Some(schema_type) = &schema_type
            && !["PUBLIC", "PRIVATE_LINK", "VPC_PEERING"].contains(&schema_type.as_str())
        {
            let description = format!("An invalid enumeration value {schema_type} was specified.");
            self.add("INVALID_ENUM_VALUE", "destination.hostnameSchemaType", description);
        }
        let private_link = self.optional_string(destination, "destination.", "privateLinkId");
        let needs_link = schema_type.as_deref() == Some("PRIVATE_LINK");
        if needs_link && !private_link {
            self.missing("destination.privateLinkId", "Required with hostnameSchemaType PRIVATE_LINK.");
        }
        if private_link && !needs_link {
            self.invalid("destination.privateLinkId", "Only with hostnameSchemaType PRIVATE_LINK.");
        }
        cluster_name
    }

    fn migration_hosts(&mut self, body: &Object) -> Option<String> {
        let hosts = self.array(body, "", "migrationHosts")?;
        let [host] = hosts.as_slice() else {
            self.invalid("migrationHosts", "Exactly one migration host must be specified.");
            return None;
        };
        match host.as_str() {
            Some(host) if !host.is_empty() => Some(host.to_owned()),
            _ => {
                self.invalid("migrationHosts[0]", "Must be a non-empty string.");
                None
            }
        }
    }

    fn sharding(&mut self, sharding: &Value) {
        let Some(sharding) = sharding.as_object() else {
            return self.invalid("sharding", "Must be an object.");
        };
        self.reject_unknown("sharding.", sharding, &["createSupportingIndexes", "shardingEntries"]);
        self.boolean(sharding, "sharding.", "createSupportingIndexes");
        let Some(entries) = self.array(sharding, "sharding.", "shardingEntries") else { return };
        self.require_unique("sharding.shardingEntries", entries);
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("sharding.shardingEntries[{index}].");
            let Some(entry) = entry.as_object() else {
                self.invalid(path.trim_end_matches('.'), "Must be an object.");
                continue;
            };
            self.reject_unknown(&path, entry, &["database", "collection", "shardCollection"]);
            self.string(entry, &path, "database");
            self.string(entry, &path, "collection");
            if let Some(keys) = self.object(entry, &path, "shardCollection") {
                self.shard_key(keys, &format!("{path}shardCollection."));
            }
        }
    }

    fn shard_key(&mut self, keys: &Object, path: &str) {
        self.reject_unknown(path, keys, &["key"]);
        let Some(key) = self.array(keys, path, "key") else { return };
        if key.is_empty() {
            self.invalid(format!("{path}key"), "At least one field must be specified.");
        }
        self.require_unique(&format!("{path}key"), key);
        for (index, part) in key.iter().enumerate() {
            let one_field = part.as_object().filter(|part| part.len() == 1).and_then(|part| part.iter().next());
            let valid = one_field.is_some_and(|(name, kind)| {
                !name.is_empty() && (kind.as_u64() == Some(1) || kind.as_str() == Some("hashed"))
            });
            if !valid {
                let description = "Must be an object of one field whose value is the number 1 or \"hashed\".";
                self.invalid(format!("{path}key[{index}]"), description);
            }
        }
    }

    fn reject_unknown(&mut self, prefix: &str, object: &Object, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            self.add("UNEXPECTED_ATTRIBUTE", format!("{prefix}{name}"), "This attribute is not known.");
        }
    }

    fn required<'a>(&mut self, object: &'a Object, prefix: &str, name: &str) -> Option<&'a Value> {
        let value = object.get(name).filter(|value| !value.is_null());
        if value.is_none() {
            let field = format!("{prefix}{name}");
            let description = format!("The required attribute {field} was not specified.");
            self.missing(field, description);
        }
        value
    }

    fn object<'a>(&mut self, object: &'a Object, prefix: &str, name: &str) -> Option<&'a Object> {
        let value = self.required(object, prefix, name)?;
        self.require_type(value.as_object(), prefix, name, "Must be an object.")
    }

    fn array<'a>(&mut self, object: &'a Object, prefix: &str, name: &str) -> Option<&'a Vec<Value>> {
        let value = self.required(object, prefix, name)?;
        self.require_type(value.as_array(), prefix, name, "Must be an array.")
    }

    fn boolean(&mut self, object: &Object, prefix: &str, name: &str) -> Option<bool> {
        let value = self.required(object, prefix, name)?;
        self.require_type(value.as_bool(), prefix, name, "Must be a boolean.")
    }

    fn string(&mut self, object: &Object, prefix: &str, name: &str) -> Option<String> {
        let value = self.required(object, prefix, name)?;
        let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.require_type(text, prefix, name, "Must be a non-empty string.")
    }

    fn id(&mut self, object: &Object, prefix: &str, name: &str) -> Option<String> {
        let value = self.required(object, prefix, name)?;
        let id = value.as_str().filter(|text| is_id(text)).map(str::to_owned);
        self.require_type(id, prefix, name, "Must be 24 lowercase hexadecimal digits.")
    }

    /// Whether the optional string is present and not null.
    fn optional_string(&mut self, object: &Object, prefix: &str, name: &str) -> bool {
        object.get(name).is_some_and(|value| !value.is_null()) && self.string(object, prefix, name).is_some()
    }

    fn require_unique(&mut self, field: &str, values: &[Value]) {
        if values.iter().enumerate().any(|(index, value)| values[..index].contains(value)) {
            self.invalid(field, "The items must be different from each other.");
        }
    }

    fn require_type<T>(&mut self, value: Option<T>, prefix: &str, name: &str, description: &str) -> Option<T> {
        if value.is_none() {
            self.invalid(format!("{prefix}{name}"), description);
        }
        value
    }

    fn missing(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.add("MISSING_ATTRIBUTE", field, description);
    }

    fn invalid(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.add("INVALID_ATTRIBUTE", field, description);
    }

    fn add(&mut self, code: &'static str, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation { code, field: field.into(), description: description.into() });
    }
}

#[cfg(test)]
mod tests;
