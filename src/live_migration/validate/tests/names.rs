//! Names, wherever they are.

use super::*;

#[test]
fn names_have_no_white_space_around_them_and_no_control_characters() {
    const EMPTY: &str = "Value is empty";
    const AROUND: &str = "Value has white space around it";
    const CONTROL: &str = "Value contains a control character";
    type Set = fn(&mut Migration, Attr<String>);
    let setters: [(&str, Set); 8] = [
        ("source.cluster_name", |config, name| source(config).cluster_name = name),
        ("source.username", |config, name| source(config).username = name),
        ("source.ca_certificate_path", |config, name| source(config).ca_certificate_path = name),
        ("destination.cluster_name", |config, name| destination(config).cluster_name = name),
        ("destination.private_link_id", |config, name| destination(config).private_link_id = name),
        ("sharding.sharding_entries[0].database", |config, name| {
            config.sharding = sharding(vec![ShardingEntry { database: name, ..entry("a", &[&[("x", "1")]]) }]);
        }),
        ("sharding.sharding_entries[0].collection", |config, name| {
            config.sharding = sharding(vec![ShardingEntry { collection: name, ..entry("a", &[&[("x", "1")]]) }]);
        }),
        ("sharding.sharding_entries[0].shard_collection.key[0]", |config, name| {
            config.sharding = sharding(vec![entry("a", &[&[(name.as_str().unwrap_or_default(), "1")]])]);
        }),
    ];
    for (name, summary, shown) in [
        ("", EMPTY, "is empty"),
        (" \n", EMPTY, "\" \\n\" has only white space"),
        ("\u{feff}", EMPTY, "\\u{feff}"),
        (" orders", AROUND, "\" orders\""),
        ("orders\u{a0}", AROUND, "\"orders\\u{a0}\""),
        ("orders\n", AROUND, "trimspace(file("),
        ("orders\r\n", AROUND, "\"orders\\r\\n\""),
        ("\u{200b}orders", AROUND, "\"\\u{200b}orders\""),
        ("or\nders", CONTROL, "\"or\\nders\""),
        ("or\tders", CONTROL, "\"or\\tders\""),
        ("or\u{1b}ders", CONTROL, "\"or\\u{1b}ders\""),
        ("or\u{2028}ders", CONTROL, "\"or\\u{2028}ders\""),
    ] {
        for (path, set) in setters {
            wrong(|config| set(config, known(name)), &[path]);
            says(|config| set(config, known(name)), summary, &[shown]);
        }
    }
    for (_, set) in &setters[..4] {
        for name in ["orders 2", "Größe", "/etc/mongodb/CA of orders.pem", "\"quoted\"", "سفارش\u{200c}ها"] {
            wrong(|config| set(config, known(name)), &[]);
        }
    }
}
