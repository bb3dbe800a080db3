//! The schema of the provider block.

use tf_provider::schema::{Attribute, Block, Schema};
use tf_provider::{Attr, Model, Secret};

use super::environment::{self, or_list};

pub(crate) const DEFAULT_BASE_URL: &str = "https://cloud.mongodb.com";
pub(crate) const GOV_BASE_URL: &str = "https://cloud.mongodbgov.com";

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Config {
    pub public_key: Attr<String>,
    pub private_key: Attr<Secret>,
    pub client_id: Attr<String>,
    pub client_secret: Attr<Secret>,
    pub access_token: Attr<Secret>,
    pub base_url: Attr<String>,
    pub is_mongodbgov_cloud: Attr<bool>,
    pub api_version: Attr<String>,
}

/// The schema of the provider block.
pub(crate) fn schema() -> Schema {
    let or = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let plural = if names.len() > 1 { "s" } else { "" };
        format!("Can also be set with the {} environment variable{plural}.", or_list(&names))
    };
    Schema::new(
        Block::new()
            .description("Migrates MongoDB clusters that Cloud Manager monitors into Atlas, with push live migrations.")
            .attribute(
                Attribute::string("public_key")
                    .description(format!("Public key of an Atlas API key. {}", or(environment::PUBLIC_KEY))),
            )
            .attribute(
                Attribute::string("private_key")
                    .sensitive()
                    .description(format!("Private key of an Atlas API key. {}", or(environment::PRIVATE_KEY))),
            )
            .attribute(
                Attribute::string("client_id")
                    .description(format!("Client ID of an Atlas service account. {}", or(environment::CLIENT_ID))),
            )
            .attribute(Attribute::string("client_secret").sensitive().description(format!(
                "Client secret of an Atlas service account. {}",
                or(environment::CLIENT_SECRET)
            )))
            .attribute(Attribute::string("access_token").sensitive().description(format!(
                "Access token of an Atlas service account, valid for one hour. {}",
                or(environment::ACCESS_TOKEN)
            )))
            .attribute(Attribute::string("base_url").description(format!(
                "URL of Atlas. Defaults to `{}`. {}",
                DEFAULT_BASE_URL,
                or(environment::BASE_URL)
            )))
            .attribute(Attribute::bool("is_mongodbgov_cloud").description(format!(
                "Whether to use Atlas for Government, `{}`. Conflicts with another `base_url`.",
                GOV_BASE_URL
            )))
            .attribute(Attribute::string("api_version").description(format!(
                "Version of the Atlas Administration API: `v2`, or `v1.0`, the legacy API, which accepts only an API key. \
                 Defaults to `v2`. {}",
                or(environment::API_VERSION)
            ))),
    )
}
