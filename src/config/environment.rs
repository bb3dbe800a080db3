//! The environment variables that the provider reads, taken once and handed on: nothing else looks at the
//! environment of the process.

use std::collections::BTreeMap;

/// Public key of a key pair.
pub(crate) const PUBLIC_KEY: &[&str] =
    &["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PUBLIC_KEY", "MCLI_PUBLIC_API_KEY"];
/// Private key of a key pair.
pub(crate) const PRIVATE_KEY: &[&str] =
    &["MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_PRIVATE_KEY", "MCLI_PRIVATE_API_KEY"];
/// Client id of a service account.
pub(crate) const CLIENT_ID: &[&str] = &["MONGODB_ATLAS_CLIENT_ID"];
/// Client secret of a service account.
pub(crate) const CLIENT_SECRET: &[&str] = &["MONGODB_ATLAS_CLIENT_SECRET"];
/// A ready bearer token.
pub(crate) const ACCESS_TOKEN: &[&str] = &["MONGODB_ATLAS_ACCESS_TOKEN"];
/// Where Atlas is.
pub(crate) const BASE_URL: &[&str] = &["MONGODB_ATLAS_BASE_URL", "MCLI_OPS_MANAGER_URL"];
/// The dialect.
pub(crate) const API_VERSION: &[&str] = &["MONGODB_ATLAS_API_VERSION"];
/// A Go duration between two polls of a wait; for tests and demonstrations.
pub(crate) const POLL_INTERVAL: &[&str] = &["ATLAS_POLL_INTERVAL"];
/// What Terraform's automation adds to a User-Agent.
pub(crate) const APPEND_USER_AGENT: &[&str] = &["TF_APPEND_USER_AGENT"];

const ALL: [&[&str]; 9] = [
    PUBLIC_KEY,
    PRIVATE_KEY,
    CLIENT_ID,
    CLIENT_SECRET,
    ACCESS_TOKEN,
    BASE_URL,
    API_VERSION,
    POLL_INTERVAL,
    APPEND_USER_AGENT,
];

/// The variables that concern the provider. An empty one counts as not set. No `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The names of all variables.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        ALL.iter().flat_map(|names| names.iter().copied())
    }

    /// Takes them from the process; what is not Unicode counts as not set.
    pub fn from_process() -> Self {
        Self::variables().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
    }

    /// The first of these names that is set, and its value.
    pub fn first(&self, names: &'static [&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.0.get(*name)?.as_str())))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let set = variables.into_iter().filter(|(_, value)| !value.trim().is_empty());
        Self(set.map(|(name, value)| (name, value.trim().to_owned())).collect())
    }
}

/// Names for a message: «A, B or C».
pub(crate) fn or_list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}
