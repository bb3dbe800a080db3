//! Go durations, as Terraform's `timeouts` blocks have them.

use std::time::Duration;

use go_duration::GoDuration;

/// Reads a duration such as `90s`, `1h30m` or `.5s`.
///
/// # Errors
/// A sentence for a message, when the text is not a duration, or one that is not positive or too long.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    const EXAMPLES: &str = "such as \"90s\", \"30m\" or \"1h30m\"";
    let Ok(duration) = text.parse::<GoDuration>() else {
        // The parser reports a number that is too large as malformed. With zeros as digits, only the form counts.
        let is_well_formed = text.replace(|c: char| c.is_ascii_digit(), "0").parse::<GoDuration>().is_ok();
        return Err(match (is_well_formed, text.starts_with('-')) {
            (false, _) => format!("{text:?} is not a duration. Use a number with a unit, {EXAMPLES}."),
            (true, true) => not_positive(text, "negative", EXAMPLES),
            (true, false) => format!("{text:?} is too long. The maximum is \"2562047h\" (292 years)."),
        });
    };
    match u64::try_from(duration.nanoseconds()) {
        Ok(0) => Err(not_positive(text, "zero", EXAMPLES)),
        Ok(nanoseconds) => Ok(Duration::from_nanos(nanoseconds)),
        Err(_) => Err(not_positive(text, "negative", EXAMPLES)),
    }
}

fn not_positive(text: &str, what: &str, examples: &str) -> String {
    format!("{text:?} is {what}. Use a positive duration, {examples}.")
}

/// A duration for a message: its two largest units, and below a minute exact to the millisecond.
pub(crate) fn text(duration: Duration) -> String {
    let (seconds, milliseconds) = (duration.as_secs(), duration.subsec_millis());
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) if duration.is_zero() => "0 s".to_owned(),
        (0, 0, 0) if milliseconds == 0 => "less than 1 ms".to_owned(),
        (0, 0, 0) => format!("{milliseconds} ms"),
        (0, 0, seconds) if milliseconds == 0 => format!("{seconds} s"),
        (0, 0, seconds) => format!("{} s", format!("{seconds}.{milliseconds:03}").trim_end_matches('0')),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read_and_others_refused() {
        for (text, milliseconds) in
            [("90s", 90_000), ("1h30m", 5_400_000), (".5s", 500), ("24h", 86_400_000), ("1m0.5s", 60_500)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse("2562047h"), Ok(Duration::from_secs(2_562_047 * 3600)), "the maximum that messages state");
    }

    #[test]
    fn reason_for_refusal_is_the_true_one() {
        for (reason, texts) in [
            ("is not a duration", &["", "0", "30", "1d", "1 hour", "PT1H", "soon", "30m\n", "٣s", "--5m"][..]),
            ("is zero", &["0s", "-0s", "0h0m", "0.1ns"]),
            ("is negative", &["-5m", "-1ns", "-9223372036854775809ns", "-99999999999999999999h"]),
            (
                "is too long",
                &["9223372036854775808ns", "2562048h", "99999999999999999999h", "1h99999999999999999999.9s"],
            ),
        ] {
            for text in texts {
                let why = parse(text).expect_err(text);
                assert!(why.starts_with(&format!("{text:?} {reason}")), "{why}");
            }
        }
        assert!(parse("2562048h").is_err_and(|why| why.contains("2562047h")));
    }

    #[test]
    fn durations_are_shown_in_their_largest_units() {
        for (milliseconds, shown) in [
            (0, "0 s"),
            (5, "5 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (1500, "1.5 s"),
            (59_050, "59.05 s"),
            (60_000, "1 min"),
            (90_000, "1 min 30 s"),
            (3_600_000, "1 h"),
            (86_399_000, "23 h 59 min"),
        ] {
            assert_eq!(text(Duration::from_millis(milliseconds)), shown);
        }
        assert_eq!(text(Duration::from_nanos(1)), "less than 1 ms");
    }
}
