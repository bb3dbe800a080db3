//! Numbers of any size, without loss: Terraform's numbers are neither `i64` nor `f64`.

use std::fmt;
use std::str::FromStr;

/// The greatest number of digits in plain decimal. Terraform writes numbers without exponents, so it doesn't send
/// longer ones. Without a limit, `1e100000000` in nine bytes would need 100 MB of memory.
const MAX_DIGITS: usize = 65_536;

/// A number of any size, compared by value: `1.0` is `1`.
///
/// It is stored as plain decimal text without an exponent and superfluous zeros, so that equal numbers have equal
/// texts. The text is also what is sent. Nothing here calculates: a decimal library would add arithmetic that isn't
/// needed, and either fewer digits than Terraform's numbers or exponents that need a limit too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// The number in plain decimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number if it is whole and in range.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number if it is whole, not negative and in range.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest float. Infinite if the number is out of range.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// Plain decimal, with every digit.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

/// The shortest decimal number that parses as this float: 0.1 for `0.1_f64`.
impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        if float.is_finite() { float.to_string().parse() } else { Err(NumberError::NotFinite) }
    }
}

/// Decimal digits with an optional sign, point and exponent.
impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if !is_digits(&digits) || !is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)) {
            return Err(NumberError::Malformed);
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self("0".to_owned()));
        }
        let leading_zeros = digits.len() - significant.len();
        // A number with an exponent beyond i64 is too long, whatever its digits are.
        let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let point = exponent
            .parse()
            .unwrap_or(beyond)
            .saturating_add_unsigned(whole.len() as u64)
            .saturating_sub_unsigned(leading_zeros as u64);
        let sign = if text.starts_with('-') { "-" } else { "" };
        plain(sign, significant.trim_end_matches('0'), point).map(Self)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The decimal text of digits that begin and end with a digit other than 0. The decimal point is `point` digits after
/// the first one, or before it if `point` is negative.
fn plain(sign: &str, digits: &str, point: i64) -> Result<String, NumberError> {
    let distance = usize::try_from(point.unsigned_abs()).unwrap_or(usize::MAX);
    let length = if point > 0 { distance.max(digits.len()) } else { distance.saturating_add(digits.len()) };
    if length > MAX_DIGITS {
        return Err(NumberError::TooLong);
    }
    Ok(if point <= 0 {
        format!("{sign}0.{}{digits}", "0".repeat(distance))
    } else if distance < digits.len() {
        format!("{sign}{}.{}", &digits[..distance], &digits[distance..])
    } else {
        format!("{sign}{digits}{}", "0".repeat(distance - digits.len()))
    })
}

/// Why something is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is not a decimal number.
    Malformed,
    /// The float is infinite or NaN.
    NotFinite,
    /// The number has more than 65 536 digits.
    TooLong,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not a decimal number"),
            Self::NotFinite => f.write_str("not a finite number"),
            Self::TooLong => write!(f, "a number of more than {MAX_DIGITS} digits"),
        }
    }
}

impl std::error::Error for NumberError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (a, b) in [
            ("1", "1.0"),
            ("1", "10e-1"),
            ("100", "1e2"),
            ("-0", "0"),
            ("0e99999999999999999999", "0"),
            ("0.10", ".1"),
            ("+7", "7."),
        ] {
            assert_eq!(number(a), number(b), "{a} {b}");
        }
        assert_eq!(Number::try_from(0.5).unwrap(), number("0.5"));
        assert_ne!(number("1"), number("-1"));
        assert_ne!(number("0.1"), number("0.01"));
    }

    #[test]
    fn numbers_are_written_in_plain_decimal() {
        for (text, plain) in [
            ("1e3", "1000"),
            ("-12.50", "-12.5"),
            ("1e-5", "0.00001"),
            ("0012.3400e-3", "0.01234"),
            ("-120.050", "-120.05"),
            ("-0.0", "0"),
            ("18446744073709551616", "18446744073709551616"),
            ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
        ] {
            assert_eq!(number(text).to_string(), plain);
        }
    }

    #[test]
    fn whole_numbers_of_64_bits_are_integers() {
        assert_eq!(number("9223372036854775807").as_i64(), Some(i64::MAX));
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("1.5").as_i64(), None);
        assert_eq!(number("-1").as_u64(), None);
        assert_eq!(Number::try_from(-0.0).unwrap().as_i64(), Some(0));
        assert_eq!(Number::try_from(4e9).unwrap().as_i64(), Some(4_000_000_000));
    }

    #[test]
    fn float_becomes_the_decimal_that_a_user_would_write() {
        assert_eq!(Number::try_from(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::try_from(1e23).unwrap(), number("1e23"));
        assert_ne!(number("0.1000000000000000055511151231257827021181583404541015625"), number("0.1"));
        assert_eq!(Number::try_from(f64::NAN), Err(NumberError::NotFinite));
        assert_eq!(Number::try_from(f64::INFINITY), Err(NumberError::NotFinite));
        assert!((number("0.25").as_f64() - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn rejects_huge_exponents() {
        for text in ["1e100000000", "1e-100000000", "1e9223372036854775807", "-1e-99999999999999999999", "1e65536"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong), "{text}");
        }
    }

    #[test]
    fn rejects_other_texts() {
        for text in [
            "", "-", ".", "e1", "1e", "1e+", "0x10", "1_000", "inf", "NaN", " 1", "1 ", "--1", "1.2.3", "1e1.5",
            "1e--5", "٣",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_is_the_same_number(text in "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,3})?") {
            let number: Number = text.parse().unwrap();
            prop_assert_eq!(&number.to_string().parse::<Number>().unwrap(), &number);
        }

        #[test]
        fn floats_survive_a_round_trip(float in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(Number::try_from(float).unwrap().as_f64().to_bits(), float.to_bits());
        }

        #[test]
        fn integers_keep_their_value(number: i64, unsigned: u64) {
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), Number::from(number));
            prop_assert_eq!(Number::from(unsigned).as_u64(), Some(unsigned));
        }
    }
}
