//! Authentication and authorization: digest for API key pairs, bearer tokens for service accounts. It is independent of
//! what the operations do.

pub(crate) mod digest;
pub(crate) mod oauth;

use crate::config::{Access, Config, Role};
use crate::response::Response;
use crate::route::{ApiVersion, Operation, Target};
use digest::{Digest, Rejection};
use oauth::Tokens;

#[derive(Debug)]
pub(crate) struct Auth {
    pub(crate) digest: Digest,
    pub(crate) tokens: Tokens,
}

impl Auth {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            digest: Digest::new(config.digest.clone(), config.keys.clone()),
            tokens: Tokens::new(config.service_accounts.clone(), config.token_lifetime),
        }
    }

    /// The access of the credentials of a request, or the 401 with a challenge.
    pub(crate) fn authenticate(
        &mut self,
        version: ApiVersion,
        method: &str,
        uri: &str,
        authorization: Option<&str>,
    ) -> Result<Access, Box<Response>> {
        let (scheme, rest) = authorization.unwrap_or_default().split_once(' ').unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") {
            if version == ApiVersion::V1 {
                return Err(Box::new(self.digest.challenge(false, "a bearer token on the legacy API")));
            }
            return self.tokens.access(rest).ok_or_else(|| Box::new(oauth::challenge()));
        }
        if scheme.eq_ignore_ascii_case("digest") {
            return self
                .digest
                .verify(method, uri, rest)
                .map_err(|Rejection { stale, reason }| Box::new(self.digest.challenge(stale, &reason)));
        }
        let reason = if authorization.is_none() { "digest challenge" } else { "unsupported authorization" };
        Err(Box::new(self.digest.challenge(false, reason)))
    }
}

/// Rejects a request that the role, the access list or the projects of a credential do not allow.
pub(crate) fn authorize(access: &Access, target: &Target) -> Result<(), Box<Response>> {
    if access.off_access_list {
        let detail = "IP address 127.0.0.1 is not allowed to access this resource.";
        return Err(Box::new(Response::error_with_parameters(
            403,
            "IP_ADDRESS_NOT_ON_ACCESS_LIST",
            detail,
            &["127.0.0.1"],
        )));
    }
    let of_organization = target.operation == Operation::AvailableProjects;
    let excludes = |groups: &Vec<String>| !groups.contains(&target.group_id);
    if !of_organization && access.groups.as_ref().is_some_and(excludes) {
        let detail = "The current user is not in the group, or the group does not exist.";
        return Err(Box::new(Response::error_with_parameters(403, "NOT_IN_GROUP", detail, &[&target.group_id])));
    }
    let limited_to_projects = of_organization && access.groups.is_some();
    if limited_to_projects || (access.role == Role::OrgMember && target.operation != Operation::Read) {
        let detail = "Current user is not authorized to perform this action.";
        return Err(Box::new(Response::error(403, "USER_UNAUTHORIZED", detail)));
    }
    Ok(())
}
