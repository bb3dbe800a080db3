//! A typed client of the live migration operations of the MongoDB Atlas Administration API, versions v1.0 and v2.
//!
//! It doesn't depend on Terraform. Reading order: [`Client`] and its operations (`live_migrations`, `available_projects`),
//! decoding of responses (`body`), encoding of requests (`prepared_request`, `api_version`, `model`), attempts (`client`,
//! `retry`), HTTP (`http`, `response`, `dns`, `proxy`, `trust`, `connect`), authentication (`auth`), errors (`error`, `cause`,
//! `environment`, `api_error`), and masking of secrets (`mask`).
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use atlas_client::{ApiVersion, BaseUrl, CallOptions, CancellationToken, Client, Config, Credentials};
//!
//! let credentials = Credentials::KeyPair { public_key: "public".into(), private_key: "private".into() };
//! let base_url = BaseUrl::parse("https://cloud.mongodb.com")?;
//! let client = Client::new(Config::new(base_url, ApiVersion::V2, credentials, "example/1.0"));
//! let options = CallOptions::within(Duration::from_secs(60), CancellationToken::new());
//! let migration = client.read("e01c9427f054fe80745f3f6c", "6f5902d6e1c1b0a5d4b3c2a1", &options).await?;
//! assert!(migration.status.is_some());
//! # Ok(())
//! # }
//! ```

mod api_error;
mod api_version;
mod auth;
mod available_projects;
mod base_url;
mod body;
mod cause;
mod client;
mod config;
mod connect;
mod dns;
mod environment;
mod error;
mod http;
mod live_migrations;
mod mask;
mod model;
mod notice;
mod operation;
mod prepared_request;
mod proxy;
mod response;
mod retry;
mod trust;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

pub use secret::Secret;
pub use tokio_util::sync::CancellationToken;

pub use crate::api_error::ApiError;
pub use crate::api_version::{ApiVersion, UnknownApiVersion};
pub use crate::base_url::{BaseUrl, BaseUrlError};
pub use crate::cause::{AuthenticationError, ConnectCause};
pub use crate::client::Client;
pub use crate::config::{
    CallOptions, Config, Credentials, DEFAULT_REQUEST_TIMEOUT, DEFAULT_RETRY_MAX, DEFAULT_RETRY_MIN,
};
pub use crate::environment::EnvironmentError;
pub use crate::error::{Error, ErrorKind};
pub use crate::model::{
    AvailableProject, Deployment, Destination, HostnameSchemaType, LiveMigration, MigrationRequest, ShardKey, Sharding,
    ShardingEntry, Source, Status, Validation, ValidationStatus,
};
pub use crate::notice::Notice;
pub use crate::operation::{Action, Operation};
pub use crate::retry::Backoff;
