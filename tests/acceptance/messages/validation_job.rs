//! The validation job: what it finds, by the texts that Atlas has published, and when it cannot be asked.

use atlas_simulator::{Action, Fault, Operation};

use super::shows;
use crate::configuration::PASSWORD;
use crate::support::Lab;

#[track_caller]
fn finding_shows(name: &str, text: &str) {
    let lab = Lab::new();
    lab.atlas.fail_next_validation(text);
    let run = lab.apply(lab.example());
    run.failure();
    assert_eq!(lab.starts(), 0);
    shows(&format!("validation_{name}"), &format!("The validation job says: {text}"), &run);
}

#[test]
fn findings_about_the_clusters() {
    finding_shows("disk_space", "Available disk space on the destination needs to be increased");
    finding_shows(
        "standalone",
        "The specified source appears to be a standalone. Live Migration only supports replica sets.",
    );
    finding_shows("time_series", "The source cluster has time-series collections, which cannot be migrated.");
}

#[test]
fn findings_about_the_way() {
    finding_shows("not_reached", "Could not reach specified source");
    finding_shows("not_resolved", "Could not resolve hostname shard00.source.example.com");
    finding_shows("ca_file", "Problem reading the certificate authority (CA) file that was provided");
}

#[test]
fn findings_about_the_user() {
    finding_shows("wrong_user", "Incorrect username or password was specified");
    finding_shows(
        "privileges",
        "The specified user is missing the privileges: listDatabases, setFeatureCompatibilityVersion",
    );
}

#[test]
fn findings_that_nobody_has_published() {
    finding_shows("unknown", "The moon is in the wrong phase");
    finding_shows("empty", "");
    finding_shows("echo", &format!("Cannot log in with {PASSWORD}"));
}

#[test]
fn job_that_cannot_be_asked() {
    for (name, situation, fault) in [
        (
            "validation_403",
            "The account may not start the job.",
            Fault::new(Operation::Validate, Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized.")),
        ),
        (
            "validation_502_html",
            "A gateway answers the start of the job.",
            Fault::new(Operation::Validate, Action::html(502)),
        ),
        (
            "validation_404",
            "Atlas does not know the job any more.",
            Fault::new(Operation::ValidationStatus, Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find the job.")),
        ),
    ] {
        let lab = Lab::new();
        lab.atlas.fault(fault);
        shows(name, situation, lab.apply(lab.example()).failure());
        assert_eq!(lab.starts(), 0);
    }
}

#[test]
fn job_that_takes_too_long() {
    let lab = super::lab(atlas_simulator::Config {
        validation_for: std::time::Duration::from_secs(600),
        ..crate::support::still()
    });
    let resource = lab.example().block("timeouts {\n  create = \"1s\"\n}");
    shows(
        "validation_too_long",
        "The job is still pending at the end of `timeouts.create`.",
        lab.apply(resource).failure(),
    );
}
