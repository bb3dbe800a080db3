//! One request to the simulated API from arrival to response: record, faults, authentication, operation. It contains no
//! rule of an operation.

use crate::action::Action;
use crate::api::{self, ApiRequest};
use crate::auth::oauth::TokenRequest;
use crate::authorization::Authorization;
use crate::config::Access;
use crate::fault::{Candidate, FaultMatch};
use crate::record::{Outcome, Request};
use crate::response::Response;
use crate::route::{self, ApiVersion, Operation, Target};
use crate::shared::Shared;
use crate::socket::Connection;
use crate::state::State;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response as HttpResponse;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::oneshot;

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Responds to a request to the API.
///
/// The work runs in a task that outlives the connection, because a server finishes a request even when the client
/// disconnects.
pub(crate) async fn respond(
    request: axum::http::Request<Body>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await;
    let request = IncomingRequest::new(&parts, body.as_ref().cloned().unwrap_or_default());
    let number = shared.update(|state| state.record(request.to_record(connection.number)));
    let guard = DisconnectGuard { shared: Arc::clone(&shared), number };
    let (sender, receiver) = oneshot::channel();
    let exchange = Exchange { shared, connection, number, request, sender };
    if body.is_err() {
        let detail = "The request body is too long or incomplete.";
        exchange.send(Response::error(413, "REQUEST_TOO_LARGE", detail));
    } else {
        let shared = Arc::clone(&exchange.shared);
        shared.spawn(exchange.run());
    }
    let Ok(response) = receiver.await else {
        // No response will come: the connection is being reset, or the server is stopping.
        return std::future::pending().await;
    };
    guard.shared.update(|state| state.finish(number, Outcome::Responded(response.status)));
    response.into_http()
}

/// Records that the client disconnected: its connection's future is dropped then, and this guard with it.
struct DisconnectGuard {
    shared: Arc<Shared>,
    number: usize,
}

impl Drop for DisconnectGuard {
    fn drop(&mut self) {
        self.shared.update(|state| state.finish(self.number, Outcome::Disconnected));
    }
}

struct IncomingRequest {
    method: String,
    /// Path and query.
    uri: String,
    target: Result<Target, Box<Response>>,
    headers: HeaderMap,
    body: Bytes,
}

impl IncomingRequest {
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

    fn to_record(&self, connection: usize) -> Request {
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
            authorization: Authorization::parse(self.header(header::AUTHORIZATION)),
            body: String::from_utf8_lossy(&self.body).into_owned(),
            authenticated: false,
            processed: false,
            outcome: Outcome::Pending,
            note: String::new(),
        }
    }

    fn candidate(&self, authenticated: bool) -> Candidate<'_> {
        Candidate {
            operation: self.operation(),
            path: &self.uri,
            has_credentials: self.headers.contains_key(header::AUTHORIZATION),
            authenticated,
        }
    }
}

struct Exchange {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    number: usize,
    request: IncomingRequest,
    sender: oneshot::Sender<Response>,
}

impl Exchange {
    async fn run(mut self) {
        if let Some(fault) = self.match_fault(false) {
            match &fault.action {
                Action::Respond(response) => return self.send(response.clone()),
                Action::Reset => return self.reset(),
                Action::Silence => return self.sender.closed().await,
                Action::Hold => fault.released().await,
                Action::StaleNonce => self.shared.update(|state| state.auth.digest.expire_nonces()),
                Action::ExpireTokens => self.shared.update(|state| state.auth.tokens.expire_all()),
                Action::RevokeAccount(id) => self.shared.update(|state| state.auth.tokens.revoke_account(id)),
                // These change the operation's response, and the operation hasn't run yet.
                Action::WithoutId | Action::InvalidJson | Action::Truncate | Action::Huge(_) | Action::Headers(_) => {}
            }
        }
        match self.authenticate() {
            Ok(access) => self.run_authenticated(access.as_ref()).await,
            Err(challenge) => self.send(*challenge),
        }
    }

    async fn run_authenticated(mut self, access: Option<&Access>) {
        let Some(fault) = self.match_fault(true) else {
            let response = self.process(access);
            return self.send(response);
        };
        let processed = fault.processed.then(|| self.process(access));
        match &fault.action {
            Action::Respond(response) => self.send(response.clone()),
            Action::Reset => self.reset(),
            Action::Silence => self.sender.closed().await,
            action => {
                if matches!(action, Action::Hold) {
                    fault.released().await;
                }
                let response = processed.unwrap_or_else(|| self.process(access));
                self.send(action.modify(response));
            }
        }
    }

    fn match_fault(&self, authenticated: bool) -> Option<FaultMatch> {
        self.shared.update(|state| {
            let fault = state.faults.match_request(self.request.candidate(authenticated))?;
            let name = fault.action.name();
            state.update_request(self.number, |request| request.add_note(&format!("fault: {name}")));
            Some(fault)
        })
    }

    /// The access of the credentials; none for OAuth, whose endpoints authenticate the client themselves.
    fn authenticate(&self) -> Result<Option<Access>, Box<Response>> {
        let request = &self.request;
        self.shared.update(|state| {
            let access = if request.operation().is_oauth() {
                None
            } else {
                let version = request.target.as_ref().map_or(ApiVersion::V2, |target| target.version);
                let authorization = request.header(header::AUTHORIZATION);
                Some(state.auth.authenticate(version, &request.method, &request.uri, authorization)?)
            };
            state.update_request(self.number, |request| request.authenticated = true);
            Ok(access)
        })
    }

    fn process(&self, access: Option<&Access>) -> Response {
        self.shared.update(|state| {
            state.update_request(self.number, |request| request.processed = true);
            perform(state, &self.request, access)
        })
    }

    fn send(self, mut response: Response) {
        self.shared.update(|state| {
            if response.headers.iter().any(|(name, _)| name == "www-authenticate") {
                state.challenges += 1;
            }
            state.update_request(self.number, |request| request.add_note(&response.note));
            if response.from_atlas {
                let limits =
                    [("ratelimit-limit", state.config.rate_limit), ("ratelimit-remaining", state.remaining_requests())];
                response.headers.extend(limits.map(|(name, value)| (name.to_owned(), value.to_string())));
            }
        });
        // It fails when the client has disconnected; `DisconnectGuard` has recorded that.
        let _ = self.sender.send(response);
    }

    fn reset(self) {
        self.shared.update(|state| state.finish(self.number, Outcome::Reset));
        self.connection.reset();
    }
}

fn perform(state: &mut State, request: &IncomingRequest, access: Option<&Access>) -> Response {
    let target = match &request.target {
        Ok(target) => target,
        Err(error) => return (**error).clone(),
    };
    let content_type = request.header(header::CONTENT_TYPE);
    if let Some(access) = access {
        let accept = request.header(header::ACCEPT);
        return api::perform(state, ApiRequest { target, accept, content_type, body: &request.body }, access);
    }
    let authorization = request.header(header::AUTHORIZATION);
    let token_request = TokenRequest { authorization, content_type, body: &request.body };
    match target.operation {
        Operation::Token => state.auth.tokens.grant(token_request),
        _ => state.auth.tokens.revoke(token_request),
    }
}
