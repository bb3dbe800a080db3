//! The first step for the usual causes of a failed request.

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind};

use super::scope::{is_about_the_migration, is_access_list};
use crate::config::credentials::Kind;
use crate::duration;

/// The step, if the cause has a usual remedy.
pub(super) fn remedy(error: &Error, kind: Kind) -> Option<String> {
    match error.kind() {
        ErrorKind::Api(api) if api.is_json && matches!(api.status, 401 | 403) => {
            Some(permission(api, error.operation().action))
        }
        ErrorKind::Deadline { retry_after: Some(wait), .. } => {
            let fewer =
                if error.status() == Some(429) { ", and send fewer requests at once (-parallelism=1)" } else { "" };
            Some(format!("Wait {}{fewer}.", duration::text(*wait)))
        }
        _ => fixed(error, kind).map(str::to_owned),
    }
}

fn fixed(error: &Error, kind: Kind) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::Authentication(problem) => Some(authentication(problem, kind)),
        ErrorKind::Connect(cause, _) => Some(connect(*cause)),
        ErrorKind::Environment(problem) => Some(environment(problem.variable)),
        ErrorKind::Setup(_) => {
            Some("Install the CA certificates of the system, or name a file of them in SSL_CERT_FILE.")
        }
        ErrorKind::Redirect { .. } => {
            Some("Check `base_url` (MONGODB_ATLAS_BASE_URL): it must be the URL of Atlas itself.")
        }
        ErrorKind::Api(api) if !api.is_json => Some(gateway(api.status)),
        ErrorKind::Api(_) if is_about_the_migration(error) => not_found(error.operation().action),
        ErrorKind::Api(api) => atlas(api, error.operation().action),
        ErrorKind::Deadline { last: Some(last), .. } => fixed(last, kind),
        ErrorKind::Deadline { last: None, .. }
        | ErrorKind::Broken(_)
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Cancelled
        | ErrorKind::Timeout(_)
        | ErrorKind::Unreadable { .. } => None,
    }
}

fn authentication(problem: &AuthenticationError, kind: Kind) -> &'static str {
    match problem {
        AuthenticationError::NoChallenge { .. }
        | AuthenticationError::UnsupportedChallenge { .. }
        | AuthenticationError::TokenUnreadable { .. } => {
            "Check `base_url` (MONGODB_ATLAS_BASE_URL), and a proxy in between."
        }
        AuthenticationError::Invalid => "Enter the credentials again, without spaces or line breaks around them.",
        AuthenticationError::TokenRefused { .. } | AuthenticationError::Rejected(_) => match kind {
            Kind::KeyPair => {
                "Check that the key still exists, that both halves belong together, and that `base_url` is where the key \
                 was created (Atlas and Atlas for Government have separate keys)."
            }
            Kind::ServiceAccount => {
                "Check that the service account still exists, that its secret has not expired, and that `base_url` is \
                 where the service account was created."
            }
            Kind::AccessToken => {
                "Create a new token, because a token is valid for an hour. Or set client_id and client_secret of the service account, \
                 whose tokens the provider renews."
            }
        },
    }
}

/// What the variable must hold.
fn environment(variable: &str) -> &'static str {
    if variable.starts_with("SSL_CERT") {
        "Correct or unset the variable. SSL_CERT_FILE names a file, and SSL_CERT_DIR folders, of certificates in PEM form: \
         those of the CAs or of the server itself. They replace the trust store of the system."
    } else {
        "Correct or unset the variable. Write the proxy as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT (also \
         https:// and socks5://), with special characters of the password percent-encoded."
    }
}

fn connect(cause: ConnectCause) -> &'static str {
    match cause {
        ConnectCause::Dns => {
            "Check `base_url` (MONGODB_ATLAS_BASE_URL), a proxy in HTTPS_PROXY, and the DNS settings of this machine."
        }
        ConnectCause::Proxy => {
            "Check the address of the proxy in the variable above, and whether the proxy reaches Atlas. NO_PROXY lists the \
             hosts that are reached without a proxy."
        }
        ConnectCause::ProxyAuthentication => {
            "Write the user name and password of the proxy into the variable above: http://USER:PASSWORD@HOST:PORT. \
             NO_PROXY lists the hosts that are reached without a proxy."
        }
        ConnectCause::Tls => {
            "Check `base_url` (MONGODB_ATLAS_BASE_URL), its port, and a proxy in between: the server does not offer TLS that \
             this provider supports."
        }
        ConnectCause::Untrusted => {
            "If a proxy or a private Atlas has its own certificate, set SSL_CERT_FILE to a file that holds its CA, or \
             the certificate itself, and all other certificates that are needed."
        }
        ConnectCause::WrongName => {
            "Check the host name in `base_url` (MONGODB_ATLAS_BASE_URL), which must be one that the certificate is for, and \
             how this machine resolves it."
        }
        ConnectCause::Network | ConnectCause::Refused | ConnectCause::TimedOut => {
            "Check the network, `base_url` (MONGODB_ATLAS_BASE_URL), and whether a proxy is required (HTTPS_PROXY)."
        }
    }
}

/// A response that is not Atlas's.
fn gateway(status: u16) -> &'static str {
    if status >= 500 {
        "Wait a few minutes: this is usually temporary. If it stays, check `base_url` (MONGODB_ATLAS_BASE_URL) and the \
         proxy (HTTPS_PROXY, NO_PROXY)."
    } else {
        "Check `base_url` (MONGODB_ATLAS_BASE_URL) and the proxy (HTTPS_PROXY, NO_PROXY)."
    }
}

/// Atlas knows the project, but not what was requested in it.
fn not_found(action: Action) -> Option<&'static str> {
    match action {
        Action::AvailableProjects => Some("Check `org_id`, the ID of the Atlas organization."),
        Action::Read | Action::Cutover => {
            Some("Check the ID of the live migration. Atlas removes ended ones after a while.")
        }
        // Atlas no longer knows the validation; the next apply starts one.
        Action::Validation => None,
        Action::Create | Action::Validate => Some(CLUSTERS),
    }
}

const CLUSTERS: &str = "Check the cluster names: `source.cluster_name` is a cluster in Cloud Manager, \
                        `destination.cluster_name` one in Atlas.";

fn permission(api: &ApiError, action: Action) -> String {
    if is_access_list(api.error_code.as_deref().unwrap_or_default()) {
        return "Add the address of this machine to the access list of these credentials in Atlas.".to_owned();
    }
    let role = if action == Action::Read { "Organization Member" } else { "Organization Owner" };
    format!(
        "Check that these credentials have the role {role} in the organization of the project. If they have an access list, \
         it must include the address of this machine."
    )
}

fn atlas(api: &ApiError, action: Action) -> Option<&'static str> {
    let code = api.error_code.as_deref().unwrap_or_default();
    let text = match api.status {
        404 if action == Action::AvailableProjects => "Check `org_id`, the ID of the Atlas organization.",
        404 if code.contains("CLUSTER") => CLUSTERS,
        404 if action == Action::Read => {
            "Check the project ID in `group_id`, and the account, which has access only to the projects of its organization."
        }
        404 => {
            "Check the project IDs: `destination.group_id` is an Atlas project, `source.group_id` a Cloud Manager project. \
             Their organizations must be linked (in the Atlas UI: Migrate Data to Atlas, link token), and an account has \
             access only to the projects of its organization."
        }
        406 | 410 | 415 => "Set `api_version = \"v2\"`, and check for a newer version of the provider.",
        429 => "Wait a few minutes, and send fewer requests at once (-parallelism=1).",
        400 if api.fields.is_empty() && api.detail.is_none() => {
            "Compare the arguments with the documentation of the API. The log of the MongoDB Agent on the migration host may \
             say more; so may MongoDB support."
        }
        400 if api.fields.is_empty() => "Correct what Atlas names.",
        400 => "Correct the fields above, which have the names of the API.",
        500..=599 => {
            "Wait a few minutes: this is usually temporary. If it stays, check the status page of MongoDB Cloud."
        }
        _ => return None,
    };
    Some(text)
}
