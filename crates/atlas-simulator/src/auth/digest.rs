//! The server side of digest access authentication (RFC 7616 with qop `auth`): challenges, nonces with their counts,
//! and the verification of a response. It is independent of the requests that it protects.

use crate::algorithm::Algorithm;
use crate::authorization::parse_parameters;
use crate::config::{Access, Credential, DigestConfig};
use crate::random::random;
use crate::response::Response;
use std::collections::{HashMap, HashSet};

/// The realm that Atlas uses.
const REALM: &str = "MMS Public API";

/// The reason for rejecting a response, and whether only its nonce is too old.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) stale: bool,
    pub(crate) reason: String,
}

impl Rejection {
    fn new(reason: impl Into<String>) -> Self {
        Self { stale: false, reason: reason.into() }
    }
}

#[derive(Debug)]
pub(crate) struct Digest {
    config: DigestConfig,
    pub(crate) keys: Vec<Credential>,
    nonces: HashMap<String, Nonce>,
}

/// The counts are a set, because concurrent requests arrive in any order. Only a repeated count is a replay.
#[derive(Debug, Default)]
struct Nonce {
    counts: HashSet<u32>,
    stale: bool,
}

impl Digest {
    pub(crate) fn new(config: DigestConfig, keys: Vec<Credential>) -> Self {
        Self { config, keys, nonces: HashMap::new() }
    }

    /// Makes every nonce that was issued so far stale.
    pub(crate) fn expire_nonces(&mut self) {
        self.nonces.values_mut().for_each(|nonce| nonce.stale = true);
    }

    /// A 401 with a new nonce and one challenge for each algorithm.
    pub(crate) fn challenge(&mut self, stale: bool, reason: &str) -> Response {
        let nonce = format!("{:016x}{:016x}", random(), random());
        let opaque = self.config.opaque.as_ref().map(|opaque| format!(", opaque=\"{opaque}\"")).unwrap_or_default();
        let challenges: Vec<String> = self
            .config
            .algorithms
            .iter()
            .map(|algorithm| {
                format!(
                    "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\", \
                     stale={stale}{opaque}",
                    algorithm.name()
                )
            })
            .collect();
        self.nonces.insert(nonce, Nonce::default());
        let lines = if self.config.one_header { vec![challenges.join(", ")] } else { challenges };
        lines
            .into_iter()
            .fold(Response::unauthorized(reason), |response, line| response.header("www-authenticate", line))
    }

    /// Verifies the parameters that follow `Digest ` in an Authorization header.
    pub(crate) fn verify(&mut self, method: &str, uri: &str, header: &str) -> Result<Access, Rejection> {
        let sent = parse_parameters(header).ok_or_else(|| Rejection::new("malformed digest"))?;
        let get = |name: &str| sent.get(name).map(String::as_str);
        let require = |name: &str| get(name).ok_or_else(|| Rejection::new(format!("digest without {name}")));
        let (nonce, cnonce, count) = (require("nonce")?, require("cnonce")?, require("nc")?);
        let expected = [("realm", Some(REALM)), ("uri", Some(uri)), ("qop", Some("auth"))];
        let opaque = ("opaque", self.config.opaque.as_deref());
        for (name, expected) in expected.into_iter().chain([opaque]) {
            if get(name) != expected {
                return Err(Rejection::new(format!("wrong digest {name}")));
            }
        }
        // RFC 7616, section 3.3: no algorithm means MD5.
        let algorithm = Algorithm::from_name(get("algorithm").unwrap_or("MD5"))
            .filter(|algorithm| self.config.algorithms.contains(algorithm))
            .ok_or_else(|| Rejection::new("digest algorithm not offered"))?;
        if cnonce.is_empty() {
            return Err(Rejection::new("empty digest cnonce"));
        }
        let username = require("username")?;
        let key = self.keys.iter().find(|key| key.id == username).ok_or_else(|| Rejection::new("unknown key"))?;
        let mut secret = algorithm.hash(&format!("{username}:{REALM}:{}", key.secret));
        if matches!(algorithm, Algorithm::Md5Sess | Algorithm::Sha256Sess) {
            secret = algorithm.hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = algorithm.hash(&format!("{method}:{uri}"));
        let expected = algorithm.hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{request}"));
        if require("response")? != expected {
            return Err(Rejection::new("wrong digest response"));
        }
        let access = key.access.clone();
        self.use_nonce(nonce, count)?;
        Ok(access)
    }

    fn use_nonce(&mut self, nonce: &str, count: &str) -> Result<(), Rejection> {
        let number = Some(count).filter(|count| count.len() == 8).and_then(|count| u32::from_str_radix(count, 16).ok());
        let number = number.filter(|number| *number > 0).ok_or_else(|| Rejection::new("malformed digest nc"))?;
        let nonce = self.nonces.get_mut(nonce).ok_or_else(|| Rejection::new("unknown nonce"))?;
        if nonce.counts.contains(&number) {
            return Err(Rejection::new(format!("digest nc {count} repeated")));
        }
        if nonce.stale || self.config.nonce_uses.is_some_and(|uses| nonce.counts.len() >= uses) {
            return Err(Rejection { stale: true, reason: "stale nonce".to_owned() });
        }
        nonce.counts.insert(number);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "/api/atlas/v2/groups";

    fn digest(config: DigestConfig) -> (Digest, String) {
        let mut digest = Digest::new(config, vec![Credential::owner("key", "secret")]);
        let response = digest.challenge(false, "");
        let (_, line) = response.headers.iter().find(|(name, _)| name == "www-authenticate").unwrap();
        let nonce = line.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (digest, nonce)
    }

    fn md5(text: &str) -> String {
        Algorithm::Md5.hash(text)
    }

    fn header(nonce: &str, count: &str) -> String {
        let secret = md5("key:MMS Public API:secret");
        let request = md5(&format!("GET:{URI}"));
        let response = md5(&format!("{secret}:{nonce}:{count}:c:auth:{request}"));
        format!(
            "username=\"key\", realm=\"MMS Public API\", nonce=\"{nonce}\", uri=\"{URI}\", qop=auth, nc={count}, \
             cnonce=\"c\", response=\"{response}\", algorithm=MD5"
        )
    }

    #[test]
    fn accepts_counts_in_any_order_but_only_once() {
        let (mut digest, nonce) = digest(DigestConfig::default());
        for count in ["00000002", "00000001", "0000000a"] {
            assert!(digest.verify("GET", URI, &header(&nonce, count)).is_ok());
        }
        let rejection = digest.verify("GET", URI, &header(&nonce, "00000001")).unwrap_err();
        assert_eq!(rejection, Rejection::new("digest nc 00000001 repeated"));
        for count in ["00000000", "1", "0000000g"] {
            let rejection = digest.verify("GET", URI, &header(&nonce, count)).unwrap_err();
            assert_eq!(rejection, Rejection::new("malformed digest nc"));
        }
    }

    #[test]
    fn exhausted_and_expired_nonces_are_stale_and_unknown_ones_are_not() {
        let (mut limited, nonce) = digest(DigestConfig { nonce_uses: Some(1), ..DigestConfig::default() });
        assert!(limited.verify("GET", URI, &header(&nonce, "00000001")).is_ok());
        assert!(limited.verify("GET", URI, &header(&nonce, "00000002")).unwrap_err().stale);

        let (mut expired, nonce) = digest(DigestConfig::default());
        expired.expire_nonces();
        assert!(expired.verify("GET", URI, &header(&nonce, "00000001")).unwrap_err().stale);
        assert!(!expired.verify("GET", URI, &header("unknown", "00000001")).unwrap_err().stale);
    }

    #[test]
    fn verifies_every_parameter() {
        let (mut digest, nonce) = digest(DigestConfig::default());
        let correct = header(&nonce, "00000001");
        for (from, to) in [
            ("username=\"key\"", "username=\"other\""),
            ("realm=\"MMS Public API\"", "realm=\"other\""),
            ("uri=\"/api/atlas/v2/groups\"", "uri=\"/api/atlas/v2\""),
            ("qop=auth", "qop=auth-int"),
            ("nc=00000001", "nc=00000002"),
            ("cnonce=\"c\"", "cnonce=\"\""),
            ("response=\"", "response=\"0"),
            ("algorithm=MD5", "algorithm=SHA-256"),
            ("algorithm=MD5", "opaque=\"x\""),
            ("nc=00000001, ", ""),
            ("cnonce=\"c\", ", ""),
            (", algorithm", " algorithm"),
        ] {
            let wrong = correct.replacen(from, to, 1);
            assert_ne!(wrong, correct);
            assert!(digest.verify("GET", URI, &wrong).is_err(), "{wrong}");
        }
        assert!(digest.verify("POST", URI, &correct).is_err());
        assert!(digest.verify("GET", "/api/atlas/v2/groups?pretty=true", &correct).is_err());
        assert!(digest.verify("GET", URI, &correct).is_ok());
    }
}
