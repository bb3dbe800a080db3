//! What was asked and what answered, in a sentence or two.

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind};

use super::text::quoted_sentence;
use crate::config::connection::Atlas;
use crate::duration;

/// Words what answered, or that nothing did.
pub(super) fn cause(error: &Error, atlas: &Atlas) -> String {
    let asked = asked(error.operation().action);
    match error.kind() {
        ErrorKind::Api(api) if api.is_json => atlas_answered(asked, api),
        ErrorKind::Api(api) => format!(
            "The answer to {asked} has status {} and is {}: it usually comes from a gateway or proxy in between, not \
             from Atlas.",
            api.status,
            match api.excerpt.as_deref() {
                Some(excerpt) => format!("not Atlas's JSON ({})", excerpt.trim_end_matches('.')),
                None => "empty".to_owned(),
            }
        ),
        ErrorKind::Authentication(problem) => authentication(problem),
        ErrorKind::Broken(_) => {
            format!(
                "The connection broke after {asked} was sent, before the answer was complete{}.",
                source_chain(error)
            )
        }
        ErrorKind::Connect(cause, _) => not_connected(*cause, error, atlas),
        ErrorKind::Deadline { retry_after: Some(wait), .. } => format!(
            "Atlas requires a wait of {} before {asked} is sent again, longer than the time that is left.",
            duration::text(*wait)
        ),
        ErrorKind::Deadline { retry_after: None, last: Some(last) } => {
            format!("The time for {asked} has ended. The last attempt failed: {}", cause(last, atlas))
        }
        ErrorKind::Deadline { retry_after: None, last: None } => {
            format!("The time for {asked} ended before it could be sent.")
        }
        ErrorKind::Environment(problem) => format!("{problem}. Nothing was sent."),
        ErrorKind::InvalidRequest(why) => format!("The request cannot be made: {}.", why.trim_end_matches('.')),
        ErrorKind::Redirect { status, location } => format!(
            "The answer to {asked} is a redirect (status {status}{}). Redirects are not followed, because that would send a \
             password to another server.",
            location.as_deref().map(|location| format!(", to {location}")).unwrap_or_default()
        ),
        ErrorKind::Setup(_) => format!("The HTTP client could not be set up{}. Nothing was sent.", source_chain(error)),
        ErrorKind::Cancelled if error.nothing_was_sent() => {
            "Terraform was interrupted, and nothing was sent.".to_owned()
        }
        ErrorKind::Cancelled => format!("Terraform was interrupted while {asked} was in flight."),
        ErrorKind::Timeout(after) => format!("Atlas did not answer {asked} within {}.", duration::text(*after)),
        ErrorKind::Unreadable { status, why } => format!(
            "Atlas answered {asked} with success (status {status}), but the response can't be read: {}.",
            why.trim_end_matches('.')
        ),
    }
}

fn atlas_answered(asked: &str, api: &ApiError) -> String {
    let code = api.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
    let says = match api.detail.as_deref().or(api.reason.as_deref()) {
        Some(text) => format!("says: {}", quoted_sentence(text)),
        None => "gives no reason.".to_owned(),
    };
    let fields: String = api.fields.iter().map(|(field, wrong)| format!("\n  - {field}: {wrong}")).collect();
    // An error of its own is no refusal: what was asked for may have been done.
    let answered = if api.status >= 500 { "answered" } else { "refused" };
    let with = if api.status >= 500 { " with an error" } else { "" };
    format!("Atlas {answered} {asked}{with} (status {}{code}) and {says}{fields}", api.status)
}

fn not_connected(cause: ConnectCause, error: &Error, atlas: &Atlas) -> String {
    let url = atlas.base_url.trim_end_matches('/');
    format!("No connection to {url} could be opened: {}{}. Nothing was sent.", cause.as_str(), source_chain(error))
}

fn authentication(problem: &AuthenticationError) -> String {
    match problem {
        AuthenticationError::NoChallenge { status } => format!(
            "A request without credentials was answered with status {status} instead of a digest challenge, so \
             the server may not be Atlas."
        ),
        AuthenticationError::Rejected(api) => {
            let code = api.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
            let says = match api.detail.as_deref() {
                Some(text) => format!(" and says: {}", quoted_sentence(text)),
                None => ".".to_owned(),
            };
            format!("Atlas rejected the credentials (status {}{code}){says}", api.status)
        }
        AuthenticationError::TokenRefused { status, error, description } => {
            let words: Vec<_> = [error, description].into_iter().flatten().map(String::as_str).collect();
            let words =
                if words.is_empty() { String::new() } else { format!(": {}", words.join(", ").trim_end_matches('.')) };
            format!("Atlas refused a token for the service account (status {status}){words}.")
        }
        AuthenticationError::TokenUnreadable { status, why } => {
            format!("The response to the token request (status {status}) can't be read: {}.", why.trim_end_matches('.'))
        }
        AuthenticationError::UnsupportedChallenge { why } => {
            format!("The server's authentication challenge can't be answered: {}.", why.trim_end_matches('.'))
        }
        AuthenticationError::Invalid => {
            "The credentials contain characters that can't be sent, such as a line break.".to_owned()
        }
    }
}

fn asked(action: Action) -> &'static str {
    match action {
        Action::AvailableProjects => "the request for the available projects",
        Action::Create => "the start of the live migration",
        Action::Cutover => "the cutover",
        Action::Read => "the request for the live migration",
        Action::Validate => "the start of the validation",
        Action::Validation => "the request for the validation",
    }
}

fn source_chain(error: &Error) -> String {
    // The TLS library writes a name as its type does.
    let causes = error.causes().replace("DnsName(\"", "(\"").replace("dns error: error resolving DNS: ", "");
    if causes.is_empty() { causes } else { format!(" ({causes})") }
}
