//! What failed, in a sentence or two.

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind};

use super::text::quoted_sentence;
use crate::config::connection::Atlas;
use crate::config::credentials::Account;
use crate::duration;

/// What Atlas returned, or that nothing came back, and which credentials were used where they may be the cause.
pub(super) fn cause(error: &Error, atlas: &Atlas) -> String {
    let request = request(error.operation().action);
    match error.kind() {
        ErrorKind::Api(api) if api.is_json => refused(request, api, &atlas.account),
        ErrorKind::Api(api) => format!(
            "The response to {request} has status {} and is {}. It usually comes from a gateway or proxy, not from Atlas.",
            api.status,
            match api.excerpt.as_deref() {
                Some(excerpt) => format!("not JSON ({})", excerpt.trim_end_matches('.')),
                None => "empty".to_owned(),
            }
        ),
        ErrorKind::Authentication(problem) => authentication(problem, &atlas.account),
        ErrorKind::Broken(_) => format!(
            "The connection was lost after {request} was sent, before the response was complete{}.",
            in_parentheses(root_cause(error))
        ),
        ErrorKind::Connect(cause, _) => not_connected(*cause, error, atlas),
        ErrorKind::Deadline { retry_after: Some(wait), .. } => format!(
            "Atlas requires a wait of {} before {request} is sent again, longer than the time that is left.",
            duration::text(*wait)
        ),
        ErrorKind::Deadline { retry_after: None, last: Some(last) } => {
            format!("The time for {request} has ended. The last attempt failed. {}", cause(last, atlas))
        }
        ErrorKind::Deadline { retry_after: None, last: None } => {
            format!("The time for {request} ended before it could be sent.")
        }
        ErrorKind::Environment(problem) => format!("{problem}. Nothing was sent."),
        ErrorKind::InvalidRequest(why) => format!("The request can't be sent: {}.", why.trim_end_matches('.')),
        ErrorKind::Redirect { status, location } => format!(
            "The response to {request} is a redirect (status {status}{}). The provider does not follow redirects, because \
             that would send a password to another server.",
            location.as_deref().map(|location| format!(", to {location}")).unwrap_or_default()
        ),
        ErrorKind::Setup(_) => {
            format!("The HTTP client can't be set up{}. Nothing was sent.", in_parentheses(root_cause(error)))
        }
        ErrorKind::Cancelled if error.nothing_was_sent() => {
            "Terraform was interrupted, and nothing was sent.".to_owned()
        }
        ErrorKind::Cancelled => format!("Terraform was interrupted while {request} was in flight."),
        ErrorKind::Timeout(after) => {
            format!("Atlas did not respond to {request} within {}.", duration::text(*after))
        }
        ErrorKind::Unreadable { status, why } => {
            format!("The response to {request} has status {status} and can't be read: {}.", why.trim_end_matches('.'))
        }
    }
}

fn refused(request: &str, api: &ApiError, account: &Account) -> String {
    // A server error is no refusal: the request may have been executed.
    let verb = if api.status >= 500 { "returned an error for" } else { "refused" };
    let fields: String = api.fields.iter().map(|(field, wrong)| format!("\n  - {field}: {wrong}")).collect();
    let used = if matches!(api.status, 401 | 403) { format!(" {}", used(account)) } else { String::new() };
    format!("Atlas {verb} {request} ({}){}{used}{fields}", status_and_code(api), reason(api))
}

fn status_and_code(api: &ApiError) -> String {
    let code = api.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
    format!("status {}{code}", api.status)
}

fn reason(api: &ApiError) -> String {
    match api.detail.as_deref().or(api.reason.as_deref()) {
        Some(text) => format!(": {}", quoted_sentence(text)),
        None => " and gave no reason.".to_owned(),
    }
}

fn not_connected(cause: ConnectCause, error: &Error, atlas: &Atlas) -> String {
    let url = atlas.base_url.trim_end_matches('/');
    let causes = error.causes();
    let more = match cause {
        ConnectCause::Refused | ConnectCause::TimedOut => String::new(),
        // The first one is the proxy and the variable that names it.
        ConnectCause::Proxy | ConnectCause::ProxyAuthentication => match causes.split_once(": ") {
            Some((proxy, _)) => format!("{proxy}: {}", root_cause(error)),
            None => causes,
        },
        ConnectCause::Dns
        | ConnectCause::Network
        | ConnectCause::Tls
        | ConnectCause::Untrusted
        | ConnectCause::WrongName => root_cause(error),
    };
    format!("Can't connect to {url}: {}{}. Nothing was sent.", cause.as_str(), in_parentheses(more))
}

fn authentication(problem: &AuthenticationError, account: &Account) -> String {
    let used = used(account);
    match problem {
        AuthenticationError::NoChallenge { status } => format!(
            "A request without credentials returned status {status} instead of a digest challenge, so the server may not be \
             Atlas."
        ),
        AuthenticationError::Rejected(api) => {
            let reason = if api.detail.is_some() { reason(api) } else { ".".to_owned() };
            format!("Atlas refused the credentials ({}){reason} {used}", status_and_code(api))
        }
        AuthenticationError::TokenRefused { status, error, description } => {
            let words: Vec<_> = [error, description].into_iter().flatten().map(String::as_str).collect();
            let words =
                if words.is_empty() { String::new() } else { format!(": {}", words.join(", ").trim_end_matches('.')) };
            format!("Atlas refused a token for the service account (status {status}){words}. {used}")
        }
        AuthenticationError::TokenUnreadable { status, why } => {
            format!("The response to the token request (status {status}) can't be read: {}.", why.trim_end_matches('.'))
        }
        AuthenticationError::UnsupportedChallenge { why } => {
            format!("The server's authentication challenge is not supported: {}.", why.trim_end_matches('.'))
        }
        AuthenticationError::Invalid => {
            format!("The credentials contain characters that can't be sent, such as a line break. {used}")
        }
    }
}

/// Which credentials were used; never more of them than the end of the public ID.
fn used(account: &Account) -> String {
    let id = account.public_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
    format!("The request was made with {}{id}, from {}.", account.kind.text(), account.origin)
}

fn request(action: Action) -> &'static str {
    match action {
        Action::AvailableProjects => "the request for the available projects",
        Action::Create => "the start of the live migration",
        Action::Cutover => "the cutover request",
        Action::Read => "the request for the live migration",
        Action::Validate => "the start of the validation",
        Action::Validation => "the request for the validation",
    }
}

/// The innermost cause: those around it repeat what the message says already.
fn root_cause(error: &Error) -> String {
    let causes = error.causes();
    // The TLS library writes a name as its type does.
    causes.rsplit(": ").next().unwrap_or_default().replace("DnsName(\"", "(\"")
}

fn in_parentheses(text: String) -> String {
    if text.is_empty() { text } else { format!(" ({text})") }
}
