//! Texts of Atlas and of gateways, made fit for a diagnostic.

/// A text of somebody else's as the end of a sentence.
pub(in super::super) fn quoted_sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// As much of the first line of a text as fits `room` characters, without the full stop at its end.
pub(in super::super) fn first_words(text: &str, room: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim_end_matches('.');
    if line.chars().count() <= room {
        return line.to_owned();
    }
    let start: String = line.chars().take(room.saturating_sub(1)).collect();
    let words = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    format!("{}…", words.trim_end_matches([',', ':', ';', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_ends_after_a_word() {
        assert_eq!(first_words("Could not reach specified source.", 40), "Could not reach specified source");
        assert_eq!(first_words("Could not reach the source, which is down", 30), "Could not reach the source…");
        assert_eq!(first_words("abcdefgh", 5), "abcd…");
        assert_eq!(first_words("one\ntwo", 40), "one");
    }
}
