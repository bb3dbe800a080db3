//! Static checks of a configuration, without credentials: every mistake at once, each at its attribute. Unknown
//! values pass until they are known.

mod host;
mod name;
mod sharding;

use tf_provider::path::Path;
use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::model::{Destination, Migration, Source};
use super::schema::HOSTNAME_SCHEMA_TYPES;
use crate::duration;
use crate::summary;
use name::TRIMSPACE;

/// Checks a configuration.
pub(super) fn validate(config: &Migration, write_only_allowed: bool, diagnostics: &mut Diagnostics) {
    let mut check = Check { diagnostics };
    check.object_id("group_id", &config.group_id);
    if let Some(source) = config.source.known() {
        check.source(source, write_only_allowed);
    }
    if let Some(destination) = config.destination.known() {
        check.destination(destination, &config.group_id);
    }
    check.hosts(&config.migration_hosts);
    check.sharding_entries(config);
    if let Some(timeouts) = config.timeouts.known() {
        check.duration("timeouts.create", &timeouts.create);
        check.duration("timeouts.update", &timeouts.update);
    }
}

/// Whether a text is an id as Atlas makes them.
pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

struct Check<'a> {
    diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    fn wrong(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(path));
    }

    fn source(&mut self, source: &Source, write_only_allowed: bool) {
        self.object_id("source.group_id", &source.group_id);
        self.name("source.cluster_name", &source.cluster_name);
        self.name("source.ca_certificate_path", &source.ca_certificate_path);
        if source.managed_authentication.known() == Some(&true) {
            self.managed_authentication(source);
        } else {
            self.name("source.username", &source.username);
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
        self.object_id("destination.group_id", &destination.group_id);
        self.name("destination.cluster_name", &destination.cluster_name);
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
        let has_usable_link = self.name("destination.private_link_id", &destination.private_link_id);
        let r#type = &destination.hostname_schema_type;
        if let Some(word) = r#type.as_str()
            && !HOSTNAME_SCHEMA_TYPES.contains(&word)
        {
            self.unknown_schema_type(word);
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
        if !private_link && !r#type.is_unknown() && destination.private_link_id.is_known() && has_usable_link {
            self.wrong(
                "destination.private_link_id",
                summary::private_link_id_without_a_private_link(),
                "`private_link_id` is used only with `hostname_schema_type = \"PRIVATE_LINK\"`. Set that, or remove \
                 `private_link_id`.",
            );
        }
    }

    fn unknown_schema_type(&mut self, word: &str) {
        let meant = word.trim().to_ascii_uppercase().replace(['-', ' '], "_");
        let remedy = match HOSTNAME_SCHEMA_TYPES.into_iter().find(|accepted| *accepted == meant) {
            Some(accepted) => format!("Set it to `{accepted}`."),
            None => {
                format!("Accepted are {}.", HOSTNAME_SCHEMA_TYPES.map(|accepted| format!("`{accepted}`")).join(", "))
            }
        };
        self.wrong(
            "destination.hostname_schema_type",
            summary::unknown_hostname_schema_type(),
            format!("{word:?} is not a hostname schema type. {remedy}"),
        );
    }

    fn hosts(&mut self, hosts: &Attr<Vec<Attr<String>>>) {
        let Some(hosts) = hosts.known() else { return };
        let [host] = hosts.as_slice() else {
            self.wrong(
                "migration_hosts",
                summary::exactly_one_migration_host_is_needed(),
                format!("A push live migration runs on one migration host, and {} are given.", hosts.len()),
            );
            return;
        };
        let path = Path::root("migration_hosts").index(0);
        match host {
            Attr::Null => {
                self.wrong(path, summary::migration_host_is_null(), "Set it to the name of the migration host.");
            }
            Attr::Known(host) if !host::is_host(host) => {
                let remedy = if host::is_host(host.trim()) {
                    "Remove the white space around it."
                } else {
                    "Use the name that Cloud Manager lists under Servers, such as `vm001.example.com`, without scheme, port or \
                     white space."
                };
                self.wrong(
                    path,
                    summary::migration_host_is_no_host_name(),
                    format!("{host:?} is not a host name. {remedy}"),
                );
            }
            Attr::Known(_) | Attr::Unknown => {}
        }
    }

    fn object_id(&mut self, path: &str, id: &Attr<String>) {
        let Some(id) = id.as_str().filter(|id| !is_object_id(id)) else { return };
        let trimmed = id.trim();
        let remedy = match (is_object_id(&trimmed.to_ascii_lowercase()), trimmed == id, is_object_id(trimmed)) {
            (true, true, _) => "Write it in lower case.",
            (true, false, true) => "Remove the white space around it.",
            (true, false, false) => "Remove the white space around it, and write it in lower case.",
            (false, ..) => "Find it in the URL of the project's page, or in the project settings.",
        };
        self.wrong(
            path,
            summary::malformed_project_id(),
            format!("{id:?} is not a project ID, which has 24 hexadecimal digits (0 to 9, a to f). {remedy}"),
        );
    }

    fn duration(&mut self, path: &str, text: &Attr<String>) {
        if let Some(Err(why)) = text.as_str().map(duration::parse) {
            self.wrong(path, summary::malformed_duration(), why);
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests;
