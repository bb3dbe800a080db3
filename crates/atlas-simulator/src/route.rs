//! Maps a method and a path to an operation. It is independent of what the operation does.

use crate::response::Response;

/// The operations that are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST …/liveMigrations`.
    Create,
    /// `GET …/liveMigrations/{liveMigrationId}`.
    Read,
    /// `PUT …/liveMigrations/{liveMigrationId}/cutover`.
    Cutover,
    /// `POST …/liveMigrations/validate`.
    Validate,
    /// `GET …/liveMigrations/validate/{validationId}`.
    ValidationStatus,
    /// `GET /api/atlas/v2/orgs/{orgId}/liveMigrations/availableProjects`.
    AvailableProjects,
    /// `POST /api/oauth/token`.
    Token,
    /// `POST /api/oauth/revoke`.
    Revoke,
    /// Any other method or path, which gets 404 or 405.
    Other,
    /// Every operation; only to select the requests of a fault or a count.
    Any,
}

impl Operation {
    /// The name in the control API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Cutover => "cutover",
            Self::Validate => "validate",
            Self::ValidationStatus => "validation-status",
            Self::AvailableProjects => "available-projects",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::Other => "other",
            Self::Any => "any",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [
            Self::Create,
            Self::Read,
            Self::Cutover,
            Self::Validate,
            Self::ValidationStatus,
            Self::AvailableProjects,
            Self::Token,
            Self::Revoke,
            Self::Other,
            Self::Any,
        ]
        .into_iter()
        .find(|operation| operation.name() == name)
    }

    /// Whether the operation is an OAuth endpoint, which authenticates the client itself and has its own error format.
    pub(crate) const fn is_oauth(self) -> bool {
        matches!(self, Self::Token | Self::Revoke)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiVersion {
    V2,
    /// The legacy API.
    V1,
}

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) operation: Operation,
    pub(crate) version: ApiVersion,
    /// The ID of the project; empty where the path has none.
    pub(crate) group_id: String,
    /// The ID of the migration, the validation or the organization; empty where the path has none.
    pub(crate) id: String,
}

/// The operation of the request, or the 404 or 405 for a request without one.
pub(crate) fn target(method: &str, path: &str) -> Result<Target, Box<Response>> {
    match path {
        "/api/oauth/token" => return oauth(method, Operation::Token),
        "/api/oauth/revoke" => return oauth(method, Operation::Revoke),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("/api/atlas/v2/orgs/") {
        return organization(method, path, rest);
    }
    let (version, rest) = if let Some(rest) = path.strip_prefix("/api/atlas/v2/groups/") {
        (ApiVersion::V2, rest)
    } else if let Some(rest) = path.strip_prefix("/api/atlas/v1.0/groups/") {
        (ApiVersion::V1, rest)
    } else {
        return Err(not_found(path));
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let (group_id, operation, id) = match parts[..] {
        [group, "liveMigrations"] => (group, ("POST", Operation::Create), ""),
        [group, "liveMigrations", "validate"] => (group, ("POST", Operation::Validate), ""),
        [group, "liveMigrations", "validate", id] => (group, ("GET", Operation::ValidationStatus), id),
        [group, "liveMigrations", id] => (group, ("GET", Operation::Read), id),
        [group, "liveMigrations", id, "cutover"] => (group, ("PUT", Operation::Cutover), id),
        _ => return Err(not_found(path)),
    };
    if method != operation.0 {
        return Err(not_allowed(operation.0));
    }
    Ok(Target { operation: operation.1, version, group_id: group_id.to_owned(), id: id.to_owned() })
}

fn organization(method: &str, path: &str, rest: &str) -> Result<Target, Box<Response>> {
    let id = rest.strip_suffix("/liveMigrations/availableProjects").filter(|id| !id.contains('/'));
    let id = id.ok_or_else(|| not_found(path))?.to_owned();
    if method != "GET" {
        return Err(not_allowed("GET"));
    }
    Ok(Target { operation: Operation::AvailableProjects, version: ApiVersion::V2, group_id: String::new(), id })
}

/// Whether the text has the pattern of every ID in the API's description: 24 lowercase hexadecimal digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn oauth(method: &str, operation: Operation) -> Result<Target, Box<Response>> {
    if method != "POST" {
        return Err(not_allowed("POST"));
    }
    Ok(Target { operation, version: ApiVersion::V2, group_id: String::new(), id: String::new() })
}

fn not_found(path: &str) -> Box<Response> {
    Box::new(Response::error_with_parameters(
        404,
        "RESOURCE_NOT_FOUND",
        format!("Cannot find resource {path}."),
        &[path],
    ))
}

fn not_allowed(allowed: &str) -> Box<Response> {
    let detail = "The specified HTTP method is not allowed for the specified resource.";
    Box::new(Response::error(405, "METHOD_NOT_ALLOWED", detail).header("allow", allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "e01c9427f054fe80745f3f6c";

    #[test]
    fn finds_the_operations_of_both_versions() {
        for (prefix, version) in [("/api/atlas/v2", ApiVersion::V2), ("/api/atlas/v1.0", ApiVersion::V1)] {
            for (method, rest, operation, id) in [
                ("POST", "", Operation::Create, ""),
                ("GET", "/6296fb4c7c7aa997cf94e9a8", Operation::Read, "6296fb4c7c7aa997cf94e9a8"),
                ("PUT", "/6296fb4c7c7aa997cf94e9a8/cutover", Operation::Cutover, "6296fb4c7c7aa997cf94e9a8"),
                ("POST", "/validate", Operation::Validate, ""),
                ("GET", "/validate/507f1f77bcf86cd799439011", Operation::ValidationStatus, "507f1f77bcf86cd799439011"),
            ] {
                let found = target(method, &format!("{prefix}/groups/{GROUP}/liveMigrations{rest}")).unwrap();
                assert_eq!((found.operation, found.version), (operation, version));
                assert_eq!((found.group_id.as_str(), found.id.as_str()), (GROUP, id));
            }
        }
    }

    #[test]
    fn a_wrong_method_gets_405_and_an_unknown_path_404() {
        let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
        assert_eq!(target("GET", &path).unwrap_err().status, 405);
        assert_eq!(target("POST", &format!("{path}/")).unwrap_err().status, 405);
        assert_eq!(target("DELETE", &format!("{path}/6296fb4c7c7aa997cf94e9a8")).unwrap_err().status, 405);
        assert_eq!(target("POST", "/api/atlas/v3/groups").unwrap_err().status, 404);
        assert_eq!(target("GET", "/api/oauth/token").unwrap_err().status, 405);
    }

    #[test]
    fn available_projects_belong_to_an_organization_in_v2() {
        let path = format!("/api/atlas/v2/orgs/{GROUP}/liveMigrations/availableProjects");
        let found = target("GET", &path).unwrap();
        assert_eq!((found.operation, found.id.as_str()), (Operation::AvailableProjects, GROUP));
        assert_eq!(target("POST", &path).unwrap_err().status, 405);
        assert_eq!(target("GET", &path.replace("v2", "v1.0")).unwrap_err().status, 404);
    }

    #[test]
    fn an_id_has_24_lowercase_hex_digits() {
        assert!(is_id(GROUP));
        for text in ["", "e01c9427f054fe80745f3f6", "E01C9427F054FE80745F3F6C", "e01c9427f054fe80745f3f6g"] {
            assert!(!is_id(text));
        }
    }
}
