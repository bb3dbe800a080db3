//! Hiding known secrets in texts that a server sent.
//!
//! It must not know where a text comes from or where it goes.

use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret stood.
const MASK: &str = "***";

/// Shorter secrets are replaced only where they stand as a word of their own, or a text would be riddled with masks.
const SHORT: usize = 4;

/// The secrets that one operation knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    secrets: Vec<SecretString>,
}

impl Mask {
    pub(crate) fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        Self { secrets: secrets.into_iter().filter(|s| !s.expose_secret().is_empty()).collect() }
    }

    pub(crate) fn add(&mut self, secret: &SecretString) {
        if !secret.expose_secret().is_empty() {
            self.secrets.push(secret.clone());
        }
    }

    /// The text with every secret replaced, as it is, escaped as in JSON, and percent-encoded as in a URL.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut forms: Vec<String> = self.secrets.iter().flat_map(|s| forms(s.expose_secret())).collect();
        // The longest first: a secret may contain another one.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.iter().fold(text.to_owned(), |text, form| replace(&text, form))
    }
}

/// Replaces `secret` in `text`, in each form in which a server may echo it.
///
/// For texts of this API that the client itself cannot mask, because the secret belongs to another call: the error
/// message of a validation job may quote the password that was sent when the job was started.
pub fn mask_secret(text: &str, secret: &SecretString) -> String {
    Mask::new([secret.clone()]).apply(text)
}

fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    if let Ok(json) = serde_json::to_string(secret) {
        forms.push(json.trim_start_matches('"').trim_end_matches('"').to_owned());
    }
    forms.push(percent_encoded(secret, false));
    forms.push(percent_encoded(secret, true));
    forms.retain(|form| !form.is_empty());
    forms.dedup();
    forms
}

/// The text with every byte escaped that is not unreserved in a URL (RFC 3986, section 2.3).
pub(crate) fn percent_encoded(text: &str, lower: bool) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ if lower => encoded.push_str(&format!("%{byte:02x}")),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

fn replace(text: &str, secret: &str) -> String {
    if secret.len() >= SHORT {
        return text.replace(secret, MASK);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (before, after) = (&rest[..at], &rest[at + secret.len()..]);
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before_it = before.chars().next_back().or_else(|| result.chars().next_back());
        let inside = is_word(before_it) || is_word(after.chars().next());
        result.push_str(before);
        result.push_str(if inside { secret } else { MASK });
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secrets: &[&str], text: &str) -> String {
        Mask::new(secrets.iter().map(|s| SecretString::from(*s))).apply(text)
    }

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        assert_eq!(masked(&["hunter2"], "hunter2 and xhunter2x"), "*** and x***x");
        assert_eq!(masked(&["hunter2", "other"], "hunter2other"), "******");
    }

    #[test]
    fn encoded_forms_are_masked() {
        assert_eq!(masked(&["p@ss/w"], "mongodb://u:p%40ss%2Fw@h and p%40ss%2fw"), "mongodb://u:***@h and ***");
        assert_eq!(masked(&["a\"b\\cd"], r#"{"password":"a\"b\\cd"}"#), r#"{"password":"***"}"#);
    }

    #[test]
    fn a_secret_within_a_longer_one_leaves_no_rest() {
        assert_eq!(masked(&["pass", "password"], "password"), "***");
    }

    #[test]
    fn short_secrets_are_masked_as_words_only() {
        assert_eq!(masked(&["a"], "a bad \"a\", a"), "*** bad \"***\", ***");
        assert_eq!(masked(&["aa"], "aaaa"), "aaaa");
    }

    #[test]
    fn no_secret_changes_nothing() {
        assert_eq!(masked(&[""], "text"), "text");
        assert_eq!(masked(&[], "text"), "text");
    }
}
