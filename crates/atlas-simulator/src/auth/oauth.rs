//! OAuth 2 client credentials (RFC 6749, section 4.4) and revocation (RFC 7009) for service accounts. It is independent
//! of the operations that a token is used for.

use crate::authorization::parse_basic;
use crate::config::{Access, Credential};
use crate::random::random;
use crate::response::Response;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

pub(crate) struct Tokens {
    pub(crate) accounts: Vec<Credential>,
    lifetime: Duration,
    issued: HashMap<String, Token>,
}

#[derive(Debug)]
struct Token {
    client_id: String,
    issued_at: Instant,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = &self.accounts;
        f.debug_struct("Tokens").field("accounts", accounts).field("issued", &self.issued.len()).finish_non_exhaustive()
    }
}

/// The parts of a request to the token or revocation endpoint.
#[derive(Clone, Copy)]
pub(crate) struct TokenRequest<'a> {
    pub(crate) authorization: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Tokens {
    pub(crate) fn new(accounts: Vec<Credential>, lifetime: Duration) -> Self {
        Self { accounts, lifetime, issued: HashMap::new() }
    }

    /// The access of the account of a token that is neither expired nor revoked.
    pub(crate) fn access(&self, token: &str) -> Option<Access> {
        let token = self.issued.get(token).filter(|token| token.issued_at.elapsed() < self.lifetime)?;
        self.accounts.iter().find(|account| account.id == token.client_id).map(|account| account.access.clone())
    }

    /// `POST /api/oauth/token`.
    pub(crate) fn grant(&mut self, request: TokenRequest<'_>) -> Response {
        let client_id = match self.client_id(request) {
            Ok(client_id) => client_id,
            Err(error) => return *error,
        };
        match form_field(request.body, "grant_type").as_deref() {
            Some("client_credentials") => {}
            Some(_) => return error(400, "unsupported_grant_type", "Only client_credentials is supported."),
            None => return error(400, "invalid_request", "The grant_type is missing."),
        }
        let token = self.issue(&client_id);
        let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime.as_secs()});
        Response::json_value(200, "application/json", &body)
            .with_note("token issued")
            .header("cache-control", "no-store")
    }

    /// `POST /api/oauth/revoke`: 200 without a body, also for an unknown token (RFC 7009, section 2.2).
    pub(crate) fn revoke(&mut self, request: TokenRequest<'_>) -> Response {
        let client_id = match self.client_id(request) {
            Ok(client_id) => client_id,
            Err(error) => return *error,
        };
        let Some(token) = form_field(request.body, "token") else {
            return error(400, "invalid_request", "The token is missing.");
        };
        let known = self.issued.get(&token).is_some_and(|issued| issued.client_id == client_id);
        if known {
            self.issued.remove(&token);
        }
        Response::raw(200, "application/json", "").with_note(if known { "token revoked" } else { "unknown token" })
    }

    /// Issues a token as the endpoint does.
    pub(crate) fn issue(&mut self, client_id: &str) -> String {
        let token = format!("sim.{:016x}{:016x}", random(), random());
        self.issued.insert(token.clone(), Token { client_id: client_id.to_owned(), issued_at: Instant::now() });
        token
    }

    pub(crate) fn expire_all(&mut self) {
        self.issued.clear();
    }

    /// Removes the account and its tokens.
    pub(crate) fn revoke_account(&mut self, client_id: &str) {
        self.accounts.retain(|account| account.id != client_id);
        self.issued.retain(|_, token| token.client_id != client_id);
    }

    /// The client ID, when the request has correct Basic credentials.
    fn client_id(&self, request: TokenRequest<'_>) -> Result<String, Box<Response>> {
        let content_type = request.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !content_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let response = error(415, "invalid_request", "The Content-Type must be application/x-www-form-urlencoded.");
            return Err(Box::new(response));
        }
        let sent = request.authorization.and_then(parse_basic);
        let account = sent
            .and_then(|(id, secret)| self.accounts.iter().find(|account| account.id == id && account.secret == secret));
        match account {
            Some(account) => Ok(account.id.clone()),
            None => {
                let response = error(401, "invalid_client", "Client authentication failed.");
                Err(Box::new(response.header("www-authenticate", "Basic realm=\"MMS Public API\"")))
            }
        }
    }
}

/// The 401 for an unknown, expired or revoked token (RFC 6750, section 3).
pub(crate) fn challenge() -> Response {
    Response::unauthorized("invalid token").header("www-authenticate", "Bearer error=\"invalid_token\"")
}

fn error(status: u16, code: &str, description: &str) -> Response {
    let body = json!({"error": code, "error_description": description});
    Response::json_value(status, "application/json", &body).with_note(code)
}

/// A field of an `application/x-www-form-urlencoded` body.
fn form_field(body: &[u8], name: &str) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, v)| percent_decode(v))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn tokens() -> Tokens {
        Tokens::new(vec![Credential::owner("id", "secret")], Duration::from_secs(60))
    }

    fn authorization(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    fn status(tokens: &mut Tokens, credentials: &str, content_type: &str, body: &str) -> u16 {
        let authorization = authorization(credentials);
        let request = TokenRequest {
            authorization: Some(&authorization),
            content_type: Some(content_type),
            body: body.as_bytes(),
        };
        tokens.grant(request).status
    }

    #[test]
    fn grants_a_token_only_for_a_correct_request() {
        let mut tokens = tokens();
        let body = "grant_type=client_credentials";
        assert_eq!(status(&mut tokens, "id:secret", FORM, body), 200);
        assert_eq!(status(&mut tokens, "id:other", FORM, body), 401);
        assert_eq!(status(&mut tokens, "other:secret", FORM, body), 401);
        assert_eq!(status(&mut tokens, "id:secret", "application/json", body), 415);
        assert_eq!(status(&mut tokens, "id:secret", FORM, "grant_type=password"), 400);
        assert_eq!(status(&mut tokens, "id:secret", FORM, ""), 400);
        assert_eq!(tokens.grant(TokenRequest { authorization: None, content_type: Some(FORM), body: b"" }).status, 401);
        assert_eq!(tokens.issued.len(), 1);
    }

    #[test]
    fn revocation_expiry_and_account_removal_end_a_token() {
        let mut tokens = tokens();
        let token = tokens.issue("id");
        assert!(tokens.access(&token).is_some());
        assert!(!format!("{tokens:?}").contains(&token));
        let authorization = authorization("id:secret");
        let body = format!("token={}&token_type_hint=access_token", token.replace('.', "%2E"));
        let request =
            TokenRequest { authorization: Some(&authorization), content_type: Some(FORM), body: body.as_bytes() };
        assert_eq!(tokens.revoke(request).status, 200);
        assert!(tokens.access(&token).is_none());

        let token = tokens.issue("id");
        tokens.expire_all();
        assert!(tokens.access(&token).is_none());

        let token = tokens.issue("id");
        tokens.revoke_account("id");
        assert!(tokens.access(&token).is_none());

        let mut short = Tokens::new(vec![Credential::owner("id", "secret")], Duration::ZERO);
        let token = short.issue("id");
        assert!(short.access(&token).is_none());
    }
}
