//! Masks known secrets in texts of a server, in every encoding in which a server may echo them.
//!
//! It doesn't depend on where a text comes from or where it is shown.

mod view;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secret::Secret;

use self::view::View;

const MASK: &str = "***";

/// Secrets with fewer characters are replaced only where they are a whole word. Replacing a password `a` everywhere would
/// make every text unreadable and would even reveal the password.
const SHORT: usize = 4;

/// The longest text that is searched, in bytes. Shown texts are far shorter.
const MAX_TEXT: usize = 64 * 1024;

/// The secrets in the requests of a client. Clones share them.
///
/// A secret is found as it is, trimmed, with whitespace collapsed, and percent-, form-, JSON- or HTML-escaped, also where
/// only some characters are escaped and where two of these escapings are combined. In base64 it is found together with the
/// text around it, such as the user name before a password, and the whole encoded text is replaced.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    secrets: Arc<RwLock<Vec<Pattern>>>,
}

impl Mask {
    /// A mask of these secrets, for tests and fuzz targets.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn of(secrets: &[&str]) -> Self {
        let mask = Self::default();
        secrets.iter().for_each(|secret| mask.add(&Secret::new(*secret)));
        mask
    }

    /// Adds a secret, unless it is only whitespace.
    pub(crate) fn add(&self, secret: &Secret) {
        let Some(secret) = Pattern::new(secret.expose()) else { return };
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !secrets.iter().any(|known| known.text == secret.text) {
            secrets.push(secret);
        }
    }

    /// The text for a message: one line without secrets and control characters, truncated to `max` characters.
    pub(crate) fn printable(&self, text: &str, max: usize) -> String {
        printable(&self.apply(text), max)
    }

    /// The text with every secret replaced, truncated to 64 KiB.
    pub(crate) fn apply(&self, text: &str) -> String {
        let start = beginning(text);
        let is_truncated = start.len() < text.len();
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        if secrets.is_empty() {
            return start.to_owned();
        }
        let mut found = Vec::new();
        for view in view::all(start) {
            let collapsed = view.collapsed();
            for secret in secrets.iter() {
                secret.find_plain(&collapsed, is_truncated, &mut found);
                secret.find_base64(&view, &mut found);
            }
        }
        replace(start, found)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask([redacted])")
    }
}

/// The text in one line, without control characters, truncated to `max` characters.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// Percent-encodes every byte that is not unreserved in a URL (RFC 3986, section 2.3).
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn replace(text: &str, mut found: Vec<(usize, usize)>) -> String {
    found.sort_unstable();
    let mut result = String::with_capacity(text.len());
    let mut shown = 0;
    for (start, end) in found {
        if end <= shown {
            continue;
        }
        let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        if start >= shown {
            result.push_str(&text[shown..start]);
            result.push_str(MASK);
        }
        shown = end;
    }
    result.push_str(&text[shown..]);
    result
}

/// The encodings of one secret that are searched for.
struct Pattern {
    /// Trimmed, with whitespace collapsed.
    text: Vec<u8>,
    is_short: bool,
    base64: Vec<Vec<u8>>,
}

impl Pattern {
    fn new(secret: &str) -> Option<Self> {
        let text = View::new(secret.trim()).collapsed().bytes.trim_ascii().to_vec();
        if text.is_empty() {
            return None;
        }
        let is_short = String::from_utf8_lossy(&text).chars().count() < SHORT;
        // OAuth percent-encodes a secret before it becomes part of a Basic header.
        let percent = [secret, secret.trim()].map(percent_encoded);
        let [whole, trimmed] = percent.each_ref().map(|percent| percent.as_bytes());
        let variants = [secret.as_bytes(), secret.trim().as_bytes(), &text, whole, trimmed];
        let encode = if is_short { whole_base64 } else { base64_within };
        let mut base64: Vec<_> = variants.into_iter().flat_map(encode).collect();
        base64.sort_by(|one, other| one.as_slice().cmp(other));
        base64.dedup();
        Some(Self { text, is_short, base64 })
    }

    /// `view` has its whitespace collapsed, as the secret has.
    fn find_plain(&self, view: &View, is_truncated: bool, found: &mut Vec<(usize, usize)>) {
        let length = self.text.len();
        for at in occurrences(&view.bytes, &self.text) {
            let before = at.checked_sub(1).and_then(|at| view.bytes.get(at));
            let after = view.bytes.get(at + length);
            if !self.is_short || ![before, after].into_iter().flatten().any(|byte| is_word(*byte)) {
                found.push(view.source(at, at + length));
            }
        }
        // The secret may continue after the end of a truncated text.
        let started = (1..length).rev().find(|length| view.bytes.ends_with(&self.text[..*length]));
        if let (true, Some(length)) = (is_truncated, started) {
            found.push(view.source(view.bytes.len() - length, view.bytes.len()));
        }
    }

    fn find_base64(&self, view: &View, found: &mut Vec<(usize, usize)>) {
        for encoded in &self.base64 {
            for at in occurrences(&view.bytes, encoded) {
                let start = (0..at).rev().find(|at| !is_base64(view.bytes[*at])).map_or(0, |before| before + 1);
                let rest = view.bytes[at..].iter();
                let letters = rest.clone().take_while(|byte| is_base64(**byte)).count();
                let padding = rest.skip(letters).take_while(|byte| **byte == b'=').count();
                let is_whole = start == at && letters == encoded.len();
                if !self.is_short || is_whole {
                    found.push(view.source(start, at + letters + padding));
                }
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// The offsets of `part` in `bytes`, including overlapping ones.
fn occurrences<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(part.len()).enumerate().filter(move |(_, window)| *window == part).map(|(at, _)| at)
}

fn whole_base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(bytes).into_bytes()).into()
}

/// The base64 digits that depend only on these bytes, for each position in a group of three bytes.
fn base64_within(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            all.push(encoded.as_bytes()[first..end].to_vec());
        }
    }
    all
}

#[cfg(test)]
mod tests;
