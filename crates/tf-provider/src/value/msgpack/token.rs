//! Tokens of MessagePack.

use rmp::Marker;
use rmp::decode;

/// A scalar, or the header of a collection or extension.
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    String(&'a [u8]),
    Binary(&'a [u8]),
    /// The number of elements that follow.
    Array(usize),
    /// The number of key-value pairs that follow.
    Map(usize),
    /// An extension of any type.
    Extension,
}

impl<'a> Token<'a> {
    /// Removes a token from the front of the bytes. None if they are malformed or incomplete. Lengths are unchecked:
    /// don't reserve memory for them.
    pub(super) fn read(bytes: &mut &'a [u8]) -> Option<Self> {
        Some(match Marker::from_u8(*bytes.first()?) {
            Marker::Null => {
                decode::read_nil(bytes).ok()?;
                Self::Nil
            }
            Marker::True | Marker::False => Self::Bool(decode::read_bool(bytes).ok()?),
            Marker::FixPos(_) | Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => {
                Self::Unsigned(decode::read_int(bytes).ok()?)
            }
            Marker::FixNeg(_) | Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => {
                Self::Signed(decode::read_int(bytes).ok()?)
            }
            Marker::F32 => Self::Float(decode::read_f32(bytes).ok()?.into()),
            Marker::F64 => Self::Float(decode::read_f64(bytes).ok()?),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let length = decode::read_str_len(bytes).ok()?;
                Self::String(take(bytes, length)?)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = decode::read_bin_len(bytes).ok()?;
                Self::Binary(take(bytes, length)?)
            }
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                Self::Array(usize::try_from(decode::read_array_len(bytes).ok()?).ok()?)
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                Self::Map(usize::try_from(decode::read_map_len(bytes).ok()?).ok()?)
            }
            Marker::Reserved => return None,
            // Extensions of fixed and variable size.
            _ => {
                let length = decode::read_ext_meta(bytes).ok()?.size;
                take(bytes, length)?;
                Self::Extension
            }
        })
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    bytes.split_off(..usize::try_from(length).ok()?)
}
