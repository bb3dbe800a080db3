//! What to look at, for the usual causes of a failure.

use atlas_client::{Action, ApiError, AuthenticationError, ConnectCause, Error, ErrorKind};

use super::scope::is_about_the_migration;
use crate::config::credentials::{Account, Kind};

/// The hint, where there is anything to look at.
pub(super) fn remedy(error: &Error, account: &Account) -> Option<String> {
    match error.kind() {
        ErrorKind::Authentication(problem) => Some(authentication(problem, account)),
        ErrorKind::Connect(cause, _) => Some(connect(*cause).to_owned()),
        ErrorKind::Environment(problem) => Some(environment(problem.variable).to_owned()),
        ErrorKind::Setup(_) => {
            Some("Install the CA certificates of the system, or name a file of them in SSL_CERT_FILE.".to_owned())
        }
        ErrorKind::Redirect { .. } => {
            Some("Check `base_url` (MONGODB_ATLAS_BASE_URL): it must be the URL of Atlas itself.".to_owned())
        }
        ErrorKind::Api(api) if !api.is_json => Some(gateway(api.status).to_owned()),
        ErrorKind::Api(_) if is_about_the_migration(error) => not_found(error.operation().action),
        ErrorKind::Api(api) => atlas(api, error.operation().action, account),
        ErrorKind::Deadline { retry_after: Some(_), .. } if error.status() == Some(429) => Some(
            "Run terraform apply again later. Fewer requests at once (terraform apply -parallelism=1) may help."
                .to_owned(),
        ),
        ErrorKind::Deadline { last: Some(last), .. } => remedy(last, account),
        ErrorKind::Deadline { last: None, .. }
        | ErrorKind::Broken(_)
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Cancelled
        | ErrorKind::Timeout(_)
        | ErrorKind::Unreadable { .. } => None,
    }
}

fn authentication(problem: &AuthenticationError, account: &Account) -> String {
    let used = used(account);
    match problem {
        AuthenticationError::NoChallenge { .. }
        | AuthenticationError::UnsupportedChallenge { .. }
        | AuthenticationError::TokenUnreadable { .. } => {
            "Check `base_url` (MONGODB_ATLAS_BASE_URL), and a proxy in between.".to_owned()
        }
        AuthenticationError::Invalid => {
            format!("{used} Enter them again, without spaces or line breaks around them.")
        }
        AuthenticationError::TokenRefused { .. } | AuthenticationError::Rejected(_) => {
            let look = match account.kind {
                Kind::KeyPair => {
                    "Check that the key still exists, that both halves belong together, and that `base_url` is where the key \
                     was created (Atlas and Atlas for Government have separate keys)."
                }
                Kind::ServiceAccount => {
                    "Check that the service account still exists, that its secret has not expired, and that `base_url` is \
                     where the service account was created."
                }
                Kind::AccessToken => {
                    "A token is valid for an hour. Create a new one, or set client_id and client_secret of the service \
                     account, whose tokens the provider renews."
                }
            };
            format!("{used} {look}")
        }
    }
}

/// Which credentials were used; never more of them than the end of the public id.
fn used(account: &Account) -> String {
    let id = account.public_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
    format!("The request was made with {}{id}, from {}.", account.kind.text(), account.origin)
}

/// What the variable must hold.
fn environment(variable: &str) -> &'static str {
    if variable.starts_with("SSL_CERT") {
        "SSL_CERT_FILE names a file, and SSL_CERT_DIR folders, of certificates in PEM form: those of the CAs or of the \
         server itself. They replace the trust store of the system. Correct the variable, or unset it."
    } else {
        "Write the proxy as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT (also https:// and socks5://), with \
         special characters of the password percent-encoded. Correct the variable, or unset it."
    }
}

fn connect(cause: ConnectCause) -> &'static str {
    match cause {
        ConnectCause::Dns => {
            "Check `base_url` (MONGODB_ATLAS_BASE_URL), a proxy in HTTPS_PROXY, and the DNS settings of this machine."
        }
        ConnectCause::Proxy => {
            "Check the address of the proxy in that variable, and whether the proxy reaches Atlas. NO_PROXY lists the \
             hosts that are reached without a proxy."
        }
        ConnectCause::ProxyAuthentication => {
            "Write the user name and password of the proxy into that variable: http://USER:PASSWORD@HOST:PORT. \
             NO_PROXY lists the hosts that are reached without a proxy."
        }
        ConnectCause::Tls => {
            "The server does not offer TLS that this provider supports. Check `base_url` (MONGODB_ATLAS_BASE_URL), its \
             port, and a proxy in between."
        }
        ConnectCause::Untrusted => {
            "If a proxy or a private Atlas has its own certificate, set SSL_CERT_FILE to a file that holds its CA, or \
             the certificate itself, and all other certificates that are needed."
        }
        ConnectCause::WrongName => {
            "The host name in `base_url` (MONGODB_ATLAS_BASE_URL) must be one that the certificate is for. Check it, \
             and how this machine resolves it."
        }
        ConnectCause::Network | ConnectCause::Refused | ConnectCause::TimedOut => {
            "Check the network, `base_url` (MONGODB_ATLAS_BASE_URL), and whether a proxy is required (HTTPS_PROXY)."
        }
    }
}

/// An answer that is not Atlas's.
fn gateway(status: u16) -> &'static str {
    if status >= 500 {
        "This is usually temporary. If it stays, check `base_url` (MONGODB_ATLAS_BASE_URL) and the proxy (HTTPS_PROXY, \
         NO_PROXY)."
    } else {
        "Check `base_url` (MONGODB_ATLAS_BASE_URL) and the proxy (HTTPS_PROXY, NO_PROXY)."
    }
}

/// Atlas knows the project, but not what was asked for in it.
fn not_found(action: Action) -> Option<String> {
    match action {
        Action::AvailableProjects => Some("Check `org_id`, the ID of the Atlas organization.".to_owned()),
        Action::Read | Action::Cutover => {
            Some("Check the ID of the live migration. Atlas removes ended ones after a while.".to_owned())
        }
        Action::Validation => Some("Atlas no longer knows the validation. Run terraform apply again.".to_owned()),
        Action::Create | Action::Validate => Some(clusters().to_owned()),
    }
}

fn clusters() -> &'static str {
    "Check the cluster names: `source.cluster_name` is a cluster in Cloud Manager, `destination.cluster_name` one in \
     Atlas."
}

fn atlas(api: &ApiError, action: Action, account: &Account) -> Option<String> {
    let code = api.error_code.as_deref().unwrap_or_default();
    let role = if action == Action::Read { "Organization Member" } else { "Organization Owner" };
    let text = match api.status {
        403 if code.contains("ACCESS_LIST") || code.contains("WHITELIST") => {
            format!("{} Add the address of this machine to its access list in Atlas.", used(account))
        }
        401 | 403 => format!(
            "{} It needs the role {role} in the organization of the project. If it has an access list, the list must \
             include the address of this machine.",
            used(account)
        ),
        404 if code.contains("CLUSTER") => clusters().to_owned(),
        404 if action == Action::Read => {
            "Check the project ID in `group_id`, and the account, which has access only to the projects of its organization."
                .to_owned()
        }
        404 => {
            "Check the project IDs: `destination.group_id` is an Atlas project, `source.group_id` a Cloud Manager project, \
                and their organizations must be linked (in the Atlas UI: Migrate Data to Atlas, link token). An account \
                has access only to the projects of its organization."
                .to_owned()
        }
        406 | 410 | 415 => "Atlas does not serve this version of the API. Set `api_version = \"v2\"`, and check for a \
                            newer version of the provider."
            .to_owned(),
        429 => "Too many requests from this account. Wait a few minutes, and send fewer at once (terraform apply \
                -parallelism=1)."
            .to_owned(),
        400 if api.fields.is_empty() && api.detail.is_none() => {
            "Compare the arguments with the documentation of the API. The log of the MongoDB Agent on the migration host may \
             say more; so may MongoDB support."
                .to_owned()
        }
        400 if api.fields.is_empty() => "Correct what Atlas names, and run terraform apply again.".to_owned(),
        400 => "Correct the fields above, which have the names of the API, and run terraform apply again.".to_owned(),
        500..=599 => {
            "This is usually temporary. If it stays, check the status page of MongoDB Cloud.".to_owned()
        }
        _ => return None,
    };
    Some(text)
}
