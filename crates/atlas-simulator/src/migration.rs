//! The lifecycle of a live migration as a function of the simulated time, and the body of a read. It is independent of
//! HTTP.

use crate::clock::{Timestamp, to_system_time};
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime};

/// The durations of the phases, fixed when the migration starts.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) new_for: Duration,
    pub(crate) sync_for: Duration,
    pub(crate) start_lag_seconds: u64,
    pub(crate) cutover_for: Duration,
    pub(crate) expires_after: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct LiveMigration {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) cluster_name: String,
    pub(crate) source_group_id: String,
    pub(crate) source_cluster_name: String,
    pub(crate) migration_hosts: Vec<String>,
    pub(crate) drop_destination: bool,
    pub(crate) timing: Timing,
    pub(crate) created_at: Timestamp,
    pub(crate) cutover_at: Option<Timestamp>,
    pub(crate) failure: Option<String>,
    pub(crate) overrides: Override,
    pub(crate) aged_out: bool,
    pub(crate) reads: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    New,
    Syncing { lag_seconds: u64 },
    Ready,
    CuttingOver,
    Complete,
    Expired,
    Failed,
}

impl Phase {
    const fn status(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Syncing { .. } | Self::Ready | Self::CuttingOver => "WORKING",
            Self::Complete => "COMPLETE",
            Self::Expired => "EXPIRED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether the migration runs, and so occupies its destination and its migration host.
    pub(crate) const fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Syncing { .. } | Self::Ready | Self::CuttingOver)
    }

    const fn lag_seconds(self) -> Option<u64> {
        match self {
            Self::Syncing { lag_seconds } => Some(lag_seconds),
            Self::Ready => Some(0),
            _ => None,
        }
    }
}

impl LiveMigration {
    pub(crate) fn phase(&self, now: Timestamp) -> Phase {
        if self.failure.is_some() {
            return Phase::Failed;
        }
        if let Some(cutover_at) = self.cutover_at {
            let done = cutover_at.saturating_add(self.timing.cutover_for);
            return if now < done { Phase::CuttingOver } else { Phase::Complete };
        }
        let age = now.saturating_sub(self.created_at);
        let Some(syncing) = age.checked_sub(self.timing.new_for) else { return Phase::New };
        let Some(ready) = syncing.checked_sub(self.timing.sync_for) else {
            // Rounded up, so that the lag is 0 only when the migration is ready.
            let left = self.timing.sync_for.saturating_sub(syncing).as_nanos();
            let lag = u128::from(self.timing.start_lag_seconds).saturating_mul(left);
            let lag = lag.div_ceil(self.timing.sync_for.as_nanos().max(1));
            let lag_seconds = u64::try_from(lag).unwrap_or(self.timing.start_lag_seconds);
            return Phase::Syncing { lag_seconds };
        };
        if ready < self.timing.expires_after { Phase::Ready } else { Phase::Expired }
    }

    /// Whether another migration can't use the same destination or migration host.
    pub(crate) fn holds_resources(&self, now: Timestamp) -> bool {
        !self.aged_out && self.phase(now).is_active()
    }

    fn ready_at(&self) -> Timestamp {
        self.created_at.saturating_add(self.timing.new_for).saturating_add(self.timing.sync_for)
    }

    /// The body of a create or read, with the overrides applied.
    pub(crate) fn body(&self, now: Timestamp) -> Value {
        let phase = self.phase(now);
        let mut body = Map::new();
        self.overrides.id.insert_into(&mut body, "_id", Some(json!(self.id)));
        self.overrides.status.insert_into(&mut body, "status", Some(json!(phase.status())));
        self.overrides.migration_hosts.insert_into(&mut body, "migrationHosts", Some(json!(self.migration_hosts)));
        self.overrides.ready_for_cutover.insert_into(&mut body, "readyForCutover", Some(json!(phase == Phase::Ready)));
        self.overrides.lag_time_seconds.insert_into(
            &mut body,
            "lagTimeSeconds",
            phase.lag_seconds().map(|lag| json!(lag)),
        );
        Value::Object(body)
    }

    pub(crate) fn snapshot(&self, now: Timestamp) -> Migration {
        let phase = self.phase(now);
        Migration {
            id: self.id.clone(),
            group_id: self.group_id.clone(),
            cluster_name: self.cluster_name.clone(),
            source_group_id: self.source_group_id.clone(),
            source_cluster_name: self.source_cluster_name.clone(),
            migration_hosts: self.migration_hosts.clone(),
            drop_destination: self.drop_destination,
            status: phase.status().to_owned(),
            ready_for_cutover: phase == Phase::Ready,
            lag_time_seconds: phase.lag_seconds(),
            failure: self.failure.clone(),
            aged_out: self.aged_out,
            created_at: to_system_time(self.created_at),
            ready_at: to_system_time(self.ready_at()),
            cutover_requested_at: self.cutover_at.map(to_system_time),
            reads: self.reads,
        }
    }
}

/// The actual state of a migration at one point in simulated time, without overrides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The `_id` of the live migration.
    pub id: String,
    /// The ID of the destination's project.
    pub group_id: String,
    /// The name of the destination cluster.
    pub cluster_name: String,
    /// The ID of the source's project.
    pub source_group_id: String,
    /// The name of the source cluster.
    pub source_cluster_name: String,
    /// The names of the migration hosts.
    pub migration_hosts: Vec<String>,
    /// Whether the destination was erased at the start.
    pub drop_destination: bool,
    /// `NEW`, `WORKING`, `COMPLETE`, `FAILED` or `EXPIRED`.
    pub status: String,
    /// Whether a cutover would be accepted.
    pub ready_for_cutover: bool,
    /// The lag, from WORKING until the cutover is requested.
    pub lag_time_seconds: Option<u64>,
    /// The reason, when the migration has failed.
    pub failure: Option<String>,
    /// Whether reads get 404, because Atlas no longer keeps the migration.
    pub aged_out: bool,
    /// When it was created, in simulated time.
    pub created_at: SystemTime,
    /// When it became or will become ready for cutover, in simulated time.
    pub ready_at: SystemTime,
    /// When the cutover was requested, in simulated time.
    pub cutover_requested_at: Option<SystemTime>,
    /// The number of reads that got 200.
    pub reads: usize,
}

/// Replaces fields in the response of a read. Cutovers and conflicts still depend on the actual state.
#[derive(Clone, Debug, Default)]
pub struct Override {
    /// `_id`.
    pub id: Field<String>,
    /// `status`; any string.
    pub status: Field<String>,
    /// `migrationHosts`.
    pub migration_hosts: Field<Vec<String>>,
    /// `readyForCutover`.
    pub ready_for_cutover: Field<bool>,
    /// `lagTimeSeconds`.
    pub lag_time_seconds: Field<i64>,
}

/// The override of one field of a response.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// The actual value.
    #[default]
    Actual,
    /// This value instead.
    Value(T),
    /// A JSON null instead.
    Null,
    /// The field is absent.
    Absent,
}

impl<T: serde::Serialize> Field<T> {
    fn insert_into(&self, body: &mut Map<String, Value>, name: &str, actual: Option<Value>) {
        let value = match self {
            Self::Actual => actual,
            Self::Value(value) => Some(json!(value)),
            Self::Null => Some(Value::Null),
            Self::Absent => None,
        };
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
}

/// A migration to add without a create request, for imports and conflicts.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The ID of the destination's project.
    pub group_id: String,
    /// The name of the destination cluster.
    pub cluster_name: String,
    /// The ID of the source's project. Default: a fixed ID.
    pub source_group_id: String,
    /// The name of the source cluster. Default: `source`.
    pub source_cluster_name: String,
    /// The migration hosts. Default: `vm001.example.com`.
    pub migration_hosts: Vec<String>,
    /// The stage at which it starts.
    pub stage: Stage,
}

impl Seed {
    /// A migration into this destination, with the defaults for the other fields.
    pub fn new(group_id: impl Into<String>, cluster_name: impl Into<String>, stage: Stage) -> Self {
        Self {
            group_id: group_id.into(),
            cluster_name: cluster_name.into(),
            source_group_id: "9b43a5b329223c3a1591a678".to_owned(),
            source_cluster_name: "source".to_owned(),
            migration_hosts: vec!["vm001.example.com".to_owned()],
            stage,
        }
    }
}

/// The stage at which a seeded migration starts. From there it continues with the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `NEW`, just created.
    New,
    /// `WORKING`, with the initial lag.
    Working,
    /// `WORKING` and ready for cutover, just now.
    Ready,
    /// `WORKING`, with a cutover that was requested just now.
    CuttingOver,
    /// `COMPLETE`, just now.
    Complete,
    /// `EXPIRED`, just now.
    Expired,
    /// `FAILED`, for this reason.
    Failed(String),
}

impl Stage {
    /// Moves a new migration to this stage by moving its timestamps into the past.
    pub(crate) fn apply_to(&self, migration: &mut LiveMigration, now: Timestamp) {
        let until_ready = migration.timing.new_for.saturating_add(migration.timing.sync_for);
        let age = match self {
            Self::New => Duration::ZERO,
            Self::Working | Self::Failed(_) => migration.timing.new_for,
            Self::Ready | Self::CuttingOver => until_ready,
            Self::Complete => until_ready.saturating_add(migration.timing.cutover_for),
            Self::Expired => until_ready.saturating_add(migration.timing.expires_after),
        };
        migration.created_at = now.saturating_sub(age);
        match self {
            Self::CuttingOver => migration.cutover_at = Some(now),
            Self::Complete => migration.cutover_at = Some(now.saturating_sub(migration.timing.cutover_for)),
            Self::Failed(reason) => migration.failure = Some(reason.clone()),
            Self::New | Self::Working | Self::Ready | Self::Expired => {}
        }
    }
}

#[cfg(test)]
mod tests;
