//! Which texts name a migration host.

use std::net::Ipv6Addr;

use tf_provider::{Attr, Diagnostic, Path};

use super::name::is_invisible;
use crate::summary;

/// A validator for `migration_hosts`.
pub(in super::super) fn migration_hosts(hosts: Vec<Attr<String>>) -> Option<Diagnostic> {
    let [host] = hosts.as_slice() else {
        let detail = format!("A push live migration runs on one migration host, and {} are set.", hosts.len());
        return Some(Diagnostic::error(summary::exactly_one_migration_host_is_needed(), detail));
    };
    let wrong = |summary: String, detail: String| Some(Diagnostic::error(summary, detail).at(Path::default().index(0)));
    match host {
        Attr::Null => wrong(summary::migration_host_is_null(), "Set it to the name of the migration host.".to_owned()),
        Attr::Known(host) if !is_host(host) => {
            let remedy = if is_host(host.trim()) {
                "Remove the white space around it."
            } else {
                "Use the name that Cloud Manager lists under Servers, such as `vm001.example.com`, without scheme, port or \
                 white space."
            };
            wrong(summary::migration_host_is_no_host_name(), format!("{host:?} is not a host name. {remedy}"))
        }
        Attr::Known(_) | Attr::Unknown => None,
    }
}

/// Whether a text is a host name or an address, without scheme, port or path.
pub(super) fn is_host(text: &str) -> bool {
    let is_wrong = |c: char| c.is_whitespace() || is_invisible(c) || matches!(c, '/' | ':' | ',' | '@');
    !text.is_empty() && (text.parse::<Ipv6Addr>().is_ok() || !text.contains(is_wrong))
}
