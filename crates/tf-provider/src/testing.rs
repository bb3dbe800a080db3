//! For test tools that act as Terraform, behind the feature `testing`: the encodings of values and the rules about blocks
//! that the server itself uses. No logic of its own.

use crate::path::Path;
use crate::schema::{Block, walk};
use crate::value::{ConversionError, Type, Value, json, msgpack};

/// Reads a value as it is sent in a call.
///
/// # Errors
/// When the bytes are not a value of the type.
pub fn decode_msgpack(bytes: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    msgpack::decode(bytes, r#type)
}

/// Writes a value as it is sent in a call.
///
/// # Errors
/// When the value is of another type.
pub fn encode_msgpack(value: &Value, r#type: &Type) -> Result<Vec<u8>, ConversionError> {
    msgpack::encode(value, r#type)
}

/// Reads a value as it is stored in a state file, with Terraform's conversions between primitives. Attributes that are
/// missing are null.
///
/// # Errors
/// When the text is not a value of the type.
pub fn decode_json(text: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    json::decode(text, r#type)
}

/// The object of a block in which nothing is written.
pub fn empty(block: &Block) -> Value {
    walk::empty(block)
}

/// Fills what Terraform never takes as null: collections of blocks are empty, GROUP blocks are objects.
pub fn fill_blocks(block: &Block, value: &mut Value) {
    walk::fill_blocks(block, value);
}

/// The write-only attributes with a value, known or not.
pub fn given_write_only(block: &Block, value: &Value) -> Vec<Path> {
    walk::given_write_only(block, value)
}
