//! Which operation a method and a path mean; it must not know what an operation does.

use crate::answer::Answer;

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
    /// `POST /api/oauth/token`.
    Token,
    /// `POST /api/oauth/revoke`.
    Revoke,
    /// Anything else, answered 404 or 405.
    Other,
    /// Every operation; only for choosing what a fault applies to.
    Any,
}

impl Operation {
    /// The name in logs, also the one that the control API takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Cutover => "cutover",
            Self::Validate => "validate",
            Self::ValidationStatus => "validation-status",
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
            Self::Token,
            Self::Revoke,
            Self::Other,
            Self::Any,
        ]
        .into_iter()
        .find(|operation| operation.name() == name)
    }

    /// Whether the operation belongs to OAuth, which authenticates by itself and has errors of its own form.
    pub(crate) const fn is_oauth(self) -> bool {
        matches!(self, Self::Token | Self::Revoke)
    }
}

/// The two forms of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    V2,
    V1,
}

/// A method and path that were understood.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) operation: Operation,
    pub(crate) dialect: Dialect,
    pub(crate) group_id: String,
    /// The migration's or the validation's id.
    pub(crate) id: String,
}

/// Finds the operation, or the answer for a request that is none.
pub(crate) fn target(method: &str, path: &str) -> Result<Target, Box<Answer>> {
    match path {
        "/api/oauth/token" => return oauth(method, Operation::Token),
        "/api/oauth/revoke" => return oauth(method, Operation::Revoke),
        _ => {}
    }
    let (dialect, rest) = if let Some(rest) = path.strip_prefix("/api/atlas/v2/groups/") {
        (Dialect::V2, rest)
    } else if let Some(rest) = path.strip_prefix("/api/atlas/v1.0/groups/") {
        (Dialect::V1, rest)
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
    Ok(Target { operation: operation.1, dialect, group_id: group_id.to_owned(), id: id.to_owned() })
}

/// 24 lower-case hexadecimal digits, the pattern of every id in the API's description.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn oauth(method: &str, operation: Operation) -> Result<Target, Box<Answer>> {
    if method != "POST" {
        return Err(not_allowed("POST"));
    }
    Ok(Target { operation, dialect: Dialect::V2, group_id: String::new(), id: String::new() })
}

fn not_found(path: &str) -> Box<Answer> {
    Box::new(Answer::error_with(404, "RESOURCE_NOT_FOUND", format!("Cannot find resource {path}."), &[path]))
}

fn not_allowed(allowed: &str) -> Box<Answer> {
    let detail = "The specified HTTP method is not allowed for the specified resource.";
    Box::new(Answer::error(405, "METHOD_NOT_ALLOWED", detail).header("allow", allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "e01c9427f054fe80745f3f6c";

    #[test]
    fn the_five_operations_are_found_in_both_dialects() {
        for (prefix, dialect) in [("/api/atlas/v2", Dialect::V2), ("/api/atlas/v1.0", Dialect::V1)] {
            for (method, rest, operation, id) in [
                ("POST", "", Operation::Create, ""),
                ("GET", "/6296fb4c7c7aa997cf94e9a8", Operation::Read, "6296fb4c7c7aa997cf94e9a8"),
                ("PUT", "/6296fb4c7c7aa997cf94e9a8/cutover", Operation::Cutover, "6296fb4c7c7aa997cf94e9a8"),
                ("POST", "/validate", Operation::Validate, ""),
                ("GET", "/validate/507f1f77bcf86cd799439011", Operation::ValidationStatus, "507f1f77bcf86cd799439011"),
            ] {
                let found = target(method, &format!("{prefix}/groups/{GROUP}/liveMigrations{rest}")).unwrap();
                assert_eq!((found.operation, found.dialect), (operation, dialect));
                assert_eq!((found.group_id.as_str(), found.id.as_str()), (GROUP, id));
            }
        }
    }

    #[test]
    fn a_wrong_method_is_405_and_an_unknown_path_404() {
        let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
        assert_eq!(target("GET", &path).unwrap_err().status, 405);
        assert_eq!(target("POST", &format!("{path}/")).unwrap_err().status, 405);
        assert_eq!(target("DELETE", &format!("{path}/6296fb4c7c7aa997cf94e9a8")).unwrap_err().status, 405);
        assert_eq!(target("POST", "/api/atlas/v3/groups").unwrap_err().status, 404);
        assert_eq!(target("GET", "/api/oauth/token").unwrap_err().status, 405);
    }

    #[test]
    fn an_id_is_24_lower_case_hex_digits() {
        assert!(is_id(GROUP));
        for text in ["", "e01c9427f054fe80745f3f6", "E01C9427F054FE80745F3F6C", "e01c9427f054fe80745f3f6g"] {
            assert!(!is_id(text));
        }
    }
}
