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
            Some("Look at `base_url` (MONGODB_ATLAS_BASE_URL): it must be the address of Atlas itself.".to_owned())
        }
        ErrorKind::Api(api) if !api.is_json => Some(gateway(api.status).to_owned()),
        ErrorKind::Api(_) if is_about_the_migration(error) => not_found(error.operation().action),
        ErrorKind::Api(api) => atlas(api, error.operation().action, account),
        ErrorKind::Deadline { retry_after: Some(_), .. } if error.status() == Some(429) => {
            Some("Apply again later; fewer requests at once (terraform apply -parallelism=1) may help.".to_owned())
        }
        ErrorKind::Deadline { last: Some(last), .. } => remedy(last, account),
        ErrorKind::Deadline { last: None, .. }
        | ErrorKind::Broken(_)
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Stopped
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
            "Look at `base_url` (MONGODB_ATLAS_BASE_URL), and at a proxy in between.".to_owned()
        }
        AuthenticationError::Unusable => {
            format!("{used} Write them anew, without spaces or line breaks around them.")
        }
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
            "Look at `base_url` (MONGODB_ATLAS_BASE_URL) and at the name servers of this machine (/etc/resolv.conf)."
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
            "What answers there speaks no TLS that this provider knows. Look at `base_url` (MONGODB_ATLAS_BASE_URL), \
             at its port, and at a proxy in between."
        }
        ConnectCause::Untrusted => {
            "Where a proxy or a private Atlas has a certificate of its own, name a file with its CA, or with the \
             certificate itself, and all others that are needed, in SSL_CERT_FILE."
        }
        ConnectCause::WrongName => {
            "The name in `base_url` (MONGODB_ATLAS_BASE_URL) must be one that the certificate is for. Look at it, and \
             at what the name servers of this machine make of it."
        }
        ConnectCause::Network | ConnectCause::Refused | ConnectCause::TimedOut => {
            "Look at the network, at `base_url` (MONGODB_ATLAS_BASE_URL), and at a proxy where one is needed \
             (HTTPS_PROXY)."
        }
    }
}

/// An answer that is not Atlas's.
fn gateway(status: u16) -> &'static str {
    if status >= 500 {
        "Such errors pass as a rule. Where this one does not, look at `base_url` (MONGODB_ATLAS_BASE_URL) and at the \
         proxy (HTTPS_PROXY, NO_PROXY)."
    } else {
        "Look at `base_url` (MONGODB_ATLAS_BASE_URL) and at the proxy (HTTPS_PROXY, NO_PROXY)."
    }
}

/// Atlas knows the project, but not what was asked for in it.
fn not_found(action: Action) -> Option<String> {
    match action {
        Action::Read | Action::Cutover => {
            Some("Look at the id of the live migration. Atlas forgets those that are over after a while.".to_owned())
        }
        Action::Validation => Some("Atlas does not know the validation job any more. Apply again.".to_owned()),
        Action::Create | Action::Validate => Some(clusters().to_owned()),
    }
}

fn clusters() -> &'static str {
    "Look at the names of the clusters: `source.cluster_name` is one of Cloud Manager or Ops Manager, \
     `destination.cluster_name` one of Atlas."
}

fn atlas(api: &ApiError, action: Action, account: &Account) -> Option<String> {
    let code = api.error_code.as_deref().unwrap_or_default();
    let role = if action == Action::Read { "Organization Member" } else { "Organization Owner" };
    let text = match api.status {
        403 if code.contains("ACCESS_LIST") || code.contains("WHITELIST") => {
            format!("{} Add the address of this machine to its access list in Atlas.", used(account))
        }
        401 | 403 => format!(
            "{} It needs the role {role} in the organization of the project, and an access list, where there is one, \
             that has the address of this machine.",
            used(account)
        ),
        404 if code.contains("CLUSTER") => clusters().to_owned(),
        404 if action == Action::Read => {
            "Look at the project in `group_id`, and at the account, which sees only the projects of its organization."
                .to_owned()
        }
        404 => {
            "Look at the ids: `destination.group_id` is an Atlas project, `source.group_id` one of Cloud Manager or \
                Ops Manager, and the organization of the one must be linked with that of the other (in Atlas: Migrate \
                Data to Atlas, link token). An account sees only the projects of its organization."
                .to_owned()
        }
        406 | 410 | 415 => "Atlas does not serve this version of the API. Set `api_version = \"v2\"`, and look for a \
                            newer version of the provider."
            .to_owned(),
        429 => "Too many requests from this account. Wait a few minutes, and run fewer at once (terraform apply \
                -parallelism=1)."
            .to_owned(),
        400 if api.fields.is_empty() && api.detail.is_none() => {
            "Compare the arguments with the documentation of the API; the log of the MongoDB Agent on the migration host, \
             and the support of MongoDB, may know more."
                .to_owned()
        }
        400 if api.fields.is_empty() => "Mend what Atlas names, and apply again.".to_owned(),
        400 => "Mend the fields named above, which carry the names of the API, and apply again.".to_owned(),
        500..=599 => {
            "Such errors pass as a rule. Look at the status page of MongoDB Cloud where this one does not.".to_owned()
        }
        _ => return None,
    };
    Some(text)
}
