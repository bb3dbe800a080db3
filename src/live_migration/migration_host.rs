//! Which texts name the same migration host.

/// Whether two texts name the same migration host. Atlas may report it with a port or a trailing dot.
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    host_name(one).eq_ignore_ascii_case(host_name(other))
}

/// A host without port, brackets of an IPv6 address, or trailing dot.
pub(super) fn host_name(text: &str) -> &str {
    let host = match text.rsplit_once(':') {
        // An IPv6 address without brackets has no port.
        Some((host, port)) if is_port(port) && (!host.contains(':') || host.ends_with(']')) => host,
        _ => text,
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_host_in_any_case_with_or_without_port_and_trailing_dot() {
        for (one, other) in [
            ("vm001.example.com", "VM001.Example.COM"),
            ("vm001.example.com", "vm001.example.com."),
            ("vm001.example.com", "vm001.example.com:27017"),
            ("VM001.example.com.", "vm001.EXAMPLE.com.:27017"),
            ("10.0.0.1", "10.0.0.1:27017"),
            ("2001:db8::A", "[2001:db8::a]"),
            ("::1", "[::1]:27017"),
        ] {
            assert!(is_same_host(one, other) && is_same_host(other, one), "{one} and {other}");
        }
    }

    #[test]
    fn other_hosts_differ() {
        for (one, other) in [
            ("vm001.example.com", "vm002.example.com"),
            ("vm001.example.com", "vm001"),
            ("vm001.example.com", "vm001.example.com.."),
            ("vm001.example.com", "vm001.example.com:"),
            ("vm001.example.com", "vm001.example.com:mongodb"),
            ("2001:db8::1", "2001:db8::1:27017"),
            ("", "vm001.example.com"),
        ] {
            assert!(!is_same_host(one, other) && !is_same_host(other, one), "{one} and {other}");
        }
    }
}
