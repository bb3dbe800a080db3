//! Parses digest challenges (RFC 7616, section 3.3), including malformed ones of servers and gateways.
//!
//! It doesn't depend on credentials.

use http_auth::digest::{DigestClient, Qop};
use http_auth::{ChallengeParser, ChallengeRef, ParamValue};
use reqwest::header::WWW_AUTHENTICATE;

use crate::cause::AuthenticationError;
use crate::mask::Mask;
use crate::response::Response;

const SCHEME: &str = "digest";

/// The algorithms of RFC 7616, section 3.3.
const ALGORITHMS: [&str; 6] = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"];

/// The longest description of an unsupported challenge, in characters.
const MAX_REASON: usize = 200;

pub(super) struct Challenge {
    pub(super) client: DigestClient,
    /// The library leaves out an empty `opaque`, which must be returned too (RFC 7616, section 3.4).
    pub(super) has_empty_opaque: bool,
}

/// The first supported digest challenge. Where there is none, the error names what the server offers.
pub(super) fn challenge(response: &Response, mask: &Mask) -> Result<Challenge, AuthenticationError> {
    let mut offers = Vec::new();
    for line in response.headers.get_all(WWW_AUTHENTICATE) {
        let line = String::from_utf8_lossy(line.as_bytes());
        if let Some(challenge) = in_line(&line, &mut offers) {
            return Ok(challenge);
        }
    }
    if offers.is_empty() {
        return Err(AuthenticationError::NoChallenge { status: response.status });
    }
    let why = format!("it offers only {}", offers.join(", "));
    Err(AuthenticationError::UnsupportedChallenge { why: mask.printable(&why, MAX_REASON) })
}

/// The first supported challenge of a header line. The others are added to the offers.
fn in_line(line: &str, offers: &mut Vec<String>) -> Option<Challenge> {
    for part in std::iter::once(line).chain(digests(line)) {
        let part = normalized(part);
        let (before, mut is_malformed) = (offers.len(), false);
        for read in ChallengeParser::new(&part) {
            match read.map_err(|_| None).and_then(|read| usable(&read).map_err(Some)) {
                Ok(challenge) => return Some(challenge),
                Err(Some(offer)) => offers.push(offer),
                Err(None) => is_malformed = true,
            }
        }
        if !is_malformed {
            return None;
        }
        if offers.len() == before {
            offers
                .extend(part.split([' ', ',']).next().map(|scheme| format!("{scheme} in a form that can't be parsed")));
        }
    }
    None
}

/// The rest of a line from each of its digest challenges on. The parser stops at the first malformed part of a line, such as
/// the token of a `Negotiate` challenge.
fn digests(line: &str) -> impl Iterator<Item = &str> {
    // Lowercasing ASCII keeps every offset.
    let lower = line.to_ascii_lowercase();
    let begins = |at: &usize| {
        let after = &lower[at + SCHEME.len()..];
        *at > 0 && lower[..*at].trim_end().ends_with(',') && after.starts_with([' ', '\t'])
    };
    let begins: Vec<_> = lower.match_indices(SCHEME).map(|(at, _)| at).filter(begins).collect();
    begins.into_iter().map(|at| &line[at..])
}

/// The parser requires one space after the scheme and no comma at the end.
fn normalized(part: &str) -> String {
    let part = part.trim_matches([' ', '\t', ',']);
    part.split_once([' ', '\t']).map_or_else(|| part.to_owned(), |(name, rest)| format!("{name} {}", rest.trim_start()))
}

/// A supported challenge, or the description of an unsupported one.
fn usable(challenge: &ChallengeRef<'_>) -> Result<Challenge, String> {
    if !challenge.scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(challenge.scheme.to_owned());
    }
    let mut challenge = challenge.clone();
    for (name, value) in &mut challenge.params {
        if name.eq_ignore_ascii_case("algorithm") {
            // The library compares case-sensitively.
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
    use crate::response::Received;
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

    fn nonce(lines: &[&str]) -> String {
        challenged(lines).unwrap().client.nonce().to_owned()
    }

    #[test]
    fn finds_the_challenge_among_others() {
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
    fn parses_challenges_in_malformed_lines() {
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
    fn unsupported_challenge_is_described() {
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
}
