//! Each static mistake, at its path; and what must pass.

use tf_provider::Secret;

use super::super::model::{ShardCollection, Sharding, Timeouts};
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
        _ => unreachable!("the example has one"),
    }
}

fn destination(config: &mut Migration) -> &mut Destination {
    match &mut config.destination {
        Attr::Known(destination) => destination,
        _ => unreachable!("the example has one"),
    }
}

/// The paths of the mistakes, in the order told.
fn mistakes(config: &Migration) -> Vec<String> {
    let mut diagnostics = Diagnostics::new();
    validate(config, true, &mut diagnostics);
    diagnostics.iter().map(|diagnostic| diagnostic.path.to_string()).collect()
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
    wrong(|config| source(config).password_wo = Attr::Known(Secret::new("")), &["source.password_wo"]);
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
fn write_only_password_is_refused_where_there_are_no_write_only_attributes() {
    let mut diagnostics = Diagnostics::new();
    validate(&config(), false, &mut diagnostics);
    let told: Vec<_> =
        diagnostics.iter().map(|diagnostic| (diagnostic.path.to_string(), diagnostic.summary.clone())).collect();
    assert_eq!(told, [("source.password_wo".to_owned(), "Write-only password needs Terraform 1.11".to_owned())]);
}

#[test]
fn exactly_one_host_that_is_a_host() {
    let hosts = |hosts: &[&str]| Attr::Known(hosts.iter().map(|host| known(host)).collect());
    wrong(|config| config.migration_hosts = hosts(&[]), &["migration_hosts"]);
    wrong(|config| config.migration_hosts = hosts(&["a", "b"]), &["migration_hosts"]);
    wrong(|config| config.migration_hosts = Attr::Known(vec![Attr::Null]), &["migration_hosts[0]"]);
    for host in ["", "a b", "https://a", "a:27017", "a/b", "user@a", "a,b"] {
        wrong(|config| config.migration_hosts = hosts(&[host]), &["migration_hosts[0]"]);
    }
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
    wrong(
        |config| destination(config).hostname_schema_type = known("private_link"),
        &["destination.hostname_schema_type"],
    );
    wrong(
        |config| {
            destination(config).hostname_schema_type = known("PRIVATE_LINK");
            destination(config).private_link_id = known("pl-1");
        },
        &[],
    );
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

#[test]
fn shard_keys_are_fields_of_a_known_kind() {
    let sharding = |entries| {
        Attr::Known(Sharding { create_supporting_indexes: Attr::Known(true), sharding_entries: Attr::Known(entries) })
    };
    wrong(
        |config| config.sharding = sharding(vec![entry("orders", &[&[("region", "1")], &[("customer", "hashed")]])]),
        &[],
    );
    wrong(
        |config| {
            config.sharding =
                sharding(vec![entry("a", &[]), entry("b", &[&[("x", "1"), ("y", "1")]]), entry("c", &[&[("x", "-1")]])])
        },
        &[
            "sharding.sharding_entries[0].shard_collection.key",
            "sharding.sharding_entries[1].shard_collection.key[0]",
            "sharding.sharding_entries[2].shard_collection.key[0]",
        ],
    );
    wrong(
        |config| config.sharding = sharding(vec![entry("a", &[&[("x", "1")]]), entry("a", &[&[("y", "1")]])]),
        &["sharding.sharding_entries[1].collection"],
    );
}
