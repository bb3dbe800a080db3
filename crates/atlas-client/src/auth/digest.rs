//! HTTP digest authentication (RFC 7616) with one challenge for many requests.
//!
//! It never sends the body of an operation before it has a challenge, and never sends the private key.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http_auth::PasswordParams;
use secret::Secret;

use super::challenge::{Challenge, challenge};
use super::{Authorization, Authorized, sensitive};
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{LogContext, Transport};
use crate::mask::Mask;
use crate::prepared_request::PreparedRequest;
use crate::response::Response;

/// `stale=true` means that only the nonce is wrong. Under load the new nonce can become stale before the request arrives, so
/// several renewals are allowed.
const MAX_STALE_RENEWALS: u32 = 3;

/// The key pair and the current challenge.
pub(crate) struct Digest {
    public_key: String,
    private_key: Secret,
    /// Held while a challenge is obtained, so that concurrent first requests send one probe.
    challenge_lock: tokio::sync::Mutex<()>,
    session: Mutex<Session>,
}

#[derive(Default)]
struct Session {
    challenge: Option<Challenge>,
    /// Incremented with each challenge, so that concurrent 401 responses renew it once.
    generation: u64,
}

impl Session {
    fn install(&mut self, challenge: Challenge) {
        self.challenge = Some(challenge);
        self.generation += 1;
    }
}

impl Digest {
    pub(crate) fn new(public_key: String, private_key: Secret) -> Self {
        Self { public_key, private_key, challenge_lock: tokio::sync::Mutex::default(), session: Mutex::default() }
    }

    pub(crate) fn private_key(&self) -> &Secret {
        &self.private_key
    }

    /// Responds to the current challenge, or obtains one first with a probe.
    pub(crate) async fn authorize(
        &self,
        transport: &Transport,
        prepared: &PreparedRequest,
        log: LogContext,
    ) -> Result<Authorized, ErrorKind> {
        if let Some(authorization) = self.respond(prepared)? {
            return Ok(Authorized::With(authorization));
        }
        let _guard = self.challenge_lock.lock().await;
        // A concurrent request may have obtained one.
        if let Some(authorization) = self.respond(prepared)? {
            return Ok(Authorized::With(authorization));
        }
        let response = transport.exchange(prepared.challenge_probe(), log).await?;
        if response.status != 401 {
            return Self::unchallenged(prepared, response, transport.mask());
        }
        let challenge = challenge(&response, transport.mask()).map_err(ErrorKind::Authentication)?;
        self.session().install(challenge);
        match self.respond(prepared)? {
            Some(authorization) => Ok(Authorized::With(authorization)),
            None => Err(ErrorKind::Authentication(AuthenticationError::NoChallenge { status: 401 })),
        }
    }

    /// The probe returned another status than 401. For a read the probe was the operation itself.
    fn unchallenged(prepared: &PreparedRequest, response: Response, mask: &Mask) -> Result<Authorized, ErrorKind> {
        if !prepared.operation.action.is_write() {
            return Ok(Authorized::Unnecessary(response));
        }
        Err(if response.is_success() {
            ErrorKind::Authentication(AuthenticationError::NoChallenge { status: response.status })
        } else {
            ErrorKind::from_response(&response, mask)
        })
    }

    /// Installs the challenge of a 401. A new nonce allows one renewal, `stale=true` several. Without either the key is wrong.
    pub(crate) fn renew(&self, used: u64, rejection: &Response, renewals: u32) -> bool {
        let challenge = challenge(rejection, &Mask::default()).ok();
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

    /// The digest response for one request, which increments the nonce count. `None` without a challenge.
    pub(super) fn respond(&self, prepared: &PreparedRequest) -> Result<Option<Authorization>, ErrorKind> {
        let mut session = self.session();
        let generation = session.generation;
        let Some(Challenge { client, has_empty_opaque }) = session.challenge.as_mut() else { return Ok(None) };
        let params = PasswordParams {
            username: &self.public_key,
            password: self.private_key.expose(),
            uri: prepared.uri(),
            method: prepared.operation.method(),
            body: None,
        };
        let mut text = client.respond(&params).map_err(|_| {
            // The text of the library quotes the value.
            let why = "it has a value that can't be sent in a header".to_owned();
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
        f.write_str("Digest([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Received;
    use crate::{ApiVersion, BaseUrl};
    use reqwest::header::WWW_AUTHENTICATE;
    use reqwest::header::{HeaderMap, HeaderValue};

    const ATLAS: &str =
        r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;

    fn response(lines: &[&str]) -> Response {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(line).unwrap());
        }
        Response { status: 401, headers, body: Vec::new(), received: Received::Complete }
    }

    fn challenged(lines: &[&str]) -> Result<Challenge, AuthenticationError> {
        challenge(&response(lines), &Mask::default())
    }

    fn prepared() -> PreparedRequest {
        let base = BaseUrl::parse("https://atlas.example").unwrap();
        PreparedRequest::cutover(&base, ApiVersion::V2, "g1", "m1").unwrap()
    }

    fn digest_with(lines: &[&str]) -> Digest {
        let digest = Digest::new("key".into(), "s3cr3t".into());
        digest.session().install(challenged(lines).unwrap());
        digest
    }

    fn header(digest: &Digest) -> String {
        digest.respond(&prepared()).unwrap().unwrap().header.to_str().unwrap().to_owned()
    }

    /// RFC 7616, section 3.9.1.
    #[test]
    fn responses_match_the_vectors_of_rfc_7616() {
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
    fn parameter_names_are_case_insensitive() {
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
    fn returns_opaque_even_if_it_is_empty() {
        assert!(!header(&digest_with(&[ATLAS])).contains("opaque"));
        for value in ["", "a,b=c"] {
            let response = header(&digest_with(&[&format!("{ATLAS}, opaque=\"{value}\"")]));
            assert!(response.ends_with(&format!(", opaque=\"{value}\"")), "{response}");
        }
    }

    #[test]
    fn each_response_has_its_own_nonce_count_method_and_path() {
        let digest = digest_with(&[ATLAS]);
        let (first, second) = (header(&digest), header(&digest));
        assert!(first.contains("nc=00000001") && second.contains("nc=00000002"), "{first}\n{second}");
        assert!(first.contains("uri=\"/api/atlas/v2/groups/g1/liveMigrations/m1/cutover\""), "{first}");
        assert!(first.contains("username=\"key\"") && first.contains("qop=auth"), "{first}");
        assert!(!first.contains("s3cr3t"));
    }

    #[test]
    fn new_nonce_renews_once() {
        let digest = digest_with(&[ATLAS]);
        let rejection = response(&[&ATLAS.replace("n1", "n2")]);
        assert!(digest.renew(1, &rejection, 0));
        assert!(header(&digest).contains("nonce=\"n2\"") && header(&digest).contains("nc=00000002"));
        assert!(!digest.renew(2, &response(&[&ATLAS.replace("n1", "n3")]), 1));
    }

    #[test]
    fn same_nonce_means_that_the_key_is_wrong() {
        let digest = digest_with(&[ATLAS]);
        assert!(!digest.renew(1, &response(&[ATLAS]), 0));
        assert!(!digest.renew(1, &response(&[]), 0));
    }

    #[test]
    fn stale_nonce_renews_a_limited_number_of_times() {
        let digest = digest_with(&[ATLAS]);
        let stale = response(&[&ATLAS.replace("stale=false", "stale=true")]);
        for renewals in 0..MAX_STALE_RENEWALS {
            assert!(digest.renew(u64::from(renewals) + 1, &stale, renewals));
        }
        assert!(!digest.renew(4, &stale, MAX_STALE_RENEWALS));
    }

    #[test]
    fn concurrent_rejections_renew_once() {
        let digest = digest_with(&[ATLAS]);
        assert!(digest.renew(1, &response(&[&ATLAS.replace("n1", "n2")]), 0));
        assert!(digest.renew(1, &response(&[&ATLAS.replace("n1", "n3")]), 0));
        assert!(header(&digest).contains("nonce=\"n2\""));
    }

    #[test]
    fn prefers_auth_to_auth_int() {
        let both = digest_with(&[&ATLAS.replace("qop=\"auth\"", "qop=\"auth-int, auth\"")]);
        assert!(header(&both).contains("qop=auth,"));
    }
}
