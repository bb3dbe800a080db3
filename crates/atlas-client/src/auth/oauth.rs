//! OAuth 2.0 client credentials (RFC 6749, section 4.4): one token for many requests, given back at the end.
//!
//! It must not know the operations; a token is for all of them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Authorization, bearer, sensitive};
use crate::BaseUrl;
use crate::api_error::excerpt;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{Label, Transport};
use crate::mask::{Mask, percent_encoded};
use crate::response::{Received, Response};

/// A token is renewed this long before it expires, or a tenth of its life before where that is less.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The life of a token whose answer does not say it in whole seconds or more; Atlas's live for an hour.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed, so that no number from a server overflows the clock.
const MAX_LIFE: Duration = Duration::from_secs(24 * 3600);

/// How long giving back the token may take: the process is about to end.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest text that is kept of a refusal.
const MAX_TEXT: usize = 300;

/// A service account and its current token.
pub(crate) struct OAuth {
    client_id: String,
    client_secret: SecretString,
    token_url: Url,
    revoke_url: Url,
    /// Held while a token is fetched, so that concurrent callers fetch once.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    token: Option<Token>,
    /// Counts the tokens, so that requests that are refused together discard once.
    generation: u64,
}

struct Token {
    secret: SecretString,
    renew_at: Instant,
}

impl OAuth {
    pub(crate) fn new(base: &BaseUrl, client_id: &str, client_secret: SecretString) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret,
            token_url: base.endpoint("/api/oauth/token"),
            revoke_url: base.endpoint("/api/oauth/revoke"),
            cache: Mutex::default(),
        }
    }

    pub(crate) fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// The token at hand, or a new one where there is none or it is about to expire.
    pub(crate) async fn authorize(&self, transport: &Transport, label: Label) -> Result<Authorization, ErrorKind> {
        let mut cache = self.cache.lock().await;
        if let Some(token) = cache.token.as_ref().filter(|token| Instant::now() < token.renew_at) {
            return bearer(&token.secret, cache.generation);
        }
        let request = self.request(&self.token_url, "grant_type=client_credentials")?;
        let answer = transport.exchange(request, label).await?;
        let token = token(answer, transport.mask())?;
        let generation = cache.generation + 1;
        let authorization = bearer(&token.secret, generation)?;
        *cache = Cache { token: Some(token), generation };
        Ok(authorization)
    }

    /// Forgets a token that was refused, unless that has happened already. The next request fetches a new one.
    pub(crate) async fn discard(&self, used: u64) -> bool {
        let mut cache = self.cache.lock().await;
        if cache.generation == used {
            cache.token = None;
        }
        true
    }

    /// Gives back the token, if there is one. A failure is only logged: the token expires by itself.
    pub(crate) async fn revoke(&self, transport: &Transport) {
        let revoke = async {
            let Some(token) = self.cache.lock().await.token.take() else { return };
            let token = percent_encoded(token.secret.expose_secret());
            let body = format!("token={token}&token_type_hint=access_token");
            let Ok(request) = self.request(&self.revoke_url, &body) else { return };
            // A failure stands in the log of the exchange.
            let _answer = transport.exchange(request, Label { operation: "revoke", attempt: 1 }).await;
        };
        if timeout(REVOKE_TIMEOUT, revoke).await.is_err() {
            tracing::debug!("the OAuth token was not revoked in time; it expires by itself");
        }
    }

    fn request(&self, url: &Url, form: &str) -> Result<Request, ErrorKind> {
        // RFC 6749, section 2.3.1: both halves are encoded before they are joined.
        let secret = percent_encoded(self.client_secret.expose_secret());
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

fn token(answer: Response, mask: &Mask) -> Result<Token, ErrorKind> {
    let status = answer.status;
    if (400..500).contains(&status) && status != 429 {
        return Err(ErrorKind::Authentication(refusal(&answer, mask)));
    }
    if !answer.is_success() {
        return Err(ErrorKind::refused(&answer, mask));
    }
    let token = match answer.received {
        Received::Complete => Token::read(&answer.body),
        Received::Broken(_) | Received::TimedOut => Err("it is not complete".to_owned()),
        Received::TooLarge => Err("it is too large".to_owned()),
    };
    token.map_err(|why| ErrorKind::Authentication(AuthenticationError::TokenUnreadable { status, why }))
}

impl Token {
    /// What is wrong is said without quoting the answer: it may hold a token.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        // Not looked at yet: a number that is out of range is no reason not to read the token.
        let answer: BTreeMap<String, &RawValue> =
            serde_json::from_slice(bytes).map_err(|_| "it is not a JSON object".to_owned())?;
        let token = answer.get("access_token").and_then(|value| serde_json::from_str(value.get()).ok());
        let token: String = token.unwrap_or_default();
        let token = token.trim();
        if token.is_empty() {
            return Err("it has no `access_token`".to_owned());
        }
        if HeaderValue::from_str(token).is_err() {
            return Err("its `access_token` has characters that no header can hold".to_owned());
        }
        let life = answer.get("expires_in").and_then(|value| lifetime(value.get()));
        let life = life.unwrap_or(DEFAULT_LIFE).min(MAX_LIFE);
        let renew_at = Instant::now() + (life - RENEW_BEFORE.min(life / 10));
        Ok(Self { secret: SecretString::from(token), renew_at })
    }
}

/// `None` for what would make every request fetch a token, too.
fn lifetime(expires_in: &str) -> Option<Duration> {
    let seconds = serde_json::from_str::<f64>(expires_in).ok().filter(|seconds| *seconds >= 1.0);
    if seconds.is_none() && expires_in != "null" {
        tracing::warn!("the token endpoint returned an unexpected `expires_in`, which is ignored");
    }
    // What a `Duration` does not hold is longer than any token lives.
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(MAX_LIFE))
}

/// OAuth's own form of an error (RFC 6749, section 5.2), Atlas's, or whatever else it is.
fn refusal(answer: &Response, mask: &Mask) -> AuthenticationError {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| json[name].as_str().map(|text| mask.printable(text, MAX_TEXT));
    let (error, description) =
        (text("errorCode").or_else(|| text("error")), text("error_description").or_else(|| text("detail")));
    let description = if json.is_null() { excerpt(&answer.body, mask) } else { description };
    AuthenticationError::TokenRefused { status: answer.status, error, description }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn life(answer: &str) -> Duration {
        Token::read(answer.as_bytes()).unwrap().renew_at.saturating_duration_since(Instant::now())
    }

    fn is_about(actual: Duration, seconds: f64) -> bool {
        (actual.as_secs_f64() - seconds).abs() < 1.0
    }

    #[test]
    fn a_token_is_renewed_shortly_before_it_expires() {
        assert!(is_about(life(r#"{"access_token":"t","expires_in":3600}"#), 3540.0));
        assert!(is_about(life(r#"{"access_token":"t","expires_in":100}"#), 90.0));
        assert!(is_about(life(r#"{"access_token":"t","expires_in":1}"#), 0.9));
        assert!(is_about(life(r#"{"access_token":"t"}"#), 270.0));
    }

    #[test]
    fn odd_lifetime_neither_overflows_nor_ends_at_once() {
        for odd in ["null", "-5", "0", "0.5", "\"3600\"", "true", "[]", "{}", "1e999"] {
            assert!(is_about(life(&format!(r#"{{"access_token":"t","expires_in":{odd}}}"#)), 270.0), "{odd}");
        }
        for huge in ["1e300", "99999999999999999999"] {
            let life = life(&format!(r#"{{"access_token":"t","expires_in":{huge}}}"#));
            assert!(is_about(life, (MAX_LIFE - RENEW_BEFORE).as_secs_f64()), "{huge}");
        }
    }

    #[test]
    fn an_answer_without_a_token_is_not_quoted() {
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
    fn refusals_of_either_form_are_read_and_masked() {
        let refusal = |body: &str| {
            let body = body.as_bytes().to_vec();
            let answer = Response { status: 401, headers: HeaderMap::new(), body, received: Received::Complete };
            refusal(&answer, &Mask::of(&["s3cr3t"])).to_string()
        };
        let prefix = "the token endpoint refused the service account with status 401";
        let oauth = refusal(r#"{"error":"invalid_client","error_description":"s3cr3t is wrong"}"#);
        assert_eq!(oauth, format!("{prefix}, invalid_client, *** is wrong"));
        let atlas = refusal(r#"{"error":401,"errorCode":"UNAUTHORIZED","detail":"No."}"#);
        assert_eq!(atlas, format!("{prefix}, UNAUTHORIZED, No."));
        assert_eq!(refusal("<html><title>Login</title>"), format!("{prefix}, an HTML page, «Login»"));
    }
}
