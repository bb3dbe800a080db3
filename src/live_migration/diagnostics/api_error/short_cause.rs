//! What failed, in the few words of a summary.

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind};

use super::scope::{is_about_the_project, is_access_list};
use crate::duration;
use crate::summary::cause;

/// The cause of a failed request, with the HTTP status if there was a response.
pub(super) fn short_cause(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Api(api) => refused(api, error.operation().action),
        ErrorKind::Authentication(problem) => authentication(problem),
        ErrorKind::Broken(_) => cause::connection_lost(),
        ErrorKind::Connect(cause, _) => not_connected(*cause),
        ErrorKind::Deadline { last: Some(last), .. } => short_cause(last),
        ErrorKind::Deadline { last: None, .. } => cause::timed_out(),
        ErrorKind::Environment(problem) => cause::variable_unusable(problem.variable),
        ErrorKind::InvalidRequest(_) => cause::request_invalid(),
        ErrorKind::Redirect { status, .. } => cause::redirect(status),
        ErrorKind::Setup(_) => cause::http_client_not_set_up(),
        ErrorKind::Cancelled => cause::interrupted(),
        ErrorKind::Timeout(after) => cause::no_response(duration::text(*after)),
        ErrorKind::Unreadable { status, .. } => cause::response_unreadable(status),
    }
}

fn refused(api: &ApiError, action: Action) -> String {
    let code = api.error_code.as_deref().unwrap_or_default();
    let status = api.status;
    match status {
        _ if !api.is_json => cause::not_json(status),
        400 if !api.fields.is_empty() => cause::argument_refused(status),
        401 => cause::credentials_refused(status),
        403 if is_access_list(code) => cause::address_not_allowed(status),
        403 => cause::access_denied(status),
        404 if action == Action::AvailableProjects => cause::organization_not_found(status),
        404 if code.contains("CLUSTER") => cause::cluster_not_found(status),
        404 if is_about_the_project(code) => cause::project_not_found(status),
        404 => match action {
            Action::Read | Action::Cutover => cause::migration_not_found(status),
            Action::Validation => cause::validation_not_found(status),
            Action::AvailableProjects | Action::Create | Action::Validate => cause::resource_not_found(status),
        },
        406 | 410 | 415 => cause::api_version_not_supported(status),
        409 if code.contains("NOT_READY") => cause::not_ready(status),
        429 => cause::too_many_requests(status),
        500.. => cause::atlas_error(status),
        _ => cause::request_refused(status),
    }
}

fn authentication(problem: &AuthenticationError) -> String {
    match problem {
        AuthenticationError::NoChallenge { status } => cause::not_atlas(status),
        AuthenticationError::Rejected(api) => cause::credentials_refused(api.status),
        AuthenticationError::TokenRefused { status, .. } => cause::service_account_refused(status),
        AuthenticationError::TokenUnreadable { status, .. } => cause::token_unreadable(status),
        AuthenticationError::UnsupportedChallenge { .. } => cause::digest_not_supported(),
        AuthenticationError::Invalid => cause::credentials_malformed(),
    }
}

fn not_connected(cause: ConnectCause) -> String {
    match cause {
        ConnectCause::Dns => cause::host_name_not_resolved(),
        ConnectCause::Network => cause::network_error(),
        ConnectCause::Proxy => cause::proxy_unusable(),
        ConnectCause::ProxyAuthentication => cause::proxy_requires_a_password(),
        ConnectCause::Refused => cause::connection_refused(),
        ConnectCause::TimedOut => cause::connection_timed_out(),
        ConnectCause::Tls => cause::tls_handshake_failed(),
        ConnectCause::Untrusted => cause::certificate_not_trusted(),
        ConnectCause::WrongName => cause::certificate_for_another_host(),
    }
}
