//! Classifies the error of a request without a response: the connection to Atlas, the connection to a proxy, or a later failure.
//!
//! It sends nothing.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::cause::ConnectCause;
use crate::error::ErrorKind;
use crate::proxy::Proxy;

/// The cause of a request without a response.
pub(crate) fn classify(error: reqwest::Error, limit: Duration, proxy: Option<&Proxy>) -> ErrorKind {
    let error = error.without_url();
    if error.is_connect() {
        let cause = connect_cause(&error, proxy.is_some());
        let is_proxy = matches!(cause, ConnectCause::Proxy | ConnectCause::ProxyAuthentication);
        let proxy = proxy.filter(|_| is_proxy).map(ToString::to_string);
        return ErrorKind::Connect(cause, Box::new(ConnectSource { error, proxy }));
    }
    if error.is_timeout() {
        return ErrorKind::Timeout(limit);
    }
    ErrorKind::Broken(Box::new(error))
}

/// Skips the outer layers of reqwest and hyper, which only say that sending failed.
#[derive(Debug)]
struct ConnectSource {
    error: reqwest::Error,
    /// The proxy, where the connection to it failed.
    proxy: Option<String>,
}

impl ConnectSource {
    fn inner(&self) -> &(dyn StdError + 'static) {
        let mut error: &(dyn StdError + 'static) = &self.error;
        for _layer in 0..2 {
            let Some(source) = error.source() else { break };
            error = source;
        }
        error
    }
}

impl std::fmt::Display for ConnectSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.proxy {
            Some(proxy) => f.write_str(proxy),
            None => std::fmt::Display::fmt(self.inner(), f),
        }
    }
}

impl StdError for ConnectSource {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        if self.proxy.is_some() { Some(self.inner()) } else { self.inner().source() }
    }
}

/// With a proxy, every failure except TLS is about the proxy, because that is the only host that is connected to.
fn connect_cause(error: &reqwest::Error, has_proxy: bool) -> ConnectCause {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    let mut found = None;
    while let Some(error) = cause.filter(|_| found.is_none()) {
        // The types of these errors are private, so only their texts identify them.
        let text = error.to_string();
        if text.starts_with("tunnel error: proxy authorization required")
            || text.starts_with("SOCKS error: credentials")
        {
            return ConnectCause::ProxyAuthentication;
        }
        if text.starts_with("tunnel error") {
            return ConnectCause::Proxy;
        }
        found = known_cause(error);
        cause = error.source();
    }
    let found = found.unwrap_or(match () {
        () if error.is_dns() => ConnectCause::Dns,
        () if error.is_timeout() => ConnectCause::TimedOut,
        () => ConnectCause::Network,
    });
    match found {
        ConnectCause::Tls | ConnectCause::Untrusted | ConnectCause::WrongName => found,
        _ if has_proxy => ConnectCause::Proxy,
        _ => found,
    }
}

fn known_cause(error: &(dyn StdError + 'static)) -> Option<ConnectCause> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        return Some(match tls {
            rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
                ConnectCause::WrongName
            }
            rustls::Error::InvalidCertificate(_) => ConnectCause::Untrusted,
            _ => ConnectCause::Tls,
        });
    }
    let io = error.downcast_ref::<io::Error>()?;
    // `io::Error::source` skips the wrapped error itself.
    if let Some(wrapped) = io.get_ref() {
        return known_cause(wrapped);
    }
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(ConnectCause::Refused),
        io::ErrorKind::TimedOut => Some(ConnectCause::TimedOut),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;
    use reqwest::dns::{Name, Resolve, Resolving};
    use reqwest::{Client, Url};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    struct NoNames;

    impl Resolve for NoNames {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("no such host".into()) })
        }
    }

    async fn cause(proxy: Option<&str>, url: &str) -> (ConnectCause, String) {
        let variable = |name: &str| proxy.filter(|_| name == "HTTPS_PROXY").map(Into::into);
        let proxy = Proxy::for_url(&Url::parse(url).unwrap(), variable).unwrap();
        let mut builder = Client::builder().no_proxy().dns_resolver(NoNames).tls_certs_only(std::iter::empty());
        if let Some(proxy) = &proxy {
            builder = builder.proxy(proxy.to_reqwest().unwrap());
        }
        let error = builder.build().unwrap().get(url).send().await.unwrap_err();
        let ErrorKind::Connect(cause, source) = classify(error, Duration::ZERO, proxy.as_ref()) else {
            panic!("it did connect")
        };
        let mut text = source.to_string();
        let mut deeper = source.source();
        while let Some(error) = deeper {
            text.push_str(&format!(": {error}"));
            deeper = error.source();
        }
        (cause, text)
    }

    /// The address of a server that sends this response to the first request.
    async fn responding(response: &'static [u8]) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            stream.write_all(response).await.unwrap();
        });
        address.to_string()
    }

    #[tokio::test]
    async fn recognizes_a_name_that_cannot_be_resolved() {
        let (cause, _) = cause(None, "http://atlas.invalid/").await;
        assert_eq!(cause, ConnectCause::Dns);
    }

    #[tokio::test]
    async fn names_an_unreachable_proxy_and_its_variable() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        for scheme in ["http", "https", "socks5"] {
            for (host, why) in [("proxy.invalid:3128", "no such host"), (&*closed, "refused")] {
                let url = format!("{scheme}://me:hunter2@{host}");
                let (cause, text) = cause(Some(&url), "https://atlas.invalid/").await;
                assert_eq!(cause, ConnectCause::Proxy, "{scheme} {text}");
                assert!(text.starts_with(&format!("{host} from HTTPS_PROXY: ")), "{scheme} {text}");
                // The error of a SOCKS proxy has no source.
                assert!(text.contains(why) || scheme == "socks5", "{scheme} {text}");
                assert!(!text.contains("hunter2"), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn names_a_refusing_proxy_and_its_variable() {
        for (scheme, response, expected) in [
            ("http", &b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"[..], ConnectCause::ProxyAuthentication),
            ("http", b"HTTP/1.1 502 Bad Gateway\r\n\r\n", ConnectCause::Proxy),
            ("http", b"no HTTP", ConnectCause::Proxy),
            // RFC 1928, section 3: no acceptable method.
            ("socks5", b"\x05\xff", ConnectCause::Proxy),
        ] {
            let host = responding(response).await;
            let (cause, text) = cause(Some(&format!("{scheme}://{host}")), "https://atlas.invalid/").await;
            assert_eq!(cause, expected, "{text}");
            assert!(text.starts_with(&format!("{host} from HTTPS_PROXY: ")), "{text}");
        }
    }
}
