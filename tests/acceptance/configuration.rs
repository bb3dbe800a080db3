//! Configurations as text: the example of the documentation with the changes of a test.

use std::fmt;

use test_support::terraform::{Feature, Terraform};

/// The Cloud Manager project of the source cluster.
pub(crate) const SOURCE_GROUP: &str = "9b43a5b329223c3a1591a678";
/// The Atlas project of the destination cluster.
pub(crate) const GROUP: &str = "e01c9427f054fe80745f3f6c";
/// Another Atlas project.
pub(crate) const OTHER_GROUP: &str = "5f0000000000000000000002";
/// The source cluster.
pub(crate) const SOURCE_CLUSTER: &str = "exampleClusterA";
/// The destination cluster.
pub(crate) const CLUSTER: &str = "exampleClusterB";
/// The migration host.
pub(crate) const HOST: &str = "vm001.example.com";
/// The password of the source.
pub(crate) const PASSWORD: &str = "the-password-of-the-source";
/// The address of the example's resource.
pub(crate) const ADDRESS: &str = "atlas_live_migration.orders";

/// The head of every configuration. The environment configures the provider.
pub(crate) const HEAD: &str =
    "terraform {\n  required_providers {\n    atlas = { source = \"atlas-live-migration/atlas\" }\n  }\n}\n\n";

/// Two sharded collections.
pub(crate) const SHARDING: &str = r#"sharding {
  create_supporting_indexes = true
  sharding_entries {
    database   = "shop"
    collection = "orders"
    shard_collection {
      key = [{ region = "1" }, { customer = "hashed" }]
    }
  }
  sharding_entries {
    database   = "shop"
    collection = "customers"
    shard_collection {
      key = [{ _id = "hashed" }]
    }
  }
}"#;

type Arguments = Vec<(String, String)>;

/// A resource block. Values are HCL expressions, so that strings include their quotes.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    name: String,
    arguments: Arguments,
    source: Arguments,
    destination: Arguments,
    blocks: Vec<String>,
}

impl Resource {
    /// The example, with the write-only password where this Terraform supports it.
    pub(crate) fn example(terraform: &Terraform) -> Self {
        let password = if terraform.supports(Feature::WriteOnly) { "password_wo" } else { "password" };
        Self {
            name: "orders".to_owned(),
            arguments: vec![pair("migration_hosts", format!("[\"{HOST}\"]"))],
            source: vec![
                pair("group_id", text(SOURCE_GROUP)),
                pair("cluster_name", text(SOURCE_CLUSTER)),
                pair("username", text("example")),
                pair(password, text(PASSWORD)),
                pair("ca_certificate_path", text("/path/to/ca")),
            ],
            destination: vec![pair("group_id", text(GROUP)), pair("cluster_name", text(CLUSTER))],
            blocks: Vec::new(),
        }
    }

    /// The same under another name.
    #[must_use]
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets an argument of the resource itself.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        set(&mut self.arguments, name, value);
        self
    }

    /// Sets an argument of the source.
    #[must_use]
    pub(crate) fn source(mut self, name: &str, value: &str) -> Self {
        set(&mut self.source, name, value);
        self
    }

    /// Sets an argument of the destination.
    #[must_use]
    pub(crate) fn destination(mut self, name: &str, value: &str) -> Self {
        set(&mut self.destination, name, value);
        self
    }

    /// Removes an argument of the source.
    #[must_use]
    pub(crate) fn without_source(mut self, name: &str) -> Self {
        self.source.retain(|(other, _)| other != name);
        self
    }

    /// Without the password, if the state doesn't have it: as in a later run that doesn't know it.
    #[must_use]
    pub(crate) fn in_later_run(self) -> Self {
        self.without_source("password_wo")
    }

    /// Removes the password, as in a later run.
    #[must_use]
    pub(crate) fn without_password(self) -> Self {
        self.without_source("password").without_source("password_wo")
    }

    /// Uses the password that is stored in the state.
    #[must_use]
    pub(crate) fn with_stored_password(self) -> Self {
        self.without_password().source("password", &text(PASSWORD))
    }

    /// Removes a block.
    #[must_use]
    pub(crate) fn without_block(mut self, name: &str) -> Self {
        match name {
            "source" => self.source.clear(),
            "destination" => self.destination.clear(),
            _ => self.blocks.retain(|block| !block.starts_with(name)),
        }
        self
    }

    /// Adds a block, such as `timeouts` or `lifecycle`.
    #[must_use]
    pub(crate) fn block(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(text.into());
        self
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "resource \"atlas_live_migration\" \"{}\" {{", self.name)?;
        lines(f, "  ", &self.arguments)?;
        for (name, arguments) in [("source", &self.source), ("destination", &self.destination)] {
            if !arguments.is_empty() {
                writeln!(f, "\n  {name} {{")?;
                lines(f, "    ", arguments)?;
                writeln!(f, "  }}")?;
            }
        }
        for block in &self.blocks {
            writeln!(f, "\n  {}", block.trim().replace('\n', "\n  "))?;
        }
        writeln!(f, "}}")
    }
}

/// A string as an HCL expression.
pub(crate) fn text(text: &str) -> String {
    format!("\"{text}\"")
}

fn pair(name: &str, value: String) -> (String, String) {
    (name.to_owned(), value)
}

fn set(arguments: &mut Arguments, name: &str, value: &str) {
    match arguments.iter_mut().find(|(other, _)| other == name) {
        Some((_, old)) => value.clone_into(old),
        None => arguments.push(pair(name, value.to_owned())),
    }
}

fn lines(f: &mut fmt::Formatter<'_>, indent: &str, arguments: &Arguments) -> fmt::Result {
    for (name, value) in arguments {
        writeln!(f, "{indent}{name} = {value}")?;
    }
    Ok(())
}
