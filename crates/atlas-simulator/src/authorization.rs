//! Parses the Authorization header, and keeps its parts that are not secret.

use base64::Engine as _;
use std::collections::HashMap;

/// An Authorization header without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The request has no Authorization header.
    None,
    /// Digest, with these parameters as the client sent them; a parameter that is missing is empty.
    Digest {
        /// The public key.
        username: String,
        /// The nonce of the challenge.
        nonce: String,
        /// The nonce count, as eight hexadecimal digits.
        nc: String,
    },
    /// Basic, the scheme of the OAuth endpoints.
    Basic {
        /// The client ID.
        username: String,
    },
    /// A bearer token.
    Bearer,
    /// An unknown scheme.
    Other,
}

impl Authorization {
    pub(crate) fn parse(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::None };
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "digest" => {
                let mut sent = parse_parameters(rest).unwrap_or_default();
                let mut take = |name: &str| sent.remove(name).unwrap_or_default();
                Self::Digest { username: take("username"), nonce: take("nonce"), nc: take("nc") }
            }
            "basic" => {
                let username = parse_basic(header).map(|(username, _)| username).unwrap_or_default();
                Self::Basic { username }
            }
            "bearer" => Self::Bearer,
            _ => Self::Other,
        }
    }
}

/// Parses `name=value` pairs, each value a token or a quoted string; `None` when one is malformed or a name is
/// repeated.
pub(crate) fn parse_parameters(text: &str) -> Option<HashMap<String, String>> {
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

/// The value up to the closing quote, and the text after it.
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

/// The username and password of a Basic authorization.
pub(crate) fn parse_basic(authorization: &str) -> Option<(String, String)> {
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
    fn keeps_the_scheme_and_no_secret() {
        assert_eq!(Authorization::parse(None), Authorization::None);
        assert_eq!(Authorization::parse(Some("Bearer abc")), Authorization::Bearer);
        assert_eq!(
            Authorization::parse(Some("Basic aWQ6c2VjcmV0")),
            Authorization::Basic { username: "id".to_owned() }
        );
        assert_eq!(Authorization::parse(Some("Negotiate abc")), Authorization::Other);
    }

    #[test]
    fn parses_tokens_and_quoted_strings() {
        let found = parse_parameters("a=1 , B=\"x, \\\"y\\\"\",c=\"\"").unwrap();
        assert_eq!((found["a"].as_str(), found["b"].as_str(), found["c"].as_str()), ("1", "x, \"y\"", ""));
        for malformed in ["a", "=1", "a=1, a=2", "a=\"open", "a=\"1\" b=2", "a b=1"] {
            assert_eq!(parse_parameters(malformed), None, "{malformed}");
        }
    }
}
