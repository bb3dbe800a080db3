//! One HTTP exchange: a client built at its first use, a request, and an answer of bounded size.
//!
//! It must not know operations or credentials, and it never repeats anything.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, Method, Request, redirect};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::connect::classify;
use crate::dns::SystemResolver;
use crate::error::ErrorKind;
use crate::mask::Mask;
use crate::proxy::Proxy;
use crate::response::{Received, Response};
use crate::{BaseUrl, Config, trust};

/// The limit for opening a connection: name, TCP and TLS, through a proxy too.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Shorter than the idle limits of usual gateways, so that a write seldom meets a connection that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(25);

/// Sends requests. One per [`Client`](crate::Client), and with it one connection pool.
#[derive(Debug)]
pub(crate) struct Transport {
    connector: OnceCell<Connector>,
    settings: Settings,
    mask: Mask,
    reached: AtomicBool,
}

/// What is built at the first request.
#[derive(Debug)]
struct Connector {
    client: Client,
    proxy: Option<Proxy>,
}

#[derive(Clone, Debug)]
struct Settings {
    base_url: BaseUrl,
    request_timeout: Duration,
    user_agent: HeaderValue,
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Self {
        let settings = Settings {
            base_url: config.base_url.clone(),
            request_timeout: config.request_timeout,
            user_agent: user_agent(&config.user_agent),
        };
        Self { connector: OnceCell::new(), settings, mask: Mask::default(), reached: AtomicBool::new(false) }
    }

    /// Hides every secret that a request has carried: an answer may quote one that another request sent.
    pub(crate) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Whether any request has ever been answered.
    pub(crate) fn reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Sends a request and reads the answer, within the time limit of one attempt.
    ///
    /// The failures are `Setup`, `Connect`, `Timeout` and `Broken`, each before the status of the answer was known.
    pub(crate) async fn exchange(&self, request: Request, label: Label) -> Result<Response, ErrorKind> {
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let begin = Instant::now();
        let result = self.send(request).await;
        let status = result.as_ref().ok().map(|response| response.status);
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

    async fn send(&self, request: Request) -> Result<Response, ErrorKind> {
        let Connector { client, proxy } = self.connector.get_or_try_init(async || self.connector().await).await?;
        let limit = self.settings.request_timeout;
        let end = Instant::now() + limit;
        let response = match timeout_at(end, client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(classify(error, limit, proxy.as_ref())),
            Err(_) => return Err(ErrorKind::Timeout(limit)),
        };
        self.reached.store(true, Ordering::Relaxed);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (body, received) = read_body(response, end).await;
        Ok(Response { status, headers, body, received })
    }

    /// Reads the trust store, which takes milliseconds: not at the start of the process, and not on its only thread.
    async fn connector(&self) -> Result<Connector, ErrorKind> {
        let settings = self.settings.clone();
        let built = tokio::task::spawn_blocking(move || settings.connector()).await;
        built.map_err(|error| ErrorKind::Setup(Box::new(error)))?
    }
}

impl Settings {
    fn connector(self) -> Result<Connector, ErrorKind> {
        let mut builder = Client::builder()
            .dns_resolver(SystemResolver)
            // A 307 or 308 would send the body, password included, to another place.
            .redirect(redirect::Policy::none())
            .referer(false)
            // What is repeated, and when, is decided in one place only.
            .retry(reqwest::retry::never())
            // Which proxy counts is decided in one place only.
            .no_proxy()
            .user_agent(self.user_agent)
            .connect_timeout(CONNECT_TIMEOUT.min(self.request_timeout / 2))
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        let setup = |error: reqwest::Error| ErrorKind::Setup(Box::new(error.without_url()));
        let mut proxy = None;
        if self.base_url.is_plain() {
            // No TLS, so no trust store; and a proxy would carry away what must not leave this machine.
            builder = builder.tls_certs_only(std::iter::empty());
        } else {
            let variable = |name: &str| std::env::var_os(name);
            proxy = Proxy::for_url(self.base_url.url(), variable).map_err(ErrorKind::Environment)?;
            if let Some(proxy) = &proxy {
                builder = builder.proxy(proxy.to_reqwest().map_err(setup)?);
            }
            if let Some(trust) = trust::configuration(variable).map_err(ErrorKind::Environment)? {
                builder = builder.tls_backend_preconfigured(trust);
            }
        }
        Ok(Connector { client: builder.build().map_err(setup)?, proxy })
    }
}

/// What a log line says about an exchange beside what the request tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) operation: &'static str,
    pub(crate) attempt: u32,
}

async fn read_body(mut response: reqwest::Response, end: Instant) -> (Vec<u8>, Received) {
    let mut body = Vec::new();
    loop {
        match timeout_at(end, response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > Response::MAX_BODY => {
                body.extend_from_slice(&chunk[..Response::MAX_BODY - body.len()]);
                return (body, Received::TooLarge);
            }
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => return (body, Received::Complete),
            Ok(Err(error)) => return (body, Received::Broken(error.without_url())),
            Err(_) => return (body, Received::TimedOut),
        }
    }
}

/// Drops what a header cannot hold; a strange character in a user's appendix must not stop a migration.
fn user_agent(text: &str) -> HeaderValue {
    let visible: String = text.chars().filter(|c| matches!(c, ' '..='~')).collect();
    HeaderValue::from_str(visible.trim()).unwrap_or_else(|_| HeaderValue::from_static("atlas-client"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_keeps_what_a_header_can_hold() {
        assert_eq!(user_agent(" a/1\n (é) b/2 "), "a/1 () b/2");
        assert_eq!(user_agent("\u{7f}"), "");
    }
}
