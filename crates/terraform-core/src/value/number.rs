//! Numbers of any size as canonical decimal text, with the encodings that Terraform chooses for them. Knows no arithmetic.

use std::fmt;

/// A decimal number: no exponent, no leading or trailing zeros, no negative zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

/// How Terraform writes a number in msgpack.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Encoded {
    /// Whole and within 64 bits with sign.
    Integer(i64),
    /// A fraction that a double holds exactly.
    Float(f64),
    /// Everything else, as text.
    Text(String),
}

const MAX_EXPONENT: i64 = 4096;

impl Number {
    /// Reads a decimal number with an optional exponent; none for anything else, infinities included.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0
            || !all_digits(whole)
            || !all_digits(fraction)
            || exponent.abs() > MAX_EXPONENT
        {
            return None;
        }
        Some(Self::from_digits(negative, &format!("{whole}{fraction}"), whole.len() as i64 + exponent))
    }

    /// The exact value of a double; none for NaN and the infinities.
    pub fn from_f64(float: f64) -> Option<Self> {
        // 1074 fraction digits are the most that a double can have.
        if float.is_finite() { Self::parse(&format!("{float:.1074}")) } else { None }
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number where it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    pub(super) fn encoded(&self) -> Encoded {
        if let Some(integer) = self.as_i64() {
            return Encoded::Integer(integer);
        }
        if self.0.contains('.')
            && let Ok(float) = self.0.parse::<f64>()
            && Self::from_f64(float).as_ref() == Some(self)
        {
            return Encoded::Float(float);
        }
        Encoded::Text(self.0.clone())
    }

    /// The number with `point` digits before its decimal point.
    fn from_digits(negative: bool, digits: &str, point: i64) -> Self {
        let (whole, fraction) = if point <= 0 {
            (String::new(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize)))
        } else if point as usize >= digits.len() {
            (format!("{digits}{}", "0".repeat(point as usize - digits.len())), String::new())
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            (whole.to_owned(), fraction.to_owned())
        };
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let sign = if negative && !(whole.is_empty() && fraction.is_empty()) { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        let separator = if fraction.is_empty() { "" } else { "." };
        Self(format!("{sign}{whole}{separator}{fraction}"))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(integer.to_string())
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self(integer.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &str) -> String {
        Number::parse(input).unwrap().to_string()
    }

    #[test]
    fn text_becomes_canonical() {
        for (input, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("007", "7"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("12.5E-3", "0.0125"),
            ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
        ] {
            assert_eq!(text(input), expected, "{input}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for input in ["", "-", ".", "1x", "NaN", "inf", "1e", "1e999999999", "1 "] {
            assert_eq!(Number::parse(input), None, "{input}");
        }
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }

    #[test]
    fn terraform_writes_integers_exact_doubles_and_text() {
        assert_eq!(Number::from(i64::MIN).encoded(), Encoded::Integer(i64::MIN));
        assert_eq!(Number::parse("0.5").unwrap().encoded(), Encoded::Float(0.5));
        assert_eq!(Number::parse("0.1").unwrap().encoded(), Encoded::Text("0.1".into()));
        assert_eq!(
            Number::parse("9223372036854775808").unwrap().encoded(),
            Encoded::Text("9223372036854775808".into())
        );
    }

    #[test]
    fn double_of_one_tenth_is_not_one_tenth() {
        assert_ne!(Number::from_f64(0.1), Number::parse("0.1"));
        assert_eq!(Number::from_f64(0.1).unwrap().encoded(), Encoded::Float(0.1));
    }
}
