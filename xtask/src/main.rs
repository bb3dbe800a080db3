//! u
fn main() {}
