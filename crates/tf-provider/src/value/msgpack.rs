//! MessagePack, the encoding of values in every RPC (cty's msgpack package).

mod decode;
mod encode;
mod token;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

use super::ConversionError;

fn required<T>(what: impl std::fmt::Display) -> Result<T, ConversionError> {
    Err(ConversionError::new(format!("{what} is required")))
}

#[cfg(test)]
mod tests;
