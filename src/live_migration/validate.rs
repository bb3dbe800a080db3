//! Static checks of a configuration, without credentials: every mistake at once, each at its attribute. Unknown values
//! are accepted until they are known. Checks of one argument are validators in the schema.

mod host;
mod name;
mod sharding;

use tf_provider::path::Path;
use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::model::{Destination, Migration, Source};
use super::schema::HOSTNAME_SCHEMA_TYPES;
use crate::duration;
use crate::summary;
pub(super) use host::migration_hosts;
use name::TRIMSPACE;
pub(super) use name::name;

/// Checks what the schema can't: arguments that depend on each other.
pub(super) fn validate(config: &Migration, write_only_allowed: bool, diagnostics: &mut Diagnostics) {
    let mut check = Check { diagnostics };
    if let Some(source) = config.source.known() {
        check.source(source, write_only_allowed);
    }
    if let Some(destination) = config.destination.known() {
        check.destination(destination, &config.group_id);
    }
    check.sharding_entries(config);
}

/// Whether a text is an ID as Atlas makes them.
pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A validator for the ID of a project.
pub(crate) fn object_id(id: String) -> Option<Diagnostic> {
    let find = "Find it in the URL of the project's page, or in the project settings.";
    malformed_id(&id, summary::malformed_project_id(), "a project ID", find)
}

/// A validator for the ID of an organization.
pub(crate) fn organization_id(id: String) -> Option<Diagnostic> {
    let find = "Find it in the URL of the organization's page, or in the organization settings.";
    malformed_id(&id, summary::malformed_organization_id(), "an organization ID", find)
}

/// A validator for the ID of a live migration.
pub(crate) fn migration_id(id: String) -> Option<Diagnostic> {
    let find = "Use the `id` of an `atlas_live_migration` resource.";
    malformed_id(&id, summary::malformed_migration_id(), "the ID of a live migration", find)
}

fn malformed_id(id: &str, summary: String, what: &str, find: &str) -> Option<Diagnostic> {
    if is_object_id(id) {
        return None;
    }
    let trimmed = id.trim();
    let remedy = match (is_object_id(&trimmed.to_ascii_lowercase()), trimmed == id, is_object_id(trimmed)) {
        (true, true, _) => "Write it in lower case.",
        (true, false, true) => "Remove the white space around it.",
        (true, false, false) => "Remove the white space around it, and write it in lower case.",
        (false, ..) => find,
    };
    let detail = format!("{id:?} is not {what}, which has 24 hexadecimal digits (0 to 9, a to f). {remedy}");
    Some(Diagnostic::error(summary, detail))
}

/// A validator for `hostname_schema_type`.
pub(super) fn hostname_schema_type(word: String) -> Option<Diagnostic> {
    if HOSTNAME_SCHEMA_TYPES.contains(&word.as_str()) {
        return None;
    }
    let meant = word.trim().to_ascii_uppercase().replace(['-', ' '], "_");
    let remedy = match HOSTNAME_SCHEMA_TYPES.into_iter().find(|accepted| *accepted == meant) {
        Some(accepted) => format!("Set it to `{accepted}`."),
        None => format!("Accepted are {}.", HOSTNAME_SCHEMA_TYPES.map(|accepted| format!("`{accepted}`")).join(", ")),
    };
    let detail = format!("{word:?} is not a hostname schema type. {remedy}");
    Some(Diagnostic::error(summary::unknown_hostname_schema_type(), detail))
}

/// A validator for a Go duration.
pub(crate) fn duration(text: String) -> Option<Diagnostic> {
    let why = duration::parse(&text).err()?;
    Some(Diagnostic::error(summary::malformed_duration(), why))
}

struct Check<'a> {
    diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    fn wrong(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(path));
    }

    fn source(&mut self, source: &Source, write_only_allowed: bool) {
        if source.managed_authentication.known() == Some(&true) {
            self.managed_authentication(source);
        } else {
            let user = source.username.as_str().and_then(|username| name::check("The value", username));
            self.diagnostics.extend(user.map(|diagnostic| diagnostic.at("source.username")));
            self.passwords(source, write_only_allowed);
        }
    }

    fn managed_authentication(&mut self, source: &Source) {
        let given = [
            ("source.username", source.username.is_known()),
            ("source.password", source.password.is_known()),
            ("source.password_wo", source.password_wo.is_known()),
            ("source.password_wo_version", source.password_wo_version.is_known()),
        ];
        for (path, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            self.wrong(
                path,
                summary::managed_authentication_takes_no_user_or_password(),
                "With `managed_authentication = true`, MongoDB Automation authenticates to the source cluster by \
                 itself, and Atlas refuses a user or password. Remove this argument, or set \
                 `managed_authentication = false`.",
            );
        }
    }

    fn passwords(&mut self, source: &Source, write_only_allowed: bool) {
        if source.password_wo.is_known() && !write_only_allowed {
            self.wrong(
                "source.password_wo",
                summary::write_only_password_needs_terraform_1_11(),
                "This version of Terraform or OpenTofu has no write-only attributes, so it would store the value of \
                 `password_wo` in the state. Use Terraform or OpenTofu 1.11 or newer, or `password`, which is kept \
                 in the state on purpose.",
            );
        } else if source.password_wo.is_known() && source.password.is_known() {
            self.wrong(
                "source.password",
                summary::password_given_twice(),
                "Both `password` and `password_wo` are set. Keep `password_wo`, which is not stored, or `password`, \
                 which is kept in the state.",
            );
        }
        let secrets = [("source.password", &source.password), ("source.password_wo", &source.password_wo)];
        for (path, secret) in secrets {
            if let Some(secret) = secret.known() {
                self.password(path, secret.expose());
            }
        }
        let password = secrets.into_iter().find(|(_, secret)| secret.known().is_some_and(|it| !is_blank(it.expose())));
        if let Some((path, _)) = password.filter(|_| source.username.is_null()) {
            self.wrong(
                path,
                summary::password_without_a_user(),
                "A password is set, but `username` is not. Set `source.username` to the SCRAM user that reads the \
                 source cluster.",
            );
        }
        self.password_version(source);
    }

    fn password(&mut self, path: &str, password: &str) {
        if is_blank(password) {
            let what = if password.is_empty() { "is empty" } else { "has only white space" };
            self.wrong(
                path,
                summary::password_is_empty(),
                format!("The password {what}. Set it to the password of `source.username`, or remove it."),
            );
        } else if password.ends_with(['\n', '\r']) {
            self.diagnostics.push(
                Diagnostic::warning(
                    summary::password_ends_with_a_line_break(),
                    format!("The line break is sent to Atlas as a part of the password. {TRIMSPACE}"),
                )
                .at(path),
            );
        }
    }

    fn password_version(&mut self, source: &Source) {
        // A user whose password is absent is no mistake: only the apply that starts the migration needs it.
        let is_useless = source.password.is_known() || source.username.is_null();
        if source.password_wo_version.is_known() && source.password_wo.is_null() && is_useless {
            self.wrong(
                "source.password_wo_version",
                summary::password_version_without_a_write_only_password(),
                "`password_wo_version` belongs to `password_wo`, which is not set, and does nothing without it. \
                 Remove it, or set `source.username` and `source.password_wo`.",
            );
        }
    }

    fn destination(&mut self, destination: &Destination, group_id: &Attr<String>) {
        if let (Some(path), Some(own)) = (group_id.as_str(), destination.group_id.as_str())
            && is_object_id(path)
            && is_object_id(own)
            && path != own
        {
            self.wrong(
                "group_id",
                summary::project_differs_from_that_of_the_destination(),
                format!(
                    "`group_id` is `{path}` and `destination.group_id` is `{own}`, but both name the Atlas project \
                     of the destination. Remove `group_id`, which defaults to `destination.group_id`, or make them \
                     equal."
                ),
            );
        }
        self.network(destination);
    }

    fn network(&mut self, destination: &Destination) {
        let r#type = &destination.hostname_schema_type;
        if r#type.as_str().is_some_and(|word| !HOSTNAME_SCHEMA_TYPES.contains(&word)) {
            return;
        }
        let private_link = r#type.as_str() == Some("PRIVATE_LINK");
        if private_link && destination.private_link_id.is_null() {
            self.wrong(
                "destination.hostname_schema_type",
                summary::private_link_without_an_id(),
                "With `hostname_schema_type = \"PRIVATE_LINK\"`, Atlas needs the private endpoint to use. Set \
                 `destination.private_link_id`.",
            );
        }
        let usable = destination.private_link_id.as_str().is_some_and(|id| name::check("", id).is_none());
        if !private_link && !r#type.is_unknown() && usable {
            self.wrong(
                "destination.private_link_id",
                summary::private_link_id_without_a_private_link(),
                "`private_link_id` is used only with `hostname_schema_type = \"PRIVATE_LINK\"`. Set that, or remove \
                 `private_link_id`.",
            );
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests;
