//! The arguments of a resource as the histories vary them, and the block that they make. Knows nothing of what happens to it.

use serde_json::{Value as Json, json};
use terraform_core::{Config, TriggerEvent, reference};

/// The project of every destination.
pub(super) const GROUP: &str = "e01c9427f054fe80745f3f6c";
const SOURCES: [(&str, &str); 3] = [
    ("9b43a5b329223c3a1591a678", "first"),
    ("9b43a5b329223c3a1591a678", "second"),
    ("aa43a5b329223c3a1591a679", "third"),
];
/// The destination clusters.
pub(super) const CLUSTERS: [&str; 2] = ["B", "C"];
const HOSTS: [&str; 3] = ["vm001.example.com", "vm002.example.com", "vm003.example.com"];
/// The passwords; those that are write-only must be stored nowhere.
pub(super) const WRITE_ONLY: [&str; 2] = ["correct-horse-battery", "correct-horse-staple"];
/// The password that is kept in the state.
pub(super) const KEPT: &str = "kept-on-purpose";

/// One of the three addresses.
pub(super) fn address(slot: usize) -> String {
    format!("atlas_live_migration.{}", ["a", "b", "c"][slot % 3])
}

/// The wait or cutover action for the migration of an address.
pub(super) fn action(kind: &str, slot: usize) -> String {
    format!("action.atlas_live_migration_{kind}.{}", ["a", "b", "c"][slot % 3])
}

/// What a resource block says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) source: usize,
    pub(super) destination: usize,
    pub(super) host: usize,
    pub(super) drop_enabled: bool,
    pub(super) wait_for_ready: bool,
    pub(super) cutover: bool,
    pub(super) validate: bool,
    pub(super) password: Password,
    pub(super) sharding: Sharding,
    pub(super) network: Network,
    pub(super) hurry: bool,
    pub(super) unknown: Option<Unknown>,
    pub(super) lifecycle: Lifecycle,
    /// `depends_on` the next address.
    pub(super) waits_for_next: bool,
    pub(super) ignored: Ignored,
    pub(super) null: Option<Null>,
    pub(super) actions: Actions,
}

/// The actions that a resource triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Actions {
    #[default]
    None,
    /// A create waits and cuts over.
    OnCreate,
    /// An update cuts over.
    OnUpdate,
    /// A create or an update cuts the migration of the next address over.
    OnNext,
}

/// How the user of the source is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Password {
    #[default]
    None,
    WriteOnly,
    /// Another one, with another version.
    WriteOnlyAgain,
    Kept,
    /// A user alone, as a pipeline has it that does not know the password.
    Forgotten,
}

/// The sharding block; the two orders mean the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sharding {
    #[default]
    None,
    Two,
    TwoTurned,
    One,
}

/// The network; the first two mean the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Network {
    #[default]
    Default,
    Public,
    Peering,
}

/// What is a reference to another resource, known only at apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Cutover,
    Drop,
    Host,
    SourceCluster,
    DestinationCluster,
    DestinationProject,
    Password,
}

/// What `ignore_changes` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ignored {
    #[default]
    Nothing,
    All,
    Source,
    Destination,
}

/// The required argument that is explicitly null, as a module variable without a value makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    SourceCluster,
    DestinationCluster,
    DestinationProject,
    Hosts,
}

/// The lifecycle block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lifecycle {
    #[default]
    Default,
    CreateBeforeDestroy,
    PreventDestroy,
}

impl Arguments {
    /// The destination cluster.
    pub(super) fn cluster(&self) -> &'static str {
        CLUSTERS[self.destination % CLUSTERS.len()]
    }

    /// The source, as project and cluster.
    pub(super) fn source(&self) -> (&'static str, &'static str) {
        SOURCES[self.source % SOURCES.len()]
    }

    /// Whether the plan cannot know where the data comes from or goes to, so that nothing can be guarded.
    pub(super) fn hides_its_way(&self) -> bool {
        self.unknown == Some(Unknown::SourceCluster) || self.hides_its_destination()
    }

    /// Whether the plan cannot know where the data goes to.
    pub(super) fn hides_its_destination(&self) -> bool {
        matches!(self.unknown, Some(Unknown::DestinationCluster | Unknown::DestinationProject))
    }

    /// Whether the plan sees an explicit null for a required argument.
    pub(super) fn has_null(&self) -> bool {
        self.null.is_some_and(|null| self.unknown.is_none_or(|unknown| unknown.path() != null.path()))
    }

    /// Whether an imported object never gets its source or its destination from this block.
    pub(super) fn hides_import(&self, source_is_stored: bool, destination_is_stored: bool) -> bool {
        let hides = |block| self.ignored == block || self.ignored == Ignored::All;
        (!source_is_stored && hides(Ignored::Source)) || (!destination_is_stored && hides(Ignored::Destination))
    }

    /// Puts the block into a configuration.
    pub(super) fn write(&self, slot: usize, config: Config) -> Config {
        let address = address(slot);
        let config = config.resource(&address, self.body());
        let config = match self.lifecycle {
            Lifecycle::Default => config,
            Lifecycle::CreateBeforeDestroy => config.create_before_destroy(&address),
            Lifecycle::PreventDestroy => config.prevent_destroy(&address),
        };
        let config = match self.ignored {
            Ignored::Nothing => config,
            Ignored::All => config.ignore_all_changes(&address),
            Ignored::Source => config.ignore_changes(&address, "source"),
            Ignored::Destination => config.ignore_changes(&address, "destination"),
        };
        // In one direction only, so that there is no cycle.
        let config = if self.waits_for_next && slot < 2 {
            config.depends_on(&address, &self::address(slot + 1))
        } else {
            config
        };
        match self.unknown {
            None => config,
            Some(Unknown::Password) if self.password != Password::WriteOnly => config,
            // There is no element that could be unknown.
            Some(Unknown::Host) if self.null == Some(Null::Hosts) => config,
            Some(unknown) => config.unknown_at_plan(&address, unknown.path()),
        }
    }

    /// Puts the actions into a configuration. `has_next` says whether the next address has a block.
    pub(super) fn write_actions(&self, slot: usize, has_next: bool, config: Config) -> Config {
        use TriggerEvent::{AfterCreate, AfterUpdate};
        let address = address(slot);
        let (wait, cutover, next) = (action("wait", slot), action("cutover", slot), action("cutover", slot + 1));
        let config = config.action(&wait, self.action_body(slot)).action(&cutover, self.action_body(slot));
        match self.actions {
            Actions::None => config,
            Actions::OnCreate => config.trigger(&address, AfterCreate, &[&wait, &cutover]),
            Actions::OnUpdate => config.trigger(&address, AfterUpdate, &[&cutover]),
            Actions::OnNext if !has_next || slot > 1 => config,
            Actions::OnNext => config.trigger(&address, AfterCreate, &[&next]).trigger(&address, AfterUpdate, &[&next]),
        }
    }

    fn action_body(&self, slot: usize) -> Json {
        let value = |attribute: &str| reference(&format!("{}.{attribute}", address(slot)));
        let mut body = json!({"group_id": value("group_id"), "id": value("id")});
        if self.hurry {
            body["timeout"] = "60ms".into();
        }
        body
    }

    fn body(&self) -> Json {
        let (group, cluster) = self.source();
        let mut body = json!({
            "source": {"group_id": group, "cluster_name": cluster},
            "destination": {"group_id": GROUP, "cluster_name": self.cluster()},
            "migration_hosts": [HOSTS[self.host % HOSTS.len()]],
            "drop_enabled": self.drop_enabled,
            "wait_for_ready": self.wait_for_ready,
            "cutover": self.cutover,
            "validate": self.validate,
        });
        let source = &mut body["source"];
        if self.password != Password::None {
            source["username"] = "reader".into();
        }
        match self.password {
            Password::None | Password::Forgotten => {}
            Password::WriteOnly | Password::WriteOnlyAgain => {
                let again = usize::from(self.password == Password::WriteOnlyAgain);
                source["password_wo"] = WRITE_ONLY[again].into();
                source["password_wo_version"] = (again + 1).into();
            }
            Password::Kept => source["password"] = KEPT.into(),
        }
        match self.network {
            Network::Default => {}
            Network::Public => body["destination"]["hostname_schema_type"] = "PUBLIC".into(),
            Network::Peering => body["destination"]["hostname_schema_type"] = "VPC_PEERING".into(),
        }
        match self.null {
            None => {}
            Some(Null::SourceCluster) => body["source"]["cluster_name"] = Json::Null,
            Some(Null::DestinationCluster) => body["destination"]["cluster_name"] = Json::Null,
            Some(Null::DestinationProject) => body["destination"]["group_id"] = Json::Null,
            Some(Null::Hosts) => body["migration_hosts"] = Json::Null,
        }
        if self.hurry {
            body["timeouts"] = json!({"create": "60ms", "update": "60ms"});
        }
        let entry = |collection: &str, field: &str, kind: &str| {
            let key = json!([{ field: kind }]);
            json!({"database": "shop", "collection": collection, "shard_collection": {"key": key}})
        };
        let (orders, users) = (entry("orders", "region", "1"), entry("users", "_id", "hashed"));
        let entries = match self.sharding {
            Sharding::None => return body,
            Sharding::Two => json!([orders, users]),
            Sharding::TwoTurned => json!([users, orders]),
            Sharding::One => json!([orders]),
        };
        body["sharding"] = json!({"create_supporting_indexes": true, "sharding_entries": entries});
        body
    }
}

impl Unknown {
    fn path(self) -> &'static str {
        match self {
            Self::Cutover => "cutover",
            Self::Drop => "drop_enabled",
            Self::Host => "migration_hosts[0]",
            Self::SourceCluster => "source.cluster_name",
            Self::DestinationCluster => "destination.cluster_name",
            Self::DestinationProject => "destination.group_id",
            Self::Password => "source.password_wo",
        }
    }
}

impl Null {
    fn path(self) -> &'static str {
        match self {
            Self::SourceCluster => "source.cluster_name",
            Self::DestinationCluster => "destination.cluster_name",
            Self::DestinationProject => "destination.group_id",
            Self::Hosts => "migration_hosts",
        }
    }
}
