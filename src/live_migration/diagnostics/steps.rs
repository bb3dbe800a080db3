//! The steps of a message: what to do next.

/// Numbered steps, the most likely one first. Terraform does not wrap indented lines, so they are wrapped here.
pub(super) fn steps<S: AsRef<str>>(steps: &[S]) -> String {
    let mut text = "Next:".to_owned();
    for (index, step) in steps.iter().enumerate() {
        let mut lead = format!("\n  {}. ", index + 1);
        for line in step.as_ref().lines().flat_map(wrapped) {
            text.push_str(&lead);
            text.push_str(&line);
            lead = "\n     ".to_owned();
        }
    }
    text
}

/// A line of a step, wrapped so that it fits 78 columns. A command stays whole, to be copied.
fn wrapped(line: &str) -> Vec<String> {
    const WIDTH: usize = 70;
    if line.starts_with("terraform ") {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let current = lines.len() - 1;
        if lines[current].trim().is_empty() {
            lines[current].push_str(if word.is_empty() { " " } else { word });
        } else if lines[current].len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
        } else {
            lines[current].push(' ');
            lines[current].push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_commands_stay_whole() {
        let command = format!("terraform import <ADDRESS> {}/{}", "a".repeat(24), "b".repeat(24));
        let text = steps(&[format!("{}\n{command}", "word ".repeat(20).trim_end())]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(
            lines[1].starts_with("  1. word") && lines[1].len() <= 78 && lines[2].starts_with("     word"),
            "{text}"
        );
        assert_eq!(lines[3].trim_start(), command);
    }
}
