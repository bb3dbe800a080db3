//! The Authorization header: how its schemes are parsed, and what of it is kept.

use base64::Engine as _;
use std::collections::HashMap;

/// The Authorization header without what is secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// There is none.
    None,
    /// Digest with these parameters, as sent.
    Digest {
        /// The public key.
        username: String,
        /// The nonce that was used.
        nonce: String,
        /// The nonce count, eight hexadecimal digits.
        nc: String,
    },
    /// Basic, with the client id.
    Basic {
        /// The client id.
        username: String,
    },
    /// A bearer token.
    Bearer,
    /// A scheme that is not known.
    Other,
}

impl Authorization {
    pub(crate) fn read(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::None };
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "digest" => {
                let mut sent = parameters(rest).unwrap_or_default();
                let mut take = |name: &str| sent.remove(name).unwrap_or_default();
                Self::Digest { username: take("username"), nonce: take("nonce"), nc: take("nc") }
            }
            "basic" => {
                let username = basic(header).map(|(username, _)| username).unwrap_or_default();
                Self::Basic { username }
            }
            "bearer" => Self::Bearer,
            _ => Self::Other,
        }
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

/// The user name and password of a Basic authorization.
pub(crate) fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let (id, secret) = String::from_utf8(decoded).ok()?.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    Some((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_keeps_the_scheme_only() {
        assert_eq!(Authorization::read(None), Authorization::None);
        assert_eq!(Authorization::read(Some("Bearer abc")), Authorization::Bearer);
        assert_eq!(Authorization::read(Some("Basic aWQ6c2VjcmV0")), Authorization::Basic { username: "id".to_owned() });
        assert_eq!(Authorization::read(Some("Negotiate abc")), Authorization::Other);
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
