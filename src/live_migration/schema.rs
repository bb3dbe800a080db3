//! The schema of `atlas_live_migration`, which is also its documentation, and its defaults.

use tf_provider::Type;
use tf_provider::schema::{Attribute, Block, IdentitySchema, NestedBlock, Schema};

use super::validate;

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
pub(crate) const DEFAULT_UPDATE_TIMEOUT: &str = "24h";
/// What an absent `hostname_schema_type` means.
pub(super) const DEFAULT_HOSTNAME_SCHEMA_TYPE: &str = "PUBLIC";
/// The accepted values of `hostname_schema_type`.
pub(super) const HOSTNAME_SCHEMA_TYPES: [&str; 3] = ["PUBLIC", "PRIVATE_LINK", "VPC_PEERING"];

/// The schema of the resource.
pub(super) fn schema() -> Schema {
    Schema::new(
        arguments(computed_attributes(Block::new()))
            .block(source())
            .block(destination())
            .block(sharding())
            .block(timeouts())
            .description(
                "A push live migration of a cluster that Cloud Manager monitors into an Atlas cluster. Create starts the \
                 migration and returns; later applies wait for the milestones `wait_for_ready` and `cutover`.",
            ),
    )
}

/// The identity of the resource.
pub(super) fn identity_schema() -> IdentitySchema {
    IdentitySchema::new()
        .required("group_id", Type::String, "ID of the Atlas project of the destination, 24 hexadecimal digits.")
        .required("id", Type::String, "ID of the live migration, 24 hexadecimal digits.")
}

fn computed_attributes(block: Block) -> Block {
    block
        .attribute(
            Attribute::string("id").computed().description("ID of the live migration, as Atlas returns it in `_id`."),
        )
        .attribute(Attribute::string("status").computed().description(
            "Status that Atlas returned last: `NEW`, `WORKING`, `COMPLETE`, `FAILED`, `EXPIRED`, or one that is newer than \
             this provider.",
        ))
        .attribute(Attribute::bool("ready_for_cutover").computed().description(
            "Whether the migration can be cut over. 120 hours after it becomes ready, Atlas sets the status to `EXPIRED`; \
             an extension in the Atlas UI is not visible to this provider.",
        ))
        .attribute(Attribute::number("lag_time_seconds").computed().description(
            "Lag of the destination behind the source, in seconds. Null before the initial copy and after the cutover is \
             requested.",
        ))
        .attribute(Attribute::string("ready_since").computed().description(
            "Time at which this provider first saw the migration ready for cutover (RFC 3339, UTC). Atlas does not return \
             this time, so the 120 hours may have begun earlier.",
        ))
        .attribute(Attribute::string("cutover_requested_at").computed().description(
            "Time at which this provider requested the cutover, or first saw that it had been requested (RFC 3339, UTC).",
        ))
}

fn arguments(block: Block) -> Block {
    block
        .attribute(Attribute::string("group_id").optional_computed().requires_replace().validate(validate::object_id).description(
            "ID of the Atlas project of the destination, used in the path of every request. Must be equal to \
             `destination.group_id`. Defaults to `destination.group_id`.",
        ))
        .attribute(Attribute::new("migration_hosts", Type::list(Type::String)).required().requires_replace().validate(validate::migration_hosts).description(
            "Host name of the migration host, as Cloud Manager lists it under Servers. Exactly one. A migration host runs \
             one live migration at a time.",
        ))
        .attribute(Attribute::bool("drop_enabled").default(DEFAULT_DROP_ENABLED).description(format!(
            "Whether the start **erases every collection of the destination**. Set it to `false` after the cutover. \
             Requires a destination that is known in the plan. Defaults to `{DEFAULT_DROP_ENABLED}`.",
        )))
        .attribute(Attribute::bool("validate").default(DEFAULT_VALIDATE).description(format!(
            "Whether to run Atlas's validation before the start, and to start only if it succeeds. Used only when the \
             migration starts. Defaults to `{DEFAULT_VALIDATE}`.",
        )))
        .attribute(Attribute::bool("wait_for_ready").default(DEFAULT_MILESTONE).description(format!(
            "Whether to wait until the migration is ready for cutover. A milestone: the apply that starts the migration does \
             not wait, every later one waits up to `timeouts.update`. Defaults to `{DEFAULT_MILESTONE}`.",
        )))
        .attribute(Attribute::bool("cutover").default(DEFAULT_MILESTONE).description(format!(
            "Whether to wait until the migration is ready, **cut it over**, and wait until it is complete. A milestone: the \
             apply that starts the migration does not wait, every later one works toward it for up to `timeouts.update`. \
             Stop writes to the source first. A cutover can't be undone. Defaults to `{DEFAULT_MILESTONE}`.",
        )))
}

fn source() -> NestedBlock {
    let block = Block::new()
        .description("Source cluster in Cloud Manager.")
        .attribute(
            Attribute::string("group_id")
                .required()
                .requires_replace()
                .validate(validate::object_id)
                .description("ID of the Cloud Manager project of the source, 24 hexadecimal digits."),
        )
        .attribute(Attribute::string("cluster_name").required().requires_replace().validate(validate::name).description("Name of the source cluster."))
        .attribute(Attribute::string("username").description(
            "SCRAM user of the source cluster. Conflicts with `managed_authentication`. Used only when the migration starts.",
        ))
        .attribute(Attribute::string("password").sensitive().description(
            "Password of `username`. Stored in the state; use `password_wo` instead where you can. Used only when the \
             migration starts.",
        ))
        // Not `sensitive` beside `password`: Terraform 1.11 takes a state with two sensitive paths for changed, at random
        // (`plan -refresh-only -detailed-exitcode`), and a write-only value is neither stored nor shown anyway.
        .attribute(Attribute::string("password_wo").write_only().description(
            "Password of `username`, stored neither in the plan nor in the state. Requires Terraform or OpenTofu 1.11 or \
             newer. Used only when the migration starts; later runs don't need it.",
        ))
        .attribute(Attribute::number("password_wo_version").description(
            "Number to change together with `password_wo`, because Terraform can't see a change of a write-only argument.",
        ))
        .attribute(Attribute::bool("ssl").default(DEFAULT_SSL).requires_replace().description(format!(
            "Whether the migration host connects to the source cluster with TLS. Defaults to `{DEFAULT_SSL}`."
        )))
        .attribute(Attribute::string("ca_certificate_path").validate(validate::name).description(
            "Path, on the migration host, of the CA certificate of the source cluster. Used only when the migration starts.",
        ))
        .attribute(Attribute::bool("managed_authentication").default(DEFAULT_MANAGED_AUTHENTICATION).requires_replace().description(format!(
            "Whether MongoDB Automation manages authentication to the source cluster. Conflicts with `username`, `password` \
             and `password_wo`. Defaults to `{DEFAULT_MANAGED_AUTHENTICATION}`.",
        )));
    NestedBlock::single("source", block).required()
}

fn destination() -> NestedBlock {
    let block = Block::new()
        .description("Destination cluster in Atlas.")
        .attribute(
            Attribute::string("group_id")
                .required()
                .requires_replace()
                .validate(validate::object_id)
                .description("ID of the Atlas project of the destination, 24 hexadecimal digits."),
        )
        .attribute(Attribute::string("cluster_name").required().requires_replace().validate(validate::name).description("Name of the destination cluster."))
        .attribute(Attribute::string("hostname_schema_type").requires_replace().validate(validate::hostname_schema_type).description(format!(
            "Network between the migration host and the destination: `PUBLIC`, `PRIVATE_LINK` or `VPC_PEERING`. Not stored \
             if absent; absent means `{DEFAULT_HOSTNAME_SCHEMA_TYPE}`.",
        )))
        .attribute(Attribute::string("private_link_id").requires_replace().validate(validate::name).description(
            "ID of the private endpoint. Required with `hostname_schema_type = \"PRIVATE_LINK\"`, and allowed only with it.",
        ));
    NestedBlock::single("destination", block).required()
}

fn sharding() -> NestedBlock {
    let shard_collection = Block::new().description("Shard key of the collection.").attribute(
        Attribute::new("key", Type::list(Type::map(Type::String))).required().description(
            "Fields of the shard key in order, each a map from one field name to `\"1\"` (ranged) or `\"hashed\"`.",
        ),
    );
    let entry = Block::new()
        .description("Collection to shard on the destination.")
        .attribute(
            Attribute::string("database")
                .required()
                .validate(validate::name)
                .description("Database of the collection."),
        )
        .attribute(
            Attribute::string("collection").required().validate(validate::name).description("Name of the collection."),
        )
        .block(NestedBlock::single("shard_collection", shard_collection).required());
    let block = Block::new()
        .description(
            "Sharding of collections on the destination, for a migration from a replica set to a sharded cluster. Requires \
             MongoDB 6.0 or newer and `api_version` `v2`.",
        )
        .attribute(Attribute::bool("create_supporting_indexes").required().description(
            "Whether the migration creates indexes that support the shard keys where the destination has none.",
        ))
        .block(NestedBlock::list("sharding_entries", entry));
    NestedBlock::single("sharding", block).requires_replace()
}

fn timeouts() -> NestedBlock {
    let block = Block::new()
        .description("Timeouts as Go durations, such as `90s`, `30m` or `1h30m`.")
        .attribute(Attribute::string("create").validate(validate::duration).description(format!(
            "Time for the validation. Defaults to `{DEFAULT_CREATE_TIMEOUT}`."
        )))
        .attribute(Attribute::string("update").validate(validate::duration).description(format!(
            "Time for the milestones. When it ends, the apply fails, the migration keeps running in Atlas, and the next apply \
             resumes. Defaults to `{DEFAULT_UPDATE_TIMEOUT}`.",
        )));
    NestedBlock::single("timeouts", block)
}
