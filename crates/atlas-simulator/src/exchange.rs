//! The way of one request: record, faults, authentication, operation, answer; it must not know what an operation does.

use crate::action::Action;
use crate::answer::Answer;
use crate::api::{self, Asked};
use crate::auth::oauth;
use crate::authorization::Authorization;
use crate::config::Access;
use crate::fault::{Candidate, Hit};
use crate::record::{Outcome, Request};
use crate::route::{self, Operation, Target};
use crate::shared::Shared;
use crate::socket::Connection;
use crate::state::State;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::oneshot;

/// The longest request body that is read.
const BODY_LIMIT: usize = 1024 * 1024;

/// Answers a request of the API.
///
/// The work is done in a task that outlives the connection: a server that has begun a request goes on when the client is gone.
pub(crate) async fn answer(
    request: axum::http::Request<Body>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await;
    let call = Call::new(&parts, body.as_ref().cloned().unwrap_or_default());
    let number = shared.update(|state| state.record(call.record(connection.number)));
    let waiting = Waiting { shared: Arc::clone(&shared), number };
    let (reply, answer) = oneshot::channel();
    let way = Way { shared, connection, number, call, reply };
    if body.is_err() {
        let refusal = Answer::error(413, "REQUEST_TOO_LARGE", "The request body is too long, or it broke off.");
        way.send(refusal);
    } else {
        let shared = Arc::clone(&way.shared);
        shared.spawn(way.go());
    }
    let Ok(answer) = answer.await else {
        // Nothing will be answered: the connection is being reset, or the server stops.
        return std::future::pending().await;
    };
    waiting.shared.update(|state| state.finish(number, Outcome::Answered(answer.status)));
    answer.into_response()
}

/// Notices when the client gives up: then its connection's future is dropped, and this with it.
struct Waiting {
    shared: Arc<Shared>,
    number: usize,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.shared.update(|state| state.finish(self.number, Outcome::Abandoned));
    }
}

/// A request as far as anything here looks at it.
struct Call {
    method: String,
    /// Path and query.
    uri: String,
    target: Result<Target, Box<Answer>>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    fn new(parts: &Parts, body: Bytes) -> Self {
        let method = parts.method.as_str().to_owned();
        let uri = parts.uri.path_and_query().map_or("/", |uri| uri.as_str()).to_owned();
        let target = route::target(&method, parts.uri.path());
        Self { method, uri, target, headers: parts.headers.clone(), body }
    }

    fn operation(&self) -> Operation {
        self.target.as_ref().map_or(Operation::Other, |target| target.operation)
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn record(&self, connection: usize) -> Request {
        let owned = |name| self.header(name).map(str::to_owned);
        Request {
            number: 0,
            connection,
            at: SystemTime::UNIX_EPOCH,
            method: self.method.clone(),
            path: self.uri.clone(),
            operation: self.operation(),
            accept: owned(header::ACCEPT),
            content_type: owned(header::CONTENT_TYPE),
            user_agent: owned(header::USER_AGENT),
            authorization: Authorization::read(self.header(header::AUTHORIZATION)),
            body: String::from_utf8_lossy(&self.body).into_owned(),
            authenticated: false,
            processed: false,
            outcome: Outcome::Pending,
            note: String::new(),
        }
    }

    fn candidate(&self, early: bool) -> Candidate<'_> {
        Candidate {
            operation: self.operation(),
            path: &self.uri,
            has_credentials: self.headers.contains_key(header::AUTHORIZATION),
            early,
        }
    }
}

/// One request on its way.
struct Way {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    number: usize,
    call: Call,
    reply: oneshot::Sender<Answer>,
}

impl Way {
    async fn go(mut self) {
        if let Some(hit) = self.pick(true) {
            match &hit.action {
                Action::Answer(answer) => return self.send(answer.clone()),
                Action::Reset => return self.reset(),
                Action::Silence => return self.reply.closed().await,
                Action::Hold => hit.released().await,
                Action::StaleNonce => self.shared.update(|state| state.auth.digest.expire_nonces()),
                Action::ExpireTokens => self.shared.update(|state| state.auth.tokens.expire_all()),
                Action::RevokeAccount(id) => self.shared.update(|state| state.auth.tokens.revoke_account(id)),
                // Those change an operation's answer, and this request has not come that far.
                Action::WithoutId | Action::InvalidJson | Action::Truncate | Action::Huge(_) | Action::Headers(_) => {}
            }
        }
        let access = match self.authenticate() {
            Ok(access) => access,
            Err(refusal) => return self.send(*refusal),
        };
        let Some(hit) = self.pick(false) else {
            let answer = self.process(access.as_ref());
            return self.send(answer);
        };
        let early = hit.processed.then(|| self.process(access.as_ref()));
        match &hit.action {
            Action::Answer(answer) => self.send(answer.clone()),
            Action::Reset => self.reset(),
            Action::Silence => self.reply.closed().await,
            action => {
                if matches!(action, Action::Hold) {
                    hit.released().await;
                }
                let answer = early.unwrap_or_else(|| self.process(access.as_ref()));
                self.send(action.alter(answer));
            }
        }
    }

    fn pick(&self, early: bool) -> Option<Hit> {
        self.shared.update(|state| {
            let hit = state.faults.pick(self.call.candidate(early))?;
            let name = hit.action.name();
            state.amend(self.number, |request| request.add_note(&format!("fault: {name}")));
            Some(hit)
        })
    }

    /// What the credentials allow; nothing for OAuth, which looks at them by itself.
    fn authenticate(&self) -> Result<Option<Access>, Box<Answer>> {
        let call = &self.call;
        self.shared.update(|state| {
            let access = if call.operation().is_oauth() {
                None
            } else {
                let dialect = call.target.as_ref().map_or(route::Dialect::V2, |target| target.dialect);
                let authorization = call.header(header::AUTHORIZATION);
                Some(state.auth.authenticate(dialect, &call.method, &call.uri, authorization)?)
            };
            state.amend(self.number, |request| request.authenticated = true);
            Ok(access)
        })
    }

    fn process(&self, access: Option<&Access>) -> Answer {
        self.shared.update(|state| {
            state.amend(self.number, |request| request.processed = true);
            perform(state, &self.call, access)
        })
    }

    fn send(self, mut answer: Answer) {
        self.shared.update(|state| {
            if answer.headers.iter().any(|(name, _)| name == "www-authenticate") {
                state.challenges += 1;
            }
            state.amend(self.number, |request| request.add_note(&answer.note));
            if answer.from_atlas {
                let limits =
                    [("ratelimit-limit", state.config.rate_limit), ("ratelimit-remaining", state.left_in_window())];
                answer.headers.extend(limits.map(|(name, value)| (name.to_owned(), value.to_string())));
            }
        });
        // The client may be gone; `Waiting` has noticed.
        let _ = self.reply.send(answer);
    }

    fn reset(self) {
        self.shared.update(|state| state.finish(self.number, Outcome::Reset));
        self.connection.reset();
    }
}

fn perform(state: &mut State, call: &Call, access: Option<&Access>) -> Answer {
    let target = match &call.target {
        Ok(target) => target,
        Err(refusal) => return (**refusal).clone(),
    };
    let content_type = call.header(header::CONTENT_TYPE);
    if let Some(access) = access {
        let asked = Asked { target, accept: call.header(header::ACCEPT), content_type, body: &call.body };
        return api::perform(state, asked, access);
    }
    let form = oauth::Form { authorization: call.header(header::AUTHORIZATION), content_type, body: &call.body };
    if target.operation == Operation::Token { state.auth.tokens.grant(form) } else { state.auth.tokens.revoke(form) }
}
