//! Private state: bytes that Terraform stores beside the state of an object and never shows.

use std::error::Error;
use std::fmt;

use prost::bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Private state of one object, empty if there is none. Terraform doesn't encrypt it: don't store secrets.
///
/// ```
/// use tf_provider::Private;
///
/// let private = Private::encode(&vec!["requested"])?;
/// assert_eq!(private.decode::<Vec<String>>()?, Some(vec!["requested".to_owned()]));
/// assert_eq!(Private::default().decode::<Vec<String>>()?, None);
/// # Ok::<(), tf_provider::PrivateError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(Vec<u8>);

impl Private {
    /// The bytes that Terraform stores.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes that Terraform stores.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> bytes::Bytes {
        self.0.into()
    }

    /// Encodes a value as JSON.
    ///
    /// # Errors
    /// When the value can't be written as JSON, such as a map whose keys are not strings.
    pub fn encode<T: Serialize>(value: &T) -> Result<Self, PrivateError> {
        serde_json::to_vec(value)
            .map(Self)
            .map_err(|error| PrivateError(format!("the value has no JSON form: {error}")))
    }

    /// Decodes what [`encode`](Self::encode) returned. `None` if there is no private state.
    ///
    /// # Errors
    /// When the bytes are not JSON, or JSON of another type: another version of the provider may have written them.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<Option<T>, PrivateError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&self.0).map(Some).map_err(|error| {
            let problem = if error.is_data() { "it is JSON of another type" } else { "it is not valid JSON" };
            // Not the text of the error, which quotes from the state.
            PrivateError(format!("{problem} (line {}, column {})", error.line(), error.column()))
        })
    }
}

/// Why private state can't be read or written, as the end of a sentence. It doesn't quote stored values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateError(String);

impl fmt::Display for PrivateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for PrivateError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn decode_returns_what_encode_wrote() {
        let private = Private::encode(&vec![1, 2]).unwrap();
        assert_eq!(private.decode::<Vec<i64>>(), Ok(Some(vec![1, 2])));
        assert_eq!(Private::default().decode::<Vec<i64>>(), Ok(None));
    }

    #[test]
    fn decode_reports_what_it_cannot_read_and_quotes_nothing_of_it() {
        for (stored, problem) in [
            ("[1, \"stored text\"]", "it is JSON of another type (line 1, column 17)"),
            ("[1, tru", "it is not valid JSON (line 1, column 7)"),
            ("\u{1}", "it is not valid JSON (line 1, column 1)"),
        ] {
            let error = Private::from_bytes(stored).decode::<Vec<i64>>().unwrap_err();
            assert_eq!(error.to_string(), problem, "{stored}");
        }
    }

    #[test]
    fn encode_reports_a_value_without_a_json_form() {
        let error = Private::encode(&BTreeMap::from([([1_u8], 2)])).unwrap_err();
        assert_eq!(error.to_string(), "the value has no JSON form: key must be a string");
    }
}
