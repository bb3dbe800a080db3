//! The configuration of a simulator: accounts, known projects, the timing of a migration. It is independent of the
//! server.

use crate::algorithm::Algorithm;
use crate::organization::Organization;
use crate::record::Request;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The configuration of a simulator. The default has an owner, a member and a service account, and migrations that are
/// ready after four seconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on, which must be a loopback address. Default: 127.0.0.1 and a free port.
    pub listen: SocketAddr,
    /// Simulated seconds per real second; 0 freezes the clock. Default: 1.
    pub speed: f64,
    /// How long a migration stays NEW. Default: 1 s.
    pub new_for: Duration,
    /// How long the lag takes to fall from `start_lag_seconds` to 0. Then the migration is ready for cutover. Default:
    /// 3 s.
    pub sync_for: Duration,
    /// The lag when a migration starts WORKING, in seconds. Default: 600.
    pub start_lag_seconds: u64,
    /// How long a cutover takes from the request to COMPLETE. Default: 1 s.
    pub cutover_for: Duration,
    /// How long a migration that is ready waits for a cutover before it is EXPIRED. Default: 120 h, as Atlas documents.
    pub expires_after: Duration,
    /// How long a validation is PENDING. Default: 1 s.
    pub validation_for: Duration,
    /// How long a validation reports a null status before PENDING. Default: 0.
    pub validation_null_for: Duration,
    /// API key pairs: the public key is the ID, the private key the secret. Default: an owner and a member.
    pub keys: Vec<Credential>,
    /// Service accounts: client ID and client secret, for OAuth 2 client credentials (API v2 only). Default: an owner.
    pub service_accounts: Vec<Credential>,
    /// The form of digest challenges.
    pub digest: DigestConfig,
    /// How long an access token is valid, in real time, because clients measure real time too. Default: 1 h.
    pub token_lifetime: Duration,
    /// The IDs of the projects that exist. Default: `None`, every well-formed ID exists.
    pub groups: Option<Vec<String>>,
    /// The IDs of the source projects whose organization is linked with Atlas. Default: `None`, every one is linked.
    pub linked_sources: Option<Vec<String>>,
    /// The destination clusters that exist, as (project ID, cluster name). Default: `None`, every one exists.
    pub clusters: Option<Vec<(String, String)>>,
    /// The organizations that exist. Default: a linked one with two projects ([`Organization::example`]), and one that
    /// isn't linked. They are independent of `linked_sources`.
    pub organizations: Vec<Organization>,
    /// The number of requests per simulated minute, above which requests get 429. Default: 10000.
    pub rate_limit: u32,
    /// Called for each request to the API when its outcome is known. Default: none.
    pub observer: Option<Observer>,
}

impl Config {
    /// The public key of the owner in [`Config::default`].
    pub const PUBLIC_KEY: &'static str = "simpublic";
    /// The private key of the owner in [`Config::default`].
    pub const PRIVATE_KEY: &'static str = "11111111-2222-4333-8444-555555555555";
    /// The public key of the member in [`Config::default`].
    pub const MEMBER_PUBLIC_KEY: &'static str = "simmember";
    /// The private key of the member in [`Config::default`].
    pub const MEMBER_PRIVATE_KEY: &'static str = "66666666-7777-4888-8999-000000000000";
    /// The ID of the linked organization in [`Config::default`].
    pub const ORG_ID: &'static str = "32b6e34b3d91647abb20e7b8";
    /// The ID of the organization in [`Config::default`] that isn't linked.
    pub const UNLINKED_ORG_ID: &'static str = "4c8f1d2e6a7b9c0d3e5f7a9b";
    /// The client ID of the service account in [`Config::default`], an organization owner.
    pub const CLIENT_ID: &'static str = "mdb_sa_id_5f0000000000000000000001";
    /// The client secret of the service account in [`Config::default`].
    pub const CLIENT_SECRET: &'static str = "mdb_sa_sk_simulated-secret-of-the-service-account";
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            speed: 1.0,
            new_for: Duration::from_secs(1),
            sync_for: Duration::from_secs(3),
            start_lag_seconds: 600,
            cutover_for: Duration::from_secs(1),
            expires_after: Duration::from_secs(120 * 3600),
            validation_for: Duration::from_secs(1),
            validation_null_for: Duration::ZERO,
            keys: vec![
                Credential::owner(Self::PUBLIC_KEY, Self::PRIVATE_KEY),
                Credential::member(Self::MEMBER_PUBLIC_KEY, Self::MEMBER_PRIVATE_KEY),
            ],
            service_accounts: vec![Credential::owner(Self::CLIENT_ID, Self::CLIENT_SECRET)],
            digest: DigestConfig::default(),
            token_lifetime: Duration::from_secs(3600),
            groups: None,
            linked_sources: None,
            clusters: None,
            organizations: vec![Organization::example(Self::ORG_ID), Organization::unlinked(Self::UNLINKED_ORG_ID)],
            rate_limit: 10_000,
            observer: None,
        }
    }
}

/// An API key pair or a service account, with its access.
#[derive(Clone)]
pub struct Credential {
    /// The public key or the client ID.
    pub id: String,
    /// The private key or the client secret. Debug doesn't print it.
    pub secret: String,
    /// Its role, projects and access list.
    pub access: Access,
}

impl Credential {
    /// An Organization Owner with access to every project.
    pub fn owner(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into(), access: Access::new(Role::OrgOwner) }
    }

    /// An Organization Member, which can only read migrations.
    pub fn member(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into(), access: Access::new(Role::OrgMember) }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("id", &self.id).field("access", &self.access).finish_non_exhaustive()
    }
}

/// The access of a credential.
#[derive(Clone, Debug)]
pub struct Access {
    /// The role in the organization.
    pub role: Role,
    /// The IDs of the projects that it has access to, or `None` for every project and the organization.
    pub groups: Option<Vec<String>>,
    /// Whether its access list excludes this machine: every request then gets 403.
    pub off_access_list: bool,
}

impl Access {
    /// Access to every project, from this machine.
    pub const fn new(role: Role) -> Self {
        Self { role, groups: None, off_access_list: false }
    }
}

/// The roles that the live migration operations distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Organization Owner: creates, validates, cuts over and reads; lists the available projects.
    OrgOwner,
    /// Organization Member: reads migrations.
    OrgMember,
}

/// The form of digest challenges (RFC 7616). The default is that of Atlas: one MD5 challenge without `opaque`.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// The algorithms, in this order, with one challenge each. Default: MD5.
    pub algorithms: Vec<Algorithm>,
    /// Whether all challenges are in one header. Default: false, one header each.
    pub one_header: bool,
    /// The `opaque` value, which a client must return. Default: none.
    pub opaque: Option<String>,
    /// How often a nonce can be used before it is stale. Default: `None`, no limit.
    pub nonce_uses: Option<usize>,
}

impl Default for DigestConfig {
    fn default() -> Self {
        Self { algorithms: vec![Algorithm::Md5], one_header: false, opaque: None, nonce_uses: None }
    }
}

/// A function that is called with every finished request, while the state is locked: it must be fast and must not call
/// the [`Simulator`](crate::Simulator).
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Request) + Send + Sync>);

impl Observer {
    /// Creates an observer from a function.
    pub fn new(notify: impl Fn(&Request) + Send + Sync + 'static) -> Self {
        Self(Arc::new(notify))
    }

    pub(crate) fn notify(&self, request: &Request) {
        (self.0)(request);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_secret() {
        let debug = format!("{:?}", Config::default());
        assert!(debug.contains(Config::PUBLIC_KEY));
        for secret in [Config::PRIVATE_KEY, Config::MEMBER_PRIVATE_KEY, Config::CLIENT_SECRET] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}
