//! A typed client of the live migration operations of the MongoDB Atlas Administration API, in both of its forms.
//!
//! It must not know Terraform. Reading order: [`Client`] and its six operations (`live_migrations`, `available_projects`), how their
//! responses are read (`body`), one operation as requests
//! (`call`, `dialect`, `model`), its attempts (`client`, `retry`), one exchange (`http`, `response`, `dns`, `proxy`, `trust`, `connect`), who calls
//! (`auth`), and what goes wrong (`error`, `cause`, `environment`, `api_error`, `mask`).
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use atlas_client::{BaseUrl, CancellationToken, Client, Config, Credentials, Dialect, Limits};
//!
//! let credentials = Credentials::KeyPair { public_key: "public".into(), private_key: "private".into() };
//! let base_url = BaseUrl::parse("https://cloud.mongodb.com")?;
//! let client = Client::new(Config::new(base_url, Dialect::V2, credentials, "example/1.0"));
//! let limits = Limits::within(Duration::from_secs(60), CancellationToken::new());
//! let migration = client.read("e01c9427f054fe80745f3f6c", "6f5902d6e1c1b0a5d4b3c2a1", &limits).await?;
//! assert!(migration.status.is_some());
//! # Ok(())
//! # }
//! ```

mod base_url;
mod config;
mod model;
mod operation;

mod dialect;

mod available_projects;
mod body;
mod call;
mod live_migrations;

mod auth;
mod client;
mod retry;

mod connect;
mod dns;
mod environment;
mod http;
mod notice;
mod proxy;
mod response;
mod trust;

mod api_error;
mod cause;
mod error;
mod mask;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

pub use secrecy::{ExposeSecret, SecretString};
pub use tokio_util::sync::CancellationToken;

pub use crate::api_error::ApiError;
pub use crate::base_url::{BaseUrl, BaseUrlError};
pub use crate::cause::{AuthenticationError, ConnectCause};
pub use crate::client::Client;
pub use crate::config::{Config, Credentials, DEFAULT_REQUEST_TIMEOUT, DEFAULT_RETRY_MAX, DEFAULT_RETRY_MIN, Limits};
pub use crate::dialect::{Dialect, UnknownDialect};
pub use crate::environment::EnvironmentError;
pub use crate::error::{Error, ErrorKind};
pub use crate::model::{
    AvailableProject, Deployment, Destination, HostnameSchemaType, LiveMigration, MigrationRequest, ShardKey, Sharding,
    ShardingEntry, Source, Status, Validation, ValidationStatus,
};
pub use crate::notice::Notice;
pub use crate::operation::{Action, Operation};
pub use crate::retry::Backoff;
