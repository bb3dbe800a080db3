//! Static checks of a configuration, without credentials: every mistake at once, each at its attribute. Unknown
//! values pass until they are known.

use std::collections::BTreeMap;

use tf_provider::path::Path;
use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::model::{Destination, Migration, ShardingEntry, Source};
use super::schema::HOSTNAME_SCHEMA_TYPES;
use crate::duration;

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
    fn wrong(&mut self, path: impl Into<Path>, summary: &str, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(path));
    }

    fn source(&mut self, source: &Source, write_only_allowed: bool) {
        self.object_id("source.group_id", &source.group_id);
        self.not_empty("source.cluster_name", &source.cluster_name);
        self.not_empty("source.username", &source.username);
        self.not_empty("source.ca_certificate_path", &source.ca_certificate_path);
        self.passwords(source, write_only_allowed);
        if source.managed_authentication.known() == Some(&true) {
            self.managed_authentication(source);
        }
    }

    fn passwords(&mut self, source: &Source, write_only_allowed: bool) {
        if source.password_wo.is_known() && !write_only_allowed {
            self.wrong(
                "source.password_wo",
                "Write-only password needs Terraform 1.11",
                "This version of Terraform or OpenTofu has no write-only attributes, so that the password of \
                 `password_wo` would end up in the state. Use Terraform or \
                 OpenTofu 1.11 or newer, or the attribute `password`, which is kept in the state on purpose.",
            );
        }
        if source.password.is_known() && source.password_wo.is_known() {
            self.wrong(
                "source.password",
                "Password given twice",
                "Both `password` and `password_wo` are set. Keep `password_wo`, which is stored nowhere, or \
                 `password`, which is kept in the state.",
            );
        }
        for (path, secret) in [("source.password", &source.password), ("source.password_wo", &source.password_wo)] {
            if secret.is_known() && source.username.is_null() && source.managed_authentication.known() != Some(&true) {
                self.wrong(
                    path,
                    "Password without a user",
                    "A password is set, but no `username`. Set \
                                                             `source.username` to the SCRAM user that reads the \
                                                             source cluster.",
                );
            }
            if secret.known().is_some_and(|secret| secret.expose().is_empty()) {
                self.wrong(
                    path,
                    "Password is empty",
                    "An empty password is no password. Leave it out, or give the one of `source.username`.",
                );
            }
        }
    }

    fn managed_authentication(&mut self, source: &Source) {
        let given = [
            ("source.username", source.username.is_known()),
            ("source.password", source.password.is_known()),
            ("source.password_wo", source.password_wo.is_known()),
        ];
        for (path, is_given) in given {
            if is_given {
                self.wrong(
                    path,
                    "Managed authentication takes no user or password",
                    "With `managed_authentication = true` MongoDB Automation authenticates to the source cluster by \
                     itself, and Atlas refuses a user or password beside it. Remove \
                     this argument, or set `managed_authentication = false`.",
                );
            }
        }
    }

    fn destination(&mut self, destination: &Destination, group_id: &Attr<String>) {
        self.object_id("destination.group_id", &destination.group_id);
        self.not_empty("destination.cluster_name", &destination.cluster_name);
        self.not_empty("destination.private_link_id", &destination.private_link_id);
        if let (Some(path), Some(own)) = (group_id.as_str(), destination.group_id.as_str())
            && is_object_id(path)
            && path != own
        {
            self.wrong(
                "group_id",
                "Project differs from that of the destination",
                format!(
                    "`group_id` is `{path}` and `destination.group_id` is `{own}`, but both name the Atlas project \
                     of the destination. Remove `group_id`, which defaults to \
                     `destination.group_id`, or make them equal."
                ),
            );
        }
        self.network(destination);
    }

    fn network(&mut self, destination: &Destination) {
        let r#type = &destination.hostname_schema_type;
        if let Some(word) = r#type.as_str()
            && !HOSTNAME_SCHEMA_TYPES.contains(&word)
        {
            let accepted = HOSTNAME_SCHEMA_TYPES.map(|word| format!("`{word}`")).join(", ");
            self.wrong(
                "destination.hostname_schema_type",
                "Unknown hostname schema type",
                format!("`{word}` is none of {accepted}."),
            );
            return;
        }
        let private_link = r#type.as_str() == Some("PRIVATE_LINK");
        if private_link && destination.private_link_id.is_null() {
            self.wrong(
                "destination.hostname_schema_type",
                "Private link without an id",
                "With `hostname_schema_type = \"PRIVATE_LINK\"` Atlas needs the private endpoint to use. Set \
                 `destination.private_link_id`.",
            );
        }
        if !private_link && !r#type.is_unknown() && destination.private_link_id.is_known() {
            self.wrong(
                "destination.private_link_id",
                "Private link id without a private link",
                "`private_link_id` is used only with `hostname_schema_type = \"PRIVATE_LINK\"`. Set that, or remove \
                 the id.",
            );
        }
    }

    fn hosts(&mut self, hosts: &Attr<Vec<Attr<String>>>) {
        let Some(hosts) = hosts.known() else { return };
        if hosts.len() != 1 {
            self.wrong(
                "migration_hosts",
                "Exactly one migration host is needed",
                format!("A push live migration runs on exactly one migration host, and {} are given.", hosts.len()),
            );
        }
        for (index, host) in hosts.iter().enumerate() {
            let path = Path::root("migration_hosts").index(index);
            match host {
                Attr::Null => self.wrong(
                    path,
                    "Migration host is null",
                    "Give the name of the migration host, or \
                                                                          remove the element.",
                ),
                Attr::Known(host) if !is_host(host) => self.wrong(
                    path,
                    "Migration host is no host name",
                    format!(
                        "`{host}` is no host name. Give the host as its MongoDB Agent is known to Cloud Manager \
                             or Ops Manager, such as `vm001.example.com`, without scheme, port or spaces."
                    ),
                ),
                Attr::Known(_) | Attr::Unknown => {}
            }
        }
    }

    fn sharding_entries(&mut self, config: &Migration) {
        let entries = config.sharding.as_ref().and_then(|sharding| sharding.sharding_entries.as_ref()).into_known();
        let mut first = BTreeMap::new();
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            let path = Path::from("sharding.sharding_entries").index(index);
            self.shard_key(&path, entry);
            self.not_empty(path.clone().attribute("database"), &entry.database);
            self.not_empty(path.clone().attribute("collection"), &entry.collection);
            let (Some(database), Some(collection)) = (entry.database.as_str(), entry.collection.as_str()) else {
                continue;
            };
            if let Some(other) = first.insert((database, collection), index) {
                self.wrong(
                    path.attribute("collection"),
                    "Collection is sharded twice",
                    format!(
                        "`{database}.{collection}` stands in `sharding_entries` {other} and {index} (counted \
                             from 0). Keep one of them."
                    ),
                );
            }
        }
    }

    fn shard_key(&mut self, entry_path: &Path, entry: &ShardingEntry) {
        let Some(fields) = entry.shard_collection.as_ref().and_then(|shard| shard.key.as_ref()).into_known() else {
            return;
        };
        let path = entry_path.clone().attribute("shard_collection").attribute("key");
        let example = "Write each field as a map of its own: `key = [{ region = \"1\" }, { customer = \"hashed\" }]`.";
        if fields.is_empty() {
            self.wrong(path.clone(), "Shard key is empty", format!("A shard key has one field at least. {example}"));
        }
        for (index, field) in fields.iter().enumerate() {
            let path = path.clone().index(index);
            match field {
                Attr::Unknown => {}
                Attr::Null => self.wrong(path, "Shard key field is null", example),
                Attr::Known(field) if field.len() != 1 => {
                    self.wrong(
                        path,
                        "Shard key element has not exactly one field",
                        format!("It has {}. {example}", field.len()),
                    );
                }
                Attr::Known(field) => self.shard_key_field(&path, field, example),
            }
        }
    }

    fn shard_key_field(&mut self, path: &Path, field: &BTreeMap<String, Attr<String>>, example: &str) {
        for (name, kind) in field {
            let told = match kind {
                Attr::Unknown => continue,
                Attr::Known(kind) if matches!(kind.as_str(), "1" | "hashed") && !name.is_empty() => continue,
                Attr::Known(kind) => format!("`{kind}`"),
                Attr::Null => "null".to_owned(),
            };
            let detail = format!(
                "The field `{name}` has the kind {told}; accepted are `\"1\"` (a ranged key) and `\"hashed\"`, under \
                 a name that is not empty. {example}"
            );
            self.wrong(path.clone(), "Unknown kind of shard key field", detail);
        }
    }

    fn object_id(&mut self, path: &str, id: &Attr<String>) {
        let Some(id) = id.as_str().filter(|id| !is_object_id(id)) else { return };
        let hint = if is_object_id(&id.to_ascii_lowercase()) {
            " Write it in lower case."
        } else {
            " It stands in the address of the project's page and in its settings."
        };
        self.wrong(
            path,
            "Malformed project id",
            format!("`{id}` is not an id of 24 hexadecimal digits (0 to 9, a to f).{hint}"),
        );
    }

    fn not_empty(&mut self, path: impl Into<Path>, text: &Attr<String>) {
        if text.as_str() == Some("") {
            self.wrong(
                path,
                "Value is empty",
                "An empty text says nothing here. Give a value, or leave the argument out where it is optional.",
            );
        }
    }

    fn duration(&mut self, path: &str, text: &Attr<String>) {
        if let Some(Err(why)) = text.as_str().map(duration::parse) {
            self.wrong(path, "Malformed duration", why);
        }
    }
}

/// A name or an address; a port, a scheme or a path is the usual slip.
fn is_host(text: &str) -> bool {
    let is_ipv6 = text.parse::<std::net::Ipv6Addr>().is_ok();
    !text.is_empty() && (is_ipv6 || !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | ',' | '@')))
}

#[cfg(test)]
mod tests;
