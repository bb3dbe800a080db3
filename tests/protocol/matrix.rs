//! Every place in a migration's life against every change of an argument: what the plan must be, decided by a table of its own.
//! An update that calls nothing is carried out too, and must leave nothing to do.

use std::time::Duration;

use atlas_simulator::{Config as Atlas, Field, Operation, Override};
use serde_json::{Value as Json, json};
use terraform_core::{Action, Config, Plan, PlanOptions};

use crate::faults::fixture::{ADDRESS, Fixture, quick, slow};

/// A place in a migration's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    New,
    Working,
    Ready,
    Unrecognized,
    Complete,
    Failed,
    Expired,
    FailedAfterCutover,
    Lost,
}

const PLACES: [Place; 9] = [
    Place::New,
    Place::Working,
    Place::Ready,
    Place::Unrecognized,
    Place::Complete,
    Place::Failed,
    Place::Expired,
    Place::FailedAfterCutover,
    Place::Lost,
];

/// What a change is, by the rows of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Only a start can give it, with the place of the refusal.
    CreateOnly(&'static str),
    /// `drop_enabled` from false to true.
    DropOn,
    /// Read only at creation: an update that calls nothing, with a warning for a replaceable migration.
    ReadAtCreation,
    /// An update that calls nothing.
    Free,
    /// The same, written otherwise, with nothing to do at all.
    Same,
    /// `wait_for_ready`.
    WaitForReady,
    /// `cutover`.
    Cutover,
}

type Row = (&'static str, fn(&mut Json), Kind);

const CHANGES: &[Row] = &[
    (
        "source.group_id",
        |body| body["source"]["group_id"] = json!("9b43a5b329223c3a1591a679"),
        Kind::CreateOnly("source.group_id"),
    ),
    (
        "source.cluster_name",
        |body| body["source"]["cluster_name"] = json!("Z"),
        Kind::CreateOnly("source.cluster_name"),
    ),
    ("source.ssl", |body| body["source"]["ssl"] = json!(false), Kind::CreateOnly("source.ssl")),
    (
        "destination.group_id",
        |body| body["destination"]["group_id"] = json!("e01c9427f054fe80745f3f6d"),
        Kind::CreateOnly("destination.group_id"),
    ),
    (
        "destination.cluster_name",
        |body| body["destination"]["cluster_name"] = json!("Y"),
        Kind::CreateOnly("destination.cluster_name"),
    ),
    (
        "network",
        |body| body["destination"]["hostname_schema_type"] = json!("VPC_PEERING"),
        Kind::CreateOnly("destination.hostname_schema_type"),
    ),
    ("network PUBLIC", |body| body["destination"]["hostname_schema_type"] = json!("PUBLIC"), Kind::Free),
    (
        "migration_hosts",
        |body| body["migration_hosts"] = json!(["vm002.example.com"]),
        Kind::CreateOnly("migration_hosts"),
    ),
    ("sharding removed", |body| body["sharding"] = Json::Null, Kind::CreateOnly("sharding.sharding_entries")),
    (
        "sharding changed",
        |body| body["sharding"]["create_supporting_indexes"] = json!(false),
        Kind::CreateOnly("sharding.sharding_entries"),
    ),
    (
        "sharding reordered",
        |body| {
            let entries = body["sharding"]["sharding_entries"].as_array_mut().expect("entries");
            entries.reverse();
        },
        Kind::Same,
    ),
    ("ssl as by default", |body| body["source"]["ssl"] = json!(true), Kind::Same),
    ("drop_enabled on", |body| body["drop_enabled"] = json!(true), Kind::DropOn),
    ("username", |body| body["source"]["username"] = json!("writer"), Kind::ReadAtCreation),
    ("password_wo_version", |body| body["source"]["password_wo_version"] = json!(2), Kind::ReadAtCreation),
    ("ca_certificate_path", |body| body["source"]["ca_certificate_path"] = json!("/ca"), Kind::ReadAtCreation),
    ("password_wo", |body| body["source"]["password_wo"] = json!("another"), Kind::Same),
    ("no password any more", |body| body["source"]["password_wo"] = Json::Null, Kind::Same),
    ("validate", |body| body["validate"] = json!(true), Kind::Free),
    ("timeouts", |body| body["timeouts"] = json!({"update": "1h"}), Kind::Free),
    ("wait_for_ready", |body| body["wait_for_ready"] = json!(true), Kind::WaitForReady),
    ("cutover", |body| body["cutover"] = json!(true), Kind::Cutover),
];

impl Place {
    fn is_replaceable(self) -> bool {
        matches!(self, Self::Failed | Self::Expired)
    }

    /// Whether an apply can still reach a milestone.
    fn is_running(self) -> bool {
        matches!(self, Self::New | Self::Working | Self::Ready | Self::Unrecognized)
    }

    /// A migration that was brought there and refreshed.
    fn fixture(self) -> Fixture {
        let life = match self {
            Self::New => Atlas { new_for: Duration::from_secs(60), ..quick() },
            Self::Ready => quick(),
            _ => slow(),
        };
        let sharding = json!({
            "create_supporting_indexes": true,
            "sharding_entries": [
                {"database": "shop", "collection": "orders", "shard_collection": {"key": [{"region": "1"}]}},
                {"database": "shop", "collection": "users", "shard_collection": {"key": [{"id": "hashed"}]}},
            ],
        });
        let mut fixture = Fixture::new(life).with("sharding", sharding).started();
        for status in self.words() {
            let id = fixture.id();
            if *status == "404" {
                assert!(fixture.simulator.age_out(&id));
            } else {
                let returned = Override { status: Field::Value((*status).to_owned()), ..Override::default() };
                assert!(fixture.simulator.override_read(&id, returned));
            }
            fixture.refresh();
        }
        fixture.refresh();
        fixture
    }

    /// What Atlas says, one after the other.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::New | Self::Working | Self::Ready => &[],
            Self::Unrecognized => &["PAUSED"],
            Self::Complete => &["COMPLETE"],
            Self::Failed => &["FAILED"],
            Self::Expired => &["EXPIRED"],
            // Atlas tells a cutover that somebody requested by the status alone.
            Self::FailedAfterCutover => &["COMPLETE", "FAILED"],
            Self::Lost => &["404"],
        }
    }
}

#[test]
fn every_change_at_every_place_is_what_the_documentation_says() {
    std::thread::scope(|scope| {
        for place in PLACES {
            scope.spawn(move || play(place));
        }
    });
}

fn play(place: Place) {
    let fixture = place.fixture();
    for (name, change, kind) in CHANGES {
        let mut body = fixture.body.clone();
        change(&mut body);
        let writes = writes(&fixture);
        let config = Config::new().resource(ADDRESS, body);
        let plan = fixture.core.plan(&config, &fixture.state, PlanOptions::default());
        let row = format!("{place:?}, {name}:\n{}", plan.describe());
        check(place, *kind, &plan, &row);
        if !plan.outcome.has_errors() && plan.action(ADDRESS) == Some(Action::Update) && !pursues(&plan) {
            let mut state = fixture.state.clone();
            fixture.core.apply(&plan, &mut state).assert_ok();
            fixture.core.plan(&config, &state, PlanOptions::default()).assert_empty();
        }
        assert_eq!(self::writes(&fixture), writes, "{row}");
    }
}

/// Whether the apply will ask Atlas: what it will learn is unknown until then.
fn pursues(plan: &Plan) -> bool {
    plan.planned(ADDRESS)["status"] == terraform_core::unknown()
}

fn writes(fixture: &Fixture) -> usize {
    [Operation::Create, Operation::Validate, Operation::Cutover]
        .into_iter()
        .map(|operation| fixture.received(operation))
        .sum()
}

fn check(place: Place, kind: Kind, plan: &Plan, row: &str) {
    let action = plan.action(ADDRESS);
    let warns = |text: &str| plan.outcome.warnings().iter().any(|warning| warning.summary.contains(text));
    match kind {
        Kind::CreateOnly(_) if place.is_replaceable() => {
            assert!(!plan.outcome.has_errors(), "{row}");
            assert_eq!(action, Some(Action::DeleteThenCreate), "{row}");
        }
        Kind::CreateOnly(path) => refused(plan, path, row),
        Kind::DropOn if !place.is_replaceable() => refused(plan, "drop_enabled", row),
        Kind::DropOn | Kind::ReadAtCreation | Kind::Free => {
            assert_eq!(
                (action, plan.outcome.has_errors(), pursues(plan)),
                (Some(Action::Update), false, false),
                "{row}"
            );
            assert_eq!(
                warns("This change does not restart live migration"),
                kind == Kind::ReadAtCreation && place.is_replaceable(),
                "{row}"
            );
        }
        Kind::Same => assert_eq!((action, plan.outcome.has_errors()), (Some(Action::NoOp), false), "{row}"),
        Kind::WaitForReady | Kind::Cutover => {
            assert_eq!((action, plan.outcome.has_errors()), (Some(Action::Update), false), "{row}");
            let reached = match kind {
                Kind::WaitForReady => matches!(place, Place::Ready | Place::Complete | Place::FailedAfterCutover),
                _ => place == Place::Complete,
            };
            // A milestone that can't be reached any more is pending, too: its apply fails.
            assert_eq!(pursues(plan), !reached, "{row}");
            assert_eq!(warns("This apply cuts over"), kind == Kind::Cutover && place.is_running(), "{row}");
        }
    }
    let over = matches!(place, Place::Failed | Place::Expired | Place::FailedAfterCutover | Place::Lost);
    let reported = ["Live migration failed", "Live migration expired", "Live migration is unknown to Atlas"]
        .into_iter()
        .any(warns);
    assert_eq!(reported, over, "{row}");
}

fn refused(plan: &Plan, path: &str, row: &str) {
    let errors = plan.outcome.errors();
    let places: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(places, [path], "{row}");
    let summary = if path == "drop_enabled" { "drop_enabled can't be set" } else { "Argument can't be changed" };
    assert!(errors[0].summary.starts_with(summary), "{row}");
}

#[test]
fn value_of_a_protected_migration_that_is_unknown_at_plan_is_decided_at_apply() {
    for place in [Place::Working, Place::Complete] {
        for (value, refused) in [("A", false), ("Z", true)] {
            let mut fixture = place.fixture();
            fixture.body["source"]["cluster_name"] = json!(value);
            let config = fixture.config().unknown_at_plan(ADDRESS, "source.cluster_name");
            let plan = fixture.core.plan(&config, &fixture.state, PlanOptions::default());
            assert_eq!((plan.action(ADDRESS), plan.outcome.has_errors()), (Some(Action::Update), false), "{place:?}");
            let before = fixture.state.value(ADDRESS);
            let outcome = fixture.core.apply(&plan, &mut fixture.state);
            if refused {
                assert_eq!(outcome.error("Argument can't be changed").path, "source.cluster_name");
            } else {
                outcome.assert_ok();
            }
            let after = (fixture.state.value(ADDRESS), fixture.received(Operation::Create));
            assert_eq!(after, (before, 1), "{place:?}, {value}");
        }
    }
}

#[test]
fn value_of_a_replaceable_migration_that_is_unknown_at_plan_replaces_it() {
    for value in ["A", "Z"] {
        let mut fixture = Place::Failed.fixture();
        assert!(fixture.simulator.fail(&fixture.id(), "the agent died"));
        fixture.body["source"]["cluster_name"] = json!(value);
        let config = fixture.config().unknown_at_plan(ADDRESS, "source.cluster_name");
        let plan = fixture.core.plan(&config, &fixture.state, PlanOptions::default());
        assert_eq!(plan.action(ADDRESS), Some(Action::DeleteThenCreate), "{value}");
        fixture.core.apply(&plan, &mut fixture.state).assert_ok();
        assert_eq!(fixture.received(Operation::Create), 2, "{value}");
    }
}

#[test]
fn drop_is_taken_back_by_an_update_that_calls_nothing() {
    for status in ["WORKING", "COMPLETE", "FAILED"] {
        let mut fixture = Fixture::new(slow()).with("drop_enabled", true).started();
        let returned = Override { status: Field::Value(status.to_owned()), ..Override::default() };
        assert!(fixture.simulator.override_read(&fixture.id(), returned));
        fixture.refresh();
        fixture.set("drop_enabled", false);
        fixture.apply().assert_ok();
        assert_eq!(
            (fixture.attribute("drop_enabled"), fixture.received(Operation::Create)),
            (json!(false), 1),
            "{status}"
        );
        fixture.assert_settled();
    }
}

#[test]
fn ten_migrations_are_refreshed_by_one_challenge_and_ten_requests() {
    let fixture = Fixture::new(quick());
    let mut config = Config::new();
    for index in 0..10 {
        let mut body = fixture.body.clone();
        body["destination"]["cluster_name"] = json!(format!("cluster-{index}"));
        body["migration_hosts"] = json!([format!("vm{index}.example.com")]);
        config = config.resource(&format!("atlas_live_migration.m{index}"), body);
    }
    let mut state = fixture.state.clone();
    fixture.core.apply_now(&config, &mut state).assert_ok();
    assert_eq!((fixture.received(Operation::Create), fixture.simulator.challenges()), (10, 1));
    let before = (fixture.simulator.requests().len(), fixture.simulator.challenges());
    fixture.core.plan(&config, &state, PlanOptions::default()).assert_empty();
    let after = (fixture.simulator.requests().len(), fixture.simulator.challenges());
    assert_eq!((after.0 - before.0, after.1 - before.1), (11, 1));
    fixture.core.destroy(&config, &mut state).assert_ok();
    // The walk before a destroy and its own plan refresh once each; the destroy itself asks for nothing.
    assert_eq!(fixture.received(Operation::Create) + fixture.received(Operation::Cutover), 10);
}
