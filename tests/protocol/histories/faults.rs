//! Requests that go wrong in a history. Every kind ends by itself or after a few repetitions, so that no history waits long.

use atlas_simulator::{Action, Fault, Operation, Response};

/// Requests of one operation that go wrong.
#[derive(Clone, Debug)]
pub(super) struct PlannedFault {
    pub(super) operation: Operation,
    pub(super) kind: Kind,
    /// Whether the request takes effect first.
    pub(super) processed: bool,
    /// So many requests pass before.
    pub(super) skip: usize,
    pub(super) times: usize,
}

/// What happens to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ServerError,
    BadGateway,
    Reset,
    Truncated,
    InvalidJson,
    Huge,
    WithoutId,
    Html,
    Redirect,
    RateLimited,
    RateLimitedForDays,
    Unauthorized,
    Forbidden,
    NotFound,
    ProjectNotFound,
    GatewayNotFound,
    Conflict,
    Sunset,
    StaleNonce,
    ExpiredToken,
}

/// All of them.
pub(super) const KINDS: [Kind; 20] = [
    Kind::ServerError,
    Kind::BadGateway,
    Kind::Reset,
    Kind::Truncated,
    Kind::InvalidJson,
    Kind::Huge,
    Kind::WithoutId,
    Kind::Html,
    Kind::Redirect,
    Kind::RateLimited,
    Kind::RateLimitedForDays,
    Kind::Unauthorized,
    Kind::Forbidden,
    Kind::NotFound,
    Kind::ProjectNotFound,
    Kind::GatewayNotFound,
    Kind::Conflict,
    Kind::Sunset,
    Kind::StaleNonce,
    Kind::ExpiredToken,
];

impl PlannedFault {
    pub(super) fn fault(&self) -> Fault {
        let fault = Fault::new(self.operation, self.kind.action()).skip(self.skip).times(self.times);
        if self.processed { fault.processed() } else { fault }
    }
}

impl Kind {
    fn action(self) -> Action {
        match self {
            Self::ServerError => Action::error(500, "UNEXPECTED_ERROR", "Unexpected error."),
            Self::BadGateway => Action::html(502),
            Self::Reset => Action::Reset,
            Self::Truncated => Action::Truncate,
            Self::InvalidJson => Action::InvalidJson,
            Self::Huge => Action::Huge(9 << 20),
            Self::WithoutId => Action::WithoutId,
            Self::Html => Action::html(200),
            Self::Redirect => Action::redirect("https://login.example.com/"),
            // Nothing to wait for, so that it costs no time.
            Self::RateLimited => Action::rate_limited(0),
            Self::RateLimitedForDays => Action::rate_limited(1_000_000),
            Self::Unauthorized => Action::error(401, "UNAUTHORIZED", "You are not authorized."),
            Self::Forbidden => Action::error(403, "USER_UNAUTHORIZED", "Not allowed."),
            Self::NotFound => Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find resource."),
            Self::ProjectNotFound => Action::error(404, "GROUP_NOT_FOUND", "No group with this id exists."),
            Self::GatewayNotFound => Action::html(404),
            Self::Conflict => Action::Respond(Response::error(409, "CONFLICT", "Something else is going on.")),
            Self::Sunset => Action::header("sunset", "Sat, 31 Dec 2033 23:59:59 GMT"),
            Self::StaleNonce => Action::StaleNonce,
            Self::ExpiredToken => Action::ExpireTokens,
        }
    }

    /// Whether an answer says by itself that the request had no effect, so that the fault lies when it had.
    pub(super) fn lies_when_processed(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::RateLimitedForDays
                | Self::Unauthorized
                | Self::Forbidden
                | Self::NotFound
                | Self::ProjectNotFound
                | Self::GatewayNotFound
                | Self::Conflict
        )
    }
}
