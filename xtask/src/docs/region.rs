//! Generated parts of a Markdown file, between two comments that no renderer shows.
//!
//! It must not know what is generated.

const BEGIN: &str = "<!-- begin generated: ";
const BEGIN_END: &str = " -->";
const END: &str = "<!-- end generated -->";

/// The text with every region filled again; `content` gets the name of each, and keeps what is there with `None`.
///
/// # Errors
/// When a region has no end, an end no region, or there is no content.
pub(crate) fn fill(text: &str, content: impl Fn(&str) -> Result<Option<String>, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<&str> = None;
    let mut kept = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        match (trimmed.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(BEGIN_END)), open) {
            (Some(name), None) => {
                out.push_str(line);
                let fresh = content(name)?;
                kept = fresh.is_none();
                out.push_str(&fresh.unwrap_or_default());
                open = Some(name);
            }
            (Some(name), Some(before)) => return Err(format!("`{name}` begins inside `{before}`")),
            (None, Some(_)) if trimmed == END => {
                out.push_str(line);
                open = None;
            }
            (None, None) if trimmed == END => return Err("a generated part ends that has not begun".to_owned()),
            (None, Some(_)) if !kept => {}
            (None, _) => out.push_str(line),
        }
    }
    match open {
        Some(name) => Err(format!("`{name}` does not end")),
        None => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(name: &str) -> Result<Option<String>, String> {
        Ok((name != "kept").then(|| format!("{}\n", name.to_uppercase())))
    }

    #[test]
    fn regions_are_replaced_and_the_rest_is_kept() {
        let text = "a\n<!-- begin generated: x y -->\nold\nold\n<!-- end generated -->\nb";
        let fresh = "a\n<!-- begin generated: x y -->\nX Y\n<!-- end generated -->\nb";
        assert_eq!(fill(text, upper).as_deref(), Ok(fresh));
        assert_eq!(fill(fresh, upper).as_deref(), Ok(fresh), "a second time nothing changes");
    }

    #[test]
    fn region_without_fresh_content_is_kept() {
        let text = "<!-- begin generated: kept -->\nold\n<!-- end generated -->\n";
        assert_eq!(fill(text, upper).as_deref(), Ok(text));
    }

    #[test]
    fn unbalanced_regions_are_refused() {
        for text in [
            "<!-- begin generated: x -->\n",
            "<!-- end generated -->\n",
            "<!-- begin generated: x -->\n<!-- begin generated: y -->\n<!-- end generated -->\n",
        ] {
            assert!(fill(text, upper).is_err(), "{text}");
        }
    }
}
