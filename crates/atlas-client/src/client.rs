//! The client: authenticates, sends and retries an operation.
//!
//! It doesn't depend on the operations; the callers pass paths, bodies and decoders.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Request;
use tokio::time::{Instant, sleep, timeout_at};

use crate::auth::{Authenticator, Authorized};
use crate::cause::AuthenticationError;
use crate::error::{Error, ErrorKind};
use crate::http::{LogContext, Transport};
use crate::mask::Mask;
use crate::notice::Notices;
use crate::prepared_request::PreparedRequest;
use crate::response::Response;
use crate::retry::{Backoff, Decision, Failure, RetryContext, decide};
use crate::{ApiError, CallOptions, Config, Notice};

/// A client of the live migration operations. Clones share the connections, the authentication and the notices.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    transport: Transport,
    authenticator: Authenticator,
    notices: Notices,
}

impl Client {
    /// Builds a client without I/O: the first operation reads the trust store and opens a connection.
    pub fn new(config: Config) -> Self {
        let transport = Transport::new(&config);
        let authenticator = Authenticator::new(&config.credentials, &config.base_url);
        Self { inner: Arc::new(Inner { config, transport, authenticator, notices: Notices::default() }) }
    }

    /// The new `Sunset` and `Deprecation` headers of responses since the last call. Each is returned once per client.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.inner.notices.take()
    }

    /// Revokes the OAuth token, if this client has fetched one. Best effort, within 3 s. Later operations fetch a new token.
    pub async fn close(&self) {
        self.inner.authenticator.close(&self.inner.transport).await;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Sends a request until it succeeds, fails permanently, or `options` end it. `decode` reads a successful response.
    pub(crate) async fn send<T>(
        &self,
        prepared: &PreparedRequest,
        options: &CallOptions,
        decode: impl Fn(Response, &Mask) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::new(self.inner.config.retry_min, self.inner.config.retry_max);
        let begin = Instant::now();
        let mut last: Option<Error> = None;
        let mut unreadable = 0;
        for attempt in 1_u32.. {
            let failure = match self.attempt(prepared, options, attempt, &decode).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            unreadable += u32::from(failure.is_unreadable);
            let error = |failure: Failure| Error::new(prepared.operation.clone(), attempt, failure.sent, failure.kind);
            if let ErrorKind::Deadline { .. } = failure.kind {
                let kind = ErrorKind::Deadline { retry_after: None, last: last.map(Box::new) };
                return Err(error(Failure { kind, ..failure }));
            }
            match decide(&failure, &self.context(prepared, options, begin, unreadable, backoff.next_delay())) {
                Decision::GiveUp => return Err(error(failure)),
                Decision::DeadlineExceeded(retry_after) => {
                    let kind = ErrorKind::Deadline { retry_after, last: Some(Box::new(error(failure))) };
                    return Err(error(Failure::new(kind, false)));
                }
                Decision::Wait(delay) => {
                    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
                    let (operation, cause) = (prepared.operation.name(), &failure.kind);
                    tracing::warn!(operation, attempt, delay_ms, %cause, "retrying Atlas API request after a delay");
                    tokio::select! {
                        biased;
                        // A request that may have taken effect is never retried, so none of the attempts had an effect.
                        () = options.cancel.cancelled() => return Err(error(Failure::new(ErrorKind::Cancelled, false))),
                        () = sleep(delay) => {}
                    }
                    last = Some(error(failure));
                }
            }
        }
        // Not reached before four billion attempts.
        Err(Error::new(
            prepared.operation.clone(),
            u32::MAX,
            false,
            ErrorKind::Deadline { retry_after: None, last: None },
        ))
    }

    fn context(
        &self,
        prepared: &PreparedRequest,
        options: &CallOptions,
        begin: Instant,
        unreadable: u32,
        delay: Duration,
    ) -> RetryContext {
        RetryContext {
            is_write: prepared.operation.action.is_write(),
            reached: self.inner.transport.reached(),
            unreadable,
            elapsed: begin.elapsed(),
            left: options.remaining(),
            retry_min: self.inner.config.retry_min,
            delay,
        }
    }

    /// One attempt. A 401 that requires a new nonce or token is retried within it, because a 401 proves that nothing happened.
    async fn attempt<T>(
        &self,
        prepared: &PreparedRequest,
        options: &CallOptions,
        attempt: u32,
        decode: &impl Fn(Response, &Mask) -> Result<T, ErrorKind>,
    ) -> Result<T, Failure> {
        let Inner { authenticator, transport, notices, .. } = &*self.inner;
        let log = LogContext { operation: prepared.operation.name(), attempt };
        let mask = transport.mask();
        prepared.secrets.iter().chain([authenticator.secret()]).for_each(|secret| mask.add(secret));
        let mut renewals = 0;
        loop {
            let authorized = interruptible(options, authenticator.authorize(transport, prepared, log)).await;
            let (response, authorization) = match authorized.map_err(|kind| Failure::new(kind, false))? {
                Authorized::Unnecessary(response) => (response, None),
                Authorized::With(authorization) => {
                    authorization.secret.iter().for_each(|secret| mask.add(secret));
                    let request = prepared.request(&authorization.header);
                    let response = if prepared.operation.action.is_write() {
                        self.write(request, options, log).await?
                    } else {
                        let response = interruptible(options, transport.exchange(request, log)).await;
                        response.map_err(|kind| Failure::new(kind, true))?
                    };
                    (response, Some(authorization))
                }
            };
            notices.note(prepared.operation.action, &response.headers, mask);
            if let (401, Some(used)) = (response.status, &authorization) {
                if authenticator.renew(used, &response, renewals).await {
                    renewals += 1;
                    tracing::debug!(operation = log.operation, attempt, "renewing the authentication after a 401");
                    continue;
                }
                let api = Box::new(ApiError::from_response(&response, mask));
                return Err(Failure::new(ErrorKind::Authentication(AuthenticationError::Rejected(api)), true));
            }
            if !response.is_success() {
                return Err(Failure::new(ErrorKind::from_response(&response, mask), true));
            }
            return decode(response, mask).map_err(|kind| Failure { kind, sent: true, is_unreadable: true });
        }
    }

    /// Sends a write in a task of its own, so that neither a cancellation nor a dropped future interrupts it, which would
    /// leave its outcome unknown.
    async fn write(&self, request: Request, options: &CallOptions, log: LogContext) -> Result<Response, Failure> {
        let unsent = |kind| Failure::new(kind, false);
        if options.cancel.is_cancelled() {
            return Err(unsent(ErrorKind::Cancelled));
        }
        if options.remaining().is_zero() {
            return Err(unsent(ErrorKind::Deadline { retry_after: None, last: None }));
        }
        let client = self.clone();
        let mut task = tokio::spawn(async move { client.inner.transport.exchange(request, log).await });
        let grace = async {
            options.cancel.cancelled().await;
            sleep(CallOptions::CANCEL_GRACE).await;
        };
        tokio::select! {
            biased;
            joined = &mut task => match joined {
                Ok(exchanged) => exchanged.map_err(|kind| {
                    let not_sent = matches!(kind, ErrorKind::Connect(..) | ErrorKind::Environment(_) | ErrorKind::Setup(_));
                    Failure::new(kind, !not_sent)
                }),
                Err(error) => Err(Failure::new(ErrorKind::Broken(Box::new(error)), true)),
            },
            () = grace => Err(Failure::new(ErrorKind::Cancelled, true)),
        }
    }
}

/// Runs work that may be interrupted at any time, because it changes nothing.
async fn interruptible<T>(
    options: &CallOptions,
    work: impl Future<Output = Result<T, ErrorKind>>,
) -> Result<T, ErrorKind> {
    let late = || ErrorKind::Deadline { retry_after: None, last: None };
    tokio::select! {
        biased;
        () = options.cancel.cancelled() => Err(ErrorKind::Cancelled),
        // `timeout_at` alone would poll the work first, even after the deadline.
        () = std::future::ready(()), if options.remaining().is_zero() => Err(late()),
        result = timeout_at(options.deadline, work) => result.unwrap_or_else(|_| Err(late())),
    }
}
