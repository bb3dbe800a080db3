//! u
mod wire;
