//! OAuth 2.0 client credentials (RFC 6749, section 4.4): one token for many requests, revoked at the end.
//!
//! It doesn't depend on the operations.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use secret::Secret;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Authorization, bearer, sensitive};
use crate::BaseUrl;
use crate::api_error::excerpt;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{LogContext, Transport};
use crate::mask::{Mask, percent_encoded};
use crate::response::{Received, Response};

/// A token is renewed this long before it expires, or a tenth of its lifetime before where that is less.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The lifetime of a token without a valid `expires_in`. Tokens of Atlas expire after an hour.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// The longest lifetime, so that no number from a server overflows the clock.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The time limit for revoking the token, because the process is about to exit.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest text of an error, in characters.
const MAX_TEXT: usize = 300;

/// A service account and its current token.
pub(crate) struct OAuth {
    client_id: String,
    client_secret: Secret,
    token_url: Url,
    revoke_url: Url,
    /// Held while a token is fetched, so that concurrent callers fetch once.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    token: Option<Token>,
    /// Incremented with each token, so that concurrent 401 responses discard it once.
    generation: u64,
}

struct Token {
    secret: Secret,
    renew_at: Instant,
}

impl OAuth {
    pub(crate) fn new(base: &BaseUrl, client_id: &str, client_secret: Secret) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret,
            token_url: base.endpoint("/api/oauth/token"),
            revoke_url: base.endpoint("/api/oauth/revoke"),
            cache: Mutex::default(),
        }
    }

    pub(crate) fn client_secret(&self) -> &Secret {
        &self.client_secret
    }

    /// The current token, or a new one where there is none or it is about to expire.
    pub(crate) async fn authorize(&self, transport: &Transport, log: LogContext) -> Result<Authorization, ErrorKind> {
        let mut cache = self.cache.lock().await;
        if let Some(token) = cache.token.as_ref().filter(|token| Instant::now() < token.renew_at) {
            return bearer(&token.secret, cache.generation);
        }
        let request = self.request(&self.token_url, "grant_type=client_credentials")?;
        let response = transport.exchange(request, log).await?;
        let token = token(response, transport.mask())?;
        let generation = cache.generation + 1;
        let authorization = bearer(&token.secret, generation)?;
        *cache = Cache { token: Some(token), generation };
        Ok(authorization)
    }

    /// Discards a rejected token, unless that has happened already. The next request fetches a new one.
    pub(crate) async fn discard(&self, used: u64) -> bool {
        let mut cache = self.cache.lock().await;
        if cache.generation == used {
            cache.token = None;
        }
        true
    }

    /// Revokes the token, if there is one. A failure is only logged, because the token expires.
    pub(crate) async fn revoke(&self, transport: &Transport) {
        let revoke = async {
            let Some(token) = self.cache.lock().await.token.take() else { return };
            let token = percent_encoded(token.secret.expose());
            let body = format!("token={token}&token_type_hint=access_token");
            let Ok(request) = self.request(&self.revoke_url, &body) else { return };
            // `exchange` logs a failure.
            let _response = transport.exchange(request, LogContext { operation: "revoke", attempt: 1 }).await;
        };
        if timeout(REVOKE_TIMEOUT, revoke).await.is_err() {
            tracing::debug!("the OAuth token was not revoked in time; it will expire");
        }
    }

    fn request(&self, url: &Url, form: &str) -> Result<Request, ErrorKind> {
        // RFC 6749, section 2.3.1: both parts are encoded before they are joined.
        let secret = percent_encoded(self.client_secret.expose());
        let pair = format!("{}:{secret}", percent_encoded(&self.client_id));
        let basic = format!("Basic {}", STANDARD.encode(pair));
        let mut request = Request::new(Method::POST, url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, sensitive(&basic)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        *request.body_mut() = Some(Body::from(form.to_owned()));
        Ok(request)
    }
}

fn token(response: Response, mask: &Mask) -> Result<Token, ErrorKind> {
    let status = response.status;
    if (400..500).contains(&status) && status != 429 {
        return Err(ErrorKind::Authentication(rejection(&response, mask)));
    }
    if !response.is_success() {
        return Err(ErrorKind::from_response(&response, mask));
    }
    let token = match response.received {
        Received::Complete => Token::read(&response.body),
        Received::Broken(_) | Received::TimedOut => Err("it is not complete".to_owned()),
        Received::TooLarge => Err("it is too large".to_owned()),
    };
    token.map_err(|why| ErrorKind::Authentication(AuthenticationError::TokenUnreadable { status, why }))
}

impl Token {
    /// An error doesn't quote the response, because it may contain a token.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        // Not decoded yet: a number that is out of range must not make the token unreadable.
        let response: BTreeMap<String, &RawValue> =
            serde_json::from_slice(bytes).map_err(|_| "it is not a JSON object".to_owned())?;
        let token = response.get("access_token").and_then(|value| serde_json::from_str(value.get()).ok());
        let token: String = token.unwrap_or_default();
        let token = token.trim();
        if token.is_empty() {
            return Err("it has no `access_token`".to_owned());
        }
        if HeaderValue::from_str(token).is_err() {
            return Err("its `access_token` contains characters that can't be sent in a header".to_owned());
        }
        let life = response.get("expires_in").and_then(|value| lifetime(value.get()));
        let life = life.unwrap_or(DEFAULT_LIFETIME).min(MAX_LIFETIME);
        let renew_at = Instant::now() + (life - RENEW_BEFORE.min(life / 10));
        Ok(Self { secret: Secret::new(token), renew_at })
    }
}

/// `None` also for lifetimes so short that every request would fetch a token.
fn lifetime(expires_in: &str) -> Option<Duration> {
    let seconds = serde_json::from_str::<f64>(expires_in).ok().filter(|seconds| *seconds >= 1.0);
    if seconds.is_none() && expires_in != "null" {
        tracing::warn!("the token endpoint returned an unexpected `expires_in`, which is ignored");
    }
    // A number that a `Duration` can't represent is longer than the maximum.
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(MAX_LIFETIME))
}

/// An error in the format of OAuth (RFC 6749, section 5.2), of Atlas, or in any other.
fn rejection(response: &Response, mask: &Mask) -> AuthenticationError {
    let json: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |name: &str| json[name].as_str().map(|text| mask.printable(text, MAX_TEXT));
    let (error, description) =
        (text("errorCode").or_else(|| text("error")), text("error_description").or_else(|| text("detail")));
    let description = if json.is_null() { excerpt(&response.body, mask) } else { description };
    AuthenticationError::TokenRefused { status: response.status, error, description }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn life(response: &str) -> Duration {
        Token::read(response.as_bytes()).unwrap().renew_at.saturating_duration_since(Instant::now())
    }

    fn is_about(actual: Duration, seconds: f64) -> bool {
        (actual.as_secs_f64() - seconds).abs() < 1.0
    }

    #[test]
    fn token_is_renewed_shortly_before_it_expires() {
        assert!(is_about(life(r#"{"access_token":"t","expires_in":3600}"#), 3540.0));
        assert!(is_about(life(r#"{"access_token":"t","expires_in":100}"#), 90.0));
        assert!(is_about(life(r#"{"access_token":"t","expires_in":1}"#), 0.9));
        assert!(is_about(life(r#"{"access_token":"t"}"#), 270.0));
    }

    #[test]
    fn invalid_lifetime_neither_overflows_nor_expires_at_once() {
        for invalid in ["null", "-5", "0", "0.5", "\"3600\"", "true", "[]", "{}", "1e999"] {
            assert!(is_about(life(&format!(r#"{{"access_token":"t","expires_in":{invalid}}}"#)), 270.0), "{invalid}");
        }
        for huge in ["1e300", "99999999999999999999"] {
            let life = life(&format!(r#"{{"access_token":"t","expires_in":{huge}}}"#));
            assert!(is_about(life, (MAX_LIFETIME - RENEW_BEFORE).as_secs_f64()), "{huge}");
        }
    }

    #[test]
    fn response_without_a_token_is_not_quoted() {
        for body in [
            "<html>t0k3n",
            r#"{"token":"t0k3n"}"#,
            r#"{"access_token":["t0k3n"]}"#,
            r#"{"access_token":"t0k3n\n\u0000"}"#,
            r#"{"access_token":" "}"#,
            r#"["t0k3n"]"#,
            "null",
            "",
            r#"{"access_token":"t0k3n""#,
        ] {
            let why = Token::read(body.as_bytes()).err().unwrap();
            assert!(!why.contains("t0k3n"), "{why}");
        }
    }

    #[test]
    fn rejections_of_either_format_are_read_and_masked() {
        let rejection = |body: &str| {
            let body = body.as_bytes().to_vec();
            let response = Response { status: 401, headers: HeaderMap::new(), body, received: Received::Complete };
            rejection(&response, &Mask::of(&["s3cr3t"])).to_string()
        };
        let prefix = "the token endpoint rejected the service account with status 401";
        let oauth = rejection(r#"{"error":"invalid_client","error_description":"s3cr3t is wrong"}"#);
        assert_eq!(oauth, format!("{prefix}, invalid_client, *** is wrong"));
        let atlas = rejection(r#"{"error":401,"errorCode":"UNAUTHORIZED","detail":"No."}"#);
        assert_eq!(atlas, format!("{prefix}, UNAUTHORIZED, No."));
        assert_eq!(rejection("<html><title>Login</title>"), format!("{prefix}, an HTML page, \"Login\""));
    }
}
