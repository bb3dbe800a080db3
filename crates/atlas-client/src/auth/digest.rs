//! HTTP digest authentication (RFC 7616) with one challenge for many requests.
//!
//! It must not send an operation's body before the challenge is known, and it never sends the private key.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http_auth::PasswordParams;
use secrecy::{ExposeSecret, SecretString};

use super::challenge::{Challenge, challenge};
use super::{Authorization, Authorized, sensitive};
use crate::call::Call;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{Label, Transport};
use crate::mask::Mask;
use crate::response::Response;

/// `stale=true` says that the key is right and only the nonce is not, so it may be answered more than once: under load a
/// nonce can become stale again before the repetition arrives.
const MAX_STALE_RENEWALS: u32 = 3;

/// The key and the challenge that is being answered.
pub(crate) struct Digest {
    public_key: String,
    private_key: SecretString,
    /// Held while a challenge is obtained, so that concurrent first requests ask once.
    asking: tokio::sync::Mutex<()>,
    session: Mutex<Session>,
}

#[derive(Default)]
struct Session {
    challenge: Option<Challenge>,
    /// Counts the challenges, so that requests that are refused together renew once.
    generation: u64,
}

impl Session {
    fn install(&mut self, challenge: Challenge) {
        self.challenge = Some(challenge);
        self.generation += 1;
    }
}

impl Digest {
    pub(crate) fn new(public_key: String, private_key: SecretString) -> Self {
        Self { public_key, private_key, asking: tokio::sync::Mutex::default(), session: Mutex::default() }
    }

    pub(crate) fn private_key(&self) -> &SecretString {
        &self.private_key
    }

    /// Answers the challenge at hand, or obtains one first by a question without body.
    pub(crate) async fn authorize(
        &self,
        transport: &Transport,
        call: &Call,
        label: Label,
    ) -> Result<Authorized, ErrorKind> {
        if let Some(authorization) = self.respond(call)? {
            return Ok(Authorized::With(authorization));
        }
        let _asking = self.asking.lock().await;
        // Another request may have obtained it in the meantime.
        if let Some(authorization) = self.respond(call)? {
            return Ok(Authorized::With(authorization));
        }
        let answer = transport.exchange(call.question(), label).await?;
        if answer.status != 401 {
            return Self::unchallenged(call, answer, transport.mask());
        }
        let challenge = challenge(&answer, transport.mask()).map_err(ErrorKind::Authentication)?;
        self.session().install(challenge);
        match self.respond(call)? {
            Some(authorization) => Ok(Authorized::With(authorization)),
            None => Err(ErrorKind::Authentication(AuthenticationError::NoChallenge { status: 401 })),
        }
    }

    /// A question that was not answered with 401. Only for a read is its answer that of the operation.
    fn unchallenged(call: &Call, answer: Response, mask: &Mask) -> Result<Authorized, ErrorKind> {
        if !call.operation.action.is_write() {
            return Ok(Authorized::Answered(answer));
        }
        Err(if answer.is_success() {
            ErrorKind::Authentication(AuthenticationError::NoChallenge { status: answer.status })
        } else {
            ErrorKind::refused(&answer, mask)
        })
    }

    /// Takes up the challenge of a refusal. A new nonce is worth one repetition, `stale=true` a few; a refusal without
    /// either is about the key.
    pub(crate) fn renew(&self, used: u64, refusal: &Response, renewals: u32) -> bool {
        let challenge = challenge(refusal, &Mask::default()).ok();
        let stale = challenge.as_ref().is_some_and(|challenge| challenge.client.stale());
        if renewals >= if stale { MAX_STALE_RENEWALS } else { 1 } {
            return false;
        }
        let mut session = self.session();
        if session.generation != used {
            return true;
        }
        let Some(new) = challenge else { return false };
        let is_new = session.challenge.as_ref().is_none_or(|old| old.client.nonce() != new.client.nonce());
        if is_new || stale {
            session.install(new);
        }
        is_new || stale
    }

    /// The response for one request, which uses up one count of the nonce; `None` without a challenge.
    pub(super) fn respond(&self, call: &Call) -> Result<Option<Authorization>, ErrorKind> {
        let mut session = self.session();
        let generation = session.generation;
        let Some(Challenge { client, has_empty_opaque }) = session.challenge.as_mut() else { return Ok(None) };
        let params = PasswordParams {
            username: &self.public_key,
            password: self.private_key.expose_secret(),
            uri: call.uri(),
            method: call.operation.method(),
            body: None,
        };
        let mut text = client.respond(&params).map_err(|_| {
            // The library's text quotes the value.
            let why = "it has a value that can't be sent back".to_owned();
            ErrorKind::Authentication(AuthenticationError::UnsupportedChallenge { why })
        })?;
        if *has_empty_opaque {
            text.push_str(", opaque=\"\"");
        }
        Ok(Some(Authorization { header: sensitive(&text)?, secret: None, generation }))
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Received;
    use crate::{BaseUrl, Dialect};
    use reqwest::header::WWW_AUTHENTICATE;
    use reqwest::header::{HeaderMap, HeaderValue};

    const ATLAS: &str =
        r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;

    fn answer(lines: &[&str]) -> Response {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(line).unwrap());
        }
        Response { status: 401, headers, body: Vec::new(), received: Received::Complete }
    }

    fn challenged(lines: &[&str]) -> Result<Challenge, AuthenticationError> {
        challenge(&answer(lines), &Mask::default())
    }

    fn call() -> Call {
        let base = BaseUrl::parse("https://atlas.example").unwrap();
        Call::cutover(&base, Dialect::V2, "g1", "m1").unwrap()
    }

    fn digest_with(lines: &[&str]) -> Digest {
        let digest = Digest::new("key".into(), "s3cr3t".into());
        digest.session().install(challenged(lines).unwrap());
        digest
    }

    fn header(digest: &Digest) -> String {
        digest.respond(&call()).unwrap().unwrap().header.to_str().unwrap().to_owned()
    }

    /// RFC 7616, section 3.9.1: the library computes what the standard says, with both algorithms.
    #[test]
    fn responses_match_the_vectors_of_the_standard() {
        let common = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let line = format!("Digest {common}, algorithm={algorithm}");
            let mut client = challenged(&[&line]).unwrap().client;
            let params = PasswordParams {
                username: "Mufasa",
                password: "Circle of Life",
                uri: "/dir/index.html",
                method: "GET",
                body: None,
            };
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let text = client.respond_with_testing_cnonce(&params, cnonce).unwrap();
            assert!(text.contains(&format!("response=\"{expected}\"")), "{text}");
        }
    }

    #[test]
    fn names_are_read_in_any_case() {
        let lower = ATLAS.to_lowercase();
        let upper = ATLAS.replace("Digest", "DIGEST").replace("algorithm", "ALGORITHM").replace("nonce", "NONCE");
        for (line, algorithm) in [
            (lower.as_str(), "MD5"),
            (&upper, "MD5"),
            (&ATLAS.replace("=MD5", "=\"md5\""), "MD5"),
            (&lower.replace("md5", "sha-256"), "SHA-256"),
            (&lower.replace("md5", "Sha-512-256-SESS"), "SHA-512-256-sess"),
            (&ATLAS.replace("\"auth\"", "\"AUTH\""), "MD5"),
        ] {
            let response = header(&digest_with(&[line]));
            assert!(response.starts_with("Digest ") && response.contains(&format!("algorithm={algorithm},")), "{line}");
        }
    }

    #[test]
    fn opaque_is_returned_also_when_it_is_empty() {
        assert!(!header(&digest_with(&[ATLAS])).contains("opaque"));
        for value in ["", "a,b=c"] {
            let response = header(&digest_with(&[&format!("{ATLAS}, opaque=\"{value}\"")]));
            assert!(response.ends_with(&format!(", opaque=\"{value}\"")), "{response}");
        }
    }

    #[test]
    fn each_response_has_its_own_count_and_covers_method_and_path() {
        let digest = digest_with(&[ATLAS]);
        let (first, second) = (header(&digest), header(&digest));
        assert!(first.contains("nc=00000001") && second.contains("nc=00000002"), "{first}\n{second}");
        assert!(first.contains("uri=\"/api/atlas/v2/groups/g1/liveMigrations/m1/cutover\""), "{first}");
        assert!(first.contains("username=\"key\"") && first.contains("qop=auth"), "{first}");
        assert!(!first.contains("s3cr3t"));
    }

    #[test]
    fn a_new_nonce_is_taken_up_once() {
        let digest = digest_with(&[ATLAS]);
        let refusal = answer(&[&ATLAS.replace("n1", "n2")]);
        assert!(digest.renew(1, &refusal, 0));
        assert!(header(&digest).contains("nonce=\"n2\"") && header(&digest).contains("nc=00000002"));
        assert!(!digest.renew(2, &answer(&[&ATLAS.replace("n1", "n3")]), 1));
    }

    #[test]
    fn the_same_nonce_means_that_the_key_is_wrong() {
        let digest = digest_with(&[ATLAS]);
        assert!(!digest.renew(1, &answer(&[ATLAS]), 0));
        assert!(!digest.renew(1, &answer(&[]), 0));
    }

    #[test]
    fn a_stale_nonce_may_become_stale_again_but_not_for_ever() {
        let digest = digest_with(&[ATLAS]);
        let stale = answer(&[&ATLAS.replace("stale=false", "stale=true")]);
        for renewals in 0..MAX_STALE_RENEWALS {
            assert!(digest.renew(u64::from(renewals) + 1, &stale, renewals));
        }
        assert!(!digest.renew(4, &stale, MAX_STALE_RENEWALS));
    }

    #[test]
    fn requests_that_are_refused_together_renew_once() {
        let digest = digest_with(&[ATLAS]);
        assert!(digest.renew(1, &answer(&[&ATLAS.replace("n1", "n2")]), 0));
        assert!(digest.renew(1, &answer(&[&ATLAS.replace("n1", "n3")]), 0));
        assert!(header(&digest).contains("nonce=\"n2\""));
    }

    #[test]
    fn auth_is_chosen_beside_auth_int() {
        let both = digest_with(&[&ATLAS.replace("qop=\"auth\"", "qop=\"auth-int, auth\"")]);
        assert!(header(&both).contains("qop=auth,"));
    }
}
