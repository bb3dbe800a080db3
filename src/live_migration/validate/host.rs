//! Which texts name a migration host.

use std::net::Ipv6Addr;

use super::name::is_invisible;

/// Whether a text is a host name or an address, without scheme, port or path.
pub(super) fn is_host(text: &str) -> bool {
    let is_wrong = |c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '/' | ':' | ',' | '@');
    !text.is_empty() && (text.parse::<Ipv6Addr>().is_ok() || !text.contains(is_wrong))
}
