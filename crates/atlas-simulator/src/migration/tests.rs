//! The lifecycle rules, without a clock.

use super::*;

const START: Timestamp = Duration::from_secs(1_000_000_000);

fn migration() -> LiveMigration {
    LiveMigration {
        id: "6296fb4c7c7aa997cf94e9a8".to_owned(),
        group_id: "e01c9427f054fe80745f3f6c".to_owned(),
        cluster_name: "B".to_owned(),
        source_group_id: "9b43a5b329223c3a1591a678".to_owned(),
        source_cluster_name: "A".to_owned(),
        migration_hosts: vec!["vm001.example.com".to_owned()],
        drop_destination: false,
        timing: Timing {
            new_for: Duration::from_secs(10),
            sync_for: Duration::from_secs(100),
            start_lag_seconds: 600,
            cutover_for: Duration::from_secs(30),
            expires_after: Duration::from_secs(120 * 3600),
        },
        created_at: START,
        cutover_at: None,
        failure: None,
        overrides: Override::default(),
        aged_out: false,
        reads: 0,
    }
}

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

#[test]
fn is_new_then_lagging_then_ready_then_expired() {
    let migration = migration();
    assert_eq!(migration.phase(at(9)), Phase::New);
    assert_eq!(migration.phase(at(10)), Phase::Syncing { lag_seconds: 600 });
    assert_eq!(migration.phase(at(60)), Phase::Syncing { lag_seconds: 300 });
    assert_eq!(migration.phase(at(109)), Phase::Syncing { lag_seconds: 6 });
    assert_eq!(migration.phase(at(110)), Phase::Ready);
    assert_eq!(migration.phase(at(110 + 120 * 3600 - 1)), Phase::Ready);
    assert_eq!(migration.phase(at(110 + 120 * 3600)), Phase::Expired);
}

#[test]
fn a_cutover_completes_and_never_expires() {
    let migration = LiveMigration { cutover_at: Some(at(200)), ..migration() };
    assert_eq!(migration.phase(at(229)), Phase::CuttingOver);
    assert_eq!(migration.phase(at(230)), Phase::Complete);
    assert_eq!(migration.phase(at(10_000_000)), Phase::Complete);
}

#[test]
fn reports_the_lag_only_while_active_and_before_the_cutover() {
    let mut migration = migration();
    assert_eq!(migration.body(at(0)).get("lagTimeSeconds"), None);
    assert_eq!(migration.body(at(60))["lagTimeSeconds"], 300);
    assert_eq!(migration.body(at(110))["lagTimeSeconds"], 0);
    assert_eq!(migration.body(at(110))["readyForCutover"], true);
    migration.cutover_at = Some(at(111));
    let body = migration.body(at(112));
    assert_eq!((body["status"].as_str(), body["readyForCutover"].as_bool()), (Some("WORKING"), Some(false)));
    assert_eq!(body.get("lagTimeSeconds"), None);
}

#[test]
fn an_override_replaces_nulls_and_removes_fields() {
    let mut migration = migration();
    migration.overrides = Override {
        id: Field::Absent,
        status: Field::Value("PENDING".to_owned()),
        ready_for_cutover: Field::Null,
        ..Override::default()
    };
    let body = migration.body(at(60));
    assert_eq!(
        body,
        json!({
            "status": "PENDING", "readyForCutover": null, "lagTimeSeconds": 300,
            "migrationHosts": ["vm001.example.com"],
        })
    );
    assert_eq!(migration.snapshot(at(60)).status, "WORKING");
}

#[test]
fn every_stage_starts_in_its_phase() {
    for (stage, phase) in [
        (Stage::New, Phase::New),
        (Stage::Working, Phase::Syncing { lag_seconds: 600 }),
        (Stage::Ready, Phase::Ready),
        (Stage::CuttingOver, Phase::CuttingOver),
        (Stage::Complete, Phase::Complete),
        (Stage::Expired, Phase::Expired),
        (Stage::Failed("disk".to_owned()), Phase::Failed),
    ] {
        let mut migration = migration();
        stage.apply_to(&mut migration, START);
        assert_eq!(migration.phase(START), phase, "{stage:?}");
    }
}
