//! Digest access authentication, the server's side (RFC 7616 with qop `auth`): challenges, nonces with counts, and the check of
//! a response; it must not know which requests it protects.

use crate::answer::Answer;
use crate::auth::{random, unauthorized};
use crate::config::{Access, Credential, DigestConfig};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// The realm of Atlas's challenges.
const REALM: &str = "MMS Public API";

/// The hash of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5, what Atlas offers.
    Md5,
    /// MD5-sess.
    Md5Sess,
    /// SHA-256.
    Sha256,
    /// SHA-256-sess.
    Sha256Sess,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess];

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn hash(self, text: &str) -> String {
        use md5::Digest as _;
        match self {
            Self::Md5 | Self::Md5Sess => hex(&md5::Md5::digest(text)),
            Self::Sha256 | Self::Sha256Sess => hex(&sha2::Sha256::digest(text)),
        }
    }
}

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
        lines.into_iter().fold(unauthorized(why), |answer, line| answer.header("www-authenticate", line))
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

/// `name=value` pairs, each value a token or a quoted string; nothing when malformed or when a name is repeated.
pub(crate) fn parameters(text: &str) -> Option<HashMap<String, String>> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte)) {
            return None;
        }
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if found.insert(name.to_ascii_lowercase(), value).is_some() {
            return None;
        }
        rest = match after.trim_start() {
            "" => "",
            more => more.strip_prefix(',')?.trim_start(),
        };
    }
    Some(found)
}

/// The value up to the closing quote, and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[index + 1..])),
            '\\' => value.push(chars.next()?.1),
            _ => value.push(char),
        }
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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
    fn the_hashes_are_those_of_rfc_7616() {
        // RFC 7616, section 3.9.1.
        for (algorithm, expected) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let secret = algorithm.hash("Mufasa:http-auth@example.org:Circle of Life");
            let request = algorithm.hash("GET:/dir/index.html");
            let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            assert_eq!(algorithm.hash(&format!("{secret}:{nonce}:00000001:{cnonce}:auth:{request}")), expected);
        }
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

    #[test]
    fn parameters_are_tokens_or_quoted_strings() {
        let found = parameters("a=1 , B=\"x, \\\"y\\\"\",c=\"\"").unwrap();
        assert_eq!((found["a"].as_str(), found["b"].as_str(), found["c"].as_str()), ("1", "x, \"y\"", ""));
        for malformed in ["a", "=1", "a=1, a=2", "a=\"open", "a=\"1\" b=2", "a b=1"] {
            assert_eq!(parameters(malformed), None, "{malformed}");
        }
    }
}
