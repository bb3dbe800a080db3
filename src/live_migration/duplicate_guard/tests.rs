use super::super::model::{Destination, Source};
use super::*;

fn known(text: &str) -> Attr<String> {
    Attr::Known(text.to_owned())
}

/// A migration of this source cluster into one destination; without an ID, a start.
fn migration(id: Option<&str>, status: &str, source: &str) -> Migration {
    Migration {
        id: id.map(str::to_owned).into(),
        status: known(status),
        group_id: known("d"),
        source: Attr::Known(Source { group_id: known("s"), cluster_name: known(source), ..Source::default() }),
        destination: Attr::Known(Destination {
            group_id: known("d"),
            cluster_name: known("B"),
            ..Destination::default()
        }),
        drop_enabled: Attr::Known(false),
        ..Migration::default()
    }
}

fn start() -> Migration {
    migration(None, "", "A")
}

fn guard_with(status: &str) -> DuplicateGuard {
    let guard = DuplicateGuard::default();
    guard.refreshed(&migration(Some("1"), status, "A"), &PrivateState::default());
    guard
}

/// What a start conflicts with: an ID, "hidden" and an ID, "another start", or nothing.
fn conflict(result: Result<(), Conflict>) -> Option<String> {
    result.err().map(|conflict| match conflict {
        Conflict::Existing(existing) => existing.state.id_text().to_owned(),
        Conflict::Hidden(existing) => format!("hidden {}", existing.state.id_text()),
        Conflict::AnotherStart => "another start".to_owned(),
    })
}

#[test]
fn start_beside_a_protected_migration_is_refused_in_either_order() {
    let guard = DuplicateGuard::default();
    guard.state_loaded(&migration(Some("1"), "WORKING", "A"));
    assert_eq!(conflict(guard.plan_start(&start(), None)).as_deref(), Some("1"));

    let guard = DuplicateGuard::default();
    assert_eq!(guard.plan_start(&start(), None), Ok(()));
    assert!(guard.check_existing(&migration(Some("1"), "WORKING", "A"), &PrivateState::default()).is_err());
}

#[test]
fn what_was_read_outweighs_what_was_stored() {
    let guard = guard_with("FAILED");
    guard.state_loaded(&migration(Some("1"), "WORKING", "A"));
    assert_eq!(guard.plan_start(&start(), None), Ok(()));
}

#[test]
fn two_starts_conflict_unless_they_replace_the_same_migration() {
    let guard = DuplicateGuard::default();
    assert_eq!(guard.plan_start(&start(), None), Ok(()));
    assert_eq!(conflict(guard.plan_start(&start(), None)).as_deref(), Some("another start"));
    let guard = guard_with("EXPIRED");
    assert_eq!(guard.plan_start(&start(), Some("1")), Ok(()));
    assert_eq!(guard.plan_start(&start(), Some("1")), Ok(()));
    assert_eq!(conflict(guard.plan_start(&start(), None)).as_deref(), Some("another start"));
}

#[test]
fn complete_migration_conflicts_with_its_source_and_with_drop_enabled() {
    let guard = guard_with("COMPLETE");
    let dropping = Migration { drop_enabled: Attr::Known(true), ..migration(None, "", "Z") };
    let may_drop = Migration { drop_enabled: Attr::Unknown, ..migration(None, "", "Z") };
    for refused in [start(), dropping, may_drop] {
        assert_eq!(conflict(guard.plan_start(&refused, None)).as_deref(), Some("1"));
    }
    assert_eq!(guard.plan_start(&migration(None, "", "Z"), None), Ok(()));
}

#[test]
fn unknown_destination_is_compared_when_it_is_known() {
    let guard = guard_with("WORKING");
    let unknown = Migration { destination: Attr::Unknown, ..start() };
    assert_eq!(guard.plan_start(&unknown, None), Ok(()));
    assert_eq!(conflict(guard.check_create(&start())).as_deref(), Some("1"));
}

#[test]
fn unknown_source_may_be_that_of_a_protected_migration() {
    let unknown = Migration { source: Attr::Unknown, ..start() };
    for (status, refused) in [("WORKING", true), ("COMPLETE", true), ("FAILED", false)] {
        assert_eq!(guard_with(status).plan_start(&unknown, None).is_err(), refused, "{status}");
    }
}

#[test]
fn hidden_destination_blocks_every_start_in_its_project() {
    let hidden = Migration { source: Attr::Null, destination: Attr::Null, ..migration(Some("1"), "COMPLETE", "A") };
    let elsewhere = |project: Attr<String>| Migration {
        destination: Attr::Known(Destination { group_id: project, cluster_name: known("C"), ..Destination::default() }),
        ..migration(None, "", "Z")
    };
    let guard = DuplicateGuard::default();
    guard.state_loaded(&hidden);
    guard.refreshed(&hidden, &PrivateState::default());
    for project in [known("d"), Attr::Unknown] {
        assert_eq!(conflict(guard.plan_start(&elsewhere(project), None)).as_deref(), Some("hidden 1"));
    }
    assert_eq!(guard.plan_start(&elsewhere(known("e")), None), Ok(()));

    // Its own plan shows the destination.
    let shown = Migration { destination: migration(None, "", "").destination, ..hidden.clone() };
    assert!(guard.check_existing(&shown, &PrivateState::default()).is_ok());
    assert_eq!(guard.plan_start(&elsewhere(known("d")), None), Ok(()));

    // Imported by this run: its own plan is still to come.
    let guard = DuplicateGuard::default();
    guard.refreshed(&hidden, &PrivateState::default());
    assert_eq!(guard.plan_start(&elsewhere(known("d")), None), Ok(()));
    assert!(guard.check_existing(&hidden, &PrivateState::default()).is_err());
}

#[test]
fn replacement_is_no_conflict_with_what_it_replaces() {
    // The stored state alone looks protected; the plan judged it by its private state.
    let stored = Migration { cutover: Attr::Known(true), ..migration(Some("1"), "FAILED", "A") };
    let guard = DuplicateGuard::default();
    guard.state_loaded(&stored);
    assert_eq!(guard.plan_start(&start(), Some("1")), Ok(()));
    assert_eq!(conflict(guard.check_create(&start())).as_deref(), Some("1"));
    guard.replaced("1");
    assert_eq!(guard.check_create(&start()), Ok(()));
}

#[test]
fn shared_migration_host_is_found_in_either_order() {
    let on =
        |migration: Migration, host: &str| Migration { migration_hosts: Attr::Known(vec![known(host)]), ..migration };
    let other = |id, host| {
        let destination = Destination { group_id: known("d"), cluster_name: known("C"), ..Destination::default() };
        Migration { destination: Attr::Known(destination), ..on(migration(id, "WORKING", "Z"), host) }
    };
    let guard = DuplicateGuard::default();
    let start = on(start(), "vm001");
    assert_eq!(guard.plan_start(&start, None), Ok(()));
    assert_eq!(guard.shared_host(&start), None);
    let running = other(Some("1"), "VM001.:27017");
    assert!(guard.check_existing(&running, &PrivateState::default()).is_ok());
    assert_eq!(guard.shared_host(&running).as_deref(), Some("vm001"));
    assert_eq!(guard.shared_host(&start).as_deref(), Some("vm001"));
    guard.refreshed(&Migration { status: known("COMPLETE"), ..running }, &PrivateState::default());
    assert_eq!(guard.shared_host(&start), None);
    let another = Migration { source: migration(None, "", "Y").source, ..other(None, "vm001") };
    assert_eq!(guard.plan_start(&another, None), Ok(()));
    assert_eq!(guard.shared_host(&start).as_deref(), Some("vm001"));
}
