//! The recording of the README: a scenario in colors, as an animated image (SVG with CSS, without scripts).
//!
//! The terminal has a dark background of its own, so that it is readable on a light and on a dark page.

use std::fmt::Write as _;

use super::expect;
use super::normalize::without_durations;
use super::scenario::Line;
use super::session::Setup;

pub(super) const PATH: &str = "docs/images/demo.svg";

/// Columns and rows of the terminal.
const COLUMNS: usize = 100;
const ROWS: usize = 26;
/// Size of a character in pixels, and of the margin.
const WIDTH: f64 = 8.43;
const HEIGHT: usize = 19;
const MARGIN: usize = 16;
/// Seconds that a command is seen before its output, and then a screen, with its lines.
const PER_COMMAND: f64 = 1.2;
const PER_SCREEN: f64 = 1.6;
const PER_LINE: f64 = 0.17;

/// What is seen at one time.
struct Screen {
    lines: Vec<String>,
    seconds: f64,
}

/// Runs the scenario and draws it.
///
/// # Errors
/// If a command ends otherwise than it says.
pub(super) fn draw(setup: &Setup, lines: &[Line]) -> Result<String, String> {
    let mut session = setup.session()?;
    let mut screens = Vec::new();
    let (mut said, mut hidden) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            Line::Say(text) => said.push(format!("\u{1b}[90m# {text}\u{1b}[0m")),
            Line::Hide(text) => hidden.push(text.as_str()),
            Line::Run { command, status, shown } => {
                let output = without_durations(&expect(&mut session, command, *status)?);
                if *shown {
                    let mut screen = std::mem::take(&mut said);
                    screen.push(format!("\u{1b}[1;32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m"));
                    screens.push(Screen { lines: screen.clone(), seconds: PER_COMMAND });
                    let seen = |line: &&str| !hidden.iter().any(|text| without_colors(line).contains(text));
                    screen.extend(output.lines().filter(seen).map(str::to_owned));
                    // One empty line is enough.
                    screen
                        .dedup_by(|line, before| without_colors(line).is_empty() && without_colors(before).is_empty());
                    screens.extend(pages(&screen));
                }
            }
            line => session.prepare(line)?,
        }
    }
    Ok(svg(&screens))
}

/// A screen for each page of the output.
fn pages(lines: &[String]) -> Vec<Screen> {
    let lines: Vec<_> = lines.iter().flat_map(|line| wrap(line)).collect();
    let pages = lines.chunks(ROWS);
    pages.map(|page| Screen { lines: page.to_vec(), seconds: PER_SCREEN + PER_LINE * seconds_of(page.len()) }).collect()
}

fn seconds_of(lines: usize) -> f64 {
    u32::try_from(lines).map_or(0.0, f64::from)
}

/// Breaks a line that is too long; colors go on in the next one.
fn wrap(line: &str) -> Vec<String> {
    let (mut lines, mut current, mut column, mut color) = (Vec::new(), String::new(), 0, String::new());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = escape(rest) {
            color = rest[..length].to_owned();
            current.push_str(&color);
            rest = &rest[length..];
            continue;
        }
        if column == COLUMNS {
            lines.push(std::mem::replace(&mut current, color.clone()));
            column = 0;
        }
        current.push(first);
        column += 1;
        rest = &rest[first.len_utf8()..];
    }
    lines.push(current);
    lines
}

fn without_colors(line: &str) -> String {
    line.split("\u{1b}[")
        .enumerate()
        .map(|(number, part)| if number == 0 { part } else { part.split_once('m').map_or("", |(_, text)| text) })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The length of a color code at the beginning.
fn escape(text: &str) -> Option<usize> {
    text.strip_prefix("\u{1b}[")?.find('m').map(|end| end + 3)
}

/// The image: one group for each screen, which is visible in its part of the loop.
fn svg(screens: &[Screen]) -> String {
    let total: f64 = screens.iter().map(|screen| screen.seconds).sum();
    let width = WIDTH * seconds_of(COLUMNS) + 2.0 * seconds_of(MARGIN);
    let height = HEIGHT * ROWS + 3 * MARGIN + 10;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height}\" role=\"img\" aria-label=\"A live migration from the start to the cutover, in a terminal\">\n<style>\n\
         text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#d6deeb;white-space:pre}}\n\
         .b{{font-weight:700}}.r{{fill:#ff7b72}}.g{{fill:#7ee787}}.y{{fill:#f2cc60}}.c{{fill:#79c0ff}}.d{{fill:#8b949e}}\n\
         g.s{{visibility:hidden;animation:{total:.1}s step-end infinite}}\n"
    );
    let mut start = 0.0;
    for (number, screen) in screens.iter().enumerate() {
        let (from, to) = (100.0 * start / total, 100.0 * (start + screen.seconds) / total);
        start += screen.seconds;
        let hidden = if number == 0 { String::new() } else { "0%{visibility:hidden}".to_owned() };
        let end = if number + 1 == screens.len() { String::new() } else { format!("{to:.3}%{{visibility:hidden}}") };
        let _ = writeln!(
            out,
            "@keyframes k{number}{{{hidden}{from:.3}%{{visibility:visible}}{end}}}#s{number}{{animation-name:k{number}}}"
        );
    }
    // With reduced motion, only the last screen is visible.
    let last = screens.len().saturating_sub(1);
    let _ = writeln!(out, "@media(prefers-reduced-motion){{g.s{{animation:none}}#s{last}{{visibility:visible}}}}");
    let _ =
        writeln!(out, "</style>\n<rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#0d1117\" stroke=\"#30363d\"/>");
    for (x, color) in [(20, "#ff5f57"), (40, "#febc2e"), (60, "#28c840")] {
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"18\" r=\"6\" fill=\"{color}\"/>");
    }
    for (number, screen) in screens.iter().enumerate() {
        let _ = writeln!(out, "<g class=\"s\" id=\"s{number}\">");
        for (row, line) in screen.lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let y = 3 * MARGIN + 4 + row * HEIGHT;
            let _ = writeln!(out, "<text x=\"{MARGIN}\" y=\"{y}\">{}</text>", spans(line));
        }
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// The colors of a line as spans.
fn spans(line: &str) -> String {
    let (mut out, mut bold, mut color, mut text) = (String::new(), false, "", String::new());
    let mut flush = |text: &mut String, bold: bool, color: &str| {
        let class =
            format!("{}{}{color}", if bold { "b" } else { "" }, if bold && !color.is_empty() { " " } else { "" });
        let _ = if text.is_empty() || class.is_empty() {
            write!(out, "{text}")
        } else {
            write!(out, "<tspan class=\"{class}\">{text}</tspan>")
        };
        text.clear();
    };
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = escape(rest) {
            flush(&mut text, bold, color);
            for code in rest[2..length - 1].split(';') {
                match code {
                    "" | "0" => (bold, color) = (false, ""),
                    "1" => bold = true,
                    "31" | "91" => color = "r",
                    "32" | "92" => color = "g",
                    "33" | "93" => color = "y",
                    "34" | "36" | "94" | "96" => color = "c",
                    "90" => color = "d",
                    _ => {}
                }
            }
            rest = &rest[length..];
            continue;
        }
        match first {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            other => text.push(other),
        }
        rest = &rest[first.len_utf8()..];
    }
    flush(&mut text, bold, color);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_become_spans_and_long_lines_are_wrapped() {
        assert_eq!(spans("a \u{1b}[1m\u{1b}[33mb<\u{1b}[0m c"), "a <tspan class=\"b y\">b&lt;</tspan> c");
        let wrapped = wrap(&format!("\u{1b}[32m{}", "x".repeat(COLUMNS + 1)));
        assert_eq!(wrapped.len(), 2);
        assert_eq!(wrapped[1], "\u{1b}[32mx");
    }
}
