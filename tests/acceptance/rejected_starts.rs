//! What Atlas itself refuses: credentials, roles, ids, busy hosts. Each is told with its cause, and nothing is started.

use atlas_simulator::{Access, Action, Config, Credential, Fault, Operation, Role, Seed, Stage};
use test_support::terraform::{Run, Terraform};

use crate::configuration::{CLUSTER, GROUP, HOST, OTHER_GROUP, SOURCE_GROUP};
use crate::support::{Fixture, error_at, frozen};

fn fixture(config: Config) -> Fixture {
    Fixture::with(&Terraform::on_path(), config)
}

/// Applies the example without the validation job, which would meet the same rejection first.
#[track_caller]
fn assert_rejected(fixture: &Fixture) -> Run {
    let run = fixture.apply(fixture.example().with("validate", "false"));
    run.failure();
    assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0), "{}", fixture.atlas.log());
    assert!(!String::from_utf8_lossy(&fixture.workspace.state_file()).contains("atlas_live_migration"));
    run
}

const NOT_STARTED: &str = "Live migration was not started";

#[test]
fn wrong_private_key_names_the_kind_and_its_origin() {
    let fixture = Fixture::new();
    fixture.workspace.env("MONGODB_ATLAS_PRIVATE_API_KEY", "99999999-2222-4333-8444-555555555555");
    let run = assert_rejected(&fixture);
    let text = error_at(&run, NOT_STARTED, "");
    for part in ["(status 401", "API key pair …blic", "MONGODB_ATLAS_PUBLIC_API_KEY", "both halves belong together"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    run.lacks("99999999-2222").lacks(Config::PUBLIC_KEY);
}

#[test]
fn member_may_read_and_not_start() {
    let fixture = Fixture::new();
    fixture
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, "");
    assert!(text.contains("(status 403, USER_UNAUTHORIZED)"), "{text}");
    assert!(text.contains("Organization Owner"), "{text}");
}

#[test]
fn machine_off_the_access_list_is_told_so() {
    let access = Access { off_access_list: true, ..Access::new(Role::OrgOwner) };
    let key = Credential { access, ..Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY) };
    let fixture = fixture(Config { keys: vec![key], ..frozen() });
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, "");
    assert!(text.contains("Add the address of this machine to its access list in Atlas."), "{text}");
}

#[test]
fn unknown_project_stands_at_the_destination() {
    let fixture = fixture(Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..frozen() });
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, &format!("group_id = \"{GROUP}\""));
    assert!(text.contains("(status 404, GROUP_NOT_FOUND)"), "{text}");
    assert!(text.contains("`destination.group_id` is an Atlas project"), "{text}");
}

#[test]
fn source_without_a_link_is_told_with_the_link() {
    let fixture = fixture(Config { linked_sources: Some(vec![OTHER_GROUP.to_owned()]), ..frozen() });
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, "");
    assert!(text.contains(SOURCE_GROUP) && text.contains("must be linked"), "{text}");
}

#[test]
fn unknown_cluster_stands_at_its_name() {
    let fixture = fixture(Config { clusters: Some(vec![(GROUP.to_owned(), "other".to_owned())]), ..frozen() });
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, &format!("cluster_name = \"{CLUSTER}\""));
    assert!(text.contains("(status 404, CLUSTER_NOT_FOUND)"), "{text}");
}

#[test]
fn busy_host_is_told_with_the_way_to_adopt() {
    let fixture = Fixture::new();
    fixture.atlas.seed_migration(Seed::new(GROUP, "another", Stage::Working));
    let run = assert_rejected(&fixture);
    let text = error_at(&run, "Another live migration is running", "");
    for part in [format!("on migration host `{HOST}`"), "It may be yours".to_owned(), "(status 409".to_owned()] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    run.shows(&format!("     terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>"));
}

#[test]
fn fields_that_atlas_refuses_stand_at_their_arguments() {
    let fixture = Fixture::new();
    // What only Atlas can know; the simulator is told the words.
    let body = r#"{"error": 400, "errorCode": "VALIDATION_ERROR", "detail": "Invalid attribute.", "reason": "Bad Request",
        "badRequestDetail": {"fields": [{"field": "source.caCertificatePath", "description": "must be absolute"}]}}"#;
    fixture.atlas.fault(Fault::new(Operation::Create, Action::Respond(atlas_simulator::Response::json(400, body))));
    let text = error_at(&assert_rejected(&fixture), NOT_STARTED, "ca_certificate_path = \"/path/to/ca\"");
    assert!(text.contains("source.caCertificatePath: must be absolute"), "{text}");
}

#[test]
fn refusal_of_the_validation_job_starts_nothing() {
    let fixture = fixture(Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..frozen() });
    let run = fixture.apply(fixture.example());
    run.failure();
    let text = error_at(&run, "Validation could not run", &format!("group_id = \"{GROUP}\""));
    assert!(text.contains("No live migration was started."), "{text}");
    assert_eq!((fixture.atlas.received(Operation::Create), fixture.addresses().len()), (0, 0));
}

#[test]
fn service_account_does_not_speak_the_legacy_api() {
    let fixture = Fixture::new().legacy();
    fixture
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", "")
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", "")
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET);
    error_at(&assert_rejected(&fixture), "API version v1.0 takes a key pair only", "");
    assert_eq!(fixture.atlas.requests().len(), 0);
}
