//! How Terraform's output is read: without colours, without its frame, and in spite of its line breaks.

/// The first line of the warning that `dev_overrides` adds to every command.
const OVERRIDES: &str = "Warning: Provider development overrides are in effect";

/// The output of a command as it is compared: no colour codes, and no word about the overrides that a workspace itself
/// has set up.
pub(super) fn clean(raw: &[u8]) -> String {
    without_overrides(&without_colours(&String::from_utf8_lossy(raw)))
}

/// The text in one line: without the frame that Terraform draws around diagnostics, every run of white space one space.
///
/// Terraform breaks details at 78 columns, so a sentence is looked for in this form of both.
pub(super) fn unwrapped(text: &str) -> String {
    let words = text.lines().flat_map(|line| unframed(line).split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

fn unframed(line: &str) -> &str {
    line.trim_start_matches(['│', '╷', '╵'])
}

/// Removes the escape sequences that set colours: `ESC [ … m`.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let codes = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').len();
        plain.push_str(piece[codes..].strip_prefix('m').unwrap_or(piece));
    }
    plain
}

fn without_overrides(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let bare = unframed(line.trim_end()).trim();
        if bare == OVERRIDES {
            inside = true;
        } else if inside {
            // The last sentence of the warning; `init` has another one than the rest.
            inside = !(bare.ends_with("releases.") || bare.ends_with("unexpectedly."));
        } else if !(bare.starts_with('{') && bare.contains(OVERRIDES)) {
            kept.push_str(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "
Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI
configuration:
 - atlas-live-migration/atlas in /tmp/plugins

The behavior may therefore not match any released version of the provider and
applying changes may cause the state to become incompatible with published
releases.

Warning: another
";

    #[test]
    fn the_warning_about_overrides_goes_and_the_next_one_stays() {
        assert_eq!(clean(PLAIN.as_bytes()), "\n\nWarning: another\n");
    }

    #[test]
    fn the_warning_about_overrides_goes_from_json_lines_too() {
        let lines =
            "{\"@message\":\"Warning: Provider development overrides are in effect\"}\n{\"@message\":\"Plan: 1\"}\n";
        assert_eq!(clean(lines.as_bytes()), "{\"@message\":\"Plan: 1\"}\n");
    }

    #[test]
    fn a_wrapped_and_framed_sentence_reads_as_one_line() {
        let framed = "╷\n│ Error: Live migration did not\n│ become ready\n│ \n│   with x.y\n╵\n";
        assert_eq!(unwrapped(framed), "Error: Live migration did not become ready with x.y");
    }

    #[test]
    fn colour_codes_go_and_other_text_stays() {
        assert_eq!(clean("\u{1b}[1m\u{1b}[31mError\u{1b}[0m: list [1]\n".as_bytes()), "Error: list [1]\n");
    }
}
