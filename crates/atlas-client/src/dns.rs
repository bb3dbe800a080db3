//! Host names to addresses without the C library, for a static binary cannot load its name services (Linux only).
//!
//! It must not ask a name server that the system does not name: without a readable resolv.conf only the hosts file serves.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{LookupIpStrategy, ResolveHosts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;

const HOSTS_FILE: &str = "/etc/hosts";

/// The longest wait for one answer of a name server, whatever resolv.conf says.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);

/// What there is to say of a name without addresses.
const NO_SUCH_HOST: &str = "no such host";

/// Resolves as a C library does with `hosts: files dns`.
///
/// The hosts file is read at every lookup, resolv.conf at the first one that the hosts file does not answer.
#[derive(Clone, Default)]
pub(crate) struct Resolver {
    dns: Arc<OnceCell<TokioResolver>>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            // Port 0 stands for the port of the URL.
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

impl Resolver {
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        let hosts = tokio::task::spawn_blocking(|| std::fs::read_to_string(HOSTS_FILE)).await;
        let hosts = hosts.ok().and_then(Result::ok).unwrap_or_default();
        let local = in_hosts(&hosts, host);
        if !local.is_empty() {
            return Ok(local);
        }
        if host.trim_end_matches('.').eq_ignore_ascii_case("localhost") {
            // RFC 6761, section 6.3: it needs no lookup.
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let failed = |why: String| LookupError { host: host.to_owned(), why };
        let dns =
            self.dns.get_or_try_init(async || dns()).await.map_err(|why| failed(format!("/etc/resolv.conf: {why}")))?;
        let found: Vec<IpAddr> = dns.lookup_ip(host).await.map_err(|error| failed(reason(&error)))?.iter().collect();
        if found.is_empty() { Err(failed(NO_SUCH_HOST.to_owned())) } else { Ok(found) }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// The resolver's own text shows its types.
fn reason(error: &NetError) -> String {
    if error.is_no_records_found() || error.is_nx_domain() { NO_SUCH_HOST.to_owned() } else { error.to_string() }
}

#[derive(Debug)]
struct LookupError {
    host: String,
    why: String,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.host, self.why)
    }
}

impl std::error::Error for LookupError {}

fn dns() -> Result<TokioResolver, String> {
    build(TokioResolver::builder_tokio().map_err(|error| error.to_string())?)
}

fn build(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<TokioResolver, String> {
    let options = builder.options_mut();
    // The connector races the families itself, the preferred one first (RFC 8305).
    options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
    options.timeout = options.timeout.min(QUERY_TIMEOUT);
    options.attempts = options.attempts.min(2);
    // Looked up before, in both families: hickory would still ask for the family that the file does not have.
    options.use_hosts_file = ResolveHosts::Never;
    builder.build().map_err(|error| error.to_string())
}

/// The addresses of a name in a hosts file, of both families, in the order of the file (hosts(5)).
fn in_hosts(hosts: &str, host: &str) -> Vec<IpAddr> {
    let host = host.trim_end_matches('.');
    let entry = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let address = words.next()?.parse::<IpAddr>().ok()?;
        words.any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host)).then_some(address)
    };
    hosts.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;

    const HOSTS: &str = "# comment\n127.0.0.1 localhost\n::1\tlocalhost ip6-localhost\n10.0.0.7 Atlas.Test alias # later.test\nbad line\n10.0.0.8 atlas.test.\n";

    #[test]
    fn the_hosts_file_gives_both_families_in_its_order() {
        let addresses = |host| in_hosts(HOSTS, host).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(addresses("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(addresses("atlas.test"), ["10.0.0.7", "10.0.0.8"]);
        assert_eq!(addresses("ALIAS."), ["10.0.0.7"]);
        assert!(addresses("later.test").is_empty());
        assert!(addresses("test").is_empty());
    }

    #[tokio::test]
    async fn localhost_needs_no_name_server() {
        let addresses = Resolver::default().addresses("localhost").await.unwrap();
        assert!(addresses.iter().all(IpAddr::is_loopback) && !addresses.is_empty());
    }

    /// A name server (RFC 1035) that knows the IPv4 address of every name, or says that no name exists.
    async fn name_server(knows: bool) -> u16 {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut query = [0; 1500];
            while let Ok((_, peer)) = socket.recv_from(&mut query).await {
                let mut end = 12;
                while query[end] != 0 {
                    end += usize::from(query[end]) + 1;
                }
                let is_a = query[end + 1..end + 3] == [0, 1];
                let (code, answers) = (if knows { 0x80 } else { 0x83 }, u8::from(knows && is_a));
                let mut reply = vec![query[0], query[1], 0x81, code, 0, 1, 0, answers, 0, 0, 0, 0];
                reply.extend_from_slice(&query[12..end + 5]);
                if answers == 1 {
                    // The name of the question, type A, class IN, 60 s, 4 bytes.
                    reply.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
                }
                let _ = socket.send_to(&reply, peer).await;
            }
        });
        port
    }

    async fn asking(port: u16) -> Resolver {
        use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let resolver = Resolver::default();
        resolver.dns.set(build(builder).unwrap()).ok().unwrap();
        resolver
    }

    #[tokio::test]
    async fn what_the_hosts_file_does_not_know_is_asked_of_the_name_server() {
        let resolver = asking(name_server(true).await).await;
        let addresses = resolver.addresses("cloud.atlas.example").await.unwrap();
        assert_eq!(addresses, [IpAddr::from([192, 0, 2, 7])]);
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_an_error_with_the_name() {
        let resolver = asking(name_server(false).await).await;
        let error = resolver.addresses("cloud.atlas.example").await.unwrap_err();
        assert!(error.to_string().starts_with("cloud.atlas.example: "), "{error}");
    }
}
