//! One HTTP exchange: a client built at its first use, a request, and an answer of bounded size.
//!
//! It must not know operations or credentials, and it never repeats anything.

use std::error::Error as StdError;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Method, Request, Response, redirect};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::Config;
use crate::cause::ConnectCause;
use crate::error::ErrorKind;

/// The most that is read of a body. The answers of this API have less than a kilobyte.
const MAX_BODY: usize = 1024 * 1024;

/// The limit for opening a connection: name, TCP and TLS, through a proxy too.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Shorter than the idle limits of usual gateways, so that a write seldom meets a connection that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(25);

/// Sends requests. One per [`Client`](crate::Client), and with it one connection pool.
#[derive(Debug)]
pub(crate) struct Transport {
    client: OnceCell<Client>,
    plain_loopback: bool,
    reached: AtomicBool,
    request_timeout: Duration,
    user_agent: HeaderValue,
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            client: OnceCell::new(),
            plain_loopback: config.base_url.is_plain(),
            reached: AtomicBool::new(false),
            request_timeout: config.request_timeout,
            user_agent: user_agent(&config.user_agent),
        }
    }

    /// Whether any request has ever been answered.
    pub(crate) fn reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Sends a request and reads the answer, within the time limit of one attempt.
    ///
    /// The failures are `Setup`, `Connect`, `Timeout` and `Broken`, each before the status of the answer was known.
    pub(crate) async fn exchange(&self, request: Request, label: Label) -> Result<Answer, ErrorKind> {
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let begin = Instant::now();
        let result = self.send(request).await;
        let status = result.as_ref().ok().map(|answer| answer.status);
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Label { operation, attempt } = label;
        // Without the body and the headers of either side.
        match &result {
            Err(error) => {
                tracing::debug!(operation, %method, path, attempt, duration_ms, %error, "Atlas API request without an answer");
            }
            Ok(_) if method == Method::GET => {
                tracing::debug!(operation, %method, path, status, attempt, duration_ms, "Atlas API request");
            }
            Ok(_) => {
                tracing::info!(operation, %method, path, status, attempt, duration_ms, "Atlas API request");
            }
        }
        result
    }

    async fn send(&self, request: Request) -> Result<Answer, ErrorKind> {
        let client = self.client.get_or_try_init(async || self.build()).await?;
        let end = Instant::now() + self.request_timeout;
        let response = match timeout_at(end, client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(classify(error, self.request_timeout)),
            Err(_) => return Err(ErrorKind::Timeout(self.request_timeout)),
        };
        self.reached.store(true, Ordering::Relaxed);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = match timeout_at(end, read(response)).await {
            Ok(body) => body,
            Err(_) => Body::Late(self.request_timeout),
        };
        Ok(Answer { status, headers, body })
    }

    /// Loads the trust store of the system, which takes milliseconds: not at the start of the process.
    fn build(&self) -> Result<Client, ErrorKind> {
        if !self.plain_loopback {
            readable_trust_store()?;
        }
        let mut builder = Client::builder()
            // A 307 or 308 would send the body, password included, to another place.
            .redirect(redirect::Policy::none())
            .referer(false)
            // What is repeated, and when, is decided in one place only.
            .retry(reqwest::retry::never())
            .user_agent(self.user_agent.clone())
            .connect_timeout(CONNECT_TIMEOUT.min(self.request_timeout / 2))
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if self.plain_loopback {
            // No TLS, so no trust store; and a proxy would carry away what must not leave this machine.
            builder = builder.no_proxy().tls_certs_only(std::iter::empty());
        }
        #[cfg(target_os = "linux")]
        {
            builder = builder.dns_resolver(crate::dns::Resolver::default());
        }
        builder.build().map_err(|error| ErrorKind::Setup(Box::new(error)))
    }
}

/// What a log line says about an exchange beside what the request tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) operation: &'static str,
    pub(crate) attempt: u32,
}

/// An answer whose status is known.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// How much of the body arrived.
#[derive(Debug)]
pub(crate) enum Body {
    /// The connection broke in the middle.
    Broken(reqwest::Error),
    /// All of it.
    Complete(Vec<u8>),
    /// The attempt's time limit, given here, came first.
    Late(Duration),
    /// More than [`MAX_BODY`]; the rest was not read.
    TooLarge,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The bytes, where all of them arrived.
    pub(crate) fn bytes(&self) -> &[u8] {
        if let Body::Complete(bytes) = &self.body { bytes } else { &[] }
    }
}

/// The trust store passes over a file that it cannot read, and every certificate is then untrusted without a reason.
fn readable_trust_store() -> Result<(), ErrorKind> {
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|_| std::env::var_os("SSL_CERT_DIR").is_none()) else {
        return Ok(());
    };
    let unreadable = |error: io::Error| {
        let text = format!("SSL_CERT_FILE names {}, which cannot be read: {error}", path.display());
        ErrorKind::Setup(text.into())
    };
    std::fs::File::open(&path).map(drop).map_err(unreadable)
}

async fn read(mut response: Response) -> Body {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_BODY => return Body::TooLarge,
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Body::Complete(bytes),
            Err(error) => return Body::Broken(error.without_url()),
        }
    }
}

/// Drops what a header cannot hold; a strange character in a user's appendix must not stop a migration.
fn user_agent(text: &str) -> HeaderValue {
    let visible: String = text.chars().filter(|c| matches!(c, ' '..='~')).collect();
    HeaderValue::from_str(visible.trim()).unwrap_or_else(|_| HeaderValue::from_static("atlas-client"))
}

fn classify(error: reqwest::Error, limit: Duration) -> ErrorKind {
    let error = error.without_url();
    if error.is_connect() {
        return ErrorKind::Connect(connect_cause(&error), cause_of_connect(error));
    }
    if error.is_timeout() {
        return ErrorKind::Timeout(limit);
    }
    ErrorKind::Broken(Box::new(error))
}

/// A source whose text begins where it says something: reqwest's and hyper's own layers only say that sending failed.
fn cause_of_connect(error: reqwest::Error) -> Box<dyn StdError + Send + Sync> {
    Box::new(ConnectSource(error))
}

#[derive(Debug)]
struct ConnectSource(reqwest::Error);

impl ConnectSource {
    fn inner(&self) -> &(dyn StdError + 'static) {
        let mut error: &(dyn StdError + 'static) = &self.0;
        for _layer in 0..2 {
            let Some(source) = error.source() else { break };
            error = source;
        }
        error
    }
}

impl std::fmt::Display for ConnectSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self.inner(), f)
    }
}

impl StdError for ConnectSource {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner().source()
    }
}

fn connect_cause(error: &reqwest::Error) -> ConnectCause {
    if error.is_dns() {
        return ConnectCause::Dns;
    }
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        // hyper-util does not export the type of this error; its text begins like this and names the proxy's answer.
        let text = error.to_string();
        if text.starts_with("tunnel error") {
            let wants_a_user = text.contains("authorization required");
            return if wants_a_user { ConnectCause::ProxyAuthentication } else { ConnectCause::Proxy };
        }
        if let Some(found) = known_cause(error) {
            return found;
        }
        cause = error.source();
    }
    if error.is_timeout() { ConnectCause::TimedOut } else { ConnectCause::Network }
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
    // The source of an io::Error is that of what it wraps, not what it wraps.
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    struct NoNames;

    impl Resolve for NoNames {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("no such host".into()) })
        }
    }

    async fn cause(builder: reqwest::ClientBuilder, url: &str) -> (ConnectCause, String) {
        let client = builder.tls_certs_only(std::iter::empty()).build().unwrap();
        let error = client.get(url).send().await.unwrap_err();
        let ErrorKind::Connect(cause, source) = classify(error, Duration::ZERO) else { panic!("it did connect") };
        (cause, source.to_string())
    }

    #[tokio::test]
    async fn a_name_that_does_not_resolve_is_told_as_such() {
        let (cause, _) = cause(Client::builder().no_proxy().dns_resolver(NoNames), "http://atlas.invalid/").await;
        assert_eq!(cause, ConnectCause::Dns);
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_told_as_such() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = reqwest::Proxy::all(format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
        });
        let (cause, text) = cause(Client::builder().proxy(proxy), "https://atlas.invalid/").await;
        assert_eq!(cause, ConnectCause::ProxyAuthentication);
        assert!(text.contains("proxy authorization required"), "{text}");
    }

    #[test]
    fn a_user_agent_keeps_what_a_header_can_hold() {
        assert_eq!(user_agent(" a/1\n (é) b/2 "), "a/1 () b/2");
        assert_eq!(user_agent("\u{7f}"), "");
    }
}
