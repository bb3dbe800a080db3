//! The parts that are pure; the whole texts are snapshots of what Terraform prints.

use super::super::validation::validation_hint;

#[test]
fn known_validation_texts_have_a_hint_and_a_place() {
    for (text, path) in [
        ("Insufficient disk space on the destination cluster", "destination.cluster_name"),
        ("Could not reach the source cluster from the migration host", "migration_hosts"),
        ("Failed to resolve host name vm1.example.com", "migration_hosts"),
        ("Authentication failed: wrong user name or password", "source.username"),
        ("The source user lacks the privileges required", "source.username"),
        ("The CA file /path/to/ca is not readable on the migration host", "source.ca_certificate_path"),
        ("The source is a standalone", "source.cluster_name"),
        ("Time-series collections are not supported", "source.cluster_name"),
    ] {
        assert_eq!(validation_hint(text).1, Some(path), "{text}");
    }
    assert_eq!(validation_hint("Something new"), (None, None));
}
