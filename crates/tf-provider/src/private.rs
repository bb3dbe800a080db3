//! Private state: bytes that Terraform keeps beside the state of an object and never shows.

use prost::bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Private state of one object; empty where there is none. Not encrypted: no place for secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(Vec<u8>);

impl Private {
    /// The bytes as Terraform keeps them.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as Terraform keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as they travel.
    pub(crate) fn into_bytes(self) -> bytes::Bytes {
        self.0.into()
    }

    /// Writes a value as JSON. What cannot be JSON (a map with keys that are no strings) becomes empty.
    pub fn encode<T: Serialize>(value: &T) -> Self {
        Self(serde_json::to_vec(value).unwrap_or_default())
    }

    /// Reads what [`encode`](Self::encode) wrote; the default where it is empty or of another make.
    pub fn decode<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.0).unwrap_or_default()
    }
}
