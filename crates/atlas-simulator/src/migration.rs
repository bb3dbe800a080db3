//! The life of a live migration as a function of the simulated time, and what a read shows of it; it must not know HTTP.

use crate::clock::{Moment, to_system_time};
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime};

/// The durations of one migration's life, fixed when it starts.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    pub(crate) new_for: Duration,
    pub(crate) sync_for: Duration,
    pub(crate) start_lag_seconds: u64,
    pub(crate) cutover_for: Duration,
    pub(crate) expires_after: Duration,
}

/// One migration as the simulator keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) cluster_name: String,
    pub(crate) source_group_id: String,
    pub(crate) source_cluster_name: String,
    pub(crate) migration_hosts: Vec<String>,
    pub(crate) drop_destination: bool,
    pub(crate) pace: Pace,
    pub(crate) created_at: Moment,
    pub(crate) cutover_at: Option<Moment>,
    pub(crate) failure: Option<String>,
    pub(crate) shown: Override,
    pub(crate) aged_out: bool,
    pub(crate) reads: usize,
}

/// Where a migration stands.
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

    /// Whether the migration still holds its destination and its host.
    pub(crate) const fn is_live(self) -> bool {
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

impl Job {
    pub(crate) fn phase(&self, now: Moment) -> Phase {
        if self.failure.is_some() {
            return Phase::Failed;
        }
        if let Some(cutover_at) = self.cutover_at {
            let done = cutover_at.saturating_add(self.pace.cutover_for);
            return if now < done { Phase::CuttingOver } else { Phase::Complete };
        }
        let age = now.saturating_sub(self.created_at);
        let Some(syncing) = age.checked_sub(self.pace.new_for) else { return Phase::New };
        let Some(ready) = syncing.checked_sub(self.pace.sync_for) else {
            // Rounded up, so that the lag is 0 only when the migration is ready.
            let left = self.pace.sync_for.saturating_sub(syncing).as_nanos();
            let lag = u128::from(self.pace.start_lag_seconds).saturating_mul(left);
            let lag = lag.div_ceil(self.pace.sync_for.as_nanos().max(1));
            let lag_seconds = u64::try_from(lag).unwrap_or(self.pace.start_lag_seconds);
            return Phase::Syncing { lag_seconds };
        };
        if ready < self.pace.expires_after { Phase::Ready } else { Phase::Expired }
    }

    fn ready_at(&self) -> Moment {
        self.created_at.saturating_add(self.pace.new_for).saturating_add(self.pace.sync_for)
    }

    /// The body of a create or read; what the override says wins.
    pub(crate) fn body(&self, now: Moment) -> Value {
        let phase = self.phase(now);
        let mut body = Map::new();
        self.shown.id.put(&mut body, "_id", Some(json!(self.id)));
        self.shown.status.put(&mut body, "status", Some(json!(phase.status())));
        self.shown.migration_hosts.put(&mut body, "migrationHosts", Some(json!(self.migration_hosts)));
        self.shown.ready_for_cutover.put(&mut body, "readyForCutover", Some(json!(phase == Phase::Ready)));
        self.shown.lag_time_seconds.put(&mut body, "lagTimeSeconds", phase.lag_seconds().map(|lag| json!(lag)));
        Value::Object(body)
    }

    pub(crate) fn snapshot(&self, now: Moment) -> Migration {
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

/// A migration as it stands at the moment of asking, overrides left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The `_id`.
    pub id: String,
    /// The destination's project.
    pub group_id: String,
    /// The destination's cluster.
    pub cluster_name: String,
    /// The source's project.
    pub source_group_id: String,
    /// The source's cluster.
    pub source_cluster_name: String,
    /// The migration hosts.
    pub migration_hosts: Vec<String>,
    /// Whether the destination was erased at the start.
    pub drop_destination: bool,
    /// NEW, WORKING, COMPLETE, FAILED or EXPIRED.
    pub status: String,
    /// Whether a cutover would be accepted.
    pub ready_for_cutover: bool,
    /// The lag, while the migration is active and before the cutover.
    pub lag_time_seconds: Option<u64>,
    /// Why it failed.
    pub failure: Option<String>,
    /// Whether reads answer 404, because the job aged out.
    pub aged_out: bool,
    /// When it was created, in simulated time.
    pub created_at: SystemTime,
    /// When it became or becomes ready for the cutover, in simulated time.
    pub ready_at: SystemTime,
    /// When the cutover was requested, in simulated time.
    pub cutover_requested_at: Option<SystemTime>,
    /// How many reads of it were answered 200.
    pub reads: usize,
}

/// What reads answer in the place of the truth; the rules (cutover, conflicts) still go by the truth.
#[derive(Clone, Debug, Default)]
pub struct Override {
    /// `_id`.
    pub id: Field<String>,
    /// `status`: a word such as PENDING, or an invented one.
    pub status: Field<String>,
    /// `migrationHosts`.
    pub migration_hosts: Field<Vec<String>>,
    /// `readyForCutover`.
    pub ready_for_cutover: Field<bool>,
    /// `lagTimeSeconds`.
    pub lag_time_seconds: Field<i64>,
}

/// What becomes of one field of an answer.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// The truth.
    #[default]
    Live,
    /// This value.
    Value(T),
    /// A JSON null.
    Null,
    /// The field is missing.
    Absent,
}

impl<T: serde::Serialize> Field<T> {
    fn put(&self, body: &mut Map<String, Value>, name: &str, live: Option<Value>) {
        let value = match self {
            Self::Live => live,
            Self::Value(value) => Some(json!(value)),
            Self::Null => Some(Value::Null),
            Self::Absent => None,
        };
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    }
}

/// A migration that exists without a create request, for imports and conflicts.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The destination's project.
    pub group_id: String,
    /// The destination's cluster.
    pub cluster_name: String,
    /// The source's project. Default: a fixed id.
    pub source_group_id: String,
    /// The source's cluster. Default: `source`.
    pub source_cluster_name: String,
    /// The migration hosts. Default: `vm001.example.com`.
    pub migration_hosts: Vec<String>,
    /// Where it stands.
    pub stage: Stage,
}

impl Seed {
    /// A migration into this destination that stands at `stage`.
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

/// The stages that a seeded migration can begin at; from there it goes on with the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Just created.
    New,
    /// The lag begins to fall.
    Working,
    /// Ready for the cutover since just now.
    Ready,
    /// The cutover was requested just now.
    CuttingOver,
    /// Cut over.
    Complete,
    /// Not cut over in time.
    Expired,
    /// Failed for this reason.
    Failed(String),
}

impl Stage {
    /// Moves a fresh job to this stage by moving its times into the past.
    pub(crate) fn settle(&self, job: &mut Job, now: Moment) {
        let until_ready = job.pace.new_for.saturating_add(job.pace.sync_for);
        let age = match self {
            Self::New => Duration::ZERO,
            Self::Working | Self::Failed(_) => job.pace.new_for,
            Self::Ready | Self::CuttingOver => until_ready,
            Self::Complete => until_ready.saturating_add(job.pace.cutover_for),
            Self::Expired => until_ready.saturating_add(job.pace.expires_after),
        };
        job.created_at = now.saturating_sub(age);
        match self {
            Self::CuttingOver => job.cutover_at = Some(now),
            Self::Complete => job.cutover_at = Some(now.saturating_sub(job.pace.cutover_for)),
            Self::Failed(reason) => job.failure = Some(reason.clone()),
            Self::New | Self::Working | Self::Ready | Self::Expired => {}
        }
    }
}

#[cfg(test)]
mod tests;
