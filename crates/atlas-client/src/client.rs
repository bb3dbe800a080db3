//! One operation from the first attempt to the last: authenticated, sent, judged, and repeated where the rules allow it.
//!
//! It must not know what an operation is about; paths, bodies and answers come from its callers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Request;
use tokio::time::{Instant, sleep, timeout_at};

use crate::auth::{Authenticator, Authorized};
use crate::call::Call;
use crate::cause::AuthenticationError;
use crate::error::{Error, ErrorKind};
use crate::http::{Label, Transport};
use crate::mask::Mask;
use crate::notice::Notices;
use crate::response::Response;
use crate::retry::{Backoff, Decision, Failure, Situation, decide};
use crate::{ApiError, Config, Limits, Notice};

/// A client of the live migration operations; clones share everything, the connections and the authentication included.
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
    /// A client that has done nothing yet: no file is read and no connection opened before the first operation.
    pub fn new(config: Config) -> Self {
        let transport = Transport::new(&config);
        let authenticator = Authenticator::new(&config.credentials, &config.base_url);
        Self { inner: Arc::new(Inner { config, transport, authenticator, notices: Notices::default() }) }
    }

    /// The announcements (`Sunset`, `Deprecation`) that answers carried since the last call, each once per client.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.inner.notices.take()
    }

    /// Revokes an OAuth token that this client has fetched. Best effort, within 3 s; operations afterwards fetch a new one.
    pub async fn close(&self) {
        self.inner.authenticator.close(&self.inner.transport).await;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Sends `call` until it succeeds, fails for good, or runs into `limits`. `decode` reads an answer of success.
    pub(crate) async fn send<T>(
        &self,
        call: &Call,
        limits: &Limits,
        decode: impl Fn(Response, &Mask) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::new(self.inner.config.retry_min, self.inner.config.retry_max);
        let begin = Instant::now();
        let mut last: Option<Error> = None;
        let mut unreadable = 0;
        for attempt in 1_u32.. {
            let failure = match self.attempt(call, limits, attempt, &decode).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            unreadable += u32::from(failure.is_unreadable);
            let error = |failure: Failure| Error::new(call.operation.clone(), attempt, failure.sent, failure.kind);
            if let ErrorKind::Deadline { .. } = failure.kind {
                let kind = ErrorKind::Deadline { retry_after: None, last: last.map(Box::new) };
                return Err(error(Failure { kind, ..failure }));
            }
            match decide(&failure, &self.situation(call, limits, begin, unreadable, backoff.next_delay())) {
                Decision::GiveUp => return Err(error(failure)),
                Decision::TooLate(retry_after) => {
                    let kind = ErrorKind::Deadline { retry_after, last: Some(Box::new(error(failure))) };
                    return Err(error(Failure::new(kind, false)));
                }
                Decision::Wait(delay) => {
                    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
                    let (operation, cause) = (call.operation.name(), &failure.kind);
                    tracing::warn!(operation, attempt, delay_ms, %cause, "Atlas API request is repeated after a delay");
                    tokio::select! {
                        biased;
                        // Only what was certainly not executed is waited for here, so «stopped» is all there is to say.
                        () = limits.stop.cancelled() => return Err(error(Failure::new(ErrorKind::Stopped, false))),
                        () = sleep(delay) => {}
                    }
                    last = Some(error(failure));
                }
            }
        }
        // Four thousand million attempts later.
        Err(Error::new(call.operation.clone(), u32::MAX, false, ErrorKind::Deadline { retry_after: None, last: None }))
    }

    fn situation(&self, call: &Call, limits: &Limits, begin: Instant, unreadable: u32, delay: Duration) -> Situation {
        Situation {
            is_write: call.operation.action.is_write(),
            reached: self.inner.transport.reached(),
            unreadable,
            elapsed: begin.elapsed(),
            left: limits.left(),
            retry_min: self.inner.config.retry_min,
            delay,
        }
    }

    /// One attempt, repeated within itself only where a 401 asks for a new nonce or token: it proves that nothing was executed.
    async fn attempt<T>(
        &self,
        call: &Call,
        limits: &Limits,
        attempt: u32,
        decode: &impl Fn(Response, &Mask) -> Result<T, ErrorKind>,
    ) -> Result<T, Failure> {
        let Inner { authenticator, transport, notices, .. } = &*self.inner;
        let label = Label { operation: call.operation.name(), attempt };
        let mask = transport.mask();
        call.secrets.iter().chain([authenticator.secret()]).for_each(|secret| mask.add(secret));
        let mut renewals = 0;
        loop {
            let authorized = interruptible(limits, authenticator.authorize(transport, call, label)).await;
            let (answer, authorization) = match authorized.map_err(|kind| Failure::new(kind, false))? {
                Authorized::Answered(answer) => (answer, None),
                Authorized::With(authorization) => {
                    authorization.secret.iter().for_each(|secret| mask.add(secret));
                    let request = call.request(&authorization.header);
                    let answer = if call.operation.action.is_write() {
                        self.write(request, limits, label).await?
                    } else {
                        let answer = interruptible(limits, transport.exchange(request, label)).await;
                        answer.map_err(|kind| Failure::new(kind, true))?
                    };
                    (answer, Some(authorization))
                }
            };
            notices.note(call.operation.action, &answer.headers, mask);
            if let (401, Some(used)) = (answer.status, &authorization) {
                if authenticator.renew(used, &answer, renewals).await {
                    renewals += 1;
                    tracing::debug!(operation = label.operation, attempt, "the authentication is renewed");
                    continue;
                }
                let api = Box::new(ApiError::from_answer(&answer, mask));
                return Err(Failure::new(ErrorKind::Authentication(AuthenticationError::Rejected(api)), true));
            }
            if !answer.is_success() {
                return Err(Failure::new(ErrorKind::refused(&answer, mask), true));
            }
            return decode(answer, mask).map_err(|kind| Failure { kind, sent: true, is_unreadable: true });
        }
    }

    /// Sends a request that changes something. Once it is on its way it runs in a task of its own, so that neither a stop nor
    /// a caller that goes away cuts it off and leaves open whether it was executed.
    async fn write(&self, request: Request, limits: &Limits, label: Label) -> Result<Response, Failure> {
        let unsent = |kind| Failure::new(kind, false);
        if limits.stop.is_cancelled() {
            return Err(unsent(ErrorKind::Stopped));
        }
        if limits.left().is_zero() {
            return Err(unsent(ErrorKind::Deadline { retry_after: None, last: None }));
        }
        let client = self.clone();
        let mut task = tokio::spawn(async move { client.inner.transport.exchange(request, label).await });
        let grace = async {
            limits.stop.cancelled().await;
            sleep(Limits::STOP_GRACE).await;
        };
        tokio::select! {
            biased;
            joined = &mut task => match joined {
                Ok(exchanged) => exchanged.map_err(|kind| {
                    let unsent = matches!(kind, ErrorKind::Connect(..) | ErrorKind::Environment(_) | ErrorKind::Setup(_));
                    Failure::new(kind, !unsent)
                }),
                Err(error) => Err(Failure::new(ErrorKind::Broken(Box::new(error)), true)),
            },
            () = grace => Err(Failure::new(ErrorKind::Stopped, true)),
        }
    }
}

/// Runs what may be cut off at any time: it changes nothing.
async fn interruptible<T>(limits: &Limits, work: impl Future<Output = Result<T, ErrorKind>>) -> Result<T, ErrorKind> {
    let late = || ErrorKind::Deadline { retry_after: None, last: None };
    tokio::select! {
        biased;
        () = limits.stop.cancelled() => Err(ErrorKind::Stopped),
        // A time-out alone would let the work begin, for it is looked at first.
        () = std::future::ready(()), if limits.left().is_zero() => Err(late()),
        result = timeout_at(limits.deadline, work) => result.unwrap_or_else(|_| Err(late())),
    }
}
