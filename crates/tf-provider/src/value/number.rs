//! Numbers of any size, without loss: Terraform's numbers are neither `i64` nor `f64`. Knows nothing of the forms in
//! which they travel.

use std::fmt;
use std::str::FromStr;

/// The longest number, in digits as written without an exponent. Terraform itself writes numbers out in full, so a
/// longer one never arrives; `1e100000000` in nine bytes would need 100 MB of memory.
const MAX_DIGITS: u64 = 65_536;

/// The significant decimal digits that tell any `f64` exactly, less the one before the point.
const F64_FRACTION_DIGITS: usize = 766;

/// A number of any size, compared by its value: `1.0` is `1`.
#[derive(Clone)]
pub struct Number(pub(super) Form);

/// The smallest form that holds the value: whole numbers of 64 bits are always `Signed` or `Unsigned`.
#[derive(Clone)]
pub(super) enum Form {
    Signed(i64),
    /// Above `i64::MAX`.
    Unsigned(u64),
    /// Exactly the value of this finite float.
    Float(f64),
    Decimal(Decimal),
}

/// `digits` × 10^`exponent`, with neither leading nor trailing zeros in the digits.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    /// The number where it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Signed(number) => Some(number),
            Form::Unsigned(_) | Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    /// The number where it is whole, not negative and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self.0 {
            Form::Signed(number) => u64::try_from(number).ok(),
            Form::Unsigned(number) => Some(number),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    /// The nearest float; infinite where the number is beyond the range of floats.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Form::Float(number) => *number,
            Form::Signed(_) | Form::Unsigned(_) | Form::Decimal(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Exactly the value of this float: of 0.1 the binary fraction next to it, as MessagePack and Terraform mean it.
    ///
    /// # Errors
    /// When it is infinite or no number.
    pub(super) fn exactly(float: f64) -> Result<Self, NumberError> {
        if !float.is_finite() {
            return Err(NumberError::NotFinite);
        }
        match Decimal::exactly(float).into_integer() {
            Ok(whole) => Ok(whole),
            Err(_) => Ok(Self(Form::Float(float))),
        }
    }

    fn to_decimal(&self) -> Decimal {
        match &self.0 {
            Form::Signed(number) => Decimal::new(*number < 0, &number.unsigned_abs().to_string(), 0),
            Form::Unsigned(number) => Decimal::new(false, &number.to_string(), 0),
            Form::Float(number) => Decimal::exactly(*number),
            Form::Decimal(decimal) => decimal.clone(),
        }
    }
}

impl Decimal {
    fn new(negative: bool, digits: &str, exponent: i64) -> Self {
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        let trailing = digits.len() - digits.trim_end_matches('0').len();
        if significant.is_empty() {
            return Self { negative: false, digits: "0".into(), exponent: 0 };
        }
        let exponent = exponent.saturating_add(i64::try_from(trailing).unwrap_or(i64::MAX));
        Self { negative, digits: significant.into(), exponent }
    }

    /// The float must be finite.
    fn exactly(float: f64) -> Self {
        Self::parse(&format!("{float:.F64_FRACTION_DIGITS$e}")).unwrap_or_else(|_| Self::new(false, "", 0))
    }

    /// Reads digits with an optional sign, point and exponent.
    fn parse(text: &str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let exponent_digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if ![&digits, exponent_digits]
            .iter()
            .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(NumberError::Malformed);
        }
        // An exponent beyond i64 is too long, unless the number is 0.
        let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent = exponent.parse().unwrap_or(beyond);
        let fraction = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let decimal = Self::new(negative, &digits, exponent.saturating_sub(fraction));
        if decimal.plain_digits() > MAX_DIGITS { Err(NumberError::TooLong) } else { Ok(decimal) }
    }

    /// How many digits the number has when it is written without an exponent.
    fn plain_digits(&self) -> u64 {
        let digits = self.digits.len() as u64;
        if self.exponent >= 0 {
            digits.saturating_add(self.exponent.unsigned_abs())
        } else {
            digits.max(self.exponent.unsigned_abs())
        }
    }

    /// The whole number of 64 bits that this is, if it is one.
    fn into_integer(self) -> Result<Number, Self> {
        if self.exponent < 0 || self.plain_digits() > 20 {
            return Err(self);
        }
        let text = self.to_string();
        if let Ok(number) = text.parse() {
            return Ok(Number(Form::Signed(number)));
        }
        text.parse().map(|number| Number(Form::Unsigned(number))).map_err(|_| self)
    }
}

/// Plain decimal: no exponent, no superfluous zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let zeros = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(usize::MAX);
        if self.exponent >= 0 {
            return write!(f, "{}{}", self.digits, "0".repeat(zeros));
        }
        match self.digits.len().checked_sub(zeros) {
            Some(whole) if whole > 0 => write!(f, "{}.{}", &self.digits[..whole], &self.digits[whole..]),
            _ => write!(f, "0.{}{}", "0".repeat(zeros - self.digits.len()), self.digits),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Signed(a), Form::Signed(b)) => a == b,
            (Form::Unsigned(a), Form::Unsigned(b)) => a == b,
            (Form::Float(a), Form::Float(b)) => a == b,
            (Form::Decimal(a), Form::Decimal(b)) => a == b,
            // Whole numbers of 64 bits have one form each; the other two can be the same number.
            (Form::Float(_), Form::Decimal(_)) | (Form::Decimal(_), Form::Float(_)) => {
                self.to_decimal() == other.to_decimal()
            }
            _ => false,
        }
    }
}

impl Eq for Number {}

/// Plain decimal, exactly.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_decimal().fmt(f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Form::Signed(number))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).map_or(Form::Unsigned(number), Form::Signed))
    }
}

/// The shortest decimal number that reads back as this float: of `0.1_f64` it is 0.1, as a user writes it in a
/// configuration.
impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        if !float.is_finite() {
            return Err(NumberError::NotFinite);
        }
        let shortest: Self = format!("{float:e}").parse()?;
        let exact = Self::exactly(float)?;
        // Terraform prefers floats where they are exact.
        Ok(if shortest == exact { exact } else { shortest })
    }
}

/// Decimal digits with an optional sign, point and exponent.
impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Ok(Decimal::parse(text)?.into_integer().unwrap_or_else(|decimal| Self(Form::Decimal(decimal))))
    }
}

/// Why something is no [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is no decimal number.
    Malformed,
    /// The float is infinite or no number.
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
        assert_eq!(Number::exactly(-0.0).unwrap().as_i64(), Some(0));
        assert_eq!(Number::exactly(4e9).unwrap().as_i64(), Some(4_000_000_000));
    }

    #[test]
    fn float_becomes_the_decimal_that_a_user_would_write() {
        assert_eq!(Number::try_from(0.1).unwrap(), number("0.1"));
        assert_ne!(Number::exactly(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::exactly(0.1).unwrap(), number("0.1000000000000000055511151231257827021181583404541015625"));
        assert_eq!(Number::try_from(f64::NAN), Err(NumberError::NotFinite));
        assert_eq!(Number::try_from(f64::INFINITY), Err(NumberError::NotFinite));
        assert!((number("0.25").as_f64() - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn exponent_bombs_are_refused() {
        for text in ["1e100000000", "1e-100000000", "1e9223372036854775807", "-1e-99999999999999999999", "1e65536"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
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
        fn float_is_kept_exactly(float in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let exact = Number::exactly(float).unwrap();
            prop_assert_eq!(exact.as_f64().to_bits(), float.to_bits());
            prop_assert_eq!(&exact.to_string().parse::<Number>().unwrap(), &exact);
            prop_assert_eq!(Number::try_from(float).unwrap().as_f64().to_bits(), float.to_bits());
        }

        #[test]
        fn integers_keep_their_value(number: i64, unsigned: u64) {
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), Number::from(number));
            prop_assert_eq!(Number::from(unsigned).as_u64(), Some(unsigned));
        }
    }
}
