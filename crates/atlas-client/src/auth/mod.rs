//! Proving who calls: each request gets an `Authorization`, and a refused one may be renewed once.
//!
//! It must not know what the requests are for, nor how often an operation is tried.

mod challenge;
mod digest;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod oauth;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use self::digest::Digest;
use self::oauth::OAuth;
use crate::call::Call;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{Label, Transport};
use crate::response::Response;
use crate::{BaseUrl, Credentials};

/// Makes the `Authorization` of requests; one per client, shared by all its operations.
#[derive(Debug)]
pub(crate) enum Authenticator {
    AccessToken(SecretString),
    Digest(Digest),
    OAuth(OAuth),
}

/// The result of authenticating before a request is sent.
#[derive(Debug)]
pub(crate) enum Authorized {
    /// The server answered the question for a challenge, which was the read itself, without asking for credentials.
    Answered(Response),
    /// What the request shall carry.
    With(Authorization),
}

/// The `Authorization` of one request.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// A token in it, to be masked where it comes back.
    pub(crate) secret: Option<SecretString>,
    /// Which challenge or token it was made from.
    generation: u64,
}

impl Authenticator {
    pub(crate) fn new(credentials: &Credentials, base: &BaseUrl) -> Self {
        match credentials {
            Credentials::AccessToken(token) => Self::AccessToken(token.clone()),
            Credentials::KeyPair { public_key, private_key } => {
                Self::Digest(Digest::new(public_key.clone(), private_key.clone()))
            }
            Credentials::ServiceAccount { client_id, client_secret } => {
                Self::OAuth(OAuth::new(base, client_id, client_secret.clone()))
            }
        }
    }

    /// The authorization for the next request of `call`. Nothing that it sends can execute the operation.
    pub(crate) async fn authorize(
        &self,
        transport: &Transport,
        call: &Call,
        label: Label,
    ) -> Result<Authorized, ErrorKind> {
        match self {
            Self::AccessToken(token) => bearer(token, 0).map(Authorized::With),
            Self::Digest(digest) => digest.authorize(transport, call, label).await,
            Self::OAuth(oauth) => oauth.authorize(transport, label).await.map(Authorized::With),
        }
    }

    /// Whether the request that was answered with 401 is worth being repeated, after `renewals` earlier repetitions.
    pub(crate) async fn renew(&self, used: &Authorization, refusal: &Response, renewals: u32) -> bool {
        match self {
            Self::AccessToken(_) => false,
            Self::Digest(digest) => digest.renew(used.generation, refusal, renewals),
            Self::OAuth(oauth) => renewals == 0 && oauth.discard(used.generation).await,
        }
    }

    /// The secrets that every operation knows.
    pub(crate) fn secret(&self) -> &SecretString {
        match self {
            Self::AccessToken(token) => token,
            Self::Digest(digest) => digest.private_key(),
            Self::OAuth(oauth) => oauth.client_secret(),
        }
    }

    /// Gives back what was obtained.
    pub(crate) async fn close(&self, transport: &Transport) {
        if let Self::OAuth(oauth) = self {
            oauth.revoke(transport).await;
        }
    }
}

fn bearer(token: &SecretString, generation: u64) -> Result<Authorization, ErrorKind> {
    let header = sensitive(&format!("Bearer {}", token.expose_secret()))?;
    Ok(Authorization { header, secret: Some(token.clone()), generation })
}

/// A header value that no `Debug` shows and that HTTP/2 does not put into its compression table.
fn sensitive(text: &str) -> Result<HeaderValue, ErrorKind> {
    let unusable = |_| ErrorKind::Authentication(AuthenticationError::Unusable);
    let mut value = HeaderValue::from_str(text).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(value)
}
