//! Clients, requests and options for the tests.

use std::time::Duration;

use atlas_client::{
    ApiVersion, BaseUrl, CallOptions, CancellationToken, Client, Config, Credentials, Destination, MigrationRequest,
    Source,
};
use atlas_simulator::Config as Simulation;

pub(crate) const GROUP: &str = "e01c9427f054fe80745f3f6c";
pub(crate) const SOURCE_GROUP: &str = "9b43a5b329223c3a1591a678";
pub(crate) const ID: &str = "6f5902d6e1c1b0a5d4b3c2a1";
pub(crate) const PASSWORD: &str = "corr3ct-horse/battery\"staple";
pub(crate) const TOKEN: &str = "t0k3n-that-unused_address-may-see";

/// A complete response to a read.
pub(crate) const WORKING: &str = r#"{"_id":"6f5902d6e1c1b0a5d4b3c2a1","status":"WORKING","lagTimeSeconds":3}"#;

pub(crate) fn access_token() -> Credentials {
    Credentials::AccessToken(TOKEN.into())
}

pub(crate) fn owner() -> Credentials {
    Credentials::KeyPair { public_key: Simulation::PUBLIC_KEY.into(), private_key: Simulation::PRIVATE_KEY.into() }
}

pub(crate) fn service_account() -> Credentials {
    Credentials::ServiceAccount {
        client_id: Simulation::CLIENT_ID.into(),
        client_secret: Simulation::CLIENT_SECRET.into(),
    }
}

/// A configuration with short delays.
pub(crate) fn config(url: &str, credentials: Credentials) -> Config {
    Config {
        request_timeout: Duration::from_secs(10),
        retry_min: Duration::from_millis(10),
        retry_max: Duration::from_millis(40),
        ..Config::new(BaseUrl::parse(url).unwrap(), ApiVersion::V2, credentials, "test/1.0")
    }
}

pub(crate) fn client(url: &str, credentials: Credentials) -> Client {
    Client::new(config(url, credentials))
}

pub(crate) fn options() -> CallOptions {
    within(Duration::from_secs(60))
}

pub(crate) fn within(time: Duration) -> CallOptions {
    CallOptions::within(time, CancellationToken::new())
}

pub(crate) fn migration() -> MigrationRequest {
    MigrationRequest {
        group_id: GROUP.into(),
        source: Source {
            group_id: SOURCE_GROUP.into(),
            cluster_name: "exampleClusterA".into(),
            username: Some("example".into()),
            password: Some(PASSWORD.into()),
            ssl: true,
            ca_certificate_path: Some("/path/to/ca".into()),
            managed_authentication: false,
        },
        destination: Destination {
            group_id: GROUP.into(),
            cluster_name: "exampleClusterB".into(),
            hostname_schema_type: None,
            private_link_id: None,
        },
        migration_hosts: vec!["vm001.example.com".into()],
        drop_destination: false,
        sharding: None,
    }
}
