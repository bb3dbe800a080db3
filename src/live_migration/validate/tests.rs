//! Each static mistake, at its path; and what must pass.

mod names;
mod sharding;

use tf_provider::{IntoValue, Secret, Severity};

use super::super::model::{ShardCollection, Sharding, ShardingEntry, Timeouts};
use super::super::schema;
use super::*;

fn known(text: &str) -> Attr<String> {
    Attr::Known(text.to_owned())
}

fn config() -> Migration {
    Migration {
        source: Attr::Known(Source {
            group_id: known("9b43a5b329223c3a1591a678"),
            cluster_name: known("A"),
            username: known("example"),
            password_wo: Attr::Known(Secret::new("s3cret")),
            ..Source::default()
        }),
        destination: Attr::Known(Destination {
            group_id: known("e01c9427f054fe80745f3f6c"),
            cluster_name: known("B"),
            ..Destination::default()
        }),
        migration_hosts: Attr::Known(vec![known("vm001.example.com")]),
        ..Migration::default()
    }
}

fn source(config: &mut Migration) -> &mut Source {
    match &mut config.source {
        Attr::Known(source) => source,
        _ => panic!("the example has one"),
    }
}

fn destination(config: &mut Migration) -> &mut Destination {
    match &mut config.destination {
        Attr::Known(destination) => destination,
        _ => panic!("the example has one"),
    }
}

/// The diagnostics of the schema's validators and of what it can't express.
fn validated(config: &Migration, write_only_allowed: bool) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    schema::schema().validate(&config.clone().into_value(), &mut diagnostics);
    validate(config, write_only_allowed, &mut diagnostics);
    diagnostics
}

/// The diagnostics of the example with a change.
fn diagnostics(change: impl FnOnce(&mut Migration)) -> Vec<Diagnostic> {
    let mut config = config();
    change(&mut config);
    validated(&config, true).into_iter().collect()
}

/// The paths of the errors, in order.
fn mistakes(config: &Migration) -> Vec<String> {
    let diagnostics = validated(config, true);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Error), "{diagnostics:?}");
    diagnostics.iter().map(|diagnostic| diagnostic.path.to_string()).collect()
}

/// Asserts that the change is one mistake, with this summary, and that the detail has these parts.
#[track_caller]
fn says(change: impl FnOnce(&mut Migration), summary: &str, parts: &[&str]) {
    let found = diagnostics(change);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].summary, summary, "{found:?}");
    for part in parts {
        assert!(found[0].detail.contains(part), "{part} in {found:?}");
    }
}

#[track_caller]
fn wrong(change: impl FnOnce(&mut Migration), paths: &[&str]) {
    let mut config = config();
    change(&mut config);
    assert_eq!(mistakes(&config), paths);
}

#[test]
fn example_passes_and_so_does_everything_unknown() {
    wrong(|_| {}, &[]);
    let unknown = Migration {
        source: Attr::Unknown,
        destination: Attr::Unknown,
        migration_hosts: Attr::Unknown,
        group_id: Attr::Unknown,
        ..config()
    };
    assert_eq!(mistakes(&unknown), [""; 0]);
    wrong(
        |config| {
            source(config).username = Attr::Unknown;
            source(config).managed_authentication = Attr::Unknown;
            destination(config).hostname_schema_type = Attr::Unknown;
            destination(config).private_link_id = known("pl-1");
            config.migration_hosts = Attr::Known(vec![Attr::Unknown]);
        },
        &[],
    );
}

#[test]
fn ids_are_24_lower_case_hexadecimal_digits() {
    for id in [
        "",
        "e01c9427f054fe80745f3f6",
        "e01c9427f054fe80745f3f6cc",
        "E01C9427F054FE80745F3F6C",
        "g01c9427f054fe80745f3f6c",
        "é01c9427f054fe80745f3f6",
    ] {
        wrong(|config| source(config).group_id = known(id), &["source.group_id"]);
    }
    wrong(|config| destination(config).group_id = known("x"), &["destination.group_id"]);
    wrong(|config| config.group_id = known("x"), &["group_id"]);
}

#[test]
fn malformed_id_is_shown_with_its_remedy() {
    const ID: &str = "Malformed project ID";
    for (id, shown, remedy) in [
        (" 9b43a5b329223c3a1591a678", "\" 9b43a5b329223c3a1591a678\"", "Remove the white space around it."),
        ("9b43a5b329223c3a1591a678\n", "9b43a5b329223c3a1591a678\\n\"", "Remove the white space around it."),
        ("9B43A5B329223C3A1591A678", "\"9B43A5B329223C3A1591A678\"", "Write it in lower case."),
        ("9B43A5B329223C3A1591A678\t", "\\t\"", "around it, and write it in lower case."),
        ("orders", "\"orders\"", "URL of the project's page"),
    ] {
        says(|config| source(config).group_id = known(id), ID, &[shown, remedy]);
    }
}

#[test]
fn group_id_must_be_that_of_the_destination() {
    wrong(|config| config.group_id = known("e01c9427f054fe80745f3f6c"), &[]);
    wrong(|config| config.group_id = known("9b43a5b329223c3a1591a678"), &["group_id"]);
    wrong(
        |config| {
            config.group_id = known("9b43a5b329223c3a1591a678");
            destination(config).group_id = Attr::Unknown;
        },
        &[],
    );
    wrong(
        |config| {
            config.group_id = known("e01c9427f054fe80745f3f6c");
            destination(config).group_id = known("e01c9427f054fe80745f3f6c ");
        },
        &["destination.group_id"],
    );
}

#[test]
fn managed_authentication_takes_neither_user_nor_password() {
    wrong(
        |config| source(config).managed_authentication = Attr::Known(true),
        &["source.username", "source.password_wo"],
    );
    wrong(
        |config| {
            *source(config) = Source {
                managed_authentication: Attr::Known(true),
                username: known(""),
                password: Attr::Known(Secret::new("")),
                password_wo: Attr::Known(Secret::new("x\n")),
                password_wo_version: Attr::Known(1),
                ..source(config).clone()
            };
        },
        &["source.username", "source.password", "source.password_wo", "source.password_wo_version"],
    );
    wrong(
        |config| {
            *source(config) = Source {
                managed_authentication: Attr::Known(true),
                username: Attr::Null,
                password_wo: Attr::Null,
                ..source(config).clone()
            };
        },
        &[],
    );
}

#[test]
fn passwords_need_a_user_and_come_once() {
    wrong(|config| source(config).username = Attr::Null, &["source.password_wo"]);
    wrong(|config| source(config).password = Attr::Known(Secret::new("x")), &["source.password"]);
    wrong(
        |config| {
            source(config).username = Attr::Null;
            source(config).password = Attr::Known(Secret::new("x"));
        },
        &["source.password", "source.password"],
    );
    wrong(
        |config| {
            source(config).username = Attr::Null;
            source(config).password = Attr::Unknown;
            source(config).password_wo = Attr::Unknown;
            destination(config).private_link_id = Attr::Unknown;
        },
        &[],
    );
}

#[test]
fn blank_password_is_one_error() {
    for (blank, what) in [("", "is empty"), (" ", "has only white space"), ("\t\r\n", "has only white space")] {
        for username in [known("example"), Attr::Null] {
            says(
                |config| {
                    source(config).username = username;
                    source(config).password_wo = Attr::Known(Secret::new(blank));
                },
                "Password is empty",
                &[what],
            );
        }
    }
}

#[test]
fn line_break_at_the_end_of_a_password_is_a_warning_without_the_password() {
    for end in ["\n", "\r\n", "\r"] {
        let found = diagnostics(|config| source(config).password_wo = Attr::Known(Secret::new(format!("pa55{end}"))));
        let [warning] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((warning.severity, warning.path.to_string()), (Severity::Warning, "source.password_wo".to_owned()));
        assert!(warning.detail.contains("trimspace(file(") && !warning.detail.contains("pa55"), "{warning:?}");
    }
    for password in [" x", "x ", "x\ny", "\nx"] {
        assert_eq!(diagnostics(|config| source(config).password_wo = Attr::Known(Secret::new(password))), []);
    }
}

#[test]
fn password_version_needs_a_write_only_password_unless_a_later_run_has_none() {
    let version = |username: Attr<String>, password: Attr<Secret>, password_wo: Attr<Secret>| {
        move |config: &mut Migration| {
            *source(config) = Source {
                username,
                password,
                password_wo,
                password_wo_version: Attr::Known(1),
                ..source(config).clone()
            };
        }
    };
    let secret = || Attr::Known(Secret::new("x"));
    wrong(version(known("example"), Attr::Null, secret()), &[]);
    wrong(version(known("example"), Attr::Null, Attr::Null), &[]);
    wrong(version(known("example"), Attr::Unknown, Attr::Null), &[]);
    wrong(version(known("example"), secret(), Attr::Unknown), &[]);
    wrong(version(Attr::Unknown, Attr::Null, Attr::Null), &[]);
    wrong(version(known("example"), secret(), Attr::Null), &["source.password_wo_version"]);
    wrong(version(Attr::Null, Attr::Null, Attr::Null), &["source.password_wo_version"]);
    wrong(version(known("example"), secret(), secret()), &["source.password"]);
    wrong(version(Attr::Null, Attr::Null, secret()), &["source.password_wo"]);
}

#[test]
fn write_only_password_is_refused_where_there_are_no_write_only_attributes() {
    let diagnostics = validated(&config(), false);
    let told: Vec<_> =
        diagnostics.iter().map(|diagnostic| (diagnostic.path.to_string(), diagnostic.summary.clone())).collect();
    assert_eq!(told, [("source.password_wo".to_owned(), "Write-only password needs Terraform 1.11".to_owned())]);
}

#[test]
fn exactly_one_host_that_is_a_host() {
    let hosts = |hosts: &[&str]| Attr::Known(hosts.iter().map(|host| known(host)).collect());
    wrong(|config| config.migration_hosts = hosts(&[]), &["migration_hosts"]);
    wrong(|config| config.migration_hosts = hosts(&["a", "b"]), &["migration_hosts"]);
    wrong(|config| config.migration_hosts = hosts(&["a b", ""]), &["migration_hosts"]);
    wrong(|config| config.migration_hosts = Attr::Known(vec![Attr::Null]), &["migration_hosts[0]"]);
    wrong(|config| config.migration_hosts = Attr::Known(vec![known("a"), Attr::Null]), &["migration_hosts"]);
    for host in ["", " ", "a b", "a\u{1b}", "\u{feff}a", "https://a", "a:27017", "a/b", "user@a", "a,b"] {
        wrong(|config| config.migration_hosts = hosts(&[host]), &["migration_hosts[0]"]);
    }
    const NAME: &str = "Migration host is no host name";
    says(|config| config.migration_hosts = hosts(&["a\n"]), NAME, &["\"a\\n\"", "Remove the white space around it."]);
    says(|config| config.migration_hosts = hosts(&["a:1"]), NAME, &["without scheme, port"]);
    for host in ["10.0.0.1", "2001:db8::1", "vm-1", "xn--bcher-kva.example"] {
        wrong(|config| config.migration_hosts = hosts(&[host]), &[]);
    }
}

#[test]
fn private_link_and_its_id_belong_together() {
    wrong(
        |config| destination(config).hostname_schema_type = known("PRIVATE_LINK"),
        &["destination.hostname_schema_type"],
    );
    wrong(|config| destination(config).private_link_id = known("pl-1"), &["destination.private_link_id"]);
    for (path, link) in [("destination.hostname_schema_type", Attr::Null), ("destination.private_link_id", known(" "))]
    {
        wrong(
            |config| {
                destination(config).hostname_schema_type = known("PRIVATE_LINK");
                destination(config).private_link_id = link;
            },
            &[path],
        );
    }
    wrong(
        |config| {
            destination(config).hostname_schema_type = known("PRIVATE_LINK");
            destination(config).private_link_id = known("pl-1");
        },
        &[],
    );
}

#[test]
fn unknown_schema_type_is_shown_with_the_accepted_spelling() {
    const TYPE: &str = "Unknown hostname schema type";
    for (word, shown, remedy) in [
        ("private_link", "\"private_link\"", "Set it to `PRIVATE_LINK`."),
        ("Vpc-Peering", "\"Vpc-Peering\"", "Set it to `VPC_PEERING`."),
        ("PUBLIC\n", "\"PUBLIC\\n\"", "Set it to `PUBLIC`."),
        ("", "\"\"", "Accepted are `PUBLIC`, `PRIVATE_LINK`, `VPC_PEERING`."),
        ("PRIVATE", "\"PRIVATE\"", "Accepted are `PUBLIC`, `PRIVATE_LINK`, `VPC_PEERING`."),
    ] {
        says(|config| destination(config).hostname_schema_type = known(word), TYPE, &[shown, remedy]);
    }
}

#[test]
fn durations_are_go_durations() {
    let timeouts = |create: &str, update: &str| Attr::Known(Timeouts { create: known(create), update: known(update) });
    wrong(|config| config.timeouts = timeouts("30m", "72h"), &[]);
    wrong(|config| config.timeouts = timeouts("1 day", "0s"), &["timeouts.create", "timeouts.update"]);
}

fn entry(collection: &str, key: &[&[(&str, &str)]]) -> ShardingEntry {
    let fields = key
        .iter()
        .map(|field| Attr::Known(field.iter().map(|(name, kind)| ((*name).to_owned(), known(kind))).collect()))
        .collect();
    ShardingEntry {
        database: known("shop"),
        collection: known(collection),
        shard_collection: Attr::Known(ShardCollection { key: Attr::Known(fields) }),
    }
}

fn sharding(entries: Vec<ShardingEntry>) -> Attr<Sharding> {
    Attr::Known(Sharding { create_supporting_indexes: Attr::Known(true), sharding_entries: Attr::Known(entries) })
}
