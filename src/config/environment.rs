//! The environment variables of the provider block. They are read once, at the start of the process.

use std::collections::BTreeMap;

pub(crate) const PUBLIC_KEY: &[&str] =
    &["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PUBLIC_KEY", "MCLI_PUBLIC_API_KEY"];
pub(crate) const PRIVATE_KEY: &[&str] =
    &["MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_PRIVATE_KEY", "MCLI_PRIVATE_API_KEY"];
pub(crate) const CLIENT_ID: &[&str] = &["MONGODB_ATLAS_CLIENT_ID"];
pub(crate) const CLIENT_SECRET: &[&str] = &["MONGODB_ATLAS_CLIENT_SECRET"];
pub(crate) const ACCESS_TOKEN: &[&str] = &["MONGODB_ATLAS_ACCESS_TOKEN"];
pub(crate) const BASE_URL: &[&str] = &["MONGODB_ATLAS_BASE_URL", "MCLI_OPS_MANAGER_URL"];
pub(crate) const API_VERSION: &[&str] = &["MONGODB_ATLAS_API_VERSION"];
/// A Go duration between two polls of a wait, for tests and demonstrations.
pub(crate) const POLL_INTERVAL: &[&str] = &["ATLAS_POLL_INTERVAL"];
/// Added to the `User-Agent` header, as in other providers.
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

/// The variables that are set. An empty one counts as not set. No `Debug`, because the values are secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The names of all variables that the provider block can be set with.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        ALL.iter().flat_map(|names| names.iter().copied())
    }

    /// Reads the variables of the process. A value that is not Unicode counts as not set.
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

/// Formats names as "A, B or C".
pub(crate) fn or_list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} or {last}", names.join(", ")),
    }
}
