//! Invalid configurations, which `terraform validate` or a plan reports at their line, before any request.

use atlas_simulator::{Seed, Stage};
use test_support::terraform::{Feature, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, OTHER_GROUP, Resource, SHARDING};
use crate::support::{Fixture, error_at, errors, warning_at, warnings, with};

/// An invalid resource, and the summary and the line of its error.
type Case = (Resource, &'static str, &'static str);

/// A fixture without credentials.
pub(crate) fn without_credentials(terraform: &Terraform) -> Fixture {
    let fixture = Fixture::on(terraform);
    // An empty variable counts as not set.
    fixture.workspace.env("MONGODB_ATLAS_PUBLIC_API_KEY", "").env("MONGODB_ATLAS_PRIVATE_API_KEY", "");
    fixture
}

/// Validates all cases in one run, and asserts that each has its error at its line and that there is no other error.
#[track_caller]
fn assert_all_reported(fixture: &Fixture, cases: Vec<Case>) {
    let named = cases.iter().enumerate().map(|(at, (resource, ..))| resource.clone().named(&format!("r{at}")));
    fixture.write(named.map(|resource| resource.to_string()).collect::<Vec<_>>().join("\n"));
    let run = fixture.run(&["validate"]);
    run.failure();
    for (at, (_, summary, line)) in cases.iter().enumerate() {
        let text = error_at(&run, summary, line);
        let ours = format!("with atlas_live_migration.r{at},");
        let found = crate::support::diagnostics(&run).into_iter().any(|shown| {
            shown.summary == *summary && shown.text.contains(&ours) && shown.text.contains(&format!(": {line}"))
        });
        assert!(found, "no \"{summary}\" at `{line}` of r{at}: {text}\n{}", run.stderr());
    }
    assert_eq!(errors(&run).len(), cases.len(), "{:#?}\n{}", errors(&run), run.stderr());
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn reports_malformed_ids_and_empty_values_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let it = || fixture.example();
    const ID: &str = "Malformed project ID";
    const EMPTY: &str = "Value is empty";
    assert_all_reported(
        &fixture,
        vec![
            (it().source("group_id", "\"nope\""), ID, "group_id = \"nope\""),
            (it().source("group_id", "\"\""), ID, "group_id = \"\""),
            (
                it().destination("group_id", "\"E01C9427F054FE80745F3F6C\""),
                ID,
                "group_id = \"E01C9427F054FE80745F3F6C\"",
            ),
            (it().with("group_id", "\"e01c9427f054fe80745f3f6\""), ID, "group_id = \"e01c9427f054fe80745f3f6\""),
            (
                it().with("group_id", &format!("\"{OTHER_GROUP}\"")),
                "Project differs from that of the destination",
                "group_id = \"5f0000000000000000000002\"",
            ),
            (it().source("cluster_name", "\"\""), EMPTY, "cluster_name = \"\""),
            (it().destination("cluster_name", "\"\""), EMPTY, "cluster_name = \"\""),
            (it().source("username", "\"\""), EMPTY, "username = \"\""),
            (it().source("ca_certificate_path", "\"\""), EMPTY, "ca_certificate_path = \"\""),
        ],
    );
}

const MISSING: &str = "Missing required argument";

#[test]
fn rejects_null_for_required_arguments_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let it = || fixture.example();
    let sharding = |from: &str, to: &str| it().block(SHARDING.replace(from, to));
    let nulls = [
        (it().source("group_id", "null"), "group_id = null"),
        (it().source("cluster_name", "null"), "cluster_name = null"),
        (it().destination("group_id", "null"), "group_id = null"),
        (it().destination("cluster_name", "null"), "cluster_name = null"),
        (it().with("migration_hosts", "null"), "migration_hosts = null"),
        (sharding("\"customers\"", "null"), "collection = null"),
        (sharding("[{ _id = \"hashed\" }]", "null"), "key = null"),
    ];
    for (resource, line) in nulls {
        fixture.write(resource);
        let text = std::fs::read_to_string(fixture.workspace.path().join("main.tf")).unwrap();
        let number = 1 + text.lines().position(|given| given.trim() == line).unwrap();
        let run = fixture.run(&["validate"]);
        run.failure().says(&format!("on main.tf line {number}, in resource"));
        // Terraform prints only the line number of a literal null.
        error_at(&run, MISSING, "");
        assert_eq!(errors(&run).len(), 1, "{}", run.stderr());
    }
}

/// The example with one argument from a variable whose default is null, and the line of that argument.
fn with_null_variables(fixture: &Fixture) -> [(String, &'static str); 3] {
    let variable = |kind| format!("variable \"nothing\" {{\n  type    = {kind}\n  default = null\n}}\n\n");
    [
        (fixture.example().source("cluster_name", "var.nothing"), "string", "cluster_name = var.nothing"),
        (fixture.example().destination("group_id", "var.nothing"), "string", "group_id = var.nothing"),
        (fixture.example().with("migration_hosts", "var.nothing"), "list(string)", "migration_hosts = var.nothing"),
    ]
    .map(|(resource, kind, line)| (format!("{}{resource}", variable(kind)), line))
}

#[test]
fn null_from_a_variable_neither_starts_nor_replaces() {
    let fixture = Fixture::new();
    for (configuration, line) in with_null_variables(&fixture) {
        fixture.write(configuration);
        // In validate, variables are unknown.
        fixture.run(&["validate"]).success();
        let run = fixture.run(&["plan"]);
        run.failure();
        error_at(&run, MISSING, line);
    }
    assert_eq!(fixture.atlas.requests().len(), 0);

    let id = fixture.start(fixture.example());
    fixture.atlas.fail(&id, "the agent died");
    for (configuration, line) in with_null_variables(&fixture) {
        let run = fixture.apply(configuration);
        run.failure().lacks("bug");
        error_at(&run, MISSING, line);
        assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id.clone(), 1));
    }
}

#[test]
fn import_rejects_null_from_a_variable() {
    let fixture = Fixture::new();
    let id = fixture.atlas.seed_migration(Seed::new(GROUP, CLUSTER, Stage::Working));
    for (configuration, line) in with_null_variables(&fixture) {
        let run = fixture.apply(format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}/{id}\"\n}}\n\n{configuration}"));
        run.failure();
        error_at(&run, MISSING, line);
        assert_eq!((fixture.addresses().len(), fixture.writes()), (0, 0));
    }
}

#[test]
fn rejects_names_with_white_space_or_control_characters_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let it = || fixture.example();
    let shard = |old: &str, new: &str| it().block(SHARDING.replacen(old, new, 1));
    const EMPTY: &str = "Value is empty";
    const AROUND: &str = "Value has white space around it";
    const CONTROL: &str = "Value contains a control character";
    assert_all_reported(
        &fixture,
        vec![
            (it().source("cluster_name", "\"orders\\n\""), AROUND, "cluster_name = \"orders\\n\""),
            (it().destination("cluster_name", "\" \""), EMPTY, "cluster_name = \" \""),
            (it().source("username", "\"a\\nb\""), CONTROL, "username = \"a\\nb\""),
            (it().source("ca_certificate_path", "\" /ca.pem\""), AROUND, "ca_certificate_path = \" /ca.pem\""),
            (it().destination("private_link_id", "\"pl-1 \""), AROUND, "private_link_id = \"pl-1 \""),
            (shard("\"shop\"", "\" shop\""), AROUND, "database = \" shop\""),
            (shard("\"customers\"", "\"customers\\r\\n\""), AROUND, "collection = \"customers\\r\\n\""),
            (shard("{ _id", "{ \" _id\""), AROUND, "key = [{ \" _id\" = \"hashed\" }]"),
            (
                it().with("migration_hosts", "[\" vm001.example.com\"]"),
                "Migration host is no host name",
                "migration_hosts = [\" vm001.example.com\"]",
            ),
        ],
    );
    fixture.write(it().source("cluster_name", "\"orders\\n\""));
    let run = fixture.run(&["validate"]);
    let text = error_at(&run, AROUND, "");
    assert!(text.contains(r#""orders\n""#) && text.contains("trimspace(file(...))"), "{text}");
}

#[test]
fn warns_about_a_password_that_ends_with_a_line_break() {
    let fixture = Fixture::new();
    fixture.workspace.file("password", "p4ssw0rd\n");
    let from_file = fixture.example().with_stored_password().source("password", "file(\"password\")");
    fixture.write(&from_file);
    let run = fixture.run(&["validate"]);
    let text = warning_at(run.success(), "Password ends with a line break", "password = file(\"password\")");
    assert!(text.contains("trimspace(file(...))"), "{text}");
    run.lacks("p4ssw0rd");
    fixture.write(from_file.source("password", "trimspace(file(\"password\"))"));
    assert_eq!(warnings(fixture.run(&["validate"]).success()), [""; 0]);
}

#[test]
fn does_not_warn_about_a_password_version_without_a_password_after_the_start() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = Fixture::on(&terraform);
    let versioned = fixture.example().source("password_wo_version", "1");
    fixture.start(&versioned);
    let run = fixture.plan(versioned.without_password());
    assert_eq!(warnings(run.success()), [""; 0]);
}

#[test]
fn reports_conflicting_credentials_of_the_source_at_their_line() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = without_credentials(&terraform);
    let it = || fixture.example().without_password();
    const MANAGED: &str = "Managed authentication takes no user or password";
    assert_all_reported(
        &fixture,
        vec![
            (it().source("managed_authentication", "true"), MANAGED, "username = \"example\""),
            (
                it().without_source("username").source("managed_authentication", "true").source("password", "\"x\""),
                MANAGED,
                "password = \"x\"",
            ),
            (
                it().without_source("username").source("managed_authentication", "true").source("password_wo", "\"x\""),
                MANAGED,
                "password_wo = \"x\"",
            ),
            (
                it().without_source("username").source("password_wo", "\"x\""),
                "Password without a user",
                "password_wo = \"x\"",
            ),
            (
                it().source("password", "\"x\"").source("password_wo", "\"y\""),
                "Password given twice",
                "password = \"x\"",
            ),
            (it().source("password", "\"\""), "Password is empty", "password = \"\""),
            (it().source("password_wo", "\" \\n\""), "Password is empty", "password_wo = \" \\n\""),
            (
                it().source("password", "\"x\"").source("password_wo_version", "1"),
                "Password version without a write-only password",
                "password_wo_version = 1",
            ),
        ],
    );
}

#[test]
fn rejects_password_wo_before_terraform_1_11() {
    let Some(terraform) = Terraform::version("1.10") else { return };
    let fixture = without_credentials(&terraform);
    let wanted = fixture.example().without_password().source("password_wo", "\"x\"");
    let summary = "Write-only password needs Terraform 1.11";
    assert_all_reported(&fixture, vec![(wanted.clone(), summary, "password_wo = \"x\"")]);
    fixture.apply(wanted).failure();
    assert_eq!((fixture.atlas.requests().len(), fixture.addresses().len()), (0, 0));
}

#[test]
fn reports_invalid_migration_hosts_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let hosts = |hosts: &str| fixture.example().with("migration_hosts", hosts);
    const COUNT: &str = "Exactly one migration host is needed";
    const NAME: &str = "Migration host is no host name";
    assert_all_reported(
        &fixture,
        vec![
            (hosts("[]"), COUNT, "migration_hosts = []"),
            (
                hosts("[\"a.example.com\", \"b.example.com\"]"),
                COUNT,
                "migration_hosts = [\"a.example.com\", \"b.example.com\"]",
            ),
            (hosts("[\"a.example.com:27017\"]"), NAME, "migration_hosts = [\"a.example.com:27017\"]"),
            (hosts("[\"https://a.example.com\"]"), NAME, "migration_hosts = [\"https://a.example.com\"]"),
            (hosts("[\"a b\"]"), NAME, "migration_hosts = [\"a b\"]"),
            (hosts("[\"\"]"), NAME, "migration_hosts = [\"\"]"),
            (hosts("[null]"), "Migration host is null", "migration_hosts = [null]"),
        ],
    );
}

#[test]
fn reports_invalid_networks_and_durations_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let network = |word: &str| fixture.example().destination("hostname_schema_type", &format!("\"{word}\""));
    let limit = |name: &str, text: &str| fixture.example().block(format!("timeouts {{\n  {name} = \"{text}\"\n}}"));
    const DURATION: &str = "Malformed duration";
    assert_all_reported(
        &fixture,
        vec![
            (network("PRIVATE"), "Unknown hostname schema type", "hostname_schema_type = \"PRIVATE\""),
            (network("PRIVATE_LINK"), "Private link without an ID", "hostname_schema_type = \"PRIVATE_LINK\""),
            (
                fixture.example().destination("private_link_id", "\"vpce-1\""),
                "Private link ID without a private link",
                "private_link_id = \"vpce-1\"",
            ),
            (
                network("PUBLIC").destination("private_link_id", "\"vpce-2\""),
                "Private link ID without a private link",
                "private_link_id = \"vpce-2\"",
            ),
            (limit("create", "soon"), DURATION, "create = \"soon\""),
            (limit("create", "30"), DURATION, "create = \"30\""),
            (limit("update", "-5m"), DURATION, "update = \"-5m\""),
            (limit("update", "0s"), DURATION, "update = \"0s\""),
            (limit("update", "1d"), DURATION, "update = \"1d\""),
            (limit("update", "2562048h"), DURATION, "update = \"2562048h\""),
            (network("vpc_peering"), "Unknown hostname schema type", "hostname_schema_type = \"vpc_peering\""),
        ],
    );
    for (text, why) in [
        ("soon", "\"soon\" is not a duration"),
        ("0s", "\"0s\" is zero"),
        ("-5m", "\"-5m\" is negative"),
        ("2562048h", "\"2562048h\" is too long. The maximum is \"2562047h\""),
    ] {
        fixture.write(limit("create", text));
        let run = fixture.run(&["validate"]);
        let text = error_at(run.failure(), DURATION, "");
        assert!(text.contains(why), "{why} in {text}");
    }
}

#[test]
fn reports_invalid_shard_keys_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    let key = |key: &str| fixture.example().block(SHARDING.replace("[{ _id = \"hashed\" }]", key));
    const KIND: &str = "Unknown kind of shard key field";
    let twice = SHARDING.replace("\"customers\"", "\"orders\"");
    assert_all_reported(
        &fixture,
        vec![
            (key("[{ _id = \"2\" }]"), KIND, "key = [{ _id = \"2\" }]"),
            (key("[{ _id = -1 }]"), KIND, "key = [{ _id = -1 }]"),
            (key("[]"), "Shard key is empty", "key = []"),
            (
                key("[{ a = \"1\", b = \"1\" }]"),
                "Shard key element has not exactly one field",
                "key = [{ a = \"1\", b = \"1\" }]",
            ),
            (
                key("[{ a = \"1\" }, { a = \"hashed\" }]"),
                "Shard key has a field twice",
                "key = [{ a = \"1\" }, { a = \"hashed\" }]",
            ),
            (
                key("[{ a = \"hashed\" }, { b = \"hashed\" }]"),
                "Shard key has two hashed fields",
                "key = [{ a = \"hashed\" }, { b = \"hashed\" }]",
            ),
            (key("[{}]"), "Shard key element has not exactly one field", "key = [{}]"),
            (fixture.example().block(twice), "Collection is sharded twice", "collection = \"orders\""),
        ],
    );
    // Terraform converts the number to a string.
    fixture.write(key("[{ _id = 1 }]"));
    fixture.run(&["validate"]).success();
}

#[test]
fn terraform_reports_missing_and_repeated_blocks_and_arguments() {
    let fixture = without_credentials(&Terraform::on_path());
    let source = "source {\n  group_id     = \"9b43a5b329223c3a1591a678\"\n  cluster_name = \"again\"\n}";
    for (resource, says) in [
        (fixture.example().without_block("source"), "A block of type \"source\" is required here."),
        (fixture.example().without_block("destination"), "A block of type \"destination\" is required here."),
        (fixture.example().block(source), "Only one block of type \"source\" is allowed."),
        (fixture.example().without_source("cluster_name"), "The argument \"cluster_name\" is required"),
        (fixture.example().with("drop", "true"), "An argument named \"drop\" is not expected here."),
        (fixture.example().with("drop_enabled", "\"maybe\""), "a bool is required"),
    ] {
        fixture.write(resource);
        fixture.run(&["validate"]).failure().says(says);
    }
}

#[test]
fn rejects_values_for_computed_attributes() {
    let fixture = without_credentials(&Terraform::on_path());
    for (name, value) in [("status", "\"NEW\""), ("id", "\"6296fb4c7c7aa997cf94e9a8\""), ("ready_for_cutover", "true")]
    {
        fixture.write(fixture.example().with(name, value));
        let run = fixture.run(&["validate"]);
        run.failure();
        let found = crate::support::diagnostics(&run);
        assert_eq!(errors(&run).len(), 1, "{}", run.stderr());
        assert!(found[0].text.contains(&format!(": {name} = {value}")), "{}", found[0].text);
    }
}
