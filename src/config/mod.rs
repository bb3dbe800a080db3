//! The provider block: credentials, the environment, and the connection to Atlas that all resources share.

pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod environment;
pub(crate) mod schema;
pub(crate) mod settings;
