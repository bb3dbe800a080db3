//! What Atlas itself refuses: credentials, roles, ids, busy hosts. Each is told with its cause, and nothing is started.

use atlas_simulator::{Access, Action, Config, Credential, Fault, Operation, Role, Seed, Stage};
use test_support::terraform::{Run, Terraform};

use crate::configuration::{CLUSTER, GROUP, HOST, OTHER_GROUP, SOURCE_GROUP};
use crate::support::{Lab, error_at, still};

fn lab(config: Config) -> Lab {
    Lab::with(&Terraform::on_path(), config)
}

/// Applies the example without the validation job, which would meet the same refusal first.
#[track_caller]
fn refused(lab: &Lab) -> Run {
    let run = lab.apply(lab.example().with("validate", "false"));
    run.failure();
    assert_eq!((lab.starts(), lab.addresses().len()), (0, 0), "{}", lab.atlas.log());
    assert!(!String::from_utf8_lossy(&lab.workspace.state_file()).contains("atlas_live_migration"));
    run
}

#[test]
fn wrong_private_key_names_the_kind_and_its_origin() {
    let lab = Lab::new();
    lab.workspace.env("MONGODB_ATLAS_PRIVATE_API_KEY", "99999999-2222-4333-8444-555555555555");
    let run = refused(&lab);
    let text = error_at(&run, "Can't start live migration: Atlas refused the credentials (401)", "");
    for part in ["(status 401", "API key pair …blic", "MONGODB_ATLAS_PUBLIC_API_KEY", "both halves belong together"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    run.lacks("99999999-2222").lacks(Config::PUBLIC_KEY);
}

#[test]
fn member_may_read_and_not_start() {
    let lab = Lab::new();
    lab.workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
    let text = error_at(&refused(&lab), "Can't start live migration: Atlas denied access (403)", "");
    assert!(text.contains("(status 403, USER_UNAUTHORIZED)"), "{text}");
    assert!(text.contains("Organization Owner"), "{text}");
}

#[test]
fn machine_off_the_access_list_is_told_so() {
    let access = Access { off_access_list: true, ..Access::new(Role::OrgOwner) };
    let key = Credential { access, ..Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY) };
    let lab = lab(Config { keys: vec![key], ..still() });
    let text = error_at(&refused(&lab), "Can't start live migration: IP address not allowed (403)", "");
    assert!(
        text.contains("Add the address of this machine to the access list of these credentials in Atlas."),
        "{text}"
    );
}

#[test]
fn unknown_project_stands_at_the_destination() {
    let lab = lab(Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..still() });
    let text = error_at(
        &refused(&lab),
        "Can't start live migration: project not found (404)",
        &format!("group_id = \"{GROUP}\""),
    );
    assert!(text.contains("(status 404, GROUP_NOT_FOUND)"), "{text}");
    assert!(text.contains("`destination.group_id` is an Atlas project"), "{text}");
}

#[test]
fn source_without_a_link_is_told_with_the_link() {
    let lab = lab(Config { linked_sources: Some(vec![OTHER_GROUP.to_owned()]), ..still() });
    let text = error_at(&refused(&lab), "Can't start live migration: project not found (404)", "");
    assert!(text.contains(SOURCE_GROUP) && text.contains("must be linked"), "{text}");
}

#[test]
fn unknown_cluster_stands_at_its_name() {
    let lab = lab(Config { clusters: Some(vec![(GROUP.to_owned(), "other".to_owned())]), ..still() });
    let text = error_at(
        &refused(&lab),
        "Can't start live migration: cluster not found (404)",
        &format!("cluster_name = \"{CLUSTER}\""),
    );
    assert!(text.contains("(status 404, CLUSTER_NOT_FOUND)"), "{text}");
}

#[test]
fn busy_host_is_told_with_the_way_to_adopt() {
    let lab = Lab::new();
    lab.atlas.seed_migration(Seed::new(GROUP, "another", Stage::Working));
    let run = refused(&lab);
    let text = error_at(&run, "Another live migration is running", "");
    for part in [format!("on migration host `{HOST}`"), "It may be yours".to_owned(), "(status 409".to_owned()] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    run.shows(&format!("     terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>"));
}

#[test]
fn fields_that_atlas_refuses_stand_at_their_arguments() {
    let lab = Lab::new();
    // What only Atlas can know; the simulator is told the words.
    let body = r#"{"error": 400, "errorCode": "VALIDATION_ERROR", "detail": "Invalid attribute.", "reason": "Bad Request",
        "badRequestDetail": {"fields": [{"field": "source.caCertificatePath", "description": "must be absolute"}]}}"#;
    lab.atlas.fault(Fault::new(Operation::Create, Action::Respond(atlas_simulator::Response::json(400, body))));
    let text = error_at(
        &refused(&lab),
        "Can't start live migration: Atlas refused an argument (400)",
        "ca_certificate_path = \"/path/to/ca\"",
    );
    assert!(text.contains("source.caCertificatePath: must be absolute"), "{text}");
}

#[test]
fn refusal_of_the_validation_job_starts_nothing() {
    let lab = lab(Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..still() });
    let run = lab.apply(lab.example());
    run.failure();
    let text = error_at(&run, "Can't run validation: project not found (404)", &format!("group_id = \"{GROUP}\""));
    assert!(text.contains("No live migration was started."), "{text}");
    assert_eq!((lab.atlas.received(Operation::Create), lab.addresses().len()), (0, 0));
}

#[test]
fn service_account_does_not_speak_the_legacy_api() {
    let lab = Lab::new().legacy();
    lab.workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", "")
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", "")
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET);
    error_at(&refused(&lab), "API version v1.0 takes a key pair only", "");
    assert_eq!(lab.atlas.requests().len(), 0);
}
