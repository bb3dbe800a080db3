//! What differs between two runs of one scenario, replaced by what does not: IDs, times, durations. It must not know which
//! command printed it.

/// The time that stands for every other one.
const TIME: &str = "2026-11-27T09:30:00Z";
/// The lag, in seconds, that stands for every other one but 0.
const LAG: &str = "372";
/// What an ID begins with; its number is the end.
const ID: &str = "6f5902d6e1c1b0a5d4b3c2";

/// Replaces, and remembers the IDs that it has seen, so that one ID stays one ID.
#[derive(Default)]
pub(super) struct Normalizer {
    ids: Vec<String>,
}

impl Normalizer {
    /// The text without what differs.
    pub(super) fn apply(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at_word = out.chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
            let (length, replacement) =
                at_word.then(|| self.find(rest)).flatten().unwrap_or_else(|| (first.len_utf8(), first.to_string()));
            out.push_str(&replacement);
            rest = &rest[length..];
        }
        let lines = out.lines().map(str::trim_end).filter(|line| !line.contains(" elapsed]"));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// What stands at the beginning of the text, its length, and what to write instead.
    fn find(&mut self, text: &str) -> Option<(usize, String)> {
        let word: &str = &text[..text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len())];
        if word.len() == 24 && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Some((24, self.id(word)));
        }
        // 2026-11-27T09:30:00Z, with or without a fraction.
        let time = &text[..text.find(|c: char| !c.is_ascii_alphanumeric() && !"-:.".contains(c)).unwrap_or(text.len())];
        let shape: Vec<_> = time.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect();
        if shape.starts_with(b"0000-00-00T00:00:00") && time.ends_with('Z') {
            return Some((time.len(), TIME.to_owned()));
        }
        if let Some(found) = lag(text) {
            return Some(found);
        }
        // 8f3a2c1e-…: the ID of a terraform_data.
        let uuid = text.get(..36).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'));
        if uuid.is_some_and(|text| text.bytes().filter(|byte| *byte == b'-').count() == 4) {
            return Some((36, "5d2c7f3e-0b1a-4c8d-9e6f-7a8b9c0d1e2f".to_owned()));
        }
        let port = text.strip_prefix("127.0.0.1:")?;
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        Some(("127.0.0.1:".len() + digits, "127.0.0.1:40795".to_owned())).filter(|_| digits > 0)
    }

    /// The IDs of the examples stay; every other one gets a number.
    fn id(&mut self, id: &str) -> String {
        const KEPT: [&str; 3] = ["9b43a5b329223c3a1591a678", "e01c9427f054fe80745f3f6c", "32b6e34b3d91647abb20e7b8"];
        if KEPT.contains(&id) {
            return id.to_owned();
        }
        let number = self.ids.iter().position(|known| known == id).unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        });
        format!("{ID}{:02x}", 0xa1_usize.saturating_add(number))
    }
}

/// `lag 365 s` or `lag_time_seconds = 365`.
fn lag(text: &str) -> Option<(usize, String)> {
    let rest =
        text.strip_prefix("lag ").or_else(|| text.strip_prefix("lag_time_seconds")?.trim_start().strip_prefix("= "))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let before = text.len() - rest.len();
    (digits > 0 && &rest[..digits] != "0").then(|| (before + digits, format!("{}{LAG}", &text[..before])))
}

/// Replaces what only depends on how fast the machine is: `after 3s`.
pub(super) fn without_durations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("complete after ") {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(before);
        out.push_str("complete after ");
        out.push('1');
        rest = &after[digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_stays_one_id_and_times_are_equal() {
        let mut normalizer = Normalizer::default();
        let text = "a 0123456789abcdef01234567 b [id=0123456789abcdef01234567] 76543210fedcba9876543210\n2026-01-02T03:04:05.678Z e01c9427f054fe80745f3f6c\n";
        let (a, b) = (format!("{ID}a1"), format!("{ID}a2"));
        assert_eq!(normalizer.apply(text), format!("a {a} b [id={a}] {b}\n{TIME} e01c9427f054fe80745f3f6c\n"));
        assert_eq!(normalizer.apply("76543210fedcba9876543210"), format!("{b}\n"));
        assert_eq!(
            normalizer.apply("x: Still modifying... [00m10s elapsed]\nhttp://127.0.0.1:1234/x\n"),
            "http://127.0.0.1:40795/x\n"
        );
        assert_eq!(
            normalizer.apply("lag 9 s, lag_time_seconds  = 365 -> 0, lag 0 s"),
            "lag 372 s, lag_time_seconds  = 372 -> 0, lag 0 s\n"
        );
        assert_eq!(without_durations("Creation complete after 12s [id=x]"), "Creation complete after 1s [id=x]");
    }
}
