//! Tables of what the provider does, each cell from a run: what a changed argument does to a migration, and exit codes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::session::{Session, Setup};

const CONFIGURATION: &str = r#"terraform {
  required_providers {
    atlas = { source = "atlas-live-migration/atlas" }
  }
}
resource "atlas_live_migration" "orders" {
  source {
    group_id     = "9b43a5b329223c3a1591a678"
    cluster_name = "orders"
    username     = "migration"
    password_wo  = "not-a-real-password"
    password_wo_version = 1
    ca_certificate_path = "/etc/mongodb/ca.pem"
  }
  destination {
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "orders-atlas"
  }
  migration_hosts = ["vm001.example.com"]
  wait_for_ready = false
  cutover = false
  drop_enabled = false
}
"#;

/// An argument, and how the configuration is changed.
const CHANGES: &[(&str, &[(&str, &str)])] = &[
    ("`group_id`, `destination.group_id`", &[("e01c9427f054fe80745f3f6c", "5f0000000000000000000002")]),
    ("`source.group_id`", &[("9b43a5b329223c3a1591a678", "5f0000000000000000000002")]),
    ("`source.cluster_name`", &[("\"orders\"\n    username", "\"other\"\n    username")]),
    ("`source.ssl`", &[("username ", "ssl = false\n    username ")]),
    (
        "`source.managed_authentication`",
        &[
            (
                "    username     = \"migration\"\n    password_wo  = \"not-a-real-password\"\n    password_wo_version = 1\n",
                "",
            ),
            ("    ca_certificate_path", "    managed_authentication = true\n    ca_certificate_path"),
        ],
    ),
    ("`destination.cluster_name`", &[("\"orders-atlas\"", "\"other-atlas\"")]),
    (
        "`destination.hostname_schema_type`",
        &[("\"orders-atlas\"", "\"orders-atlas\"\n    hostname_schema_type = \"VPC_PEERING\"")],
    ),
    (
        "`destination.private_link_id`, with the type",
        &[(
            "\"orders-atlas\"",
            "\"orders-atlas\"\n    hostname_schema_type = \"PRIVATE_LINK\"\n    private_link_id = \"vpce-0123456789abcdef0\"",
        )],
    ),
    ("`migration_hosts`", &[("vm001", "vm002")]),
    (
        "`sharding`",
        &[("  migration_hosts", "  sharding {\n    create_supporting_indexes = true\n  }\n  migration_hosts")],
    ),
    ("`source.username`", &[("\"migration\"", "\"other\"")]),
    ("`source.password_wo`", &[("not-a-real", "another")]),
    ("`source.password_wo_version`", &[("password_wo_version = 1", "password_wo_version = 2")]),
    ("`source.ca_certificate_path`", &[("/etc/mongodb/ca.pem", "/etc/mongodb/other.pem")]),
    ("`drop_enabled`, false to true", &[("drop_enabled = false", "drop_enabled = true")]),
    ("`validate`", &[("  drop_enabled", "  validate = false\n  drop_enabled")]),
    ("`timeouts`", &[("  drop_enabled", "  timeouts {\n    update = \"1h\"\n  }\n  drop_enabled")]),
];

/// What a migration is in each column.
const STAGES: [&str; 3] = ["running", "complete", "replaceable"];

/// Every table, by the name that pages use.
///
/// # Errors
/// If a run can't be made.
pub(super) fn tables(setup: &Setup) -> Result<BTreeMap<String, String>, String> {
    let tables = [("measured changes", changes(setup)?), ("measured exit-codes", exit_codes(setup)?)];
    Ok(tables.map(|(name, text)| (name.to_owned(), text)).into())
}

/// A session with a migration that is running, complete or replaceable.
fn at<'a>(setup: &'a Setup, name: &str) -> Result<Session<'a>, String> {
    let mut session = setup.session()?;
    session.env("TF_CLI_ARGS", "-no-color");
    session.write("main.tf", CONFIGURATION)?;
    session.atlas.set_speed(10.0);
    ran(&mut session, "terraform init && terraform apply -auto-approve")?;
    match name {
        "complete" => {
            let text = CONFIGURATION.replace("cutover = false", "cutover = true");
            session.write("main.tf", &text)?;
            ran(&mut session, "terraform apply -auto-approve")?;
        }
        "replaceable" => {
            let ids: Vec<_> = session.atlas.migrations().into_iter().map(|migration| migration.id).collect();
            ids.iter().for_each(|id| {
                session.atlas.fail(id, "the oplog of the source is too short");
            });
            ran(&mut session, "terraform apply -refresh-only -auto-approve")?;
        }
        _ => {}
    }
    session.atlas.freeze();
    Ok(session)
}

fn ran(session: &mut Session<'_>, command: &str) -> Result<String, String> {
    let ran = session.run(command)?;
    if ran.status == 0 { Ok(ran.output) } else { Err(format!("{command}\n{}", ran.output)) }
}

fn changes(setup: &Setup) -> Result<String, String> {
    let mut sessions = Vec::new();
    for name in STAGES {
        sessions.push((name, at(setup, name)?));
    }
    let mut table =
        String::from("| changed argument | running | complete | replaceable |\n| --- | --- | --- | --- |\n");
    for (argument, edits) in CHANGES {
        let mut row = format!("| {argument} |");
        for (name, session) in &mut sessions {
            let complete = CONFIGURATION.replace("cutover = false", "cutover = true");
            let mut text = if *name == "complete" { complete } else { CONFIGURATION.to_owned() };
            for (old, new) in *edits {
                if !text.contains(old) {
                    return Err(format!("the configuration has no `{old}`"));
                }
                text = text.replace(old, new);
            }
            session.write("main.tf", &text)?;
            let plan = session.run("terraform plan -lock=false")?;
            row.push_str(&format!(" {} |", effect(plan.status, &plan.output)));
        }
        table.push_str(&row);
        table.push('\n');
    }
    Ok(table)
}

/// What a plan does, in words.
fn effect(status: i32, plan: &str) -> &'static str {
    if status != 0 {
        "refused"
    } else if plan.contains("must be replaced") {
        "replacement: a new start"
    } else if plan.contains("No changes.") {
        "no change"
    } else if plan.contains("This change does not restart") || plan.contains("A restart erases") {
        "update that sends nothing, with a warning"
    } else {
        "update that sends nothing"
    }
}

/// A situation: how it comes about, then the exit codes of the two commands.
type Situation = (&'static str, fn(&Setup) -> Result<Session<'_>, String>);

fn exit_codes(setup: &Setup) -> Result<String, String> {
    let situations: [Situation; 10] = [
        ("the migration has not been started", |setup| {
            let mut session = setup.session()?;
            session.write("main.tf", CONFIGURATION)?;
            session.atlas.set_speed(10.0);
            ran(&mut session, "terraform init").map(|_| session)
        }),
        ("it runs, and no milestone is set", |setup| at(setup, "running")),
        ("a milestone is pending, and is reached in time", |setup| {
            milestone(setup, "running", "wait_for_ready = true", 10.0)
        }),
        ("a milestone is pending, and `timeouts.update` ends", |setup| {
            milestone(setup, "running", "wait_for_ready = true\n  timeouts {\n    update = \"1s\"\n  }", 0.0)
        }),
        ("`cutover` is set, and the migration completes in time", |setup| {
            milestone(setup, "running", "wait_for_ready = true\n  cutover = true", 10.0)
        }),
        ("it is complete", |setup| milestone(setup, "complete", "cutover = true", 0.0)),
        ("it failed, and no milestone is set", |setup| at(setup, "replaceable")),
        ("it failed, and a milestone is set", |setup| milestone(setup, "replaceable", "wait_for_ready = true", 0.0)),
        ("an argument of a protected migration was changed", |setup| {
            let session = at(setup, "running")?;
            session.write("main.tf", &CONFIGURATION.replace("vm001", "vm002"))?;
            Ok(session)
        }),
        ("Atlas refuses the credentials", |setup| {
            let mut session = at(setup, "running")?;
            session.env("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_another");
            Ok(session)
        }),
    ];
    let mut table =
        String::from("| situation | `terraform plan -detailed-exitcode` | `terraform apply` |\n| --- | --- | --- |\n");
    for (name, make) in situations {
        let mut session = make(setup)?;
        let plan = session.run("terraform plan -detailed-exitcode")?.status;
        let apply = session.run("terraform apply -auto-approve")?.status;
        table.push_str(&format!("| {name} | {plan} | {apply} |\n"));
    }
    Ok(table)
}

/// The same with another line in place of the milestones, and with a clock that runs.
fn milestone<'a>(setup: &'a Setup, name: &str, lines: &str, speed: f64) -> Result<Session<'a>, String> {
    let session = at(setup, name)?;
    let text = CONFIGURATION.replace("  wait_for_ready = false\n  cutover = false\n", &format!("  {lines}\n"));
    session.write("main.tf", &text)?;
    session.atlas.set_speed(speed);
    session.atlas.advance(Duration::ZERO);
    Ok(session)
}
