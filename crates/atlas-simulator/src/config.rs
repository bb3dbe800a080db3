//! What a simulator is started with: accounts, known projects, the pace of a migration; it must not know the server.

use crate::algorithm::Algorithm;
use crate::record::Request;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Everything that can be chosen at the start; the default is one owner, one member, one service account and a fast life.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; only loopback is accepted. Default: 127.0.0.1 and a free port.
    pub listen: SocketAddr,
    /// Simulated seconds a real second; 0 starts frozen. Default: 1.
    pub speed: f64,
    /// How long a migration stays NEW. Default: 1 s.
    pub new_for: Duration,
    /// How long the lag takes to fall from `start_lag_seconds` to 0; then a migration is ready for the cutover. Default: 3 s.
    pub sync_for: Duration,
    /// The lag at the beginning of WORKING, in seconds. Default: 600.
    pub start_lag_seconds: u64,
    /// How long a requested cutover takes until COMPLETE. Default: 1 s.
    pub cutover_for: Duration,
    /// How long a migration that is ready waits for a cutover until it is EXPIRED. Default: 120 h, as Atlas documents.
    pub expires_after: Duration,
    /// How long a validation job is PENDING. Default: 1 s.
    pub validation_for: Duration,
    /// How long a validation job shows a null status before PENDING. Default: 0.
    pub validation_null_for: Duration,
    /// API key pairs: the public key is the id, the private key the secret.
    pub keys: Vec<Credential>,
    /// Service accounts: client id and client secret, for OAuth 2 client credentials (API v2 only).
    pub service_accounts: Vec<Credential>,
    /// How digest challenges are made.
    pub digest: DigestConfig,
    /// How long an access token lives, in real time, for clients count real time too. Default: 1 h.
    pub token_lifetime: Duration,
    /// The projects that exist, or `None`: every well-formed id exists. Default: `None`.
    pub groups: Option<Vec<String>>,
    /// The source projects whose organization is linked with Atlas, or `None`: every one. Default: `None`.
    pub linked_sources: Option<Vec<String>>,
    /// The destination clusters that exist, as (project id, cluster name), or `None`: every one. Default: `None`.
    pub clusters: Option<Vec<(String, String)>>,
    /// Requests in a simulated minute; more are answered 429. Default: 10000.
    pub rate_limit: u32,
    /// Called for each request of the API when its outcome is known. Default: none.
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
    /// The client id of the service account in [`Config::default`], an organization owner.
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
            rate_limit: 10_000,
            observer: None,
        }
    }
}

/// An API key pair or a service account, with what it may do.
#[derive(Clone)]
pub struct Credential {
    /// The public key or the client id.
    pub id: String,
    /// The private key or the client secret; never shown by Debug.
    pub secret: String,
    /// What it may do.
    pub access: Access,
}

impl Credential {
    /// An organization owner of every project.
    pub fn owner(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into(), access: Access::new(Role::OrgOwner) }
    }

    /// An organization member, which may only read migrations.
    pub fn member(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into(), access: Access::new(Role::OrgMember) }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("id", &self.id).field("access", &self.access).finish_non_exhaustive()
    }
}

/// What a credential may do.
#[derive(Clone, Debug)]
pub struct Access {
    /// The role in the organization.
    pub role: Role,
    /// The projects that it belongs to, or `None`: all.
    pub groups: Option<Vec<String>>,
    /// Whether its access list refuses this machine: every request is then answered 403.
    pub off_access_list: bool,
}

impl Access {
    /// Full access within the role.
    pub const fn new(role: Role) -> Self {
        Self { role, groups: None, off_access_list: false }
    }
}

/// The roles that the live migration operations ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Creates, validates, cuts over and reads.
    OrgOwner,
    /// Reads migrations.
    OrgMember,
}

/// How digest challenges (RFC 7616) are made; the default is Atlas's way: one MD5 challenge without `opaque`.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// The algorithms offered, in this order, each with a challenge of its own. Default: MD5.
    pub algorithms: Vec<Algorithm>,
    /// Whether several challenges share one header line. Default: false, a line each.
    pub one_header: bool,
    /// The `opaque` value, which has to come back. Default: none.
    pub opaque: Option<String>,
    /// How often a nonce may be used until it is stale. Default: `None`, without limit.
    pub nonce_uses: Option<usize>,
}

impl Default for DigestConfig {
    fn default() -> Self {
        Self { algorithms: vec![Algorithm::Md5], one_header: false, opaque: None, nonce_uses: None }
    }
}

/// A function that sees every finished request; it is called while the state is locked and must be short.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Request) + Send + Sync>);

impl Observer {
    /// Wraps the function.
    pub fn new(see: impl Fn(&Request) + Send + Sync + 'static) -> Self {
        Self(Arc::new(see))
    }

    pub(crate) fn see(&self, request: &Request) {
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
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", Config::default());
        assert!(shown.contains(Config::PUBLIC_KEY));
        for secret in [Config::PRIVATE_KEY, Config::MEMBER_PRIVATE_KEY, Config::CLIENT_SECRET] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
