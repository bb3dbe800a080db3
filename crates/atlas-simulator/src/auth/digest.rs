//! Digest access authentication, the server's side (RFC 7616 with qop `auth`): challenges, nonces with counts, and the check of
//! a response; it must not know which requests it protects.

use crate::algorithm::Algorithm;
use crate::answer::Answer;
use crate::authorization::parameters;
use crate::config::{Access, Credential, DigestConfig};
use crate::random::random;
use std::collections::{HashMap, HashSet};

/// The realm of Atlas's challenges.
const REALM: &str = "MMS Public API";

/// Why a response was refused, and whether only its nonce was too old.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) stale: bool,
    pub(crate) why: String,
}

impl Refused {
    fn because(why: impl Into<String>) -> Self {
        Self { stale: false, why: why.into() }
    }
}

/// The keys, and the nonces that were issued.
#[derive(Debug)]
pub(crate) struct Digest {
    config: DigestConfig,
    pub(crate) keys: Vec<Credential>,
    nonces: HashMap<String, Nonce>,
}

/// Counts are kept as a set, because concurrent requests arrive in any order; only a repetition is a replay.
#[derive(Debug, Default)]
struct Nonce {
    counts: HashSet<u32>,
    stale: bool,
}

impl Digest {
    pub(crate) fn new(config: DigestConfig, keys: Vec<Credential>) -> Self {
        Self { config, keys, nonces: HashMap::new() }
    }

    /// Every nonce issued so far is stale from now on.
    pub(crate) fn expire_nonces(&mut self) {
        self.nonces.values_mut().for_each(|nonce| nonce.stale = true);
    }

    /// A 401 with a fresh nonce, one challenge for each algorithm.
    pub(crate) fn challenge(&mut self, stale: bool, why: &str) -> Answer {
        let nonce = format!("{:016x}{:016x}", random(), random());
        let opaque = self.config.opaque.as_ref().map(|opaque| format!(", opaque=\"{opaque}\"")).unwrap_or_default();
        let challenges: Vec<String> = self
            .config
            .algorithms
            .iter()
            .map(|algorithm| {
                format!(
                    "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm={}, qop=\"auth\", stale={stale}{opaque}",
                    algorithm.name()
                )
            })
            .collect();
        self.nonces.insert(nonce, Nonce::default());
        let lines = if self.config.one_header { vec![challenges.join(", ")] } else { challenges };
        lines.into_iter().fold(Answer::unauthorized(why), |answer, line| answer.header("www-authenticate", line))
    }

    /// Checks what follows `Digest ` in an Authorization header.
    pub(crate) fn verify(&mut self, method: &str, uri: &str, sent: &str) -> Result<Access, Refused> {
        let sent = parameters(sent).ok_or_else(|| Refused::because("malformed digest"))?;
        let get = |name: &str| sent.get(name).map(String::as_str);
        let need = |name: &str| get(name).ok_or_else(|| Refused::because(format!("digest without {name}")));
        let (nonce, cnonce, count) = (need("nonce")?, need("cnonce")?, need("nc")?);
        let expected = [("realm", Some(REALM)), ("uri", Some(uri)), ("qop", Some("auth"))];
        let opaque = ("opaque", self.config.opaque.as_deref());
        for (name, expected) in expected.into_iter().chain([opaque]) {
            if get(name) != expected {
                return Err(Refused::because(format!("wrong digest {name}")));
            }
        }
        // RFC 7616, section 3.3: no algorithm means MD5.
        let algorithm = Algorithm::from_name(get("algorithm").unwrap_or("MD5"))
            .filter(|algorithm| self.config.algorithms.contains(algorithm))
            .ok_or_else(|| Refused::because("digest algorithm not offered"))?;
        if cnonce.is_empty() {
            return Err(Refused::because("empty digest cnonce"));
        }
        let username = need("username")?;
        let key = self.keys.iter().find(|key| key.id == username).ok_or_else(|| Refused::because("unknown key"))?;
        let mut secret = algorithm.hash(&format!("{username}:{REALM}:{}", key.secret));
        if matches!(algorithm, Algorithm::Md5Sess | Algorithm::Sha256Sess) {
            secret = algorithm.hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = algorithm.hash(&format!("{method}:{uri}"));
        let response = algorithm.hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{request}"));
        if need("response")? != response {
            return Err(Refused::because("wrong digest response"));
        }
        let access = key.access.clone();
        self.count(nonce, count)?;
        Ok(access)
    }

    fn count(&mut self, nonce: &str, count: &str) -> Result<(), Refused> {
        let number = Some(count).filter(|count| count.len() == 8).and_then(|count| u32::from_str_radix(count, 16).ok());
        let number = number.filter(|number| *number > 0).ok_or_else(|| Refused::because("malformed digest nc"))?;
        let nonce = self.nonces.get_mut(nonce).ok_or_else(|| Refused::because("a nonce that was never issued"))?;
        if nonce.counts.contains(&number) {
            return Err(Refused::because(format!("digest nc {count} repeated")));
        }
        if nonce.stale || self.config.nonce_uses.is_some_and(|uses| nonce.counts.len() >= uses) {
            return Err(Refused { stale: true, why: "stale nonce".to_owned() });
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
        let answer = digest.challenge(false, "");
        let (_, line) = answer.headers.iter().find(|(name, _)| name == "www-authenticate").unwrap();
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
    fn counts_may_arrive_in_any_order_but_never_twice() {
        let (mut digest, nonce) = digest(DigestConfig::default());
        for count in ["00000002", "00000001", "0000000a"] {
            assert!(digest.verify("GET", URI, &header(&nonce, count)).is_ok());
        }
        let refused = digest.verify("GET", URI, &header(&nonce, "00000001")).unwrap_err();
        assert_eq!(refused, Refused::because("digest nc 00000001 repeated"));
        for count in ["00000000", "1", "0000000g"] {
            let refused = digest.verify("GET", URI, &header(&nonce, count)).unwrap_err();
            assert_eq!(refused, Refused::because("malformed digest nc"));
        }
    }

    #[test]
    fn a_used_up_or_expired_nonce_is_stale_and_an_invented_one_is_not() {
        let (mut limited, nonce) = digest(DigestConfig { nonce_uses: Some(1), ..DigestConfig::default() });
        assert!(limited.verify("GET", URI, &header(&nonce, "00000001")).is_ok());
        assert!(limited.verify("GET", URI, &header(&nonce, "00000002")).unwrap_err().stale);

        let (mut expired, nonce) = digest(DigestConfig::default());
        expired.expire_nonces();
        assert!(expired.verify("GET", URI, &header(&nonce, "00000001")).unwrap_err().stale);
        assert!(!expired.verify("GET", URI, &header("invented", "00000001")).unwrap_err().stale);
    }

    #[test]
    fn every_part_is_checked() {
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
