//! The schema of `atlas_live_migration`, which is also its documentation, and its defaults.

use tf_provider::schema::{Attribute, Block, IdentitySchema, NestedBlock, Schema};
use tf_provider::{Attr, Type};

use super::model::{Migration, Source};

/// Whether the source cluster speaks TLS.
pub(super) const DEFAULT_SSL: bool = true;
/// Whether MongoDB Automation manages authentication to the source.
pub(super) const DEFAULT_MANAGED_AUTHENTICATION: bool = false;
/// Whether the start erases the destination.
pub(super) const DEFAULT_DROP_ENABLED: bool = false;
/// Whether the validation job runs first.
pub(super) const DEFAULT_VALIDATE: bool = true;
/// Both milestones.
pub(super) const DEFAULT_MILESTONE: bool = false;
/// `timeouts.create`, a Go duration.
pub(super) const DEFAULT_CREATE_TIMEOUT: &str = "30m";
/// `timeouts.update`, a Go duration.
pub(super) const DEFAULT_UPDATE_TIMEOUT: &str = "24h";
/// What an absent `hostname_schema_type` means.
pub(super) const DEFAULT_HOSTNAME_SCHEMA_TYPE: &str = "PUBLIC";
/// The accepted values of `hostname_schema_type`.
pub(super) const HOSTNAME_SCHEMA_TYPES: [&str; 3] = ["PUBLIC", "PRIVATE_LINK", "VPC_PEERING"];

/// The arguments of a configuration with defaults, and null for everything computed. Write-only values are left out.
pub(super) fn with_defaults(config: &Migration) -> Migration {
    Migration {
        id: Attr::Null,
        status: Attr::Null,
        ready_for_cutover: Attr::Null,
        lag_time_seconds: Attr::Null,
        ready_since: Attr::Null,
        cutover_requested_at: Attr::Null,
        ..fill_defaults(config)
    }
}

/// A configuration or a state with defaults for the arguments that are null.
pub(super) fn fill_defaults(migration: &Migration) -> Migration {
    Migration {
        source: migration.source.clone().map(|source| Source {
            password_wo: Attr::Null,
            ssl: source.ssl.or(DEFAULT_SSL),
            managed_authentication: source.managed_authentication.or(DEFAULT_MANAGED_AUTHENTICATION),
            ..source
        }),
        drop_enabled: migration.drop_enabled.or(DEFAULT_DROP_ENABLED),
        validate: migration.validate.or(DEFAULT_VALIDATE),
        wait_for_ready: migration.wait_for_ready.or(DEFAULT_MILESTONE),
        cutover: migration.cutover.or(DEFAULT_MILESTONE),
        ..migration.clone()
    }
}

/// The schema of the resource.
pub(super) fn schema() -> Schema {
    Schema::new(
        arguments(computed_attributes(Block::new()))
            .block(source())
            .block(destination())
            .block(sharding())
            .block(timeouts())
            .description(
                "A push live migration of a cluster that Cloud Manager or Ops Manager runs, into an Atlas cluster.",
            ),
    )
}

/// The identity of the resource.
pub(super) fn identity_schema() -> IdentitySchema {
    IdentitySchema::new()
        .required("group_id", Type::String, "The project of the destination: 24 hexadecimal digits.")
        .required("id", Type::String, "The id of the live migration: 24 hexadecimal digits.")
}

fn computed_attributes(block: Block) -> Block {
    block
        .attribute(Attribute::string("id").computed().description("The id that Atlas gave the live migration (`_id`)."))
        .attribute(Attribute::string("status").computed().description(
            "What Atlas says of the live migration: `NEW`, `WORKING`, `COMPLETE`, `FAILED`, `EXPIRED`, or a word \
             that is newer than this provider.",
        ))
        .attribute(Attribute::bool("ready_for_cutover").computed().description(
            "Whether source and destination are nearly in step, so that the migration can be cut over. From then on \
             120 hours are left, then Atlas \
             lets the migration expire.",
        ))
        .attribute(Attribute::number("lag_time_seconds").computed().description(
            "How far the destination is behind the source, in seconds. Null before the copying has begun and from \
             the cutover on.",
        ))
        .attribute(Attribute::string("ready_since").computed().description(
            "When this provider first saw the migration ready for cutover (RFC 3339, UTC). Atlas does not tell the \
             time itself, so that the 120 hours may have begun earlier.",
        ))
        .attribute(
            Attribute::string("cutover_requested_at").computed().description(
                "When this provider requested the cutover, or first saw that it had been (RFC 3339, UTC).",
            ),
        )
}

fn arguments(block: Block) -> Block {
    block
        .attribute(Attribute::string("group_id").optional_computed().description(
            "The Atlas project of the destination, as the path of every request: 24 hexadecimal digits. Defaults to \
             `destination.group_id`, and must not differ from it.",
        ))
        .attribute(Attribute::new("migration_hosts", Type::list(Type::String)).required().description(
            "The host that runs the migration, as its MongoDB Agent is known to Cloud Manager or Ops Manager: \
             exactly one.",
        ))
        .attribute(Attribute::bool("drop_enabled").optional_computed().description(format!(
            "Whether the start of the migration **erases every collection of the destination**. Defaults to \
             `{DEFAULT_DROP_ENABLED}`.",
        )))
        .attribute(Attribute::bool("validate").optional_computed().description(format!(
            "Whether Atlas's validation job runs first, so that the migration is started only when it succeeds. Read \
             only at creation. Defaults to `{DEFAULT_VALIDATE}`.",
        )))
        .attribute(Attribute::bool("wait_for_ready").optional_computed().description(format!(
            "A wish: an apply after the one that starts the migration waits until it is ready for cutover, \
             `timeouts.update` at most. Defaults to `{DEFAULT_MILESTONE}`.",
        )))
        .attribute(Attribute::bool("cutover").optional_computed().description(format!(
            "A wish: an apply after the one that starts the migration waits until it is ready, **cuts it over** and \
             waits until it is complete, `timeouts.update` at most. Stop the \
             writes to the source first. Cannot be undone. Defaults to `{DEFAULT_MILESTONE}`.",
        )))
}

fn source() -> NestedBlock {
    let block = Block::new()
        .description("The cluster to migrate, in Cloud Manager or Ops Manager.")
        .attribute(
            Attribute::string("group_id")
                .required()
                .description("Its project in Cloud Manager or Ops Manager: 24 hexadecimal digits."),
        )
        .attribute(Attribute::string("cluster_name").required().description("Its name there."))
        .attribute(Attribute::string("username").description(
            "The SCRAM user that reads the cluster. Not with `managed_authentication`. Read only at creation.",
        ))
        .attribute(Attribute::string("password").sensitive().description(
            "The password of `username`. It is kept in the state; `password_wo` is not. Read only at creation.",
        ))
        // Not `sensitive` beside `password`: Terraform 1.11 takes a state with two sensitive paths for changed, at
        // random
        // (`plan -refresh-only -detailed-exitcode`), and a write-only value is neither stored nor shown anyway.
        .attribute(Attribute::string("password_wo").write_only().description(
            "The password of `username`, kept neither in the plan nor in the state. Needs Terraform or OpenTofu 1.11 \
             or newer. Read only at creation; later runs need not know it.",
        ))
        .attribute(
            Attribute::number("password_wo_version").description(
                "A number to change together with `password_wo`, so that a plan shows that it has changed.",
            ),
        )
        .attribute(
            Attribute::bool("ssl")
                .optional_computed()
                .description(format!("Whether the cluster speaks TLS. Defaults to `{DEFAULT_SSL}`.",)),
        )
        .attribute(Attribute::string("ca_certificate_path").description(
            "The path, on the migration host, of the CA certificate that signed the certificates of the cluster. \
             Read only at creation.",
        ))
        .attribute(Attribute::bool("managed_authentication").optional_computed().description(format!(
            "Whether MongoDB Automation manages authentication to the cluster; then without `username` and password. \
             Defaults to `{DEFAULT_MANAGED_AUTHENTICATION}`.",
        )));
    NestedBlock::single("source", block).required()
}

fn destination() -> NestedBlock {
    let block = Block::new()
        .description("The cluster in Atlas that receives the data.")
        .attribute(Attribute::string("group_id").required().description("Its Atlas project: 24 hexadecimal digits."))
        .attribute(Attribute::string("cluster_name").required().description("Its name there."))
        .attribute(Attribute::string("hostname_schema_type").description(format!(
            "The network between the migration host and the cluster: `PUBLIC`, `PRIVATE_LINK` or `VPC_PEERING`. \
             Without it {DEFAULT_HOSTNAME_SCHEMA_TYPE} is meant.",
        )))
        .attribute(
            Attribute::string("private_link_id")
                .description("The private endpoint to use; with `PRIVATE_LINK`, and only then."),
        );
    NestedBlock::single("destination", block).required()
}

fn sharding() -> NestedBlock {
    let shard_collection = Block::new().description("How the collection is sharded.").attribute(
        Attribute::new("key", Type::list(Type::map(Type::String))).required().description(
            "The fields of the shard key in their order, each a map of one field name to `\"1\"` (a ranged key) or \
             `\"hashed\"`.",
        ),
    );
    let entry = Block::new()
        .description("A collection that is sharded on the destination.")
        .attribute(Attribute::string("database").required().description("The database of the collection."))
        .attribute(Attribute::string("collection").required().description("The collection."))
        .block(NestedBlock::single("shard_collection", shard_collection).required());
    let block = Block::new()
        .description(
            "How collections are sharded on the destination, for a migration from a replica set into a sharded \
             cluster (MongoDB 6.0 or newer). Needs `api_version` `v2`.",
        )
        .attribute(Attribute::bool("create_supporting_indexes").required().description(
            "Whether the migration creates indexes for the shard keys on the destination where there are none.",
        ))
        .block(NestedBlock::list("sharding_entries", entry));
    NestedBlock::single("sharding", block)
}

fn timeouts() -> NestedBlock {
    let block = Block::new()
        .description("How long operations may take, as Go durations such as `90s`, `30m` or `1h30m`.")
        .attribute(
            Attribute::string("create")
                .description(format!("For the validation job and the start. Defaults to `{DEFAULT_CREATE_TIMEOUT}`.",)),
        )
        .attribute(Attribute::string("update").description(format!(
            "For the wishes. After it the apply fails, the migration goes on, and the next apply goes on with it. \
             Defaults to `{DEFAULT_UPDATE_TIMEOUT}`.",
        )));
    NestedBlock::single("timeouts", block)
}
