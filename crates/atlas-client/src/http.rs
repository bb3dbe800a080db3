//! HTTP: a client that is built at its first use, and one request with its response.
//!
//! It doesn't depend on operations or credentials, and it never retries.

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

/// The time limit for name resolution, TCP and TLS together, also through a proxy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Shorter than the idle timeout of common gateways, so that a write is rarely sent on a connection that is being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(25);

/// Sends requests. Each [`Client`](crate::Client) has one, with one connection pool.
#[derive(Debug)]
pub(crate) struct Transport {
    connector: OnceCell<Connector>,
    settings: Settings,
    mask: Mask,
    reached: AtomicBool,
}

/// The part that is built at the first request.
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

    /// Masks the secrets of every request, because a response may quote the secret of an earlier request.
    pub(crate) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Whether any response was ever received.
    pub(crate) fn reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Sends a request and reads the response, within the time limit of one attempt.
    ///
    /// # Errors
    ///
    /// `Environment`, `Setup`, `Connect`, `Timeout` or `Broken`, where not even the status was received.
    pub(crate) async fn exchange(&self, request: Request, log: LogContext) -> Result<Response, ErrorKind> {
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let begin = Instant::now();
        let result = self.send(request).await;
        let status = result.as_ref().ok().map(|response| response.status);
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let LogContext { operation, attempt } = log;
        // Bodies and headers may contain secrets.
        match &result {
            Err(error) => {
                tracing::debug!(operation, %method, path, attempt, duration_ms, %error, "Atlas API request without a response");
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

    /// Reading the trust store takes milliseconds, so it happens at the first request and on another thread.
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
            // A 307 or 308 would send the body, with its password, to another host.
            .redirect(redirect::Policy::none())
            .referer(false)
            // `retry` decides about retries.
            .retry(reqwest::retry::never())
            // `proxy` chooses the proxy.
            .no_proxy()
            .user_agent(self.user_agent)
            .connect_timeout(CONNECT_TIMEOUT.min(self.request_timeout / 2))
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        let setup = |error: reqwest::Error| ErrorKind::Setup(Box::new(error.without_url()));
        let mut proxy = None;
        if self.base_url.is_plain() {
            // Without TLS no trust store is needed, and without encryption nothing may leave this machine through a proxy.
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

/// The fields of a log line that the request doesn't have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogContext {
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

/// Drops the characters that a header can't hold, because the suffix of a user must not prevent a migration.
fn user_agent(text: &str) -> HeaderValue {
    let visible: String = text.chars().filter(|c| matches!(c, ' '..='~')).collect();
    HeaderValue::from_str(visible.trim()).unwrap_or_else(|_| HeaderValue::from_static("atlas-client"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agent_drops_invalid_characters() {
        assert_eq!(user_agent(" a/1\n (é) b/2 "), "a/1 () b/2");
        assert_eq!(user_agent("\u{7f}"), "");
    }
}
