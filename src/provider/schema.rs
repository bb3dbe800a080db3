//! The schema of the provider block.

use tf_provider::schema::{Attribute, Block, Schema};
use tf_provider::{Attr, Secret, model};

use super::environment::{self, or_list};

model! {
    /// The provider block.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Config {
        /// Key pair.
        pub public_key: Attr<String>,
        /// Key pair.
        pub private_key: Attr<Secret>,
        /// Service account.
        pub client_id: Attr<String>,
        /// Service account.
        pub client_secret: Attr<Secret>,
        /// A ready bearer token.
        pub access_token: Attr<Secret>,
        /// Where Atlas is.
        pub base_url: Attr<String>,
        /// Atlas for government.
        pub is_mongodbgov_cloud: Attr<bool>,
        /// The dialect.
        pub api_version: Attr<String>,
    }
}

/// The schema of the provider block.
pub(super) fn schema() -> Schema {
    let or = |names: &[&str]| format!("Or {}.", or_list(names));
    Schema::new(
        Block::new()
            .description(
                "Migrates MongoDB clusters that Cloud Manager or Ops Manager runs into MongoDB Atlas, by push live \
                 migrations.",
            )
            .attribute(
                Attribute::string("public_key")
                    .description(format!("The public key of an Atlas API key pair. {}", or(environment::PUBLIC_KEY))),
            )
            .attribute(
                Attribute::string("private_key")
                    .sensitive()
                    .description(format!("The private key of an Atlas API key pair. {}", or(environment::PRIVATE_KEY))),
            )
            .attribute(
                Attribute::string("client_id")
                    .description(format!("The client id of an Atlas service account. {}", or(environment::CLIENT_ID))),
            )
            .attribute(Attribute::string("client_secret").sensitive().description(format!(
                "The client secret of an Atlas service account. {}",
                or(environment::CLIENT_SECRET)
            )))
            .attribute(Attribute::string("access_token").sensitive().description(format!(
                "A ready access token of an Atlas service account. {}",
                or(environment::ACCESS_TOKEN)
            )))
            .attribute(Attribute::string("base_url").description(format!(
                "Where Atlas is. Defaults to `{}`. {}",
                super::settings::DEFAULT_BASE_URL,
                or(environment::BASE_URL)
            )))
            .attribute(Attribute::bool("is_mongodbgov_cloud").description(format!(
                "Whether Atlas for government is meant, `{}`. Not with another `base_url`.",
                super::settings::GOV_BASE_URL
            )))
            .attribute(Attribute::string("api_version").description(format!(
                "The version of the Atlas Administration API: `v2` (the default) or `v1.0`, the legacy one, which \
                 takes a key pair only. {}",
                or(environment::API_VERSION)
            ))),
    )
}
