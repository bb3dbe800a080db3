//! HTTP digest authentication (RFC 7616) with one challenge for many requests.
//!
//! It must not send an operation's body before the challenge is known, and it never sends the private key.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http_auth::digest::{DigestClient, Qop};
use http_auth::{ChallengeParser, ChallengeRef, ParamValue, PasswordParams};
use reqwest::header::WWW_AUTHENTICATE;
use secrecy::{ExposeSecret, SecretString};

use super::{Authorization, Authorized, sensitive};
use crate::call::Call;
use crate::cause::AuthenticationError;
use crate::error::ErrorKind;
use crate::http::{Answer, Label, Transport};
use crate::mask::{Mask, printable};

/// `stale=true` says that the key is right and only the nonce is not, so it may be answered more than once: under load a
/// nonce can become stale again before the repetition arrives.
const MAX_STALE_RENEWALS: u32 = 3;

const SCHEME: &str = "digest";

/// The algorithms of RFC 7616, section 3.3.
const ALGORITHMS: [&str; 6] = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"];

/// The longest text that is kept of why a challenge cannot be answered.
const MAX_REASON: usize = 200;

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
    fn unchallenged(call: &Call, answer: Answer, mask: &Mask) -> Result<Authorized, ErrorKind> {
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
    pub(crate) fn renew(&self, used: u64, refusal: &Answer, renewals: u32) -> bool {
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
        let mut text = client.respond(&params).map_err(|why| {
            let why = printable(&why, MAX_REASON);
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

/// A challenge that is being answered.
struct Challenge {
    client: DigestClient,
    /// The library leaves out an empty `opaque`, which has to be returned too (RFC 7616, section 3.4).
    has_empty_opaque: bool,
}

/// The first digest challenge that can be answered. What is offered instead is named where there is none.
fn challenge(answer: &Answer, mask: &Mask) -> Result<Challenge, AuthenticationError> {
    let mut offers = Vec::new();
    for line in answer.headers.get_all(WWW_AUTHENTICATE) {
        let line = String::from_utf8_lossy(line.as_bytes());
        if let Some(challenge) = in_line(&line, &mut offers) {
            return Ok(challenge);
        }
    }
    if offers.is_empty() {
        return Err(AuthenticationError::NoChallenge { status: answer.status });
    }
    let why = format!("it offers only {}", offers.join(", "));
    Err(AuthenticationError::UnsupportedChallenge { why: mask.printable(&why, MAX_REASON) })
}

/// The first challenge of a header line that can be answered; the others are added to the offers.
fn in_line(line: &str, offers: &mut Vec<String>) -> Option<Challenge> {
    for part in std::iter::once(line).chain(digests(line)) {
        let part = normalized(part);
        let (before, mut is_odd) = (offers.len(), false);
        for read in ChallengeParser::new(&part) {
            match read.map_err(|_| None).and_then(|read| usable(&read).map_err(Some)) {
                Ok(challenge) => return Some(challenge),
                Err(Some(offer)) => offers.push(offer),
                Err(None) => is_odd = true,
            }
        }
        if !is_odd {
            return None;
        }
        if offers.len() == before {
            offers.extend(part.split([' ', ',']).next().map(|scheme| format!("{scheme} in a form that can't be read")));
        }
    }
    None
}

/// The rest of a line from each of its digest challenges on. The parser gives up a line at its first oddity, such as the
/// token of a `Negotiate` challenge.
fn digests(line: &str) -> impl Iterator<Item = &str> {
    // Lower-casing ASCII keeps every offset.
    let lower = line.to_ascii_lowercase();
    let begins = |at: &usize| {
        let after = &lower[at + SCHEME.len()..];
        *at > 0 && lower[..*at].trim_end().ends_with(',') && after.starts_with([' ', '\t'])
    };
    let begins: Vec<_> = lower.match_indices(SCHEME).map(|(at, _)| at).filter(begins).collect();
    begins.into_iter().map(|at| &line[at..])
}

/// One space after the scheme and no comma at the end is all that the parser takes.
fn normalized(part: &str) -> String {
    let part = part.trim_matches([' ', '\t', ',']);
    part.split_once([' ', '\t']).map_or_else(|| part.to_owned(), |(name, rest)| format!("{name} {}", rest.trim_start()))
}

/// A challenge that can be answered, or what it is.
fn usable(challenge: &ChallengeRef<'_>) -> Result<Challenge, String> {
    if !challenge.scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(challenge.scheme.to_owned());
    }
    let mut challenge = challenge.clone();
    for (name, value) in &mut challenge.params {
        if name.eq_ignore_ascii_case("algorithm") {
            // The library compares exactly.
            let known = ALGORITHMS.iter().find(|known| value.to_unescaped().eq_ignore_ascii_case(known));
            let known = known.ok_or_else(|| format!("Digest with algorithm {}", value.to_unescaped()))?;
            *value = ParamValue::try_from_escaped(known)?;
        }
    }
    let opaque = challenge.params.iter().find(|(name, _)| name.eq_ignore_ascii_case("opaque"));
    let has_empty_opaque = opaque.is_some_and(|(_, value)| value.unescaped_len() == 0);
    let client = DigestClient::try_from(&challenge).map_err(|why| format!("Digest that can't be used ({why})"))?;
    if !(client.qop() & Qop::Auth) {
        return Err("Digest with qop auth-int".to_owned());
    }
    Ok(Challenge { client, has_empty_opaque })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;
    use crate::http::Read;
    use crate::{BaseUrl, Dialect};
    use reqwest::header::{HeaderMap, HeaderValue};

    const ATLAS: &str =
        r#"Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;

    fn answer(lines: &[&str]) -> Answer {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(line).unwrap());
        }
        Answer { status: 401, headers, body: Vec::new(), read: Read::Complete }
    }

    fn challenged(lines: &[&str]) -> Result<Challenge, AuthenticationError> {
        challenge(&answer(lines), &Mask::default())
    }

    fn nonce(lines: &[&str]) -> String {
        challenged(lines).unwrap().client.nonce().to_owned()
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
    fn the_challenge_is_found_among_others() {
        assert_eq!(nonce(&[ATLAS]), "n1");
        assert_eq!(nonce(&["Negotiate YII=", ATLAS]), "n1");
        assert_eq!(nonce(&["Bearer realm=\"x\"", "garbage=,,", ATLAS]), "n1");
        assert_eq!(nonce(&[&format!("Basic realm=\"x\", {ATLAS}")]), "n1");
        let unknown = ATLAS.replace("MD5", "SHA-999").replace("n1", "n0");
        assert_eq!(nonce(&[&unknown, ATLAS]), "n1");
        assert_eq!(nonce(&[&format!("{unknown}, {ATLAS}")]), "n1");
        assert_eq!(nonce(&[&ATLAS.replace("MD5", "SHA-256").replace("n1", "n2"), ATLAS]), "n2");
        assert_eq!(nonce(&[&ATLAS.replace("MD5", "MD5-sess")]), "n1");
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
    fn challenge_is_read_through_oddities_of_its_line() {
        for line in [
            format!("Negotiate YII==, {ATLAS}"),
            format!("Negotiate YII==,{ATLAS}"),
            format!("{ATLAS}, "),
            format!(" , {ATLAS},Basic realm=\"x\""),
            ATLAS.replace("Digest ", "Digest   "),
            format!("Basic realm=\"a digest of x\", {ATLAS}"),
            format!("Bearer error=\"é\", {ATLAS}"),
        ] {
            assert_eq!(nonce(&[&line]), "n1", "{line}");
        }
        let quoted = ATLAS.replace("MMS Public API", "a, digest b");
        assert_eq!(challenged(&[&quoted]).map(|found| found.client.nonce().to_owned()).ok().as_deref(), Some("n1"));
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
    fn challenge_that_cannot_be_answered_names_what_it_offers() {
        assert!(matches!(challenged(&[]), Err(AuthenticationError::NoChallenge { status: 401 })));
        let auth_int = ATLAS.replace("qop=\"auth\"", "qop=\"auth-int\"");
        let unknown = ATLAS.replace("MD5", "SHA-999");
        for (lines, names) in [
            (&["Bearer"][..], &["Bearer"][..]),
            (&["Basic realm=\"x\""], &["Basic"]),
            (&["Negotiate YII==", "Basic realm=\"x\""], &["Negotiate", "Basic"]),
            (&["Basic realm=\"x\", NTLM"], &["Basic", "NTLM"]),
            (&[&unknown], &["Digest", "SHA-999"]),
            (&[&auth_int], &["Digest", "auth-int"]),
            (&[&format!("{unknown}, {auth_int}")], &["SHA-999", "auth-int"]),
            (&["Digest nonce=\"x\""], &["Digest", "realm"]),
            (&["Digest realm=\"x\", nonce=\"x\", qop=\"token\""], &["Digest", "qop", "token"]),
            (&["Digest"], &["Digest"]),
            (&["Digest realm=\"x"], &["Digest"]),
        ] {
            let Err(AuthenticationError::UnsupportedChallenge { why }) = challenged(lines) else { panic!("{lines:?}") };
            assert!(names.iter().all(|name| why.contains(name)), "{lines:?}: {why}");
        }
        assert_eq!(nonce(&[&auth_int, &unknown, ATLAS]), "n1");
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
