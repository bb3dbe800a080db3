//! Go durations, as Terraform's `timeouts` blocks have them.

use std::time::Duration;

use go_duration::GoDuration;

/// Reads a duration such as `90s`, `1h30m` or `.5s`.
///
/// # Errors
/// When it is none, or not longer than nothing.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration. Write a number with a unit, such as `90s`, `30m` or `1h30m`.");
    let duration = text.parse::<GoDuration>().map_err(|_| wrong())?;
    match u64::try_from(duration.nanoseconds()) {
        Ok(0) | Err(_) => {
            Err(format!("`{text}` is not longer than nothing. Write a duration such as `90s`, `30m` or `1h30m`."))
        }
        Ok(nanoseconds) => Ok(Duration::from_nanos(nanoseconds)),
    }
}

/// A duration for a message: whole hours and minutes, or seconds below a minute.
pub(crate) fn text(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} s", duration.as_secs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
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
        for text in ["", "0", "0s", "-5m", "30", "1d", "1 hour", "PT1H", "soon", "9223372036854775808ns"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_told_in_hours_and_minutes() {
        for (seconds, told) in [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (86_399, "23 h 59 min")] {
            assert_eq!(text(Duration::from_secs(seconds)), told);
        }
    }
}
