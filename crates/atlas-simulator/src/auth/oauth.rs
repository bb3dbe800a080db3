//! OAuth 2 client credentials (RFC 6749, section 4.4) and revocation (RFC 7009) for service accounts; it must not know the
//! operations that a token is used for.

use crate::answer::Answer;
use crate::authorization::basic;
use crate::config::{Access, Credential};
use crate::random::random;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

/// The service accounts, and the tokens that were issued.
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

/// What a token request consists of.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) authorization: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Tokens {
    pub(crate) fn new(accounts: Vec<Credential>, lifetime: Duration) -> Self {
        Self { accounts, lifetime, issued: HashMap::new() }
    }

    /// What the account of a living token may do.
    pub(crate) fn access(&self, token: &str) -> Option<Access> {
        let token = self.issued.get(token).filter(|token| token.issued_at.elapsed() < self.lifetime)?;
        self.accounts.iter().find(|account| account.id == token.client_id).map(|account| account.access.clone())
    }

    /// `POST /api/oauth/token`.
    pub(crate) fn grant(&mut self, form: Form<'_>) -> Answer {
        let client_id = match self.client(form) {
            Ok(client_id) => client_id,
            Err(refused) => return *refused,
        };
        match field(form.body, "grant_type").as_deref() {
            Some("client_credentials") => {}
            Some(_) => return error(400, "unsupported_grant_type", "Only client_credentials is supported."),
            None => return error(400, "invalid_request", "The grant_type is missing."),
        }
        let token = self.issue(&client_id);
        let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime.as_secs()});
        Answer::json_value(200, "application/json", &body).noted("token issued").header("cache-control", "no-store")
    }

    /// `POST /api/oauth/revoke`: 200 with no body, also when the token is not known (RFC 7009, section 2.2).
    pub(crate) fn revoke(&mut self, form: Form<'_>) -> Answer {
        let client_id = match self.client(form) {
            Ok(client_id) => client_id,
            Err(refused) => return *refused,
        };
        let Some(token) = field(form.body, "token") else {
            return error(400, "invalid_request", "The token is missing.");
        };
        let known = self.issued.get(&token).is_some_and(|issued| issued.client_id == client_id);
        if known {
            self.issued.remove(&token);
        }
        Answer::raw(200, "application/json", "").noted(if known { "token revoked" } else { "no such token" })
    }

    /// A token as the endpoint would issue it.
    pub(crate) fn issue(&mut self, client_id: &str) -> String {
        let token = format!("sim.{:016x}{:016x}", random(), random());
        self.issued.insert(token.clone(), Token { client_id: client_id.to_owned(), issued_at: Instant::now() });
        token
    }

    pub(crate) fn expire_all(&mut self) {
        self.issued.clear();
    }

    /// Forgets the account, and its tokens with it.
    pub(crate) fn revoke_account(&mut self, client_id: &str) {
        self.accounts.retain(|account| account.id != client_id);
        self.issued.retain(|_, token| token.client_id != client_id);
    }

    /// The client id of a form with correct Basic credentials.
    fn client(&self, form: Form<'_>) -> Result<String, Box<Answer>> {
        let content_type = form.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !content_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let answer = error(415, "invalid_request", "The Content-Type must be application/x-www-form-urlencoded.");
            return Err(Box::new(answer));
        }
        let sent = form.authorization.and_then(basic);
        let account = sent
            .and_then(|(id, secret)| self.accounts.iter().find(|account| account.id == id && account.secret == secret));
        match account {
            Some(account) => Ok(account.id.clone()),
            None => {
                let answer = error(401, "invalid_client", "Client authentication failed.");
                Err(Box::new(answer.header("www-authenticate", "Basic realm=\"MMS Public API\"")))
            }
        }
    }
}

/// The 401 for a token that is unknown, expired or revoked (RFC 6750, section 3).
pub(crate) fn challenge() -> Answer {
    Answer::unauthorized("invalid token").header("www-authenticate", "Bearer error=\"invalid_token\"")
}

fn error(status: u16, code: &str, description: &str) -> Answer {
    let body = json!({"error": code, "error_description": description});
    Answer::json_value(status, "application/json", &body).noted(code)
}

/// A field of an `application/x-www-form-urlencoded` body.
fn field(body: &[u8], name: &str) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    body.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).and_then(|(_, v)| decode(v))
}

fn decode(text: &str) -> Option<String> {
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
        let form =
            Form { authorization: Some(&authorization), content_type: Some(content_type), body: body.as_bytes() };
        tokens.grant(form).status
    }

    #[test]
    fn only_a_correct_form_gets_a_token() {
        let mut tokens = tokens();
        let body = "grant_type=client_credentials";
        assert_eq!(status(&mut tokens, "id:secret", FORM, body), 200);
        assert_eq!(status(&mut tokens, "id:other", FORM, body), 401);
        assert_eq!(status(&mut tokens, "other:secret", FORM, body), 401);
        assert_eq!(status(&mut tokens, "id:secret", "application/json", body), 415);
        assert_eq!(status(&mut tokens, "id:secret", FORM, "grant_type=password"), 400);
        assert_eq!(status(&mut tokens, "id:secret", FORM, ""), 400);
        assert_eq!(tokens.grant(Form { authorization: None, content_type: Some(FORM), body: b"" }).status, 401);
        assert_eq!(tokens.issued.len(), 1);
    }

    #[test]
    fn a_token_ends_by_revocation_expiry_or_with_its_account() {
        let mut tokens = tokens();
        let token = tokens.issue("id");
        assert!(tokens.access(&token).is_some());
        assert!(!format!("{tokens:?}").contains(&token));
        let authorization = authorization("id:secret");
        let body = format!("token={}&token_type_hint=access_token", token.replace('.', "%2E"));
        let form = Form { authorization: Some(&authorization), content_type: Some(FORM), body: body.as_bytes() };
        assert_eq!(tokens.revoke(form).status, 200);
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
