//! The words of every failure of Atlas: what was asked and what answered, what is true now, and what to do next. By
//! status, errorCode and known text.

use std::fmt::Write as _;

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind, Validation};
use tf_provider::{Diagnostic, Diagnostics};

use crate::duration;
use crate::provider::Atlas;
use crate::provider::credentials::{Account, Kind};

/// Words a failure. `now` says what is true now and what to do about it in this operation; the usual causes come
/// after it.
pub(super) fn failure(summary: &str, error: &Error, account: &Account, now: &str) -> Diagnostic {
    let mut detail = format!("{}\n\n{now}", what_happened(error));
    if let Some(hint) = hint(error, account) {
        let _ = write!(detail, "\n\n{hint}");
    }
    let _ = write!(detail, "\n\n{}", facts(error));
    let diagnostic = Diagnostic::error(summary, plain(&detail));
    match attribute(error) {
        Some(path) => diagnostic.at(path),
        None => diagnostic,
    }
}

/// Words a validation job that found something.
pub(super) fn validation(validation: &Validation) -> Diagnostic {
    let told = validation.error_message.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let quoted =
        told.map_or("Atlas gave no reason.".to_owned(), |text| format!("Atlas says: {}", quoted_sentence(text)));
    let (hint, path) = told.map_or((None, None), validation_hint);
    let hint = hint.map(|hint| format!("\n\n{hint}")).unwrap_or_default();
    let diagnostic = Diagnostic::error(
        "Atlas refuses to start this live migration",
        plain(&format!(
            "The validation job failed. {quoted} No live migration was started.{hint}\n\nValidation job: {}. Mend \
             the cause and apply again; `validate = false` would start without the job.",
            validation.id
        )),
    );
    match path {
        Some(path) => diagnostic.at(path),
        None => diagnostic,
    }
}

/// Tells that Atlas is about to retire what this provider uses.
pub(super) fn notices(atlas: &Atlas, diagnostics: &mut Diagnostics) {
    for notice in atlas.client.take_notices() {
        diagnostics.push(Diagnostic::warning(
            format!("Atlas announces the end of an API that this provider uses ({})", notice.operation),
            plain(&format!(
                "The answer to «{}» carries the header {}: {}. Look for a newer version of the provider.",
                notice.operation, notice.header, notice.value
            )),
        ));
    }
}

/// What was asked and what answered, in a sentence or two.
fn what_happened(error: &Error) -> String {
    let asked = asked(error.operation().action);
    match error.kind() {
        ErrorKind::Api(api) if api.is_json => {
            let code = api.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
            let fields: String = api.fields.iter().map(|(field, wrong)| format!("\n  - {field}: {wrong}")).collect();
            let says = api
                .detail
                .as_deref()
                .or(api.reason.as_deref())
                .map_or("and gives no reason.".to_owned(), |text| format!("and says: {}", quoted_sentence(text)));
            format!("Atlas refused {asked} (status {}{code}) {says}{fields}", api.status)
        }
        ErrorKind::Api(api) => format!(
            "The answer to {asked} has status {} and is {}: as a rule it comes from a gateway or proxy in between, \
             not from Atlas.",
            api.status,
            api.excerpt
                .as_deref()
                .map_or("empty".to_owned(), |excerpt| format!("not Atlas's JSON ({})", excerpt.trim_end_matches('.')))
        ),
        ErrorKind::Authentication(problem) => authentication(problem),
        ErrorKind::Broken(_) => {
            format!("The connection broke after {asked} was sent, before the answer was complete{}.", causes(error))
        }
        ErrorKind::Connect(cause, _) => {
            format!("No connection to Atlas could be opened: {}{}. Nothing was sent.", cause.as_str(), causes(error))
        }
        ErrorKind::Deadline { retry_after: Some(wait), .. } => format!(
            "Atlas asks to wait {} before {asked} is tried again, longer than the time that is left.",
            duration::text(*wait)
        ),
        ErrorKind::Deadline { retry_after: None, last: Some(last) } => {
            format!("The time for {asked} is over. The last attempt failed so: {}", what_happened(last))
        }
        ErrorKind::Deadline { retry_after: None, last: None } => {
            format!("The time for {asked} was over before it could be tried.")
        }
        ErrorKind::InvalidRequest(why) => format!("The request cannot be made: {}.", why.trim_end_matches('.')),
        ErrorKind::Redirect { status, location } => format!(
            "The answer to {asked} is a redirect (status {status}{}). Redirects are not followed, for that would \
             send a password to another place.",
            location.as_deref().map(|location| format!(", to {location}")).unwrap_or_default()
        ),
        ErrorKind::Setup(_) => format!("The HTTP client could not be set up{}. Nothing was sent.", causes(error)),
        ErrorKind::Stopped if error.nothing_was_sent() => {
            "Terraform was told to stop, and nothing was sent.".to_owned()
        }
        ErrorKind::Stopped => format!("Terraform was told to stop while {asked} was under way."),
        ErrorKind::Timeout(after) => format!("Atlas did not answer {asked} within {}.", duration::text(*after)),
        ErrorKind::Unreadable { status, why } => format!(
            "Atlas answered {asked} with success (status {status}), but the answer is unreadable: {}.",
            why.trim_end_matches('.')
        ),
    }
}

fn authentication(problem: &AuthenticationError) -> String {
    match problem {
        AuthenticationError::NoChallenge { status } => {
            format!(
                "A request without credentials was answered with status {status} instead of a digest challenge, so \
                 that it is perhaps not Atlas that answers."
            )
        }
        AuthenticationError::Rejected(api) => {
            let code = api.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
            let says = api
                .detail
                .as_deref()
                .map(|text| format!(" and says: {}", quoted_sentence(text)))
                .unwrap_or_else(|| ".".to_owned());
            format!("Atlas rejected the credentials (status {}{code}){says}", api.status)
        }
        AuthenticationError::TokenRefused { status, error, description } => {
            let words: Vec<_> = [error, description].into_iter().flatten().map(String::as_str).collect();
            let words =
                if words.is_empty() { String::new() } else { format!(": {}", words.join(", ").trim_end_matches('.')) };
            format!("Atlas gives no token to the service account (status {status}){words}.")
        }
        AuthenticationError::TokenUnreadable { status, why } => format!(
            "The answer to the request for a token (status {status}) is unreadable: {}.",
            why.trim_end_matches('.')
        ),
        AuthenticationError::UnsupportedChallenge { why } => {
            format!("The challenge for authentication cannot be met: {}.", why.trim_end_matches('.'))
        }
        AuthenticationError::Unusable => {
            "The credentials hold characters that cannot be sent, such as a line break.".to_owned()
        }
    }
}

/// What to look at, for the usual causes.
fn hint(error: &Error, account: &Account) -> Option<String> {
    match error.kind() {
        ErrorKind::Authentication(problem) => Some(authentication_hint(problem, account)),
        ErrorKind::Connect(cause, _) => Some(connect_hint(*cause).to_owned()),
        ErrorKind::Setup(_) => {
            Some("Give the CA certificates of the system, or name a file of them in SSL_CERT_FILE.".to_owned())
        }
        ErrorKind::Redirect { .. } => {
            Some("Look at `base_url` (MONGODB_ATLAS_BASE_URL): it must be the address of Atlas itself.".to_owned())
        }
        ErrorKind::Api(api) => api_hint(api, error.operation().action, account),
        ErrorKind::Deadline { last: Some(last), .. } => hint(last, account),
        ErrorKind::Deadline { last: None, .. }
        | ErrorKind::Broken(_)
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Stopped
        | ErrorKind::Timeout(_)
        | ErrorKind::Unreadable { .. } => None,
    }
}

fn authentication_hint(problem: &AuthenticationError, account: &Account) -> String {
    let used = used(account);
    match problem {
        AuthenticationError::NoChallenge { .. }
        | AuthenticationError::UnsupportedChallenge { .. }
        | AuthenticationError::TokenUnreadable { .. } => {
            "Look at `base_url` (MONGODB_ATLAS_BASE_URL), and at a proxy in between.".to_owned()
        }
        AuthenticationError::Unusable => format!("{used} Write them anew, without spaces or line breaks around them."),
        AuthenticationError::TokenRefused { .. } | AuthenticationError::Rejected(_) => {
            let look = match account.kind {
                Kind::KeyPair => {
                    "Look whether the key still exists, whether both halves belong together, and whether `base_url` \
                     is where it was made (Atlas and Atlas for government have keys of their own)."
                }
                Kind::ServiceAccount => {
                    "Look whether the service account still exists, whether its secret has expired, and whether \
                     `base_url` is where it was made."
                }
                Kind::AccessToken => {
                    "A token lives for an hour. Fetch a new one, or give the service account itself (client_id, \
                     client_secret), whose tokens are renewed by themselves."
                }
            };
            format!("{used} {look}")
        }
    }
}

/// Which credentials were used; never more of them than the end of the public id.
fn used(account: &Account) -> String {
    let id = account.public_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
    format!("Used was {}{id}, from {}.", account.kind.text(), account.origin)
}

fn connect_hint(cause: ConnectCause) -> &'static str {
    match cause {
        ConnectCause::Dns => {
            "Look at `base_url` (MONGODB_ATLAS_BASE_URL) and at the name servers of this machine (/etc/resolv.conf)."
        }
        ConnectCause::Proxy => {
            "Look at the proxy in HTTPS_PROXY; NO_PROXY lists the hosts that are reached without it."
        }
        ConnectCause::Untrusted => {
            "Where a proxy or a private Atlas has a certificate of its own, name a file with its CA, and all others \
             that are needed, in SSL_CERT_FILE."
        }
        ConnectCause::Network | ConnectCause::Refused | ConnectCause::TimedOut | ConnectCause::Tls => {
            "Look at the network, at `base_url` (MONGODB_ATLAS_BASE_URL), and at a proxy where one is needed \
             (HTTPS_PROXY)."
        }
    }
}

fn api_hint(api: &ApiError, action: Action, account: &Account) -> Option<String> {
    let code = api.error_code.as_deref().unwrap_or_default();
    let role = if matches!(action, Action::Read) { "Organization Member" } else { "Organization Owner" };
    let text = match api.status {
        403 if code.contains("ACCESS_LIST") || code.contains("WHITELIST") => format!(
            "{} Add the address of this \
                                                                                      machine to its access list in \
                                                                                      Atlas.",
            used(account)
        ),
        401 | 403 => format!(
            "{} It needs the role {role} in the organization of the project, and an access list, \
                              where there is one, that has the address of this machine.",
            used(account)
        ),
        404 if code.contains("CLUSTER") => "Look at the names of the clusters: `source.cluster_name` is one of Cloud \
                                            Manager or Ops Manager, `destination.cluster_name` one of Atlas."
            .to_owned(),
        404 => "Look at the ids: `destination.group_id` is an Atlas project, `source.group_id` one of Cloud Manager \
                or Ops Manager, and the organization of the one must be linked with that of the other (in Atlas: \
                Migrate Data to Atlas, link token). An account sees only the projects of its organization."
            .to_owned(),
        406 | 410 | 415 => "Atlas does not serve this version of the API. Set `api_version = \"v2\"`, and look for a \
                            newer version of the provider."
            .to_owned(),
        429 => "Too many requests from this account. Wait a few minutes, and run fewer at once (terraform apply \
                -parallelism=1)."
            .to_owned(),
        400 if !api.fields.is_empty() => "Mend the fields named above; they carry the names of the API.".to_owned(),
        500..=599 => "As a rule that passes. Look at the status page of MongoDB Cloud if it does not.".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// Where in the configuration a refusal can be mended, by the first field that Atlas names.
fn attribute(error: &Error) -> Option<&'static str> {
    let api = error.api()?;
    let field =
        api.fields.first().map(|(field, _)| field.trim_start_matches('$').trim_start_matches('.')).unwrap_or_default();
    let code = api.error_code.as_deref().unwrap_or_default();
    Some(match field {
        "source.groupId" => "source.group_id",
        "source.clusterName" => "source.cluster_name",
        "source.username" => "source.username",
        "source.password" => "source.password",
        "source.ssl" => "source.ssl",
        "source.caCertificatePath" => "source.ca_certificate_path",
        "source.managedAuthentication" => "source.managed_authentication",
        "destination.groupId" => "destination.group_id",
        "destination.clusterName" => "destination.cluster_name",
        "destination.hostnameSchemaType" => "destination.hostname_schema_type",
        "destination.privateLinkId" => "destination.private_link_id",
        "dropEnabled" | "dropDestinationData" => "drop_enabled",
        field if field.starts_with("migrationHosts") => "migration_hosts",
        // A path that ends at a block would show the header of the resource.
        field if field.starts_with("sharding") => "sharding.sharding_entries",
        field if field.starts_with("source") => "source.cluster_name",
        field if field.starts_with("destination") => "destination.cluster_name",
        _ if error.operation().action == Action::Read => return None,
        _ if api.status == 404 && code.contains("GROUP") => "destination.group_id",
        _ if api.status == 404 && code.contains("CLUSTER") => "destination.cluster_name",
        _ => return None,
    })
}

/// The published texts of the validation job, each with what to do and where.
fn validation_hint(text: &str) -> (Option<&'static str>, Option<&'static str>) {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (hint, path) = if has(&["disk space", "storage", "disk size"]) {
        (
            "Raise the storage of the destination cluster above the size of the source data, indexes included.",
            "destination.cluster_name",
        )
    } else if has(&["resolve", "unknown host", "no such host", "dns"]) {
        (
            "The migration host must resolve the host names of the source cluster, and of the destination for the \
             chosen `hostname_schema_type`. Look at its DNS.",
            "migration_hosts",
        )
    } else if has(&[
        "authentication failed",
        "credentials",
        "wrong user",
        "username or password",
        "invalid user",
        "auth failed",
    ]) {
        (
            "Look at `source.username` and its password: a SCRAM user of the source cluster (authentication database \
             admin).",
            "source.username",
        )
    } else if has(&["privilege", "not authorized", "permission", "missing role", "required role"]) {
        (
            "Grant the source user the roles that a live migration needs: backup, readAnyDatabase and clusterMonitor \
             on the admin database, and read on local and config.",
            "source.username",
        )
    } else if has(&["ca file", "ca certificate", "cafile", "certificate"]) {
        (
            "The CA file must lie on the migration host, at `source.ca_certificate_path`, and be readable for the \
             MongoDB Agent; it must have signed the certificates of the source cluster.",
            "source.ca_certificate_path",
        )
    } else if has(&["standalone"]) {
        (
            "A standalone has no oplog to follow. Convert the source to a replica set of one member first.",
            "source.cluster_name",
        )
    } else if has(&["time-series", "time series", "timeseries"]) {
        (
            "Time-series collections are not migrated from MongoDB 6.0 on. Move them by other means (mongodump, \
             mongorestore), or remove them from the source.",
            "source.cluster_name",
        )
    } else if has(&["migration host", "agent"]) {
        (
            "Look whether the MongoDB Agent of the migration host runs and is known to the source project under this \
             name.",
            "migration_hosts",
        )
    } else if has(&["version", "fcv", "featurecompatibility"]) {
        (
            "Source and destination must run MongoDB versions that a live migration supports together; raise the one \
             that is too old.",
            "destination.cluster_name",
        )
    } else if has(&["connect", "reach", "timed out", "timeout", "unavailable", "network"]) {
        (
            "The migration host must reach every member of the source cluster and the destination. Look at \
             firewalls, and at the access list of the Atlas project, which must have the host's address.",
            "migration_hosts",
        )
    } else {
        return (None, None);
    };
    (Some(hint), Some(path))
}

fn asked(action: Action) -> &'static str {
    match action {
        Action::Create => "the start of the live migration",
        Action::Cutover => "the cutover",
        Action::Read => "the question for the live migration",
        Action::Validate => "the start of the validation job",
        Action::Validation => "the question for the validation job",
    }
}

fn causes(error: &Error) -> String {
    let causes = error.causes();
    if causes.is_empty() { causes } else { format!(" ({causes})") }
}

/// Facts for support, one per line.
fn facts(error: &Error) -> String {
    let operation = error.operation();
    let mut facts = format!("  Request: {} {}", operation.method(), operation.path);
    if let Some(status) = error.status() {
        let _ = write!(facts, "\n  HTTP status: {status}");
    }
    if let Some(code) = error.error_code() {
        let _ = write!(facts, "\n  errorCode: {code}");
    }
    if error.attempts() > 1 {
        let _ = write!(facts, "\n  Attempts: {}", error.attempts());
    }
    facts
}

fn quoted_sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Without what Terraform 1.14.5 and newer would take for a colour code: a word in brackets.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let word = after
            .split_once(']')
            .filter(|(word, _)| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        out.push_str(before);
        match word {
            Some((word, after)) => {
                let _ = write!(out, "({word})");
                rest = after;
            }
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
