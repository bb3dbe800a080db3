//! Chooses the proxy from the environment variables, with the rules of providers written in Go.
//!
//! It doesn't read the environment itself, and its errors never quote a value, which may contain a password.
//!
//! The rules are those of golang.org/x/net/http/httpproxy, with two additions: `ALL_PROXY` applies where the variable for
//! the scheme is not set, as in curl, and an invalid value is an error.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::environment::EnvironmentError;

/// The schemes of proxies, and the schemes that reqwest requires. As in Go, a SOCKS proxy always resolves the host names.
const SCHEMES: [(&str, &str); 4] =
    [("http", "http"), ("https", "https"), ("socks5", "socks5h"), ("socks5h", "socks5h")];

/// A proxy, and the environment variable that names it.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) variable: &'static str,
    pub(crate) url: Url,
}

impl Proxy {
    /// The proxy for requests to this URL, `None` for a direct connection.
    ///
    /// # Errors
    ///
    /// The variable that applies has an invalid value.
    pub(crate) fn for_url(
        url: &Url,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, EnvironmentError> {
        let names: &[&'static str] = match url.scheme() {
            "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let Some((name, value)) = first(names, &variable) else { return Ok(None) };
        let invalid = |why: &str| EnvironmentError { variable: name, why: why.to_owned() };
        if name.eq_ignore_ascii_case("HTTP_PROXY") && variable("REQUEST_METHOD").is_some_and(|value| !value.is_empty())
        {
            // A CGI server sets this variable from the `Proxy` header of a request.
            return Err(invalid("is not used while REQUEST_METHOD is set, because a client may have set it"));
        }
        let proxy = parse(&value).map_err(|why| invalid(&why))?;
        let (_, exceptions) = first(&["NO_PROXY", "no_proxy"], &variable).unwrap_or_default();
        let is_direct = is_loopback(url) || is_excepted(&exceptions.to_string_lossy(), url);
        Ok((!is_direct).then_some(Self { variable: name, url: proxy }))
    }

    pub(crate) fn to_reqwest(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.url.clone())
    }
}

impl fmt::Display for Proxy {
    /// Host, port and variable, without user name and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.host_str().unwrap_or_default())?;
        if let Some(port) = self.url.port_or_known_default() {
            write!(f, ":{port}")?;
        }
        write!(f, " from {}", self.variable)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// The first of these variables that is set. Empty counts as not set.
fn first(names: &[&'static str], variable: impl Fn(&str) -> Option<OsString>) -> Option<(&'static str, OsString)> {
    let is_set = |value: &OsString| value.to_str().is_none_or(|text| !text.trim().is_empty());
    names.iter().find_map(|name| Some((*name, variable(name).filter(is_set)?)))
}

/// Parses a URL, or the `HOST:PORT` of an HTTP proxy.
fn parse(value: &OsString) -> Result<Url, String> {
    let Some(text) = value.to_str().map(str::trim) else { return Err("is not valid Unicode".to_owned()) };
    if let ['"' | '\'', ..] | [.., '"' | '\''] = text.chars().collect::<Vec<_>>()[..] {
        return Err("begins or ends with a quotation mark; remove it".to_owned());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("contains whitespace".to_owned());
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if SCHEMES.iter().any(|(known, _)| rest.strip_prefix(known).is_some_and(|rest| rest.starts_with(':'))) {
        return Err("is not a URL: the scheme must end with ://".to_owned());
    }
    let lower = scheme.to_ascii_lowercase();
    let Some((_, scheme)) = SCHEMES.iter().find(|(known, _)| *known == lower) else {
        return Err("has an unsupported scheme; use http://, https:// or socks5://".to_owned());
    };
    let mut url = Url::parse(&format!("http://{rest}")).map_err(|error| format!("is not a URL ({error})"))?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if !url.host_str().is_some_and(|host| host.chars().all(is_host)) {
        return Err("has a host name with invalid characters".to_owned());
    }
    if *scheme != "http" {
        // `Url::set_scheme` can't change `http` to a non-special scheme.
        let port = url.port();
        let with_scheme = url.as_str().replacen("http://", &format!("{scheme}://"), 1);
        url = Url::parse(&with_scheme).map_err(|error| format!("is not a URL ({error})"))?;
        if scheme.starts_with("socks") && port.is_none() {
            url.set_port(Some(1080)).map_err(|()| "has no host".to_owned())?;
        }
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || address(url.host_str()).is_some_and(|ip| ip.is_loopback())
}

/// Whether the list of exceptions contains the host of this URL. Invalid entries are ignored.
fn is_excepted(list: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let (ip, port) = (address(Some(host)), url.port_or_known_default());
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, bits)) = network(entry) {
            return ip.is_some_and(|ip| contains(network, bits, ip));
        }
        let (name, only) = name_and_port(entry);
        if only.is_some_and(|only| only.parse().ok() != port) {
            return false;
        }
        match address(Some(name)) {
            Some(other) => ip == Some(other),
            None => matches_name(name, host),
        }
    })
}

/// `example.com` matches itself and its subdomains, `.example.com` and `*.example.com` only the subdomains.
fn matches_name(entry: &str, host: &str) -> bool {
    let name = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
    let (bare, with_itself) = name.strip_prefix('.').map_or((name, true), |bare| (bare, false));
    let bare = ascii(bare);
    let subdomain = || host.strip_suffix(&bare).is_some_and(|rest| rest.ends_with('.'));
    !bare.is_empty() && (with_itself && host == bare || subdomain())
}

/// The name as in the host of a URL: lowercase ASCII.
fn ascii(name: &str) -> String {
    let url = if name.is_ascii() { None } else { Url::parse(&format!("http://{name}")).ok() };
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| name.to_ascii_lowercase())
}

/// Splits `HOST:PORT` or `[IPv6]:PORT`. An IPv6 address alone has more than one colon.
fn name_and_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (entry, None),
    }
}

fn address(host: Option<&str>) -> Option<IpAddr> {
    let host = host?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

fn network(entry: &str) -> Option<(IpAddr, u32)> {
    let (network, bits) = entry.split_once('/')?;
    let (network, bits): (IpAddr, u32) = (network.parse().ok()?, bits.parse().ok()?);
    let max = if network.is_ipv4() { 32 } else { 128 };
    (bits <= max).then_some((network, bits))
}

fn contains(network: IpAddr, bits: u32, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => (network.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        (IpAddr::V6(network), IpAddr::V6(ip)) => (network.to_bits() ^ ip.to_bits()).leading_zeros() >= bits,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
