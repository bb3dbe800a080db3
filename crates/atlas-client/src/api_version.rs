//! The operations in each version of the API: paths, media types, and the fields of a body.
//!
//! No I/O, and no dependency on how a request is authenticated, sent or retried.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::{Destination, HostnameSchemaType, MigrationRequest, ShardKey, Sharding, ShardingEntry, Source};
use crate::operation::Action;

/// A version of the Atlas Administration API.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ApiVersion {
    /// `v1.0`, the legacy API: plain JSON, unversioned.
    V1,
    /// `v2`, the current API, which is versioned by media type.
    V2,
}

impl ApiVersion {
    /// `v1.0` or `v2`, as in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::V2 => "v2",
        }
    }

    /// The path of the live migrations of a project.
    pub(crate) fn collection(self, group_id: &str) -> String {
        format!("/api/atlas/{}/groups/{group_id}/liveMigrations", self.as_str())
    }

    /// The path of the projects that can be migrated to an organization; `None` where the version doesn't have it.
    pub(crate) fn available_projects(self, org_id: &str) -> Option<String> {
        let path = || format!("/api/atlas/v2/orgs/{org_id}/liveMigrations/availableProjects");
        (self == Self::V2).then(path)
    }

    /// The media type that an operation accepts and, where it has a body, sends.
    pub(crate) fn media_type(self, action: Action) -> &'static str {
        match (self, action) {
            (Self::V1, _) => "application/json",
            // The version that has `dropDestinationData`. Atlas removes the older one on 2027-07-01.
            (Self::V2, Action::Create | Action::Validate) => "application/vnd.atlas.2024-05-30+json",
            (Self::V2, Action::AvailableProjects | Action::Cutover | Action::Read | Action::Validation) => {
                "application/vnd.atlas.2023-01-01+json"
            }
        }
    }

    /// The body of create and validate.
    ///
    /// # Errors
    ///
    /// The request contains something that this API version doesn't have.
    pub(crate) fn body(self, request: &MigrationRequest) -> Result<Bytes, &'static str> {
        if self == Self::V1 && request.sharding.is_some() {
            return Err("API v1.0 has no sharding; it requires API v2");
        }
        let body = serde_json::to_vec(&Body::new(self, request)).map_err(|_| "the request can't be encoded as JSON")?;
        Ok(body.into())
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApiVersion {
    type Err = UnknownApiVersion;

    fn from_str(name: &str) -> Result<Self, UnknownApiVersion> {
        match name {
            "v1.0" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(UnknownApiVersion),
        }
    }
}

/// A name that is neither `v2` nor `v1.0`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownApiVersion;

impl fmt::Display for UnknownApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the API version is neither \"v2\" nor \"v1.0\"")
    }
}

impl std::error::Error for UnknownApiVersion {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    source: SourceBody<'a>,
    destination: DestinationBody<'a>,
    migration_hosts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_destination_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sharding: Option<ShardingBody<'a>>,
}

impl<'a> Body<'a> {
    fn new(api_version: ApiVersion, request: &'a MigrationRequest) -> Self {
        let drop = request.drop_destination;
        Self {
            source: SourceBody::new(&request.source),
            destination: DestinationBody::new(api_version, &request.destination),
            migration_hosts: &request.migration_hosts,
            drop_enabled: (api_version == ApiVersion::V1).then_some(drop),
            drop_destination_data: (api_version == ApiVersion::V2).then_some(drop),
            sharding: request.sharding.as_ref().map(ShardingBody::new),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceBody<'a> {
    cluster_name: &'a str,
    group_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    ssl: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_certificate_path: Option<&'a str>,
    managed_authentication: bool,
}

impl<'a> SourceBody<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            cluster_name: &source.cluster_name,
            group_id: &source.group_id,
            username: source.username.as_deref(),
            password: source.password.as_ref().map(|p| p.expose()),
            ssl: source.ssl,
            ca_certificate_path: source.ca_certificate_path.as_deref(),
            managed_authentication: source.managed_authentication,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DestinationBody<'a> {
    group_id: &'a str,
    cluster_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname_schema_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_link_id: Option<&'a str>,
}

impl<'a> DestinationBody<'a> {
    fn new(api_version: ApiVersion, destination: &'a Destination) -> Self {
        let default = (api_version == ApiVersion::V2).then_some(HostnameSchemaType::Public);
        Self {
            group_id: &destination.group_id,
            cluster_name: &destination.cluster_name,
            hostname_schema_type: destination.hostname_schema_type.or(default).map(HostnameSchemaType::as_str),
            private_link_id: destination.private_link_id.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShardingBody<'a> {
    create_supporting_indexes: bool,
    sharding_entries: Vec<EntryBody<'a>>,
}

impl<'a> ShardingBody<'a> {
    fn new(sharding: &'a Sharding) -> Self {
        let sharding_entries = sharding.entries.iter().map(EntryBody::new).collect();
        Self { create_supporting_indexes: sharding.create_supporting_indexes, sharding_entries }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryBody<'a> {
    database: &'a str,
    collection: &'a str,
    shard_collection: ShardCollectionBody<'a>,
}

impl<'a> EntryBody<'a> {
    fn new(entry: &'a ShardingEntry) -> Self {
        let key = entry.key.iter().map(|(field, kind)| KeyBody { field, kind: *kind }).collect();
        Self { database: &entry.database, collection: &entry.collection, shard_collection: ShardCollectionBody { key } }
    }
}

#[derive(Serialize)]
struct ShardCollectionBody<'a> {
    key: Vec<KeyBody<'a>>,
}

/// An object with one member, which is named after the field of the shard key.
struct KeyBody<'a> {
    field: &'a str,
    kind: ShardKey,
}

impl Serialize for KeyBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.kind {
            ShardKey::Ascending => map.serialize_entry(self.field, &1)?,
            ShardKey::Hashed => map.serialize_entry(self.field, self.kind.as_str())?,
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> MigrationRequest {
        MigrationRequest {
            group_id: "e01c9427f054fe80745f3f6c".into(),
            source: Source {
                group_id: "9b43a5b329223c3a1591a678".into(),
                cluster_name: "exampleClusterA".into(),
                username: Some("example".into()),
                password: Some("string".into()),
                ssl: true,
                ca_certificate_path: Some("/path/to/ca".into()),
                managed_authentication: false,
            },
            destination: Destination {
                group_id: "e01c9427f054fe80745f3f6c".into(),
                cluster_name: "exampleClusterB".into(),
                hostname_schema_type: None,
                private_link_id: None,
            },
            migration_hosts: vec!["vm001.example.com".into()],
            drop_destination: true,
            sharding: None,
        }
    }

    fn managed() -> MigrationRequest {
        let mut request = request();
        request.source.username = None;
        request.source.password = None;
        request.source.ca_certificate_path = None;
        request.source.managed_authentication = true;
        request.drop_destination = false;
        request
    }

    fn text(api_version: ApiVersion, request: &MigrationRequest) -> String {
        String::from_utf8(api_version.body(request).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn v1_body_is_exact() {
        assert_eq!(
            text(ApiVersion::V1, &request()),
            concat!(
                r#"{"source":{"clusterName":"exampleClusterA","groupId":"9b43a5b329223c3a1591a678","username":"example","#,
                r#""password":"string","ssl":true,"caCertificatePath":"/path/to/ca","managedAuthentication":false},"#,
                r#""destination":{"groupId":"e01c9427f054fe80745f3f6c","clusterName":"exampleClusterB"},"#,
                r#""migrationHosts":["vm001.example.com"],"dropEnabled":true}"#
            )
        );
    }

    #[test]
    fn v1_leaves_out_absent_arguments() {
        assert_eq!(
            text(ApiVersion::V1, &managed()),
            concat!(
                r#"{"source":{"clusterName":"exampleClusterA","groupId":"9b43a5b329223c3a1591a678","ssl":true,"#,
                r#""managedAuthentication":true},"#,
                r#""destination":{"groupId":"e01c9427f054fe80745f3f6c","clusterName":"exampleClusterB"},"#,
                r#""migrationHosts":["vm001.example.com"],"dropEnabled":false}"#
            )
        );
    }

    #[test]
    fn v1_sends_schema_type_and_private_link() {
        let mut request = managed();
        request.destination.hostname_schema_type = Some(HostnameSchemaType::PrivateLink);
        request.destination.private_link_id = Some("vpce-1".into());
        let expected = concat!(
            r#""destination":{"groupId":"e01c9427f054fe80745f3f6c","clusterName":"exampleClusterB","#,
            r#""hostnameSchemaType":"PRIVATE_LINK","privateLinkId":"vpce-1"}"#
        );
        assert!(text(ApiVersion::V1, &request).contains(expected));
    }

    #[test]
    fn v1_rejects_sharding() {
        let mut request = managed();
        request.sharding = Some(Sharding { create_supporting_indexes: true, entries: vec![] });
        assert!(ApiVersion::V1.body(&request).unwrap_err().contains("sharding"));
    }

    #[test]
    fn v2_body_has_public_and_drop_destination_data() {
        assert_eq!(
            text(ApiVersion::V2, &request()),
            concat!(
                r#"{"source":{"clusterName":"exampleClusterA","groupId":"9b43a5b329223c3a1591a678","username":"example","#,
                r#""password":"string","ssl":true,"caCertificatePath":"/path/to/ca","managedAuthentication":false},"#,
                r#""destination":{"groupId":"e01c9427f054fe80745f3f6c","clusterName":"exampleClusterB","#,
                r#""hostnameSchemaType":"PUBLIC"},"migrationHosts":["vm001.example.com"],"dropDestinationData":true}"#
            )
        );
    }

    #[test]
    fn v2_sends_shard_keys_in_order() {
        let mut request = managed();
        let entry = |key| ShardingEntry { database: "shop".into(), collection: "orders".into(), key };
        request.destination.hostname_schema_type = Some(HostnameSchemaType::VpcPeering);
        request.sharding = Some(Sharding {
            create_supporting_indexes: true,
            entries: vec![entry(vec![("region".into(), ShardKey::Ascending), ("customer".into(), ShardKey::Hashed)])],
        });
        let body = text(ApiVersion::V2, &request);
        let expected = concat!(
            r#""hostnameSchemaType":"VPC_PEERING"},"migrationHosts":["vm001.example.com"],"dropDestinationData":false,"#,
            r#""sharding":{"createSupportingIndexes":true,"shardingEntries":[{"database":"shop","collection":"orders","#,
            r#""shardCollection":{"key":[{"region":1},{"customer":"hashed"}]}}]}}"#
        );
        assert!(body.ends_with(expected), "{body}");
    }

    #[test]
    fn parses_exact_names_only() {
        for api_version in [ApiVersion::V1, ApiVersion::V2] {
            assert_eq!(api_version.to_string().parse::<ApiVersion>(), Ok(api_version));
        }
        for wrong in ["v1", "V2", "v2.0", "", "2"] {
            assert_eq!(wrong.parse::<ApiVersion>(), Err(UnknownApiVersion), "{wrong}");
        }
    }
}
