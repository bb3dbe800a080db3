//! Authentication: each request gets an `Authorization` header, which may be renewed after a 401.
//!
//! It doesn't depend on the operations or on retries.

mod challenge;
mod digest;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod oauth;

use reqwest::header::HeaderValue;
use secret::Secret;

use self::digest::Digest;
use self::oauth::OAuth;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{LogContext, Transport};
use crate::prepared_request::PreparedRequest;
use crate::response::Response;
use crate::{BaseUrl, Credentials};

/// Creates the `Authorization` header of each request. Each client has one.
#[derive(Debug)]
pub(crate) enum Authenticator {
    AccessToken(Secret),
    Digest(Digest),
    OAuth(OAuth),
}

/// The result of authenticating before a request is sent.
#[derive(Debug)]
pub(crate) enum Authorized {
    /// The challenge probe was the read itself, and the server responded without requiring credentials.
    Unnecessary(Response),
    /// The header for the request.
    With(Authorization),
}

/// The `Authorization` header of one request.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// The token in it, which is masked in responses.
    pub(crate) secret: Option<Secret>,
    /// Identifies the challenge or token that it was created from.
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

    /// The authorization for the next attempt. The requests that it sends don't change anything.
    pub(crate) async fn authorize(
        &self,
        transport: &Transport,
        prepared: &PreparedRequest,
        log: LogContext,
    ) -> Result<Authorized, ErrorKind> {
        match self {
            Self::AccessToken(token) => bearer(token, 0).map(Authorized::With),
            Self::Digest(digest) => digest.authorize(transport, prepared, log).await,
            Self::OAuth(oauth) => oauth.authorize(transport, log).await.map(Authorized::With),
        }
    }

    /// Whether to send a request again after a 401, given the number of earlier renewals.
    pub(crate) async fn renew(&self, used: &Authorization, rejection: &Response, renewals: u32) -> bool {
        match self {
            Self::AccessToken(_) => false,
            Self::Digest(digest) => digest.renew(used.generation, rejection, renewals),
            Self::OAuth(oauth) => renewals == 0 && oauth.discard(used.generation).await,
        }
    }

    /// The secret of the credentials, which is masked in responses.
    pub(crate) fn secret(&self) -> &Secret {
        match self {
            Self::AccessToken(token) => token,
            Self::Digest(digest) => digest.private_key(),
            Self::OAuth(oauth) => oauth.client_secret(),
        }
    }

    /// Revokes the OAuth token, if there is one.
    pub(crate) async fn close(&self, transport: &Transport) {
        if let Self::OAuth(oauth) = self {
            oauth.revoke(transport).await;
        }
    }
}

fn bearer(token: &Secret, generation: u64) -> Result<Authorization, ErrorKind> {
    let header = sensitive(&format!("Bearer {}", token.expose()))?;
    Ok(Authorization { header, secret: Some(token.clone()), generation })
}

/// A header value that `Debug` doesn't show and that HTTP/2 doesn't add to its compression table.
fn sensitive(text: &str) -> Result<HeaderValue, ErrorKind> {
    let invalid = |_| ErrorKind::Authentication(AuthenticationError::Invalid);
    let mut value = HeaderValue::from_str(text).map_err(invalid)?;
    value.set_sensitive(true);
    Ok(value)
}
