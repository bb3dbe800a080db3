//! Escapes words in brackets that Terraform would take for color codes. Terraform 1.14.5 and newer delete `[red]` from
//! a message, or change the color there. Only the exact names of codes are affected.

const COLORS: &[&str] = &[
    "default",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "purple",
    "light_gray",
    "dark_gray",
    "light_red",
    "light_green",
    "light_yellow",
    "light_blue",
    "light_magenta",
    "light_cyan",
];

const ATTRIBUTES: &[&str] =
    &["bold", "dim", "underline", "blink_slow", "blink_fast", "invert", "hidden", "reset", "reset_bold"];

/// Replaces `[red]` with `[ red ]`, which every version shows unchanged. In lists and indexes the spaces have no
/// meaning. Other text stays as it is.
pub(super) fn escape(text: String) -> String {
    if !text.contains('[') {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 2);
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        escaped.push_str(before);
        escaped.push('[');
        rest = after;
        if let Some((word, after)) = after.split_once(']')
            && is_code(word)
        {
            escaped.extend([" ", word, " ]"]);
            rest = after;
        }
    }
    escaped.push_str(rest);
    escaped
}

/// Background colors have underscores around their names.
fn is_code(word: &str) -> bool {
    let color = word.strip_prefix('_').and_then(|word| word.strip_suffix('_')).unwrap_or(word);
    COLORS.contains(&color) || ATTRIBUTES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_color_codes_are_changed() {
        for (text, escaped) in [
            ("[red] alert", "[ red ] alert"),
            ("a [ b [bold]x] [_light_red_][reset]", "a [ b [ bold ]x] [ _light_red_ ][ reset ]"),
            ("[[dim]]", "[[ dim ]]"),
        ] {
            assert_eq!(escape(text.to_owned()), escaped);
        }
        for text in [
            "migration_hosts[0] [A, B] [Red] [ red ] [red, blue] [_bold_] [_red] [reds]",
            "tags[\"red\"]",
            "[]",
            "[open",
            "red]",
            "[red",
            "",
        ] {
            assert_eq!(escape(text.to_owned()), text);
        }
    }
}
